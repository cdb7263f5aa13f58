-- Each insight of the day: new, a repeat of what was said before, or a follow-up to it.
-- Alike in meaning (cosine) is not enough to be the same: a pair whose numbers, names or polarity differ is in conflict
-- (stages/opposition.py) and is never merged. Of two that say the same on one day the better one stands for both.
--
-- columns
--   insight_id VARCHAR: the insight
--   published_on DATE: partition
--   status VARCHAR: new, repeat or follow_up
--   of_insight_id VARCHAR: what it repeats or follows up
--   of_published_on DATE: when that was said
--   of_cosine DOUBLE: how near the two are
--   reason VARCHAR: why it is not simply new
--
-- checks
--   unique: insight_id
--   not_null: insight_id, published_on, status
--   accepted_values: status: new | repeat | follow_up
WITH rule AS (
    SELECT
        0.85 AS same_cosine,  -- measured on 2,000 real insights: above it 6 of 8 pairs are the same insight, below 0.75 none is
        0.72 AS story_cosine, -- above it the same story, with something new in it
        30 AS look_back_days
),

today AS (
    SELECT insight_id, published_on, score
    FROM raw.insights
    WHERE published_on = $day
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
    WHERE pair.cosine >= rule.story_cosine
        AND pair.other_published_on >= $day - rule.look_back_days
),

decided AS (
    SELECT
        *,
        CASE
            WHEN is_same AND (is_earlier OR is_better) THEN 'repeat'
            WHEN is_earlier AND NOT is_same AND (conflict IS NULL OR conflict LIKE 'number%') THEN 'follow_up'
        END AS status
    FROM pairs
),

nearest AS (
    SELECT *
    FROM decided
    WHERE status IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY insight_id
        ORDER BY status = 'repeat' DESC, other_published_on, cosine DESC, other_id
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
