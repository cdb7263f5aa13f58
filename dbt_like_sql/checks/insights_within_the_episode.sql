-- Each insight of the day is said within its episode, and ends no earlier than it begins.
-- Past the end by a fifth of the length, 3 to 15 minutes, is let pass of a publisher's transcript: the adverts in a file change
-- with each download. What was heard may end 2 seconds after the sound: a recogniser rounds up.
-- asset: insights
-- severity: warning
-- why: the words are said all the same. What suffers is the link that plays from their second.
-- cure: Play the insight from its link. If it leads astray, report the transcript's source, so that its times are mended.
SELECT
    insight.episode_id,
    insight.insight_id,
    CASE
        WHEN insight.quote_start_seconds IS NULL THEN 'an end and no beginning'
        WHEN NOT isfinite(insight.quote_start_seconds) OR NOT isfinite(coalesce(insight.quote_end_seconds, 0))
            THEN 'a time that is none'
        WHEN insight.quote_start_seconds < 0 THEN 'said at ' || round(insight.quote_start_seconds, 1) || ' s'
        WHEN insight.quote_end_seconds < insight.quote_start_seconds
            THEN 'begins at ' || round(insight.quote_start_seconds, 1) || ' s, ends at ' || round(insight.quote_end_seconds, 1) || ' s'
        ELSE 'said at ' || round(greatest(insight.quote_start_seconds, insight.quote_end_seconds), 1) || ' s of '
            || round(transcript.duration_seconds, 1) || ' s'
    END AS fault
FROM raw.insights AS insight
LEFT JOIN raw.transcripts AS transcript
    ON transcript.episode_id = insight.episode_id AND transcript.published_on IN (SELECT unnest($days))
WHERE insight.published_on IN (SELECT unnest($days))
    AND (
        (insight.quote_start_seconds IS NULL AND insight.quote_end_seconds IS NOT NULL)
        OR NOT isfinite(insight.quote_start_seconds)
        OR NOT isfinite(insight.quote_end_seconds)
        OR insight.quote_start_seconds < 0
        OR insight.quote_end_seconds < insight.quote_start_seconds
        OR greatest(insight.quote_start_seconds, insight.quote_end_seconds) > transcript.duration_seconds + CASE
            WHEN transcript.source LIKE 'publisher:%' THEN least(900, greatest(180, 0.2 * transcript.duration_seconds))
            ELSE 2
        END
    )
ORDER BY insight.episode_id, insight.insight_id
