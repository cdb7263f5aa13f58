-- What the page of an insight shows: a row for each that stands for itself, with its episode and where to play it, what others
-- said that is worth reading with it (the first ten: those with a relation before those that are only near), what follows
-- what, who else said the same, and the briefs of the first listener that told it.
WITH RECURSIVE said AS (
    SELECT
        insight.insight_id,
        insight.episode_id,
        insight.feed_id,
        insight.published_on,
        insight.claim,
        insight.explanation,
        insight.quote,
        insight.speaker,
        insight.method,
        insight.quote_start_seconds AS start_seconds,
        episode.show_title,
        episode.title AS episode,
        episode.link AS episode_link,
        episode.audio_url,
        unique_insight.status,
        unique_insight.of_insight_id,
        unique_insight.group_id
    FROM raw.insights AS insight
    JOIN raw.episodes AS episode ON episode.episode_id = insight.episode_id
    JOIN model.unique_insights AS unique_insight ON unique_insight.insight_id = insight.insight_id
),

standing AS (
    SELECT * FROM said WHERE status IN ('new', 'follow_up')
),

-- Of each follow-up: all that it goes on with, back to what was new.
followed AS (
    SELECT insight_id, of_insight_id AS earlier_id
    FROM standing
    WHERE status = 'follow_up'
    UNION
    SELECT followed.insight_id, standing.of_insight_id
    FROM followed
    JOIN standing ON standing.insight_id = followed.earlier_id AND standing.status = 'follow_up'
),

history AS (
    SELECT
        link.insight_id,
        list({
            'insight_id': other.insight_id,
            'claim': other.claim,
            'show_title': other.show_title,
            'published_on': other.published_on,
            'is_later': link.is_later
        } ORDER BY other.published_on, other.insight_id) AS history
    FROM (
        SELECT insight_id, earlier_id AS other_id, false AS is_later FROM followed
        UNION ALL
        SELECT earlier_id, insight_id, true FROM followed
    ) AS link
    JOIN standing AS other ON other.insight_id = link.other_id
    GROUP BY link.insight_id
),

voices AS (
    SELECT
        group_id AS insight_id,
        list({
            'insight_id': insight_id,
            'claim': claim,
            'quote': quote,
            'speaker': speaker,
            'feed_id': feed_id,
            'show_title': show_title,
            'episode_id': episode_id,
            'episode': episode,
            'published_on': published_on,
            'start_seconds': start_seconds,
            'audio_url': audio_url
        } ORDER BY published_on, insight_id) AS voices
    FROM said
    WHERE status = 'seen'
    GROUP BY group_id
),

-- A repeat has no page: what stands for it does.
pairs AS (
    SELECT link.insight_id, other.group_id AS related_id, link.relation, link.question, link.position, link.cosine
    FROM main.related_insights AS link
    JOIN said AS other ON other.insight_id = link.related_id
    WHERE other.group_id <> link.insight_id
    QUALIFY row_number() OVER (
        PARTITION BY link.insight_id, other.group_id
        ORDER BY link.relation = 'related', link.position NULLS LAST, link.cosine DESC, link.related_id
    ) = 1
),

first_read AS (
    SELECT pairs.*
    FROM pairs
    JOIN standing ON standing.insight_id = pairs.related_id
    QUALIFY row_number() OVER (
        PARTITION BY pairs.insight_id
        ORDER BY pairs.relation = 'related', pairs.position NULLS LAST, pairs.cosine DESC, pairs.related_id
    ) <= 10
),

related AS (
    SELECT
        first_read.insight_id,
        list({
            'insight_id': other.insight_id,
            'relation': first_read.relation,
            'question': first_read.question,
            'claim': other.claim,
            'explanation': other.explanation,
            'show_title': other.show_title,
            'published_on': other.published_on
        } ORDER BY
            first_read.relation = 'related', first_read.position NULLS LAST, first_read.cosine DESC, first_read.related_id
        ) AS related
    FROM first_read
    JOIN standing AS other ON other.insight_id = first_read.related_id
    GROUP BY first_read.insight_id
),

told AS (
    SELECT top.insight_id, list(top.published_on ORDER BY top.published_on) AS told_on
    FROM main.top_insights AS top
    JOIN raw.listeners AS listener
        ON listener.listener = top.listener AND listener.published_on = top.published_on AND listener.position = 0
    JOIN raw.briefs AS brief ON brief.listener = top.listener AND brief.published_on = top.published_on
    GROUP BY top.insight_id
)

SELECT
    standing.insight_id,
    standing.episode_id,
    standing.feed_id,
    standing.published_on,
    standing.claim,
    standing.explanation,
    standing.quote,
    standing.speaker,
    standing.method,
    standing.start_seconds,
    standing.show_title,
    standing.episode,
    standing.episode_link,
    standing.audio_url,
    standing.status,
    coalesce(related.related, []) AS related,
    coalesce(history.history, []) AS history,
    coalesce(voices.voices, []) AS voices,
    coalesce(told.told_on, []) AS told_on
FROM standing
LEFT JOIN related ON related.insight_id = standing.insight_id
LEFT JOIN history ON history.insight_id = standing.insight_id
LEFT JOIN voices ON voices.insight_id = standing.insight_id
LEFT JOIN told ON told.insight_id = standing.insight_id
