-- All that a listener's brief of a day shows: the top insights with their episode, the words, where to play them, who else said
-- it, and what others said of it.
--
-- columns
--   listener VARCHAR: whose brief
--   published_on DATE: partition: the day of the brief
--   rank INTEGER: 1 comes first
--   insight_id VARCHAR: the insight
--   claim VARCHAR: what is claimed
--   explanation VARCHAR: what supports it
--   quote VARCHAR: the speaker's own words
--   speaker VARCHAR: who says it, where known
--   show_title VARCHAR: the show's title
--   episode VARCHAR: the episode's title
--   episode_link VARCHAR: the episode's page
--   published_at TIMESTAMPTZ: when the episode came out
--   start_seconds DOUBLE: when the quote begins, where known
--   play_url VARCHAR: plays from that second, from the start where it is not known
--   method VARCHAR: extract or llm
--   status VARCHAR: new or follow_up
--   earlier_claim VARCHAR: what a follow-up follows up
--   earlier_on DATE: when the listener was told that, else when it was said
--   was_told BOOLEAN: they were told; null where it follows nothing up
--   score DOUBLE: what it is ranked by
--   reasons VARCHAR[]: why it was picked
--   voices JSON: [{insight_id, claim, show_title, episode, published_on, play_url}]: other shows that said the same by that day
--   related JSON: the same with {relation, question}: what others, but no show that is muted, said of it, the first to read first
--
-- checks
--   unique: listener, published_on, insight_id
--   not_null: listener, insight_id, published_on, rank, claim, quote
--   at_most: 5 rows a listener
WITH said AS (
    SELECT
        insight.*,
        episode.show_title,
        episode.title AS episode,
        episode.link AS episode_link,
        episode.published_at,
        coalesce(
            split_part(episode.audio_url, '#', 1) || '#t=' || floor(insight.quote_start_seconds)::INTEGER, -- W3C Media Fragments
            episode.audio_url,
            episode.link
        ) AS play_url
    FROM raw.insights AS insight
    JOIN raw.episodes AS episode ON episode.episode_id = insight.episode_id
),

voices AS (
    SELECT
        voice.insight_id,
        to_json(list({
            'insight_id': said.insight_id,
            'claim': said.claim,
            'show_title': said.show_title,
            'episode': said.episode,
            'published_on': said.published_on,
            'play_url': said.play_url
        } ORDER BY said.published_on, said.insight_id)) AS voices
    FROM (SELECT DISTINCT insight_id, unnest(voice_ids) AS voice_id FROM model.candidates WHERE published_on = $day) AS voice
    JOIN said ON said.insight_id = voice.voice_id
    GROUP BY voice.insight_id
),

related AS (
    SELECT
        top.listener,
        top.insight_id,
        to_json(list({
            'insight_id': said.insight_id,
            'relation': link.relation,
            'question': link.question,
            'claim': said.claim,
            'show_title': said.show_title,
            'episode': said.episode,
            'published_on': said.published_on,
            'play_url': said.play_url
        } ORDER BY link.position)) AS related
    FROM main.top_insights AS top
    JOIN main.related_insights AS link
        ON link.insight_id = top.insight_id AND link.position IS NOT NULL AND link.published_on <= $day
    JOIN said ON said.insight_id = link.related_id
    LEFT JOIN raw.listener_shows AS shown
        ON shown.listener = top.listener AND shown.feed_id = said.feed_id AND shown.published_on = $day
    WHERE top.published_on = $day AND coalesce(shown.weight, 1) > 0
    GROUP BY top.listener, top.insight_id
)

SELECT
    top.listener,
    top.published_on,
    top.rank,
    top.insight_id,
    said.claim,
    said.explanation,
    said.quote,
    said.speaker,
    said.show_title,
    said.episode,
    said.episode_link,
    said.published_at,
    said.quote_start_seconds AS start_seconds,
    said.play_url,
    said.method,
    top.status,
    CASE WHEN top.status = 'follow_up' THEN earlier.claim END AS earlier_claim,
    CASE WHEN top.status = 'follow_up' THEN top.of_on END AS earlier_on,
    CASE WHEN top.status = 'follow_up' THEN top.is_of_told END AS was_told,
    top.score,
    top.reasons,
    coalesce(voices.voices, '[]') AS voices,
    coalesce(related.related, '[]') AS related
FROM main.top_insights AS top
JOIN said ON said.insight_id = top.insight_id
LEFT JOIN raw.insights AS earlier ON earlier.insight_id = top.of_insight_id
LEFT JOIN voices ON voices.insight_id = top.insight_id
LEFT JOIN related ON related.listener = top.listener AND related.insight_id = top.insight_id
WHERE top.published_on = $day
ORDER BY top.listener, top.rank
