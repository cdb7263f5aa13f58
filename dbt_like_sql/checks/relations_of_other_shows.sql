-- Each relation of the day leads from an insight of it to an insight that exists, of another show, and says so right.
-- asset: relations
-- severity: blocking
-- why: what a show said itself would be passed off as what others say of it.
-- cure: Run the day again: relations are found anew each time.
SELECT
    relation.insight_id,
    CASE
        WHEN own.insight_id IS NULL THEN 'it is not an insight of that day'
        WHEN other.insight_id IS NULL THEN 'what is related to it, ' || relation.related_id || ', is not there'
        WHEN other.feed_id = own.feed_id THEN 'what is related to it, ' || relation.related_id || ', is of the same show'
        ELSE 'what is related to it, ' || relation.related_id || ', came out on ' || other.published_on
    END AS fault
FROM raw.relations AS relation
LEFT JOIN raw.insights AS own ON own.insight_id = relation.insight_id AND own.published_on = relation.published_on
LEFT JOIN raw.insights AS other ON other.insight_id = relation.related_id
WHERE relation.published_on IN (SELECT unnest($days))
    AND (
        own.insight_id IS NULL
        OR other.insight_id IS NULL
        OR other.feed_id = own.feed_id
        OR other.published_on <> relation.related_on
        OR (relation.position IS NULL) <> (relation.related_on > relation.published_on)
    )
ORDER BY relation.insight_id, relation.related_id
