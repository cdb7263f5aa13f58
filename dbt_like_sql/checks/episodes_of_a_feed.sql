-- Each episode of the day is an item that its feed showed, under that day.
-- asset: episodes
-- severity: warning
-- why: what is not in raw.feed_items can be told all the same; only where it came from is no longer known. A database from
--   before that table holds such episodes of shows that are followed no more.
-- cure: Nothing, if the show is followed no more. Else ask the feeds and run the day again.
SELECT
    episode.episode_id,
    CASE
        WHEN item.episode_id IS NULL THEN 'no feed ever showed it'
        WHEN item.feed_id <> episode.feed_id THEN 'it stands in another feed'
        ELSE 'it was first seen under ' || item.published_on || ', and stands under ' || episode.published_on
    END AS fault
FROM raw.episodes AS episode
LEFT JOIN raw.feed_items AS item ON item.episode_id = episode.episode_id
WHERE episode.published_on IN (SELECT unnest($days))
    AND (item.feed_id, item.published_on) IS DISTINCT FROM (episode.feed_id, episode.published_on)
ORDER BY episode.episode_id
