-- Each insight of the day is weighed as new, follow-up or seen, and what it repeats or follows up was said by then.
-- asset: unique_insights
-- severity: warning
-- why: at worst an insight is not told that could have been. Nothing false is.
-- cure: Run the day again: it is decided anew each time.
WITH standing AS (
    SELECT insight_id, published_on, status, of_insight_id, of_published_on
    FROM model.unique_insights
    WHERE published_on IN (SELECT unnest($days))
)

SELECT
    standing.insight_id,
    CASE
        WHEN earlier.insight_id IS NULL THEN 'what it repeats or follows up, ' || coalesce(standing.of_insight_id, 'nothing') || ', is not there'
        WHEN earlier.published_on > standing.published_on THEN 'what it repeats or follows up was said later'
        ELSE 'it repeats itself'
    END AS fault
FROM standing
LEFT JOIN raw.insights AS earlier ON earlier.insight_id = standing.of_insight_id
WHERE standing.status <> 'new'
    AND (
        earlier.insight_id IS NULL
        OR earlier.published_on > standing.published_on
        OR standing.of_insight_id = standing.insight_id
    )
UNION ALL
SELECT insight.insight_id, 'it was not weighed'
FROM raw.insights AS insight
JOIN raw.episodes AS episode ON episode.episode_id = insight.episode_id -- one that goes is told no more
ANTI JOIN standing ON standing.insight_id = insight.insight_id
WHERE insight.published_on IN (SELECT unnest($days))
ORDER BY 1, 2
