-- The quality of each episode of the day: how far it came, what stopped it, what it cost, and what speaks against it.
--
-- flags, in this order:
-- no_transcript: there is none;
-- not_english: it is in another language, of which nothing is extracted without a language model;
-- no_times: fewer than half of its segments have a time;
-- short_text: under 200 words, or under 50 a minute of its length (talk has about 160);
-- low_coverage: speech_coverage is under 0.85;
-- fast_captions: at least 3 segments and 5 % of them are faster than 40 characters a second;
-- too_much_advert: over 40 % of the words are marked as adverts and the like;
-- not_read: there is a transcript, and insights were not looked for in it;
-- zero_insights: they were looked for, and none was kept;
-- many_dropped: at least 3 proposals and over half of them were dropped;
-- misquoted: a quote is not in the stored transcript;
-- cap_reached: a cap of the settings stopped the extraction;
-- stopped_early: something else stopped it before its end;
-- stand_in: another model than the first, or no model, wrote the insights;
-- no_price: the price of the model is not known, so cost_usd is null.
--
-- columns
--   episode_id VARCHAR: the episode
--   published_on DATE: partition
--   show_title VARCHAR: the show's title
--   title VARCHAR: the episode's title
--   status VARCHAR: told (in a brief of that day), read (insights found), nothing (read, none found) or stopped
--   flags VARCHAR[]: what speaks against it; empty if nothing does
--   transcript_source VARCHAR: where the transcript came from
--   doubts VARCHAR: what speaks against the transcript or the audio being right and whole
--   words_count INTEGER: words in the transcript
--   hours DOUBLE: length, decoded or as stated
--   segments_count INTEGER: segments of the transcript
--   speech_coverage DOUBLE: share of the speech (of the length, where it was not listened to) in segments; null without times
--   fast_segments_count INTEGER: segments faster than 40 characters a second; null without times
--   chunks_count INTEGER: chunks
--   sponsor_chunks_count INTEGER: chunks marked as adverts and the like
--   adverts_count INTEGER: stretches marked as adverts and the like
--   advert_seconds DOUBLE: their length; null without times
--   advert_words_count INTEGER: their words
--   candidates_count INTEGER: spans weighed (extract) or insights the model gave (llm)
--   proposed_count INTEGER: insights proposed
--   grounded_count INTEGER: insights whose words were found
--   dropped_count INTEGER: insights proposed and dropped, because their words were not found
--   dropped_reasons JSON: reason -> number of proposals dropped
--   insights_count INTEGER: insights kept
--   misquoted_count INTEGER: insights whose quote is not, letter for letter and at its second, in the stored segments
--   told_count INTEGER: insights in a brief of that day
--   calls_count INTEGER: LLM calls
--   tokens_count INTEGER: tokens in and out
--   cost_usd DOUBLE: what they cost; null where no price is known
--   unread_words_count INTEGER: words of talk that were not read, because something stopped it
--   stopped_at VARCHAR: the last stage that failed
--   reason VARCHAR: why, also where no stage failed and it is just not read yet
--
-- checks
--   unique: episode_id
--   not_null: episode_id, published_on, status, flags
--   accepted_values: status: told | read | nothing | stopped
--   zero: misquoted_count
--   share: flags: no_transcript <= 0.2
--   share: flags: zero_insights <= 0.3
--   share: flags: cap_reached <= 0
--   at_least: speech_coverage: 0.85
--   ratio: dropped_count / proposed_count <= 0.5
WITH placed AS (
    SELECT
        episode_id,
        start_seconds,
        end_seconds,
        text,
        sum(length(text) + 1) OVER talk - length(text) - 1 AS char_start,
        -- the end of what was covered before: cues that overlap count once
        max(end_seconds) OVER (PARTITION BY episode_id ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            AS covered_until
    FROM raw.segments
    WHERE published_on = $day
    WINDOW talk AS (PARTITION BY episode_id ORDER BY position)
),

spoken AS (
    SELECT
        episode_id,
        count(*) AS segments_count,
        count(start_seconds) AS timed_count,
        count(*) FILTER (end_seconds >= start_seconds) AS spans_count,
        sum(greatest(0, end_seconds - greatest(start_seconds, coalesce(covered_until, start_seconds)))) AS covered_seconds,
        count(*) FILTER (length(trim(text)) > 40 * (end_seconds - start_seconds)) AS fast_segments_count
    FROM placed
    GROUP BY episode_id
),

texts AS (
    SELECT episode_id, string_agg(text, ' ' ORDER BY position) AS text
    FROM raw.segments
    WHERE published_on = $day AND episode_id IN (SELECT episode_id FROM raw.insights WHERE published_on = $day)
    GROUP BY episode_id
),

quoted AS (
    SELECT
        insight.episode_id,
        count(*) FILTER (
            substr(texts.text, insight.char_start + 1, insight.char_end - insight.char_start) IS DISTINCT FROM insight.quote
            OR (home.start_seconds IS NULL) != (insight.quote_start_seconds IS NULL)
            -- the second of its first word: a recogniser may set it a moment outside of the word's segment
            OR insight.quote_start_seconds < home.start_seconds - 1
            OR insight.quote_start_seconds > greatest(home.start_seconds, home.end_seconds) + 1
        ) AS misquoted_count
    FROM raw.insights AS insight
    LEFT JOIN texts ON texts.episode_id = insight.episode_id
    LEFT JOIN placed AS home
        ON home.episode_id = insight.episode_id
        AND insight.char_start >= home.char_start
        AND insight.char_start < home.char_start + length(home.text)
    WHERE insight.published_on = $day
    GROUP BY insight.episode_id
),

cut AS (
    SELECT episode_id, count(*) AS chunks_count, count(*) FILTER (is_sponsor) AS sponsor_chunks_count
    FROM raw.chunks
    WHERE published_on = $day
    GROUP BY episode_id
),

marked AS (
    SELECT
        episode_id,
        count(*) AS adverts_count,
        sum(end_seconds - start_seconds) FILTER (end_seconds > start_seconds) AS advert_seconds,
        sum(words_count) AS advert_words_count
    FROM raw.adverts
    WHERE published_on = $day
    GROUP BY episode_id
),

found AS (
    SELECT
        insight.episode_id,
        count(*) AS insights_count,
        count(*) FILTER (insight.insight_id IN (SELECT insight_id FROM main.top_insights WHERE published_on = $day)) AS told_count
    FROM raw.insights AS insight
    WHERE insight.published_on = $day
    GROUP BY insight.episode_id
),

stopped AS (
    SELECT
        item_id AS episode_id,
        stage,
        reason,
        max(error) FILTER (stage = 'insights') OVER (PARTITION BY item_id) AS extraction_error
    FROM raw.failures
    WHERE published_on = $day
    QUALIFY row_number() OVER (PARTITION BY item_id ORDER BY last_failed_at DESC, stage DESC) = 1
),

measured AS (
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
        coalesce(transcript.duration_seconds, transcript.last_second, episode.duration_seconds) AS length_seconds,
        round(length_seconds / 3600, 3) AS hours,
        transcript.segments_count,
        CASE
            WHEN spoken.spans_count >= 0.9 * spoken.segments_count THEN
                round(least(1, spoken.covered_seconds / nullif(coalesce(transcript.speech_seconds, length_seconds), 0)), 3)
        END AS speech_coverage,
        CASE WHEN spoken.spans_count > 0 THEN spoken.fast_segments_count END AS fast_segments_count,
        coalesce(cut.chunks_count, 0) AS chunks_count,
        coalesce(cut.sponsor_chunks_count, 0) AS sponsor_chunks_count,
        coalesce(marked.adverts_count, 0) AS adverts_count,
        CASE WHEN marked.adverts_count IS NULL THEN 0 ELSE marked.advert_seconds END AS advert_seconds,
        coalesce(marked.advert_words_count, 0) AS advert_words_count,
        extraction.candidates_count,
        extraction.proposed_count,
        extraction.grounded_count,
        extraction.proposed_count - extraction.grounded_count AS dropped_count,
        extraction.dropped_reasons,
        coalesce(found.insights_count, 0) AS insights_count,
        coalesce(quoted.misquoted_count, 0) AS misquoted_count,
        coalesce(found.told_count, 0) AS told_count,
        extraction.calls_count,
        extraction.tokens_count,
        extraction.cost_usd,
        extraction.unread_words_count,
        stopped.stage AS stopped_at,
        CASE
            WHEN stopped.reason IS NOT NULL THEN stopped.reason
            WHEN extraction.stopped_reason IS NOT NULL THEN extraction.stopped_reason
            WHEN extraction.episode_id IS NULL THEN 'not read yet: no stage failed, but the insights stage has not come to it'
        END AS reason,
        extraction.episode_id IS NOT NULL AS is_read,
        transcript.episode_id IS NOT NULL AS is_transcribed,
        lower(split_part(transcript.language, '-', 1)) AS language,
        spoken.timed_count,
        extraction.stopped_reason IS NOT NULL AS is_cut_short,
        stopped.extraction_error,
        extraction.fallback_reason IS NOT NULL AS is_stand_in
    FROM raw.episodes AS episode
    LEFT JOIN raw.transcripts AS transcript ON transcript.episode_id = episode.episode_id
    LEFT JOIN raw.audio AS audio ON audio.episode_id = episode.episode_id
    LEFT JOIN spoken ON spoken.episode_id = episode.episode_id
    LEFT JOIN cut ON cut.episode_id = episode.episode_id
    LEFT JOIN marked ON marked.episode_id = episode.episode_id
    LEFT JOIN raw.extractions AS extraction ON extraction.episode_id = episode.episode_id
    LEFT JOIN found ON found.episode_id = episode.episode_id
    LEFT JOIN quoted ON quoted.episode_id = episode.episode_id
    LEFT JOIN stopped ON stopped.episode_id = episode.episode_id
    WHERE episode.published_on = $day
)

SELECT
    episode_id,
    published_on,
    show_title,
    title,
    status,
    [flag FOR flag IN [
        CASE WHEN NOT is_transcribed THEN 'no_transcript' END,
        CASE WHEN language NOT IN ('en', '') THEN 'not_english' END,
        CASE WHEN 2 * timed_count < segments_count THEN 'no_times' END,
        CASE WHEN words_count < 200 OR words_count < 50 * length_seconds / 60 THEN 'short_text' END,
        CASE WHEN speech_coverage < 0.85 THEN 'low_coverage' END,
        CASE WHEN fast_segments_count >= 3 AND fast_segments_count >= 0.05 * segments_count THEN 'fast_captions' END,
        CASE WHEN advert_words_count > 0.4 * words_count THEN 'too_much_advert' END,
        CASE WHEN is_transcribed AND NOT is_read THEN 'not_read' END,
        CASE WHEN status = 'nothing' THEN 'zero_insights' END,
        CASE WHEN dropped_count >= 3 AND 2 * dropped_count > proposed_count THEN 'many_dropped' END,
        CASE WHEN misquoted_count > 0 THEN 'misquoted' END,
        CASE WHEN coalesce(extraction_error, if(is_cut_short, 'CapReached', '')) = 'CapReached' THEN 'cap_reached' END,
        CASE WHEN is_cut_short AND extraction_error != 'CapReached' THEN 'stopped_early' END,
        CASE WHEN is_stand_in THEN 'stand_in' END,
        CASE WHEN calls_count > 0 AND cost_usd IS NULL THEN 'no_price' END
    ] IF flag IS NOT NULL] AS flags,
    transcript_source,
    doubts,
    words_count,
    hours,
    segments_count,
    speech_coverage,
    fast_segments_count,
    chunks_count,
    sponsor_chunks_count,
    adverts_count,
    advert_seconds,
    advert_words_count,
    candidates_count,
    proposed_count,
    grounded_count,
    dropped_count,
    dropped_reasons,
    insights_count,
    misquoted_count,
    told_count,
    calls_count,
    tokens_count,
    cost_usd,
    unread_words_count,
    stopped_at,
    reason
FROM measured
ORDER BY episode_id
