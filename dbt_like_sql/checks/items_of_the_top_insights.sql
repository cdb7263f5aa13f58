-- The day's briefs show each top insight, in its place, and nothing else.
-- asset: brief_items
-- severity: blocking
-- why: an insight that is chosen and not shown counts as told, and is never told.
-- cure: Run the day again. If it stays, the insight's episode has gone: run the day from its episodes on.
WITH top AS (SELECT listener, published_on, insight_id, rank FROM main.top_insights WHERE published_on IN (SELECT unnest($days))),

item AS (SELECT listener, published_on, insight_id, rank FROM main.brief_items WHERE published_on IN (SELECT unnest($days)))

SELECT
    coalesce(top.listener, item.listener) AS listener,
    coalesce(top.published_on, item.published_on) AS published_on,
    coalesce(top.insight_id, item.insight_id) AS insight_id,
    CASE
        WHEN item.insight_id IS NULL THEN 'chosen and not shown'
        WHEN top.insight_id IS NULL THEN 'shown and not chosen'
        ELSE 'shown at ' || item.rank || ', chosen for ' || top.rank
    END AS fault
FROM top
FULL JOIN item ON item.listener = top.listener AND item.published_on = top.published_on AND item.insight_id = top.insight_id
WHERE top.rank IS DISTINCT FROM item.rank
ORDER BY 2, 1, 3
