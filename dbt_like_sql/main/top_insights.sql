-- The five insights of the day most worth knowing, ranked, with the reasons.
-- score = 0.50 value + 0.30 interest + 0.15 corroboration + 0.05 playable, each 0 to 1. At most two of a show, one of a
-- thought, nothing that an earlier brief told; fewer than five when fewer are left.
--
-- columns
--   insight_id VARCHAR: the insight
--   published_on DATE: partition
--   rank INTEGER: 1 is the one most worth knowing
--   score DOUBLE: what it is ranked by, 0 to 1
--   value DOUBLE: the extractor's score
--   interest DOUBLE: likeness to the listener's nearest interest, 0 where none is set
--   interest_text VARCHAR: that interest, where it is near enough to be a reason
--   corroboration DOUBLE: other shows that say the same, three count in full
--   voices INTEGER: how many other shows say the same
--   is_playable BOOLEAN: the second of the quote is known
--   status VARCHAR: new or follow_up
--   reasons VARCHAR[]: why it was picked, in words
--
-- checks
--   unique: insight_id
--   not_null: insight_id, published_on, rank, score
--   at_most: 5 rows a day
WITH RECURSIVE rule AS (
    SELECT
        5 AS most,
        2 AS most_of_a_show,
        0.85 AS same_cosine,
        0.75 AS thought_cosine,  -- the same theme: one of them is enough in one brief
        0.30 AS interest_cosine, -- from here on an interest is named as a reason
        3 AS full_voices
),

interests AS (
    SELECT insight_id, max(cosine) AS cosine, first(interest ORDER BY cosine DESC, interest) AS interest
    FROM raw.interest_matches
    WHERE published_on = $day
    GROUP BY insight_id
),

-- Word for word the same in another feed is a re-run, or a show that is followed twice: no second voice.
voices AS (
    SELECT pair.other_id AS insight_id, count(DISTINCT said.feed_id) AS voices
    FROM raw.insight_pairs AS pair
    CROSS JOIN rule
    JOIN raw.insights AS said ON said.insight_id = pair.insight_id
    JOIN raw.insights AS own ON own.insight_id = pair.other_id
    WHERE pair.published_on = $day
        AND pair.other_published_on = $day
        AND pair.cosine >= rule.same_cosine
        AND pair.conflict IS NULL
        AND said.feed_id <> own.feed_id
        AND said.text_hash <> own.text_hash
    GROUP BY pair.other_id
),

told AS (
    SELECT DISTINCT pair.insight_id
    FROM raw.insight_pairs AS pair
    CROSS JOIN rule
    JOIN main.top_insights AS earlier ON earlier.insight_id = pair.other_id AND earlier.published_on < $day
    WHERE pair.published_on = $day AND pair.cosine >= rule.same_cosine AND pair.conflict IS NULL
),

eligible AS (
    SELECT
        insight.insight_id,
        insight.feed_id,
        insight.score AS value,
        greatest(coalesce(interests.cosine, 0), 0) AS interest,
        CASE WHEN interests.cosine >= rule.interest_cosine THEN interests.interest END AS interest_text,
        coalesce(voices.voices, 0) AS voices,
        least(coalesce(voices.voices, 0), rule.full_voices) / rule.full_voices AS corroboration,
        insight.quote_start_seconds IS NOT NULL AS is_playable,
        own.status,
        own.reason
    FROM raw.insights AS insight
    CROSS JOIN rule
    JOIN model.unique_insights AS own ON own.insight_id = insight.insight_id AND own.published_on = $day
    LEFT JOIN interests ON interests.insight_id = insight.insight_id
    LEFT JOIN voices ON voices.insight_id = insight.insight_id
    WHERE insight.published_on = $day
        AND own.status <> 'repeat'
        AND insight.insight_id NOT IN (SELECT insight_id FROM told)
),

scored AS (
    SELECT *, round(0.50 * value + 0.30 * interest + 0.15 * corroboration + 0.05 * is_playable::INTEGER, 6) AS score
    FROM eligible
),

thoughts AS (
    SELECT pair.insight_id, list(pair.other_id) AS other_ids
    FROM raw.insight_pairs AS pair
    CROSS JOIN rule
    WHERE pair.published_on = $day AND pair.other_published_on = $day AND pair.cosine >= rule.thought_cosine
    GROUP BY pair.insight_id
),

-- One after the other, the best that is left: only what is picked keeps others out, so nothing is lost to what is not told.
picked AS (
    SELECT 0 AS rank, []::VARCHAR[] AS ids, []::VARCHAR[] AS feeds
    UNION ALL
    SELECT
        picked.rank + 1,
        list_append(any_value(picked.ids), max_by(scored.insight_id, (scored.score, scored.insight_id))),
        list_append(any_value(picked.feeds), max_by(scored.feed_id, (scored.score, scored.insight_id)))
    FROM picked
    CROSS JOIN rule
    JOIN scored ON NOT list_contains(picked.ids, scored.insight_id)
    LEFT JOIN thoughts ON thoughts.insight_id = scored.insight_id
    WHERE picked.rank < rule.most
        AND NOT list_has_any(coalesce(thoughts.other_ids, []), picked.ids)
        AND len(list_filter(picked.feeds, lambda feed: feed = scored.feed_id)) < rule.most_of_a_show
    GROUP BY picked.rank
)

SELECT
    scored.insight_id,
    $day AS published_on,
    picked.rank,
    scored.score,
    scored.value,
    scored.interest,
    scored.interest_text,
    scored.corroboration,
    scored.voices,
    scored.is_playable,
    scored.status,
    list_filter([
        'you care about: ' || rtrim(scored.interest_text, '. '),
        'said by ' || nullif(scored.voices, 0) || ' other show' || CASE WHEN scored.voices > 1 THEN 's' ELSE '' END || ' too',
        scored.reason,
        CASE WHEN scored.status = 'new' THEN 'not said in the 30 days before' END,
        'value ' || printf('%.2f', scored.value)
    ], lambda said: said IS NOT NULL) AS reasons
FROM picked
JOIN scored ON scored.insight_id = picked.ids[-1]
ORDER BY picked.rank
