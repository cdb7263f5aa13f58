-- Each item that is a copy of another episode names one that a feed showed, and not itself.
-- asset: feeds
-- severity: warning
-- why: at worst an episode is held for a copy, and not read. The other episodes are right.
-- cure: Report it with the ids: which items are copies is decided when they are first seen.
SELECT item.episode_id, 'a copy of ' || item.same_as || ', which ' || CASE
    WHEN item.same_as = item.episode_id THEN 'is itself'
    ELSE 'no feed ever showed'
END AS fault
FROM raw.feed_items AS item
LEFT JOIN raw.feed_items AS original ON original.episode_id = item.same_as
WHERE item.same_as IS NOT NULL AND (original.episode_id IS NULL OR item.same_as = item.episode_id)
ORDER BY item.episode_id
