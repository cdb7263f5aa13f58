-- What becomes of each candidate for a listener's brief: its novelty against their other briefs, its score, its place, why.
-- score = show_weight x (0.30 value + 0.40 interest + 0.10 evidence + 0.10 novelty + 0.10 corroboration + 0.30 feedback
-- - 0.40 dislike). Then one after the other the best that is left, less up to 0.15 for its likeness to what is in already
-- (maximal marginal relevance, Carbonell and Goldstein 1998); at most two of a show, one of a thought, none under 0.40, and
-- for who named what they care about at most one that is off it: with an interest under 0.25.
-- What another brief told, whichever was made first, is never told again. What a later day's told is weighed as if it had
-- not been, and then takes no place: so a day that is run again says the same of each.
--
-- columns
--   listener VARCHAR: whose brief
--   published_on DATE: partition: the day of the brief
--   insight_id VARCHAR: the insight
--   feed_id VARCHAR: its show's feed
--   status VARCHAR: new, follow_up or seen, to what this listener was told before the day
--   of_insight_id VARCHAR: what it follows up or repeats
--   of_on DATE: when the listener was told that or knew it, else when it was said
--   is_of_told BOOLEAN: they were told
--   of_score DOUBLE: how sure it is that it follows that up or repeats it, 0 to 1
--   novelty DOUBLE: 1 for new, 0.7 for a follow-up, 0 for seen
--   value_points DOUBLE: what its value gives to the score, before the weight of its show
--   interest_points DOUBLE: what its match with an interest gives
--   evidence_points DOUBLE: what its evidence gives
--   novelty_points DOUBLE: what its novelty gives
--   corroboration_points DOUBLE: what the other shows that say it give
--   feedback_points DOUBLE: what the listener's feedback on others gives, or takes
--   dislike_points DOUBLE: what its match with a dislike takes: 0 or less
--   score DOUBLE: what it is ranked by: these points added up, at least 0, x the weight of its show
--   gain DOUBLE: the score less its likeness to those ranked before it; null where it was not picked
--   nearest_id VARCHAR: of those picked before it, the one it is most like; null where it is like none
--   nearest_cosine DOUBLE: and how like
--   rank INTEGER: its place in the brief; null where it was not picked
--   outcome VARCHAR: what became of it: told, or why not; seen also where a later day's brief told it
--   reason VARCHAR: that, in words
--
-- checks
--   not_null: listener, published_on, insight_id, status, score, outcome
--   unique: listener, published_on, insight_id
--   accepted_values: status: new | follow_up | seen
--   accepted_values: outcome: told | seen | muted | weak | like another | off your subjects | show is full | outranked
WITH RECURSIVE rule AS (
    SELECT
        5 AS most,
        2 AS most_of_a_show,
        1 AS most_outside,       -- of what they do not care about, where they named what they do
        0.25 AS interest_named,  -- one in fifteen of all other insights reaches it, and 97 of 100 that are on the subject
        0.40 AS least_score,
        0.45 AS like_cosine,     -- below it two insights are on the same topic once in fourteen times
        0.75 AS thought_cosine,  -- from here on one of the two is enough in one brief
        0.15 AS like_cost,       -- of a likeness of thought_cosine
        -- One speaker says a thought again within the hour, in other words. There a merge is not sure enough, but to tell one
        -- of the two is: of sixty real days' told pairs three were so near and so likely, one of them the same thought.
        0.60 AS again_cosine,
        0.25 AS again_score
),

candidates AS (
    SELECT candidate.*, insight.episode_id
    FROM model.candidates AS candidate
    JOIN raw.insights AS insight ON insight.insight_id = candidate.insight_id
    WHERE candidate.published_on = $day
),

-- Pairs that were weighed, from either side: a day that is filled in later knows the days after it.
weighed AS (
    SELECT
        pair.insight_id, pair.other_id, pair.cosine, pair.verdict, pair.conflict, pair.same_score, pair.follow_up_score,
        pair.other_published_on < pair.published_on AS is_later, pair.other_episode_id = candidates.episode_id AS is_of_one_episode
    FROM raw.insight_pairs AS pair
    JOIN (SELECT DISTINCT insight_id, episode_id FROM candidates) AS candidates ON candidates.insight_id = pair.insight_id
    UNION ALL
    SELECT
        pair.other_id, pair.insight_id, pair.cosine, pair.verdict, pair.conflict, pair.same_score, pair.follow_up_score,
        pair.other_published_on > pair.published_on, insight.episode_id = pair.other_episode_id
    FROM raw.insight_pairs AS pair
    JOIN raw.insights AS insight ON insight.insight_id = pair.insight_id
    WHERE pair.other_id IN (SELECT insight_id FROM candidates)
),

pairs AS (
    SELECT
        weighed.* EXCLUDE (verdict, conflict, is_of_one_episode),
        CASE
            WHEN weighed.verdict = 'other' AND weighed.conflict IS NULL AND weighed.is_of_one_episode
                AND weighed.cosine >= rule.again_cosine AND weighed.same_score >= rule.again_score THEN 'alike'
            ELSE weighed.verdict
        END AS verdict
    FROM weighed
    CROSS JOIN rule
),

-- What each listener was told, before the day or after it, or says that they knew.
memory AS (
    SELECT listener, insight_id, published_on AS of_on, TRUE AS is_told
    FROM model.choices
    WHERE rank IS NOT NULL AND published_on <> $day
    UNION ALL
    SELECT listener, insight_id, about_on, FALSE
    FROM raw.feedback
    WHERE verdict = 'known' AND about_on < $day
),

-- What each candidate says again, itself first of all, or goes on with.
echoes AS (
    SELECT DISTINCT insight_id, insight_id AS of_insight_id, 'same' AS verdict, 1.0::DOUBLE AS of_score
    FROM candidates
    UNION ALL
    SELECT insight_id, other_id, verdict, CASE verdict WHEN 'follow_up' THEN follow_up_score ELSE same_score END
    FROM pairs
    WHERE verdict IN ('same', 'alike') OR (verdict = 'follow_up' AND is_later)
),

remembered AS (
    SELECT
        memory.listener, echoes.insight_id, echoes.of_insight_id, memory.of_on, echoes.of_score, echoes.verdict, memory.is_told
    FROM echoes
    JOIN memory ON memory.insight_id = echoes.of_insight_id
    WHERE echoes.verdict = 'same' OR (memory.is_told AND (echoes.verdict = 'alike' OR memory.of_on < $day))
),

-- Of all that, one from before the day and one from after it: what says the same first, then what was told, then the surest.
foremost AS (
    SELECT remembered.*, of_on > $day AS is_after
    FROM remembered
    QUALIFY row_number() OVER (
        PARTITION BY listener, insight_id, of_on > $day
        ORDER BY verdict = 'same' DESC, verdict = 'alike' DESC, is_told DESC, of_score DESC NULLS LAST, of_on, of_insight_id
    ) = 1
),

novelty AS (
    SELECT
        candidates.*,
        CASE
            WHEN earlier.verdict IN ('same', 'alike') THEN 'seen'
            ELSE coalesce(earlier.verdict, candidates.status)
        END AS own_status,
        earlier.verdict = 'alike' AS is_alike,
        coalesce(earlier.of_insight_id, own.of_insight_id) AS of_insight_id,
        coalesce(earlier.of_on, own.of_published_on) AS of_on,
        CASE WHEN earlier.verdict IS NULL THEN own.of_score ELSE earlier.of_score END AS of_score,
        coalesce(earlier.is_told, FALSE) AS is_of_told,
        CASE own_status WHEN 'seen' THEN 0 WHEN 'follow_up' THEN 0.7 ELSE 1 END::DOUBLE AS novelty,
        later.of_insight_id AS later_id,
        later.of_on AS later_on,
        later.of_score AS later_score,
        later.verdict = 'alike' AS is_later_alike
    FROM candidates
    LEFT JOIN model.unique_insights AS own
        ON own.insight_id = candidates.insight_id AND own.published_on = candidates.said_on
    LEFT JOIN foremost AS earlier
        ON earlier.listener = candidates.listener AND earlier.insight_id = candidates.insight_id AND NOT earlier.is_after
    LEFT JOIN foremost AS later
        ON later.listener = candidates.listener AND later.insight_id = candidates.insight_id AND later.is_after
),

-- The weights stand here and nowhere else: who explains a score (brief why) reads the points that they gave.
scored AS (
    SELECT
        novelty.*,
        0.30 * novelty.value AS value_points,
        0.40 * novelty.interest AS interest_points,
        0.10 * novelty.evidence AS evidence_points,
        0.10 * novelty.novelty AS novelty_points,
        0.10 * novelty.corroboration AS corroboration_points,
        0.30 * novelty.feedback AS feedback_points,
        0 - 0.40 * novelty.dislike AS dislike_points, -- 0, where -0.40 x 0 is -0
        round(
            novelty.show_weight * greatest(
                0,
                value_points + interest_points + evidence_points + novelty_points + corroboration_points + feedback_points
                + dislike_points
            ),
            6
        ) AS score
    FROM novelty
),

-- The other candidates that each is like, and what that costs.
near AS (
    SELECT
        insight_id,
        list({
            'id': other_id,
            'cosine': cosine,
            'is_same': is_same OR cosine >= rule.thought_cosine,
            'cost': rule.like_cost * (cosine - rule.like_cosine) / (rule.thought_cosine - rule.like_cosine)
        } ORDER BY other_id) AS others
    FROM (
        SELECT insight_id, other_id, max(cosine) AS cosine, coalesce(bool_or(verdict IN ('same', 'alike')), FALSE) AS is_same
        FROM pairs
        WHERE other_id IN (SELECT insight_id FROM candidates)
        GROUP BY insight_id, other_id
    )
    CROSS JOIN rule
    WHERE is_same OR cosine >= rule.like_cosine
    GROUP BY insight_id
),

open AS (
    SELECT
        scored.listener,
        scored.insight_id,
        scored.feed_id,
        scored.score,
        scored.interest < rule.interest_named AS is_outside,
        coalesce(near.others, []) AS others
    FROM scored
    CROSS JOIN rule
    LEFT JOIN near ON near.insight_id = scored.insight_id
    WHERE scored.own_status <> 'seen' AND scored.later_id IS NULL AND scored.score >= rule.least_score
),

-- One after the other, the best that is left: only what is picked keeps others out, so nothing is lost to what is not told.
picked AS (
    SELECT listener, 0 AS rank, []::VARCHAR[] AS ids, []::VARCHAR[] AS feeds, NULL::DOUBLE AS gain, 0 AS outside
    FROM (SELECT DISTINCT listener FROM open)
    UNION ALL
    SELECT
        listener,
        any_value(rank) + 1,
        list_append(any_value(ids), max_by(insight_id, (gain, score, insight_id))),
        list_append(any_value(feeds), max_by(feed_id, (gain, score, insight_id))),
        max(gain),
        any_value(outside) + max_by(is_outside, (gain, score, insight_id))::INTEGER
    FROM (
        SELECT
            picked.listener,
            picked.rank,
            picked.ids,
            picked.feeds,
            picked.outside,
            open.is_outside,
            open.insight_id,
            open.feed_id,
            open.score,
            list_filter(open.others, lambda other: list_contains(picked.ids, other.id)) AS likes,
            round(open.score - coalesce(list_max(list_transform(likes, lambda other: other.cost)), 0), 6) AS gain
        FROM picked
        CROSS JOIN rule
        JOIN open ON open.listener = picked.listener AND NOT list_contains(picked.ids, open.insight_id)
        WHERE picked.rank < rule.most
            AND NOT (open.is_outside AND picked.outside >= rule.most_outside)
            AND len(list_filter(likes, lambda other: other.is_same)) = 0
            AND len(list_filter(picked.feeds, lambda feed: feed = open.feed_id)) < rule.most_of_a_show
    )
    GROUP BY listener
),

-- The last round of each listener holds all that was picked.
told_now AS (
    SELECT listener, ids, feeds, outside, gain AS least_gain
    FROM picked
    QUALIFY row_number() OVER (PARTITION BY listener ORDER BY rank DESC) = 1
),

placed AS (
    SELECT
        scored.*,
        coalesce(told_now.outside, 0) AS outside,
        picked.rank,
        picked.gain,
        list_filter(
            coalesce(near.others, []),
            lambda other: list_contains(coalesce(picked.ids[:-2], told_now.ids, []), other.id)
        ) AS likes,
        list_reverse_sort(list_transform(likes, lambda other: {'cosine': other.cosine, 'id': other.id}))[1] AS nearest,
        len(list_filter(likes, lambda other: other.is_same)) > 0 AS is_like,
        len(list_filter(coalesce(told_now.feeds, []), lambda feed: feed = scored.feed_id)) AS of_its_show,
        scored.score - coalesce(list_max(list_transform(likes, lambda other: other.cost)), 0) AS worth,
        coalesce(len(told_now.ids), 0) < rule.most OR worth > told_now.least_gain AS is_worth_a_place
    FROM scored
    CROSS JOIN rule
    LEFT JOIN picked ON picked.listener = scored.listener AND picked.ids[-1] = scored.insight_id
    LEFT JOIN told_now ON told_now.listener = scored.listener
    LEFT JOIN near ON near.insight_id = scored.insight_id
),

judged AS (
    SELECT
        placed.*,
        CASE
            WHEN rank IS NOT NULL THEN 'told'
            WHEN own_status = 'seen' THEN 'seen'
            WHEN show_weight = 0 THEN 'muted'
            WHEN score < rule.least_score THEN 'weak'
            WHEN is_like THEN 'like another'
            WHEN interest < rule.interest_named AND outside >= rule.most_outside THEN 'off your subjects'
            WHEN of_its_show >= rule.most_of_a_show THEN 'show is full'
            WHEN later_id IS NOT NULL AND is_worth_a_place THEN 'seen'
            ELSE 'outranked'
        END AS outcome,
        outcome = 'seen' AND own_status <> 'seen' AS is_later,
        CASE WHEN is_later THEN later_id ELSE of_insight_id END AS what_id,
        CASE WHEN is_later THEN later_on ELSE of_on END AS what_on,
        CASE WHEN is_later THEN later_score ELSE of_score END AS what_score,
        is_later OR is_of_told AS is_what_told,
        coalesce(CASE WHEN is_later THEN is_later_alike ELSE is_alike END, FALSE) AS is_what_alike
    FROM placed
    CROSS JOIN rule
)

SELECT
    judged.listener,
    $day AS published_on,
    judged.insight_id,
    judged.feed_id,
    judged.own_status AS status,
    judged.what_id AS of_insight_id,
    judged.what_on AS of_on,
    judged.is_what_told AS is_of_told,
    judged.what_score AS of_score,
    judged.novelty,
    judged.value_points,
    judged.interest_points,
    judged.evidence_points,
    judged.novelty_points,
    judged.corroboration_points,
    judged.feedback_points,
    judged.dislike_points,
    judged.score,
    judged.gain,
    judged.nearest.id AS nearest_id,
    judged.nearest.cosine AS nearest_cosine,
    judged.rank,
    judged.outcome,
    CASE judged.outcome
        WHEN 'seen' THEN CASE
            WHEN judged.is_what_told AND judged.what_id = judged.insight_id THEN 'told on '
            WHEN judged.is_what_alike THEN 'much like what its episode said in what was told on '
            WHEN judged.is_what_told THEN 'says again what was told on '
            WHEN judged.what_id = judged.insight_id THEN 'you knew it on '
            ELSE 'says again what you knew on '
        END || strftime(judged.what_on, '%-d %b %Y')
        WHEN 'muted' THEN 'its show is muted'
        WHEN 'weak' THEN 'score under ' || printf('%.2f', rule.least_score)
        WHEN 'like another' THEN 'the same thought as one that is told'
        WHEN 'off your subjects' THEN 'its match with your interests is under ' || printf('%.2f', rule.interest_named) || ', and ' || rule.most_outside
            || ' such is told'
        WHEN 'show is full' THEN rule.most_of_a_show || ' of its show are told'
        WHEN 'outranked' THEN rule.most || ' others are worth more'
    END AS reason
FROM judged
CROSS JOIN rule
ORDER BY judged.listener, judged.rank NULLS LAST, judged.score DESC, judged.insight_id
