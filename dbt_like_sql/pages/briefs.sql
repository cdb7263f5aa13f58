-- What the page of a day's brief shows beside its items: what was looked at, what could not be done, and the days around it.
WITH looked AS (
    SELECT
        published_on,
        count(*) AS shows,
        list(show_title || ': ' || reason) FILTER (status = 'never read' AND reason IS NOT NULL) AS problems
    FROM raw.feed_days
    GROUP BY published_on
),

heard AS (
    SELECT
        published_on,
        count(*) FILTER (status <> 'stopped') AS episodes,
        coalesce(sum(hours) FILTER (status <> 'stopped'), 0) AS hours,
        list(show_title || ': ' || title || ': ' || reason) FILTER (reason IS NOT NULL) AS problems
    FROM main.episode_health
    GROUP BY published_on
)

SELECT
    brief.published_on,
    brief.listener,
    coalesce(looked.shows, 0) AS shows,
    coalesce(heard.episodes, 0) AS episodes,
    coalesce(heard.hours, 0) AS hours,
    list_sort(list_concat(coalesce(heard.problems, []), coalesce(looked.problems, []))) AS problems,
    lag(brief.published_on) OVER (ORDER BY brief.published_on) AS before_on,
    lead(brief.published_on) OVER (ORDER BY brief.published_on) AS after_on
FROM raw.briefs AS brief
JOIN raw.listeners AS listener
    ON listener.listener = brief.listener AND listener.published_on = brief.published_on AND listener.position = 0
LEFT JOIN looked ON looked.published_on = brief.published_on
LEFT JOIN heard ON heard.published_on = brief.published_on
ORDER BY brief.published_on
