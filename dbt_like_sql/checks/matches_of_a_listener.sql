-- How an insight suits a listener is known of listeners of that day and insights that exist, and lies between its ends.
-- asset: listener_matches
-- severity: warning
-- why: a match of nobody or nothing is not read. One out of its bounds shifts places in a brief, and makes nothing false.
-- cure: Run the day again: matches are made anew each time.
SELECT
    match.listener,
    match.published_on,
    match.insight_id,
    CASE
        WHEN listener.listener IS NULL THEN 'no listener of that day'
        WHEN insight.insight_id IS NULL THEN 'the insight is not there'
        ELSE 'interest ' || coalesce(match.interest, 0) || ', dislike ' || coalesce(match.dislike, 0) || ', feedback '
            || coalesce(match.feedback, 0)
    END AS fault
FROM raw.listener_matches AS match
LEFT JOIN raw.listeners AS listener ON listener.listener = match.listener AND listener.published_on = match.published_on
LEFT JOIN raw.insights AS insight ON insight.insight_id = match.insight_id
WHERE match.published_on IN (SELECT unnest($days))
    AND (
        listener.listener IS NULL
        OR insight.insight_id IS NULL
        OR NOT coalesce(match.interest, 0) BETWEEN 0 AND 1
        OR NOT coalesce(match.dislike, 0) BETWEEN 0 AND 1
        OR NOT coalesce(match.feedback, 0) BETWEEN -1 AND 1
    )
ORDER BY match.published_on, match.listener, match.insight_id
