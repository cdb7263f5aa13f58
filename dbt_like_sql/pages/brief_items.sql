-- The items of the first listener's briefs, with the ids that their pages go by.
SELECT item.*, insight.episode_id, insight.feed_id
FROM main.brief_items AS item
JOIN raw.listeners AS listener
    ON listener.listener = item.listener AND listener.published_on = item.published_on AND listener.position = 0
LEFT JOIN raw.insights AS insight ON insight.insight_id = item.insight_id
ORDER BY item.published_on, item.rank
