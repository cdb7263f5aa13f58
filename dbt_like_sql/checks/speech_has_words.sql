-- Of what was listened to, at least 85 % of the speech has words.
-- asset: transcripts
-- severity: warning
-- why: it was listened to a second time by then, and what was heard is true; it is only not all that was said. An episode in
--   which a recogniser fails must not keep the others from the brief.
-- cure: Try a larger model: [whisper] model in brief.toml. The episode is then listened to anew when its day is run again.
WITH listened AS (
    SELECT episode_id, speech_seconds
    FROM raw.transcripts
    WHERE published_on IN (SELECT unnest($days)) AND speech_seconds >= 5 -- less is a cough, or a voice in the music
),

spans AS (
    SELECT
        episode_id,
        start_seconds,
        end_seconds,
        -- the end of what was covered before: segments that overlap count once
        max(end_seconds) OVER (PARTITION BY episode_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS covered_until
    FROM raw.segments
    WHERE published_on IN (SELECT unnest($days)) AND episode_id IN (SELECT episode_id FROM listened)
),

covered AS (
    SELECT
        episode_id,
        sum(greatest(0, end_seconds - greatest(start_seconds, coalesce(covered_until, start_seconds)))) AS covered_seconds
    FROM spans
    GROUP BY episode_id
)

SELECT
    listened.episode_id,
    'words for ' || round(coalesce(covered.covered_seconds, 0))::BIGINT || ' of ' || round(listened.speech_seconds)::BIGINT
    || ' seconds of speech' AS fault
FROM listened
LEFT JOIN covered ON covered.episode_id = listened.episode_id
WHERE coalesce(covered.covered_seconds, 0) < 0.85 * listened.speech_seconds
ORDER BY listened.episode_id
