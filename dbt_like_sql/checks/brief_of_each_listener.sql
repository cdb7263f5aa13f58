-- Each listener of the day has a brief, which tells as many insights as were chosen for them.
-- asset: brief
-- severity: blocking
-- why: what comes after the brief sends and publishes it: nothing that lacks a part may go out.
-- cure: Run the day again: the brief is written anew each time.
WITH told AS (
    SELECT listener, published_on, count(*) AS told_count
    FROM main.top_insights
    WHERE published_on IN (SELECT unnest($days))
    GROUP BY listener, published_on
)

SELECT
    listener.listener,
    listener.published_on,
    CASE
        WHEN brief.listener IS NULL THEN 'no brief was written'
        ELSE 'the brief tells ' || brief.insights_count || ', chosen were ' || coalesce(told.told_count, 0)
    END AS fault
FROM raw.listeners AS listener
LEFT JOIN raw.briefs AS brief ON brief.listener = listener.listener AND brief.published_on = listener.published_on
LEFT JOIN told ON told.listener = listener.listener AND told.published_on = listener.published_on
WHERE listener.published_on IN (SELECT unnest($days))
    AND brief.insights_count IS DISTINCT FROM coalesce(told.told_count, 0)
ORDER BY listener.published_on, listener.listener
