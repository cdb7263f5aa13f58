-- The publisher's chapters stood with the transcript's file, which only some episodes have: they are the transcript's own.
ALTER TABLE raw.transcript_files ADD COLUMN IF NOT EXISTS chapters JSON;
ALTER TABLE raw.transcripts ADD COLUMN IF NOT EXISTS chapters JSON;
UPDATE raw.transcripts
SET chapters = file.chapters
FROM raw.transcript_files AS file
WHERE file.episode_id = transcripts.episode_id AND transcripts.chapters IS NULL;
ALTER TABLE raw.transcript_files DROP COLUMN chapters;
