-- Each listener's brief of the day tells five insights, or each one that could have been told says why it was not.
-- asset: top_insights
-- severity: warning
-- why: four that are true are worth more than no brief.
-- cure: See what became of each with brief why, and run the day again. If it stays, report it: a place stood empty for no reason.
WITH told AS (
    SELECT listener, published_on, count(*) AS told_count, max(rank) AS last_rank
    FROM main.top_insights
    WHERE published_on IN (SELECT unnest($days))
    GROUP BY listener, published_on
),

-- Each insight that the brief could draw on, with what was decided of it.
decided AS (
    SELECT candidate.listener, candidate.published_on, candidate.insight_id, choice.outcome, choice.reason, choice.rank
    FROM model.candidates AS candidate
    LEFT JOIN model.choices AS choice
        ON choice.listener = candidate.listener
        AND choice.insight_id = candidate.insight_id
        AND choice.published_on = candidate.published_on
    WHERE candidate.published_on IN (SELECT unnest($days))
)

SELECT
    decided.listener,
    decided.published_on,
    decided.insight_id,
    coalesce(told.told_count, 0) || ' told, and this one ' || CASE
        WHEN decided.outcome IS NULL THEN 'was not weighed'
        WHEN decided.rank IS NOT NULL THEN 'was picked and is not in the brief'
        WHEN decided.outcome = 'outranked' THEN 'was left out for five others'
        ELSE 'says no reason'
    END AS fault
FROM decided
LEFT JOIN told ON told.listener = decided.listener AND told.published_on = decided.published_on
LEFT JOIN main.top_insights AS top
    ON top.listener = decided.listener AND top.published_on = decided.published_on AND top.insight_id = decided.insight_id
WHERE coalesce(told.told_count, 0) < 5
    AND top.insight_id IS NULL
    AND (decided.rank IS NOT NULL OR decided.reason IS NULL OR decided.outcome = 'outranked')
UNION ALL
SELECT listener, published_on, NULL, 'its places go up to ' || last_rank || ', and ' || told_count || ' are told'
FROM told
WHERE last_rank <> told_count
ORDER BY 2, 1, 3
