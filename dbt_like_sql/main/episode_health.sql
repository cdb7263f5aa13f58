-- How far each episode of the day came, and what stopped it.
--
-- columns
--   episode_id VARCHAR: the episode
--   published_on DATE: partition
--   show_title VARCHAR: the show's title
--   title VARCHAR: the episode's title
--   status VARCHAR: told (in the brief), read (insights found), nothing (read, none found) or stopped
--   transcript_source VARCHAR: where the transcript came from
--   doubts VARCHAR: what speaks against the transcript or the audio being right and whole
--   words_count INTEGER: words in the transcript
--   hours DOUBLE: length, decoded or as stated
--   chunks_count INTEGER: chunks
--   sponsor_chunks_count INTEGER: chunks marked as adverts and the like
--   insights_count INTEGER: insights kept
--   told_count INTEGER: insights in the day's brief
--   dropped_count INTEGER: insights proposed and dropped, because their words were not found
--   stopped_at VARCHAR: the last stage that failed
--   reason VARCHAR: why, also where no stage failed and it is just not read yet
--
-- checks
--   unique: episode_id
--   not_null: episode_id, published_on, status
--   accepted_values: status: told | read | nothing | stopped
WITH cut AS (
    SELECT episode_id, count(*) AS chunks_count, count(*) FILTER (is_sponsor) AS sponsor_chunks_count
    FROM raw.chunks
    WHERE published_on = $day
    GROUP BY episode_id
),

found AS (
    SELECT insight.episode_id, count(*) AS insights_count, count(top.insight_id) AS told_count
    FROM raw.insights AS insight
    LEFT JOIN main.top_insights AS top ON top.insight_id = insight.insight_id
    WHERE insight.published_on = $day
    GROUP BY insight.episode_id
),

stopped AS (
    SELECT item_id AS episode_id, stage, reason
    FROM raw.failures
    WHERE published_on = $day
    QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY last_failed_at DESC, stage DESC) = 1
)

SELECT
    episode.episode_id,
    episode.published_on,
    episode.show_title,
    episode.title,
    CASE
        WHEN coalesce(found.told_count, 0) > 0 THEN 'told'
        WHEN coalesce(found.insights_count, 0) > 0 THEN 'read'
        WHEN extraction.episode_id IS NOT NULL THEN 'nothing'
        ELSE 'stopped'
    END AS status,
    transcript.source AS transcript_source,
    nullif(concat_ws('; ', transcript.doubts, audio.length_note), '') AS doubts,
    transcript.words_count,
    round(coalesce(transcript.duration_seconds, transcript.last_second, episode.duration_seconds) / 3600, 3) AS hours,
    coalesce(cut.chunks_count, 0) AS chunks_count,
    coalesce(cut.sponsor_chunks_count, 0) AS sponsor_chunks_count,
    coalesce(found.insights_count, 0) AS insights_count,
    coalesce(found.told_count, 0) AS told_count,
    extraction.proposed_count - extraction.grounded_count AS dropped_count,
    stopped.stage AS stopped_at,
    CASE
        WHEN stopped.reason IS NOT NULL THEN stopped.reason
        WHEN extraction.episode_id IS NULL THEN 'not read yet: no stage failed, but the insights stage has not come to it'
    END AS reason
FROM raw.episodes AS episode
LEFT JOIN raw.transcripts AS transcript ON transcript.episode_id = episode.episode_id
LEFT JOIN raw.audio AS audio ON audio.episode_id = episode.episode_id
LEFT JOIN cut ON cut.episode_id = episode.episode_id
LEFT JOIN raw.extractions AS extraction ON extraction.episode_id = episode.episode_id
LEFT JOIN found ON found.episode_id = episode.episode_id
LEFT JOIN stopped ON stopped.episode_id = episode.episode_id
WHERE episode.published_on = $day
ORDER BY episode.episode_id
