-- Each followed show was looked at on each day, and has as many episodes of it as was noted.
-- asset: episodes
-- severity: warning
-- why: the other shows' episodes are right, and a show that was left out is found by the next run. That nothing was found must
--   still never stand in for that nobody looked.
-- cure: Run the day again.
WITH day AS (SELECT unnest($days) AS published_on),

counted AS (
    SELECT feed_id, published_on, count(*) AS episodes_count
    FROM raw.episodes
    WHERE published_on IN (SELECT published_on FROM day)
    GROUP BY feed_id, published_on
)

SELECT
    feed.feed_id,
    day.published_on,
    coalesce(feed.show_title, feed.url) || ': ' || CASE
        WHEN looked.feed_id IS NULL THEN 'not looked at'
        ELSE looked.episodes_count || ' episodes noted, ' || coalesce(counted.episodes_count, 0) || ' there'
    END AS fault
FROM raw.feeds AS feed
CROSS JOIN day
LEFT JOIN raw.feed_days AS looked ON looked.feed_id = feed.feed_id AND looked.published_on = day.published_on
LEFT JOIN counted ON counted.feed_id = feed.feed_id AND counted.published_on = day.published_on
WHERE looked.episodes_count IS DISTINCT FROM coalesce(counted.episodes_count, 0)
ORDER BY day.published_on, feed.feed_id
