-- Each time of a transcript lies within its episode, and runs forward; where none is known there is none.
-- Past the end by a fifth of the length, 3 to 15 minutes, is let pass of a publisher's transcript: the adverts in a file change
-- with each download. What was heard may end 2 seconds after the sound: a recogniser rounds up.
-- asset: transcripts
-- severity: warning
-- why: the words are right all the same. What suffers is the link that plays from a second.
-- cure: Listen at one of the times named. If they are wrong, report the transcript's source, so that its times are mended.
WITH transcript AS (
    SELECT
        episode_id,
        duration_seconds + CASE
            WHEN source LIKE 'publisher:%' THEN least(900, greatest(180, 0.2 * duration_seconds))
            ELSE 2
        END AS latest_second
    FROM raw.transcripts
    WHERE published_on IN (SELECT unnest($days))
)

SELECT
    segment.episode_id,
    'segment ' || segment.position || CASE
        WHEN segment.start_seconds IS NULL THEN ' has an end and no start'
        WHEN NOT isfinite(segment.start_seconds) OR NOT isfinite(coalesce(segment.end_seconds, 0)) THEN ' has a time that is none'
        WHEN segment.start_seconds < 0 THEN ' starts at ' || round(segment.start_seconds, 1) || ' s'
        WHEN segment.end_seconds < segment.start_seconds THEN ' ends before it starts, at ' || round(segment.end_seconds, 1) || ' s'
        ELSE ' ends at ' || round(greatest(segment.start_seconds, segment.end_seconds), 1) || ' s, past the end'
    END AS fault
FROM raw.segments AS segment
JOIN transcript ON transcript.episode_id = segment.episode_id
WHERE segment.published_on IN (SELECT unnest($days))
    AND (
        (segment.start_seconds IS NULL AND segment.end_seconds IS NOT NULL)
        OR NOT isfinite(segment.start_seconds)
        OR NOT isfinite(segment.end_seconds)
        OR segment.start_seconds < 0
        OR segment.end_seconds < segment.start_seconds
        OR greatest(segment.start_seconds, segment.end_seconds) > transcript.latest_second
    )
ORDER BY segment.episode_id, segment.position
