-- Up to ten insights from other shows that are near each unique insight of the day, over the whole history up to that day.
-- A floor, not a quota: where fewer are near enough there are fewer. At most two of a show.
--
-- columns
--   insight_id VARCHAR: the insight of the day
--   published_on DATE: partition, the day of insight_id
--   position INTEGER: 1 is the nearest
--   related_id VARCHAR: the insight from another show
--   cosine DOUBLE: how near the two are
--
-- checks
--   not_null: insight_id, published_on, position, related_id
WITH rule AS (
    SELECT
        0.45 AS floor_cosine, -- judged on 28 insights: at 0.45-0.50 62 % are on the same topic, below 0.40 7 %
        10 AS most,
        2 AS most_of_a_show
),

candidates AS (
    SELECT pair.insight_id, pair.other_id, pair.other_feed_id, pair.cosine
    FROM raw.insight_pairs AS pair
    CROSS JOIN rule
    JOIN model.unique_insights AS own ON own.insight_id = pair.insight_id AND own.published_on = $day
    JOIN raw.insights AS insight ON insight.insight_id = pair.insight_id
    JOIN raw.insights AS other ON other.insight_id = pair.other_id
    JOIN model.unique_insights AS other_own ON other_own.insight_id = pair.other_id
    WHERE pair.published_on = $day
        AND pair.cosine >= rule.floor_cosine
        AND pair.other_feed_id <> insight.feed_id
        AND own.status <> 'repeat'
        AND other_own.status <> 'repeat'
),

spread AS (
    SELECT *
    FROM candidates
    QUALIFY row_number() OVER (PARTITION BY insight_id, other_feed_id ORDER BY cosine DESC, other_id)
        <= (SELECT most_of_a_show FROM rule)
)

SELECT
    insight_id,
    $day AS published_on,
    row_number() OVER (PARTITION BY insight_id ORDER BY cosine DESC, other_id) AS position,
    other_id AS related_id,
    cosine
FROM spread
QUALIFY row_number() OVER (PARTITION BY insight_id ORDER BY cosine DESC, other_id) <= (SELECT most FROM rule)
ORDER BY insight_id, position
