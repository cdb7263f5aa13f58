-- Each vector of the day's chunks and insights is of finite numbers, as long as its model's others, and of length 1.
-- asset: embeddings
-- severity: blocking
-- why: one number that is none makes each comparison with it worthless, and with it what counts as told before.
-- cure: Delete the rows in raw.embeddings (duckdb data/brief.duckdb) and run the day again: the texts are embedded anew.
WITH needed AS (
    SELECT text_hash FROM raw.chunks WHERE published_on IN (SELECT unnest($days))
    UNION
    SELECT text_hash FROM raw.insights WHERE published_on IN (SELECT unnest($days))
),

usual AS (SELECT model, mode(len(vector)) AS dimensions FROM raw.embeddings GROUP BY model),

held AS (
    SELECT
        embedding.text_hash,
        embedding.model,
        len(embedding.vector) AS dimensions,
        usual.dimensions AS usual_dimensions,
        -- DuckDB refuses a product with a number that is missing: it counts as one that is none
        list_transform(embedding.vector, lambda number: coalesce(number, 'nan'::FLOAT)) AS vector
    FROM raw.embeddings AS embedding
    JOIN usual ON usual.model = embedding.model
    WHERE embedding.text_hash IN (SELECT text_hash FROM needed)
),

measured AS (
    SELECT *, sqrt(list_inner_product(vector, vector)) AS length -- not finite where one number is not
    FROM held
)

SELECT
    text_hash,
    CASE
        WHEN dimensions <> usual_dimensions
            THEN dimensions || ' numbers, where the others of ' || model || ' have ' || usual_dimensions
        WHEN length IS NULL OR NOT isfinite(length) THEN 'a number of its vector is none'
        ELSE 'its vector is ' || round(length, 3) || ' long, not 1'
    END AS fault
FROM measured
WHERE dimensions <> usual_dimensions OR length IS NULL OR NOT isfinite(length) OR abs(length - 1) > 0.001
ORDER BY text_hash
