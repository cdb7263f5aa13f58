-- What each listener's brief of the day may draw on: every insight of the day and the few days before that stands for
-- itself, with all that speaks for and against it.
-- An episode that came late, two days or more after its own, is drawn on as if it were of the day it was first seen too: so no
-- matter whether it or the brief is made first, it is not lost. An archive does not flood the brief: what came out before its
-- show was followed and stood in the feed at its first reading is not late, nor is what came out more than two weeks before.
--
-- columns
--   listener VARCHAR: whose brief
--   published_on DATE: partition: the day of the brief
--   insight_id VARCHAR: the insight
--   said_on DATE: when it came out
--   feed_id VARCHAR: its show's feed
--   status VARCHAR: new or follow_up, to what was said before
--   value DOUBLE: the extractor's score, 0 to 1
--   evidence DOUBLE: how well it is evidenced, 0 to 1
--   voice_ids VARCHAR[]: of each other show that says the same in words of its own, so far, the first insight that does
--   voices INTEGER: how many they are
--   corroboration DOUBLE: the same, 0 to 1: three count in full
--   interest DOUBLE: how it matches what the listener cares about, 0 to 1; 0.5 where they named nothing
--   interest_text VARCHAR: the interest that it matches best
--   dislike DOUBLE: how it matches what the listener does not care about, 0 to 1
--   dislike_text VARCHAR: the dislike that it matches best
--   feedback DOUBLE: what the listener's feedback on others says of it, -1 to 1
--   feedback_of VARCHAR: the insight whose feedback weighs most in it
--   show_weight DOUBLE: the listener's weight of its show; 0 is muted
--
-- checks
--   not_null: listener, published_on, insight_id, value, evidence, interest, show_weight
--   unique: listener, published_on, insight_id
WITH rule AS (
    SELECT
        coalesce(max(window_days), 3) AS window_days,
        3 AS full_voices,
        2 AS late_from_days, -- what came out yesterday and is seen this morning is on time
        14 AS late_to_days   -- LATE_DAYS of wiring/due.py, which has no more read
    FROM raw.brief_rules
    WHERE published_on = $day
),

-- The day that a late episode is drawn on as if it were of. An hour: what is first seen so soon came with the first reading.
late AS (
    SELECT item.episode_id, item.first_seen_at::DATE AS seen_on
    FROM raw.feed_items AS item
    CROSS JOIN rule
    JOIN raw.feeds AS feed ON feed.feed_id = item.feed_id
    WHERE item.published_on BETWEEN $day - (rule.window_days + rule.late_to_days) AND $day
        AND seen_on BETWEEN $day - rule.window_days AND $day
        AND seen_on - item.published_on BETWEEN rule.late_from_days AND rule.late_to_days
        AND (
            coalesce(item.first_seen_at >= feed.first_read_at + INTERVAL 1 HOUR, TRUE)
            OR item.published_on >= feed.followed_at::DATE
        )
),

-- An episode goes from raw.episodes when its show is no longer followed: the brief is then told without it.
standing AS (
    SELECT
        own.insight_id,
        own.published_on AS said_on,
        own.status,
        own.evidence,
        insight.feed_id,
        insight.text_hash,
        insight.score AS value
    FROM model.unique_insights AS own
    CROSS JOIN rule
    JOIN raw.insights AS insight ON insight.insight_id = own.insight_id
    LEFT JOIN late ON late.episode_id = insight.episode_id
    WHERE own.published_on BETWEEN $day - (rule.window_days + rule.late_to_days) AND $day
        AND (own.published_on >= $day - rule.window_days OR late.seen_on IS NOT NULL)
        AND own.status <> 'seen'
        AND EXISTS (SELECT 1 FROM raw.episodes AS episode WHERE episode.episode_id = insight.episode_id)
),

-- Word for word the same in another feed is a re-run, or a show that is followed twice: only who said it first is a voice.
worded AS (
    SELECT standing.insight_id, standing.feed_id, said.insight_id AS said_id, said.feed_id AS said_by, said.published_on
    FROM standing
    JOIN model.unique_insights AS other ON other.group_id = standing.insight_id AND other.published_on <= $day
    JOIN raw.insights AS said ON said.insight_id = other.insight_id
    JOIN raw.episodes AS episode ON episode.episode_id = said.episode_id
    WHERE said.text_hash <> standing.text_hash
    QUALIFY row_number() OVER (
        PARTITION BY standing.insight_id, said.text_hash ORDER BY said.published_on, said.insight_id
    ) = 1
),

voices AS (
    SELECT insight_id, list(said_id ORDER BY published_on, said_id) AS voice_ids
    FROM (
        SELECT *
        FROM worded
        WHERE said_by <> feed_id
        QUALIFY row_number() OVER (PARTITION BY insight_id, said_by ORDER BY published_on, said_id) = 1
    )
    GROUP BY insight_id
)

SELECT
    listener.listener,
    $day AS published_on,
    standing.insight_id,
    standing.said_on,
    standing.feed_id,
    standing.status,
    standing.value,
    standing.evidence,
    coalesce(voices.voice_ids, []) AS voice_ids,
    coalesce(len(voices.voice_ids), 0)::INTEGER AS voices,
    round(least(coalesce(len(voices.voice_ids), 0), rule.full_voices) / rule.full_voices, 6) AS corroboration,
    coalesce(match.interest, CASE WHEN len(listener.interests) = 0 THEN 0.5 ELSE 0 END) AS interest,
    match.interest_text,
    coalesce(match.dislike, 0) AS dislike,
    match.dislike_text,
    coalesce(match.feedback, 0) AS feedback,
    match.feedback_of,
    coalesce(shown.weight, 1) AS show_weight
FROM raw.listeners AS listener
CROSS JOIN rule
CROSS JOIN standing
LEFT JOIN voices ON voices.insight_id = standing.insight_id
LEFT JOIN raw.listener_matches AS match
    ON match.listener = listener.listener AND match.insight_id = standing.insight_id AND match.published_on = $day
LEFT JOIN raw.listener_shows AS shown
    ON shown.listener = listener.listener AND shown.feed_id = standing.feed_id AND shown.published_on = $day
WHERE listener.published_on = $day
ORDER BY listener.listener, standing.insight_id
