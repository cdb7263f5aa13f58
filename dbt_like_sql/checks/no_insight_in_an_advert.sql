-- No insight of the day rests on words that are marked as an advert, the show's own promotion, an intro or an outro.
-- asset: insights
-- severity: blocking
-- why: what somebody paid for would be told as something worth knowing.
-- cure: Delete the row of the episode in raw.extractions (duckdb data/brief.duckdb) and run the day again: it is read anew.
SELECT insight.episode_id, insight.insight_id, 'it rests on what is marked: ' || coalesce(chunk.sponsor_reason, 'no reason is noted') AS fault
FROM raw.insights AS insight
JOIN raw.chunks AS chunk ON chunk.chunk_id = insight.chunk_id
WHERE insight.published_on IN (SELECT unnest($days))
    AND chunk.published_on IN (SELECT unnest($days))
    AND chunk.is_sponsor
ORDER BY insight.episode_id, insight.insight_id
