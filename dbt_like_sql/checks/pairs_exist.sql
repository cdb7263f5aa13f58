-- Each pair of the day is of two insights that exist, each group of two or more of the day, and a likeness is a number.
-- asset: insight_pairs
-- severity: blocking
-- why: an insight that repeats one which is not there would be held for known, and never told.
-- cure: Run the day again: pairs are found anew each time.
WITH pair AS (
    SELECT insight_id, published_on, other_id, other_published_on, other_episode_id, other_feed_id, cosine
    FROM raw.insight_pairs
    WHERE published_on IN (SELECT unnest($days))
),

own AS (SELECT insight_id, published_on FROM raw.insights WHERE published_on IN (SELECT unnest($days))),

grouped AS (
    SELECT member.insight_id, member.published_on, own.insight_id AS own_id, count(own.insight_id) OVER each_group AS members_count
    FROM raw.insight_groups AS member
    LEFT JOIN own ON own.insight_id = member.insight_id AND own.published_on = member.published_on
    WHERE member.published_on IN (SELECT unnest($days))
    WINDOW each_group AS (PARTITION BY member.published_on, member.group_id)
)

SELECT
    pair.insight_id,
    CASE
        WHEN own.insight_id IS NULL THEN 'it is not an insight of that day'
        WHEN pair.other_id = pair.insight_id THEN 'it is paired with itself'
        WHEN other.insight_id IS NULL THEN 'the other one, ' || pair.other_id || ', is not there'
        WHEN NOT isfinite(pair.cosine) OR abs(pair.cosine) > 1.001 THEN 'its likeness is ' || pair.cosine
        ELSE 'the other one, ' || pair.other_id || ', is of another day, episode or feed than noted'
    END AS fault
FROM pair
LEFT JOIN own ON own.insight_id = pair.insight_id AND own.published_on = pair.published_on
LEFT JOIN raw.insights AS other ON other.insight_id = pair.other_id
WHERE own.insight_id IS NULL
    OR pair.other_id = pair.insight_id
    OR NOT isfinite(pair.cosine)
    OR abs(pair.cosine) > 1.001
    OR (other.published_on, other.episode_id, other.feed_id)
        IS DISTINCT FROM (pair.other_published_on, pair.other_episode_id, pair.other_feed_id)
UNION ALL
SELECT insight_id, CASE WHEN own_id IS NULL THEN 'grouped, and no insight of that day' ELSE 'alone in its group' END
FROM grouped
WHERE own_id IS NULL OR members_count < 2
ORDER BY 1, 2
