-- No insight is in two briefs of a listener, nor one that says the same, whichever brief was made first.
-- asset: top_insights
-- severity: blocking
-- why: it is what the brief is for: nothing that you were told before.
-- cure: Run the days named again, the earliest first: each brief is chosen anew against all the others.
WITH top AS (SELECT listener, published_on, insight_id FROM main.top_insights WHERE published_on IN (SELECT unnest($days))),

same AS (
    SELECT insight_id, insight_id AS of_insight_id FROM top
    UNION
    SELECT insight_id, other_id
    FROM raw.insight_pairs
    WHERE verdict = 'same' AND insight_id IN (SELECT insight_id FROM top)
    UNION
    SELECT other_id, insight_id
    FROM raw.insight_pairs
    WHERE verdict = 'same' AND other_id IN (SELECT insight_id FROM top)
)

SELECT
    top.listener,
    top.published_on,
    top.insight_id,
    CASE WHEN told.insight_id = top.insight_id THEN 'told' ELSE 'the same as ' || told.insight_id || ', told' END
    || ' on ' || told.published_on || ' too' AS fault
FROM top
JOIN same ON same.insight_id = top.insight_id
JOIN main.top_insights AS told ON told.listener = top.listener AND told.insight_id = same.of_insight_id
WHERE told.published_on <> top.published_on OR told.insight_id <> top.insight_id
ORDER BY top.published_on, top.listener, top.insight_id
