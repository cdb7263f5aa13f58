-- When an episode came out stays as it was first known, and when a show was first asked and read decides what is an archive.
-- Both were not written down at first: the items say it. Read with a pattern and not with JSON's operators: where a process
-- dies before its checkpoint, the next one replays this expression, at a moment at which DuckDB has not loaded JSON yet.
ALTER TABLE raw.feed_items ADD COLUMN IF NOT EXISTS published_at TIMESTAMPTZ;
ALTER TABLE raw.feed_items ALTER COLUMN published_at TYPE TIMESTAMPTZ
USING coalesce(
    published_at,
    try_cast(regexp_extract(item::VARCHAR, '"published_at" ?: ?"([^"]+)"', 1) AS TIMESTAMPTZ),
    first_seen_at
);
ALTER TABLE raw.feed_items ALTER COLUMN published_at SET NOT NULL;

ALTER TABLE raw.feeds ADD COLUMN IF NOT EXISTS followed_at TIMESTAMPTZ;
ALTER TABLE raw.feeds ADD COLUMN IF NOT EXISTS first_read_at TIMESTAMPTZ;
UPDATE raw.feeds
SET followed_at = coalesce(followed_at, item.first_seen_at), first_read_at = coalesce(first_read_at, item.first_seen_at)
FROM (SELECT feed_id, min(first_seen_at) AS first_seen_at FROM raw.feed_items GROUP BY feed_id) AS item
WHERE item.feed_id = feeds.feed_id;
