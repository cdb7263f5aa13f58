-- Each episode of the day was read for insights, or says at which stage it stopped and why.
-- asset: episode_health
-- severity: warning
-- why: the other episodes' insights are true and worth telling. The next run comes to what was left.
-- cure: Run the day again: what is done is not done twice.
SELECT
    episode.episode_id,
    CASE WHEN health.episode_id IS NULL THEN 'not looked at' ELSE 'not read, and no stage says why' END AS fault
FROM raw.episodes AS episode
LEFT JOIN main.episode_health AS health
    ON health.episode_id = episode.episode_id AND health.published_on IN (SELECT unnest($days))
WHERE episode.published_on IN (SELECT unnest($days))
    AND (health.episode_id IS NULL OR (health.status = 'stopped' AND health.stopped_at IS NULL))
ORDER BY episode.episode_id
