-- One brief a day became one a listener: what was made before is that of "me", who the settings outside of [listeners] are
-- about. What was told is read from model.choices, and nothing is told twice: what the earlier briefs told goes there.
-- What a listener cares about was weighed against each insight in raw.interest_matches: the best match counted.

-- Pairs that were not weighed have no overlap of words.
ALTER TABLE raw.insight_pairs ALTER COLUMN word_overlap DROP NOT NULL;

CREATE TABLE IF NOT EXISTS raw.interest_matches (published_on DATE, insight_id VARCHAR, interest VARCHAR, cosine DOUBLE);
CREATE TABLE IF NOT EXISTS raw.listener_matches (
    listener VARCHAR NOT NULL,
    published_on DATE NOT NULL,
    insight_id VARCHAR NOT NULL,
    interest DOUBLE,
    interest_text VARCHAR,
    interest_cosine DOUBLE,
    dislike DOUBLE,
    dislike_text VARCHAR,
    dislike_cosine DOUBLE,
    feedback DOUBLE,
    feedback_of VARCHAR,
    feedback_cosine DOUBLE
);
INSERT INTO raw.listener_matches BY NAME
SELECT
    'me' AS listener,
    published_on,
    insight_id,
    greatest(max(cosine), 0) AS interest,
    first(interest ORDER BY cosine DESC, interest) AS interest_text,
    max(cosine) AS interest_cosine
FROM raw.interest_matches AS earlier
WHERE NOT EXISTS (
    SELECT 1
    FROM raw.listener_matches AS known
    WHERE known.listener = 'me' AND known.published_on = earlier.published_on AND known.insight_id = earlier.insight_id
)
GROUP BY published_on, insight_id;
DROP TABLE raw.interest_matches;

ALTER TABLE raw.briefs ADD COLUMN IF NOT EXISTS listener VARCHAR;
UPDATE raw.briefs SET listener = 'me' WHERE listener IS NULL;

-- What stands for each insight, and how well that is evidenced: as model/unique_insights.sql has it since. "repeat" became
-- "seen"; what repeats a repeat has what that repeats standing for it.
ALTER TABLE raw.insights ADD COLUMN IF NOT EXISTS quote_match VARCHAR;
ALTER TABLE raw.transcripts ADD COLUMN IF NOT EXISTS doubts VARCHAR;
ALTER TABLE model.unique_insights ADD COLUMN IF NOT EXISTS group_id VARCHAR;
ALTER TABLE model.unique_insights ADD COLUMN IF NOT EXISTS evidence DOUBLE;
UPDATE model.unique_insights
SET
    of_insight_id = found.group_id,
    of_published_on = found.group_on,
    of_cosine = CASE WHEN found.group_id = unique_insights.of_insight_id THEN unique_insights.of_cosine END,
    group_id = found.group_id
FROM (
    WITH RECURSIVE repeated AS (
        SELECT insight_id, of_insight_id AS group_id, of_published_on AS group_on, 1 AS steps
        FROM model.unique_insights
        WHERE status = 'repeat'
        UNION ALL
        SELECT repeated.insight_id, further.of_insight_id, further.of_published_on, repeated.steps + 1
        FROM repeated
        JOIN model.unique_insights AS further ON further.insight_id = repeated.group_id AND further.status = 'repeat'
        WHERE repeated.steps < 100
    )

    SELECT insight_id, group_id, group_on
    FROM repeated
    QUALIFY row_number() OVER (PARTITION BY insight_id ORDER BY steps DESC) = 1
) AS found
WHERE found.insight_id = unique_insights.insight_id AND unique_insights.status = 'repeat';
UPDATE model.unique_insights SET status = 'seen' WHERE status = 'repeat';
UPDATE model.unique_insights SET group_id = insight_id WHERE group_id IS NULL;
UPDATE model.unique_insights
SET evidence = CASE insight.quote_match WHEN 'run' THEN 0.2 ELSE 0.35 END
    + CASE WHEN insight.quote_start_seconds IS NOT NULL THEN 0.3 ELSE 0 END
    + CASE WHEN insight.is_doubted THEN 0 ELSE 0.2 END
    + CASE WHEN insight.speaker IS NOT NULL THEN 0.15 ELSE 0 END
FROM (
    SELECT
        said.insight_id,
        any_value(said.quote_match) AS quote_match,
        any_value(said.quote_start_seconds) AS quote_start_seconds,
        any_value(said.speaker) AS speaker,
        bool_or(transcript.doubts IS NOT NULL) AS is_doubted
    FROM raw.insights AS said
    LEFT JOIN raw.transcripts AS transcript ON transcript.episode_id = said.episode_id
    GROUP BY said.insight_id
) AS insight
WHERE insight.insight_id = unique_insights.insight_id AND unique_insights.evidence IS NULL;
UPDATE model.unique_insights SET evidence = 0 WHERE evidence IS NULL; -- the insight is gone, and its evidence with it

-- What was told.
ALTER TABLE main.top_insights ADD COLUMN IF NOT EXISTS listener VARCHAR;
ALTER TABLE main.top_insights ADD COLUMN IF NOT EXISTS said_on DATE;
ALTER TABLE main.top_insights ADD COLUMN IF NOT EXISTS is_playable BOOLEAN;
ALTER TABLE main.top_insights DROP COLUMN is_playable;
UPDATE main.top_insights SET listener = 'me', said_on = published_on WHERE listener IS NULL;
CREATE TABLE IF NOT EXISTS model.choices (
    listener VARCHAR,
    published_on DATE,
    insight_id VARCHAR,
    feed_id VARCHAR,
    status VARCHAR,
    of_insight_id VARCHAR,
    of_on DATE,
    is_of_told BOOLEAN,
    of_score DOUBLE,
    novelty DOUBLE,
    value_points DOUBLE,
    interest_points DOUBLE,
    evidence_points DOUBLE,
    novelty_points DOUBLE,
    corroboration_points DOUBLE,
    feedback_points DOUBLE,
    dislike_points DOUBLE,
    score DOUBLE,
    gain DOUBLE,
    nearest_id VARCHAR,
    nearest_cosine DOUBLE,
    "rank" INTEGER,
    outcome VARCHAR,
    reason VARCHAR
);
INSERT INTO model.choices BY NAME
SELECT
    told.listener,
    told.published_on,
    told.insight_id,
    (SELECT any_value(feed_id) FROM raw.insights AS insight WHERE insight.insight_id = told.insight_id) AS feed_id,
    told.status,
    own.of_insight_id,
    own.of_published_on AS of_on,
    FALSE AS is_of_told,
    CASE told.status WHEN 'follow_up' THEN 0.7 ELSE 1 END AS novelty,
    told.score,
    told.score AS gain,
    told.rank,
    'told' AS outcome
FROM main.top_insights AS told
LEFT JOIN model.unique_insights AS own ON own.insight_id = told.insight_id AND own.published_on = told.published_on
WHERE NOT EXISTS (
    SELECT 1
    FROM model.choices AS known
    WHERE known.listener = told.listener
        AND known.published_on = told.published_on
        AND known.insight_id = told.insight_id
);

-- The briefs of those days, to be read as today's are.
ALTER TABLE main.brief_items ADD COLUMN IF NOT EXISTS listener VARCHAR;
ALTER TABLE main.brief_items ADD COLUMN IF NOT EXISTS was_told BOOLEAN;
ALTER TABLE main.brief_items ADD COLUMN IF NOT EXISTS voices JSON;
UPDATE main.brief_items
SET
    listener = 'me',
    was_told = CASE WHEN earlier_on IS NOT NULL THEN FALSE END,
    voices = '[]',
    related = to_json(list_transform(coalesce(related, '[]')::JSON[], lambda other: {
        'claim': other ->> '$.claim',
        'show_title': other ->> '$.show_title',
        'episode': other ->> '$.episode',
        'published_on': other ->> '$.published_on',
        'play_url': other ->> '$.play_url',
        'relation': 'related',
        'question': NULL
    }))
WHERE listener IS NULL;

ALTER TABLE main.related_insights ADD COLUMN IF NOT EXISTS related_on DATE;
ALTER TABLE main.related_insights ADD COLUMN IF NOT EXISTS relation VARCHAR;
ALTER TABLE main.related_insights ADD COLUMN IF NOT EXISTS decided_by VARCHAR;
UPDATE main.related_insights
SET
    related_on = (SELECT any_value(published_on) FROM raw.insights AS insight WHERE insight.insight_id = related_id),
    relation = 'related',
    decided_by = 'cosine'
WHERE relation IS NULL;
