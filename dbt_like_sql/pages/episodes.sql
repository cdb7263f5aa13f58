-- What the page of an episode shows: how it was read, and its insights in the order in which they are said. Of one that says
-- again what was said before, the page is that of what stands for it, where that is still there.
WITH found AS (
    SELECT
        insight.episode_id,
        list({
            'insight_id': insight.insight_id,
            'page_id': if(page_episode.episode_id IS NULL, NULL, unique_insight.group_id),
            'claim': insight.claim,
            'explanation': insight.explanation,
            'speaker': insight.speaker,
            'start_seconds': insight.quote_start_seconds,
            'status': unique_insight.status
        } ORDER BY insight.char_start, insight.insight_id) AS insights
    FROM raw.insights AS insight
    JOIN model.unique_insights AS unique_insight ON unique_insight.insight_id = insight.insight_id
    LEFT JOIN raw.insights AS page ON page.insight_id = unique_insight.group_id
    LEFT JOIN raw.episodes AS page_episode ON page_episode.episode_id = page.episode_id
    GROUP BY insight.episode_id
)

SELECT
    episode.episode_id,
    episode.feed_id,
    episode.published_on,
    episode.show_title,
    episode.title,
    episode.link,
    episode.audio_url,
    health.hours,
    health.transcript_source,
    health.status,
    health.reason,
    coalesce(found.insights, []) AS insights
FROM raw.episodes AS episode
LEFT JOIN main.episode_health AS health ON health.episode_id = episode.episode_id AND health.published_on = episode.published_on
LEFT JOIN found ON found.episode_id = episode.episode_id
