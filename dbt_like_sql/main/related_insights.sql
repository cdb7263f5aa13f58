-- Which insights of different shows are worth reading together, from both sides: a new insight stands on the pages of the older
-- ones too. The list of one of the day is in `position`; on the page of an older one stand all its rows, the nearest first.
--
-- columns
--   insight_id VARCHAR: on whose page it stands
--   published_on DATE: partition: the day that found the two
--   related_id VARCHAR: what stands there
--   related_on DATE: when that came out
--   position INTEGER: 1 is the first to read, of one of the day; null on the page of one of another day
--   cosine DOUBLE: how near the two are
--   relation VARCHAR: agrees, extends (one adds to the other), contradicts, or related
--   score DOUBLE: how sure the relation is, 0 to 1; null where nothing speaks for more than related
--   question VARCHAR: the question that both answer, where a language model named it
--   decided_by VARCHAR: the version of the rules, or the language model, that labelled them
--   reason VARCHAR: what decided the label, in words
--
-- checks
--   unique: published_on, insight_id, related_id
--   not_null: insight_id, published_on, related_id, cosine, relation, decided_by
--   accepted_values: relation: agrees | extends | contradicts | related
WITH both_sides AS (
    SELECT insight_id, related_id, related_on, position, cosine, relation, score, question, decided_by, reason
    FROM raw.relations
    WHERE published_on = $day
    UNION ALL
    SELECT related_id, insight_id, published_on, NULL, cosine, relation, score, question, decided_by, reason
    FROM raw.relations
    WHERE published_on = $day
)

SELECT
    insight_id,
    $day AS published_on,
    related_id,
    related_on,
    position,
    cosine,
    relation,
    score,
    question,
    decided_by,
    reason
FROM both_sides
QUALIFY row_number() OVER (PARTITION BY insight_id, related_id ORDER BY position NULLS LAST) = 1
ORDER BY insight_id, position NULLS LAST, cosine DESC, related_id
