-- Each chunk and each advert of the day is a span of its episode's transcript, and chunks lie one after the other.
-- asset: chunks
-- severity: blocking
-- why: a chunk beside the text, or two over each other, would give insights that were not said or that were said once and
--   count twice.
-- cure: Delete the rows of the episode in raw.chunks (duckdb data/brief.duckdb) and run the day again: it is cut anew.
WITH talk AS (
    SELECT episode_id, sum(length(text) + 1) - 1 AS characters_count
    FROM raw.segments
    WHERE published_on IN (SELECT unnest($days))
    GROUP BY episode_id
),

span AS (
    SELECT
        episode_id,
        'chunk ' || position AS what,
        char_start,
        char_end,
        max(char_end) OVER (PARTITION BY episode_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS ended_before
    FROM raw.chunks
    WHERE published_on IN (SELECT unnest($days))
    UNION ALL
    SELECT episode_id, 'advert ' || position, char_start, char_end, NULL
    FROM raw.adverts
    WHERE published_on IN (SELECT unnest($days))
)

SELECT
    span.episode_id,
    span.what || CASE
        WHEN talk.episode_id IS NULL THEN ' is of no transcript'
        WHEN span.char_start < span.ended_before THEN ' begins before the one before it ends'
        ELSE ' is the characters ' || span.char_start || ' to ' || span.char_end || ' of ' || talk.characters_count
    END AS fault
FROM span
LEFT JOIN talk ON talk.episode_id = span.episode_id
WHERE talk.episode_id IS NULL
    OR span.char_start < coalesce(span.ended_before, 0)
    OR span.char_end <= span.char_start
    OR span.char_end > talk.characters_count
ORDER BY span.episode_id, span.char_start, span.what
