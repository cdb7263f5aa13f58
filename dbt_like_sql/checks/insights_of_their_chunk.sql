-- Each insight of the day is of an episode that insights were looked for in, and begins in a chunk of it; none is missing.
-- asset: insights
-- severity: warning
-- why: an episode that was cut anew and could not be read again (a language model that does not answer, a cap) keeps the
--   insights that it had: their words are still said in it.
-- cure: See why it could not be read in raw.failures, and run the day again.
WITH insight AS (
    SELECT insight_id, episode_id, chunk_id, char_start
    FROM raw.insights
    WHERE published_on IN (SELECT unnest($days))
),

chunk AS (
    SELECT chunk_id, episode_id, char_start, char_end
    FROM raw.chunks
    WHERE published_on IN (SELECT unnest($days))
),

extraction AS (SELECT episode_id, grounded_count FROM raw.extractions WHERE published_on IN (SELECT unnest($days))),

counted AS (SELECT episode_id, count(*) AS insights_count FROM insight GROUP BY episode_id)

SELECT
    insight.episode_id,
    insight.insight_id,
    CASE WHEN chunk.chunk_id IS NULL THEN 'its chunk is not there' ELSE 'its quote does not begin in its chunk' END AS fault
FROM insight
LEFT JOIN chunk ON chunk.chunk_id = insight.chunk_id AND chunk.episode_id = insight.episode_id
WHERE chunk.chunk_id IS NULL OR insight.char_start NOT BETWEEN chunk.char_start AND chunk.char_end - 1
UNION ALL
SELECT
    coalesce(extraction.episode_id, counted.episode_id),
    NULL,
    CASE
        WHEN extraction.episode_id IS NULL THEN counted.insights_count || ' insights, and insights were never looked for in it'
        ELSE coalesce(counted.insights_count, 0) || ' insights of ' || extraction.grounded_count
    END
FROM extraction
FULL JOIN counted ON counted.episode_id = extraction.episode_id
WHERE extraction.grounded_count IS DISTINCT FROM coalesce(counted.insights_count, 0)
ORDER BY 1, 2
