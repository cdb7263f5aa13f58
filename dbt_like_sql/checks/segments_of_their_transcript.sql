-- Each transcript of the day has all its segments, numbered from 0, and no segment is without its transcript.
-- asset: transcripts
-- severity: blocking
-- why: a quote's place counts the characters of all segments before it. With one missing or doubled, quotes would be taken
--   from other places than they are said at.
-- cure: Delete the rows of the episode in raw.transcripts (duckdb data/brief.duckdb) and run the day again: it is written anew.
WITH spoken AS (
    SELECT
        episode_id,
        count(*) AS segments_count,
        count(DISTINCT position) AS positions_count,
        min(position) AS first_position,
        max(position) AS last_position
    FROM raw.segments
    WHERE published_on IN (SELECT unnest($days))
    GROUP BY episode_id
),

transcript AS (SELECT episode_id, segments_count FROM raw.transcripts WHERE published_on IN (SELECT unnest($days)))

SELECT
    coalesce(transcript.episode_id, spoken.episode_id) AS episode_id,
    CASE
        WHEN transcript.episode_id IS NULL THEN spoken.segments_count || ' segments of no transcript'
        WHEN coalesce(spoken.segments_count, 0) <> transcript.segments_count
            THEN coalesce(spoken.segments_count, 0) || ' segments of ' || transcript.segments_count
        ELSE 'its segments are not numbered 0 to ' || (transcript.segments_count - 1)
    END AS fault
FROM transcript
FULL JOIN spoken ON spoken.episode_id = transcript.episode_id
WHERE coalesce(spoken.segments_count, 0) IS DISTINCT FROM transcript.segments_count
    OR spoken.positions_count <> spoken.segments_count
    OR spoken.first_position <> 0
    OR spoken.last_position <> spoken.segments_count - 1
ORDER BY 1
