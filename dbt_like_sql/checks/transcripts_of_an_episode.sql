-- Each kept transcript file, audio file and transcript of the day is of an episode that a feed showed.
-- asset: transcripts
-- severity: warning
-- why: what belongs to no episode is told nowhere. It only takes up room, and hints at an id that changed.
-- cure: Nothing, if the show is followed no more. Else report it with the ids: an episode's id must never change.
WITH kept AS (
    SELECT episode_id, 'transcript file' AS what FROM raw.transcript_files WHERE published_on IN (SELECT unnest($days))
    UNION ALL
    SELECT episode_id, 'audio' FROM raw.audio WHERE published_on IN (SELECT unnest($days))
    UNION ALL
    SELECT episode_id, 'transcript' FROM raw.transcripts WHERE published_on IN (SELECT unnest($days))
)

SELECT kept.episode_id, 'its ' || kept.what || ' is kept, and no feed ever showed it' AS fault
FROM kept
ANTI JOIN raw.feed_items AS item ON item.episode_id = kept.episode_id
ORDER BY kept.episode_id, kept.what
