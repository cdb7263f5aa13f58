-- Each insight of the day: new, a repeat of what was said before, or a follow-up to it.
-- Alike in meaning (cosine) is not enough to be the same: a pair whose numbers, names or polarity differ is in conflict
-- (stages/opposition.py) and is never merged. Of two that say the same on one day the better one stands for both. A repeat
-- stands for nothing: what is like a repeat, and not like what that repeats, is no repeat itself.
--
-- columns
--   insight_id VARCHAR: the insight
--   published_on DATE: partition
--   status VARCHAR: new, repeat or follow_up
--   of_insight_id VARCHAR: what it repeats or follows up, never itself a repeat
--   of_published_on DATE: when that was said
--   of_cosine DOUBLE: how near the two are
--   reason VARCHAR: why it is not simply new
--
-- checks
--   unique: insight_id
--   not_null: insight_id, published_on, status
--   accepted_values: status: new | repeat | follow_up
WITH RECURSIVE rule AS (
    SELECT
        0.85 AS same_cosine,  -- measured on 2,000 real insights: above it 6 of 8 pairs are the same insight, below 0.75 none is
        0.78 AS story_cosine, -- above it the same story, with something new in it; from 0.70 to 0.75 none of 14 pairs was
        30 AS look_back_days
),

-- An episode goes from raw.episodes when its show is no longer followed: the day is then told without it.
today AS (
    SELECT insight.insight_id, insight.published_on, insight.score
    FROM raw.insights AS insight
    WHERE insight.published_on = $day
        AND EXISTS (SELECT 1 FROM raw.episodes AS episode WHERE episode.episode_id = insight.episode_id)
),

-- When each thing was last said: a repeat keeps alive what it repeats.
last_said AS (
    SELECT
        CASE WHEN status = 'repeat' THEN of_insight_id ELSE insight_id END AS insight_id,
        max(published_on) AS last_said_on
    FROM model.unique_insights
    WHERE published_on < $day
    GROUP BY 1
),

pairs AS (
    SELECT
        today.insight_id,
        pair.other_id,
        pair.other_published_on,
        pair.cosine,
        pair.conflict,
        pair.other_published_on < $day AS is_earlier,
        pair.cosine >= rule.same_cosine AND pair.conflict IS NULL AS is_same,
        (other.score, other.insight_id) > (today.score, today.insight_id) AS is_better
    FROM today
    CROSS JOIN rule
    JOIN raw.insight_pairs AS pair ON pair.insight_id = today.insight_id AND pair.published_on = $day
    JOIN raw.insights AS other ON other.insight_id = pair.other_id
    LEFT JOIN today AS other_today ON other_today.insight_id = pair.other_id
    LEFT JOIN last_said ON last_said.insight_id = pair.other_id
    LEFT JOIN model.unique_insights AS verdict ON verdict.insight_id = pair.other_id AND verdict.published_on < $day
    WHERE pair.cosine >= rule.story_cosine
        AND (other_today.insight_id IS NOT NULL OR pair.other_published_on < $day)
        AND coalesce(verdict.status, 'new') <> 'repeat'
        AND coalesce(last_said.last_said_on, pair.other_published_on) >= $day - rule.look_back_days
),

better AS (
    SELECT insight_id, other_id
    FROM pairs
    WHERE is_same AND is_better AND NOT is_earlier
),

-- Which of the day stand, round by round, because a better one may turn out to be a repeat: one stands when all its betters
-- have fallen, and falls when one of them stands. NULL is not known yet.
rounds AS (
    SELECT
        0 AS round,
        insight_id,
        CASE
            WHEN insight_id IN (SELECT insight_id FROM pairs WHERE is_same AND is_earlier) THEN FALSE
            WHEN insight_id NOT IN (SELECT insight_id FROM better) THEN TRUE
        END AS stands
    FROM today
    UNION ALL
    SELECT
        any_value(own.round) + 1,
        own.insight_id,
        CASE
            WHEN any_value(own.stands) IS NOT NULL THEN any_value(own.stands)
            WHEN bool_or(other.stands) THEN FALSE
            WHEN bool_and(other.stands IS NOT DISTINCT FROM FALSE) THEN TRUE
        END
    FROM rounds AS own
    LEFT JOIN better ON better.insight_id = own.insight_id
    LEFT JOIN rounds AS other ON other.insight_id = better.other_id
    WHERE EXISTS (SELECT 1 FROM rounds WHERE stands IS NULL)
    GROUP BY own.insight_id
),

standing AS (
    SELECT insight_id
    FROM rounds
    WHERE stands AND round = (SELECT max(round) FROM rounds)
),

decided AS (
    SELECT
        *,
        CASE
            WHEN is_same AND is_earlier THEN 'repeat'
            WHEN is_same AND is_better AND other_id IN (SELECT insight_id FROM standing) THEN 'repeat'
            WHEN is_earlier AND NOT is_same AND (conflict IS NULL OR conflict LIKE 'number%') THEN 'follow_up'
        END AS status
    FROM pairs
),

-- What was said first, of all that it repeats; what is nearest, of all that it follows up.
nearest AS (
    SELECT *
    FROM decided
    WHERE status IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY insight_id
        ORDER BY
            status = 'repeat' DESC,
            CASE WHEN status = 'repeat' THEN other_published_on END,
            cosine DESC,
            other_published_on,
            other_id
    ) = 1
)

SELECT
    today.insight_id,
    today.published_on,
    coalesce(nearest.status, 'new') AS status,
    nearest.other_id AS of_insight_id,
    nearest.other_published_on AS of_published_on,
    nearest.cosine AS of_cosine,
    CASE nearest.status
        WHEN 'repeat' THEN 'says again what was said on ' || strftime(nearest.other_published_on, '%-d %b %Y')
        WHEN 'follow_up' THEN 'follows up what was said on ' || strftime(nearest.other_published_on, '%-d %b %Y')
            || coalesce(' (' || nearest.conflict || ')', '')
    END AS reason
FROM today
LEFT JOIN nearest USING (insight_id)
ORDER BY today.insight_id
