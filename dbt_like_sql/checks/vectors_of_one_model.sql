-- Each chunk and each insight of the day has a vector, all of one model.
-- asset: embeddings
-- severity: blocking
-- why: an insight without a vector is near nothing: what it repeats would be told twice. And two models' vectors do not compare.
-- cure: Run the day again. If texts still lack a vector, the embedding model gives none for them: see [embedding] model.
WITH needed AS (
    SELECT text_hash, episode_id, NULL AS insight_id FROM raw.chunks WHERE published_on IN (SELECT unnest($days))
    UNION ALL
    SELECT text_hash, episode_id, insight_id FROM raw.insights WHERE published_on IN (SELECT unnest($days))
),

had AS (
    SELECT DISTINCT text_hash, model FROM raw.embeddings WHERE text_hash IN (SELECT text_hash FROM needed)
),

-- Vectors of a model that was in force before stay: the one that has a vector of most of the texts is in force now.
in_force AS (SELECT model FROM had GROUP BY model ORDER BY count(*) DESC, model LIMIT 1)

SELECT
    needed.episode_id,
    needed.insight_id,
    CASE WHEN needed.insight_id IS NULL THEN 'a chunk without' ELSE 'no' END || ' vector'
    || coalesce(' of ' || (SELECT model FROM in_force), '') AS fault
FROM needed
WHERE needed.text_hash NOT IN (SELECT text_hash FROM had WHERE model IN (SELECT model FROM in_force))
ORDER BY needed.insight_id NULLS LAST, needed.episode_id
