-- Each insight of the day: new, a follow-up to what was said before, or seen, because it was said before.
-- What says the same is decided in raw.insight_pairs. Of those that say the same on one day the best-evidenced stands for
-- the group, and is said by all its shows. What is seen stands for nothing: what is like it, and not like what it repeats,
-- is new.
--
-- columns
--   insight_id VARCHAR: the insight
--   published_on DATE: partition
--   status VARCHAR: new, follow_up or seen
--   of_insight_id VARCHAR: what it repeats or follows up, never itself seen
--   of_published_on DATE: when that was said
--   of_cosine DOUBLE: how near the two are
--   of_score DOUBLE: how sure it is that it repeats, or follows up, 0 to 1
--   decided_by VARCHAR: the version of the rules, or the language model, that decided the pair
--   reason VARCHAR: why it is not simply new
--   group_id VARCHAR: the insight that stands for it: itself, or what it repeats
--   evidence DOUBLE: 0 to 1: quote verbatim 0.35 (a run of its words 0.2), second known 0.3, no doubts 0.2, speaker 0.15
--
-- checks
--   unique: insight_id
--   not_null: insight_id, published_on, status, group_id, evidence
--   accepted_values: status: new | follow_up | seen
WITH rule AS (
    SELECT coalesce(max(look_back_days), 30) AS look_back_days
    FROM raw.brief_rules
    WHERE published_on = $day
),

-- An episode goes from raw.episodes when its show is no longer followed: the day is then told without it.
today AS (
    SELECT
        insight.insight_id,
        insight.published_on,
        insight.score,
        CASE insight.quote_match WHEN 'run' THEN 0.2 ELSE 0.35 END
        + CASE WHEN insight.quote_start_seconds IS NOT NULL THEN 0.3 ELSE 0 END
        + CASE WHEN transcript.doubts IS NULL THEN 0.2 ELSE 0 END
        + CASE WHEN insight.speaker IS NOT NULL THEN 0.15 ELSE 0 END AS evidence
    FROM raw.insights AS insight
    LEFT JOIN raw.transcripts AS transcript ON transcript.episode_id = insight.episode_id
    WHERE insight.published_on = $day
        AND EXISTS (SELECT 1 FROM raw.episodes AS episode WHERE episode.episode_id = insight.episode_id)
),

-- When each thing was last said: who says it again keeps it alive.
last_said AS (
    SELECT group_id AS insight_id, max(published_on) AS last_said_on
    FROM model.unique_insights
    WHERE published_on < $day
    GROUP BY group_id
),

-- What was said before that one of the day repeats or goes on with: of all that it repeats the first, else the surest.
earlier AS (
    SELECT
        pair.insight_id,
        pair.verdict,
        pair.other_id AS of_insight_id,
        pair.other_published_on AS of_published_on,
        pair.cosine AS of_cosine,
        CASE pair.verdict WHEN 'same' THEN pair.same_score ELSE pair.follow_up_score END AS of_score,
        pair.decided_by,
        CASE pair.verdict WHEN 'same' THEN 'says again' ELSE 'follows up' END || ' what was said on '
        || strftime(pair.other_published_on, '%-d %b %Y') || coalesce(': ' || pair.reason, '') AS reason
    FROM raw.insight_pairs AS pair
    CROSS JOIN rule
    LEFT JOIN last_said ON last_said.insight_id = pair.other_id
    WHERE pair.published_on = $day
        AND pair.other_published_on < $day
        AND pair.verdict IN ('same', 'follow_up')
        AND pair.other_id IN (SELECT insight_id FROM raw.insights)
        AND pair.other_id NOT IN (SELECT insight_id FROM model.unique_insights WHERE published_on < $day AND status = 'seen')
        AND coalesce(last_said.last_said_on, pair.other_published_on) >= $day - rule.look_back_days
    QUALIFY row_number() OVER (
        PARTITION BY pair.insight_id
        ORDER BY
            pair.verdict = 'same' DESC,
            CASE WHEN pair.verdict = 'same' THEN pair.other_published_on END,
            of_score DESC NULLS LAST,
            pair.cosine DESC,
            pair.other_id
    ) = 1
),

-- The groups of those that say the same today and did not say it before, and who stands for each.
grouped AS (
    SELECT today.*, member.group_id
    FROM today
    JOIN raw.insight_groups AS member ON member.insight_id = today.insight_id AND member.published_on = $day
    WHERE today.insight_id NOT IN (SELECT insight_id FROM earlier WHERE verdict = 'same')
),

standing AS (
    SELECT group_id, max_by(insight_id, (evidence, score, insight_id)) AS insight_id
    FROM grouped
    GROUP BY group_id
),

stood_for AS (
    SELECT
        grouped.insight_id,
        standing.insight_id AS of_insight_id,
        $day AS of_published_on,
        pair.cosine AS of_cosine,
        pair.same_score AS of_score,
        pair.decided_by,
        'said that day by ' || coalesce(episode.show_title, 'another show') || ' too, with better evidence or worth more'
            AS reason
    FROM grouped
    JOIN standing ON standing.group_id = grouped.group_id AND standing.insight_id <> grouped.insight_id
    JOIN raw.insights AS insight ON insight.insight_id = standing.insight_id
    JOIN raw.episodes AS episode ON episode.episode_id = insight.episode_id
    LEFT JOIN raw.insight_pairs AS pair
        ON pair.insight_id = grouped.insight_id AND pair.other_id = standing.insight_id AND pair.published_on = $day
),

decided AS (
    SELECT insight_id, 'seen' AS status, of_insight_id, of_published_on, of_cosine, of_score, decided_by, reason
    FROM earlier
    WHERE verdict = 'same'
    UNION ALL
    SELECT insight_id, 'seen', of_insight_id, of_published_on, of_cosine, of_score, decided_by, reason
    FROM stood_for
    UNION ALL
    SELECT insight_id, 'follow_up', of_insight_id, of_published_on, of_cosine, of_score, decided_by, reason
    FROM earlier
    WHERE verdict = 'follow_up' AND insight_id NOT IN (SELECT insight_id FROM stood_for)
)

SELECT
    today.insight_id,
    today.published_on,
    coalesce(decided.status, 'new') AS status,
    decided.of_insight_id,
    decided.of_published_on,
    decided.of_cosine,
    decided.of_score,
    decided.decided_by,
    decided.reason,
    CASE WHEN decided.status = 'seen' THEN decided.of_insight_id ELSE today.insight_id END AS group_id,
    today.evidence::DOUBLE AS evidence
FROM today
LEFT JOIN decided ON decided.insight_id = today.insight_id
ORDER BY today.insight_id
