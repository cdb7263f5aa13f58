-- All that the brief of a day shows: the top insights with their episode, the words, where to play them, and what others said.
--
-- columns
--   published_on DATE: partition
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
--   earlier_on DATE: when that was said
--   score DOUBLE: what it is ranked by
--   reasons VARCHAR[]: why it was picked
--   related JSON: [{claim, show, episode, published_on, play_url}], the nearest first
--
-- checks
--   unique: insight_id
--   not_null: insight_id, published_on, rank, claim, quote
--   at_most: 5 rows a day
WITH said AS (
    SELECT
        insight.*,
        episode.show_title,
        episode.title AS episode,
        episode.link AS episode_link,
        episode.published_at,
        coalesce(
            split_part(episode.audio_url, '#', 1) || '#t=' || floor(insight.quote_start_seconds)::INTEGER, -- W3C Media Fragments
            episode.audio_url
        ) AS play_url
    FROM raw.insights AS insight
    JOIN raw.episodes AS episode ON episode.episode_id = insight.episode_id
),

related AS (
    SELECT
        link.insight_id,
        to_json(list({
            'claim': said.claim,
            'show_title': said.show_title,
            'episode': said.episode,
            'published_on': said.published_on,
            'play_url': said.play_url
        } ORDER BY link.position)) AS related
    FROM main.related_insights AS link
    JOIN said ON said.insight_id = link.related_id
    WHERE link.published_on = $day
    GROUP BY link.insight_id
)

SELECT
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
    coalesce(said.play_url, said.episode_link) AS play_url,
    said.method,
    top.status,
    CASE WHEN top.status = 'follow_up' THEN earlier.claim END AS earlier_claim,
    CASE WHEN top.status = 'follow_up' THEN earlier.published_on END AS earlier_on,
    top.score,
    top.reasons,
    coalesce(related.related, '[]') AS related
FROM main.top_insights AS top
JOIN said ON said.insight_id = top.insight_id
LEFT JOIN model.unique_insights AS own ON own.insight_id = top.insight_id
LEFT JOIN raw.insights AS earlier ON earlier.insight_id = own.of_insight_id
LEFT JOIN related ON related.insight_id = top.insight_id
WHERE top.published_on = $day
ORDER BY top.rank
