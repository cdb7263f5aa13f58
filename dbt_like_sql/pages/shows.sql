-- What the page of a show shows: its episodes, the newest first, and what of it the first listener's briefs told. Also of a show
-- that is no longer followed, as long as its episodes are there.
WITH counted AS (
    SELECT
        episode.feed_id,
        episode.episode_id,
        episode.title,
        episode.show_title,
        episode.published_on,
        episode.published_at,
        count(insight.insight_id) AS insights_count
    FROM raw.episodes AS episode
    LEFT JOIN raw.insights AS insight ON insight.episode_id = episode.episode_id
    GROUP BY ALL
),

heard AS (
    SELECT
        feed_id,
        max_by(show_title, (published_at, episode_id)) AS show_title,
        sum(insights_count)::BIGINT AS insights_count,
        list({
            'episode_id': episode_id,
            'title': title,
            'published_on': published_on,
            'insights_count': insights_count
        } ORDER BY published_at DESC, episode_id) AS episodes
    FROM counted
    GROUP BY feed_id
),

told AS (
    SELECT
        insight.feed_id,
        list({
            'insight_id': insight.insight_id,
            'claim': insight.claim,
            'told_on': top.published_on
        } ORDER BY top.published_on DESC, top.rank) AS told
    FROM main.top_insights AS top
    JOIN raw.listeners AS listener
        ON listener.listener = top.listener AND listener.published_on = top.published_on AND listener.position = 0
    JOIN raw.insights AS insight ON insight.insight_id = top.insight_id
    GROUP BY insight.feed_id
)

SELECT
    coalesce(feed.feed_id, heard.feed_id) AS feed_id,
    coalesce(feed.show_title, heard.show_title) AS show_title,
    feed.url,
    feed.reason,
    feed.feed_id IS NOT NULL AS is_followed,
    coalesce(heard.insights_count, 0) AS insights_count,
    coalesce(heard.episodes, []) AS episodes,
    coalesce(told.told, []) AS told
FROM raw.feeds AS feed
FULL JOIN heard ON heard.feed_id = feed.feed_id
LEFT JOIN told ON told.feed_id = coalesce(feed.feed_id, heard.feed_id)
