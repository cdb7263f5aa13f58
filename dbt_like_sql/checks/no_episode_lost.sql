-- Each episode of the day was read for insights, or says at which stage it stopped and why.
-- asset: episode_health
-- severity: warning
-- why: the other episodes' insights are true and worth telling. The next run comes to what was left.
-- cure: Run the day again: what is done is not done twice.
SELECT episode_id, 'not read, and no stage says why' AS fault
FROM main.episode_health
WHERE published_on IN (SELECT unnest($days)) AND status = 'stopped' AND stopped_at IS NULL
ORDER BY episode_id
