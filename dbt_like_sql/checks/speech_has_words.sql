-- Of what was listened to, at least 85 % of the speech has words.
-- asset: transcripts
-- severity: warning
-- why: it was listened to a second time by then, and what was heard is true; it is only not all that was said. An episode in
--   which a recogniser fails must not keep the others from the brief.
-- cure: Try a larger model: [whisper] model in brief.toml. The episode is then listened to anew when its day is run again.
WITH spans AS (
    SELECT
        episode_id,
        start_seconds,
        end_seconds,
        -- the end of what was covered before: segments that overlap count once
        max(end_seconds) OVER (PARTITION BY episode_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS covered_until
    FROM raw.segments
    WHERE published_on IN (SELECT unnest($days))
),

covered AS (
    SELECT
        episode_id,
        sum(greatest(0, end_seconds - greatest(start_seconds, coalesce(covered_until, start_seconds)))) AS covered_seconds
    FROM spans
    GROUP BY episode_id
)

SELECT
    transcript.episode_id,
    'words for ' || round(coalesce(covered.covered_seconds, 0)) || ' of ' || round(transcript.speech_seconds)
    || ' seconds of speech' AS fault
FROM raw.transcripts AS transcript
LEFT JOIN covered ON covered.episode_id = transcript.episode_id
WHERE transcript.published_on IN (SELECT unnest($days))
    AND transcript.speech_seconds >= 5 -- less is a cough, or a voice in the music
    AND coalesce(covered.covered_seconds, 0) < 0.85 * transcript.speech_seconds
ORDER BY transcript.episode_id
