-- The raw tables: what Python writes, every column spelled once.
-- The store creates what is missing when it opens data/brief.duckdb; the comments become the column descriptions in the
-- Dagster UI. Times are UTC; columns say their unit. published_on is the partition: the UTC day of publication.

-- One row a followed show: how its feed answered the last time it was asked. Key: feed_id.
CREATE TABLE IF NOT EXISTS raw.feeds (
    feed_id VARCHAR NOT NULL,              -- hash of the URL that the show was first followed under
    url VARCHAR NOT NULL,                  -- the feed's URL without what may be a subscriber's secret
    origin VARCHAR,                        -- the file that names the subscription
    show_title VARCHAR,                    -- the show's title
    status VARCHAR NOT NULL,               -- fetched | unchanged | unreadable | unreachable | ended (the server said 410)
    reason VARCHAR,                        -- why it is unreadable, unreachable or ended, or lacks a page
    failures_count INTEGER,                -- times in a row that it could not be had or read
    next_try_at TIMESTAMPTZ,               -- not asked again before, after repeated failure
    moved_to VARCHAR,                      -- where it moved for good (301, 308), without what may be a secret
    followed_at TIMESTAMPTZ,               -- when it was first asked
    first_read_at TIMESTAMPTZ,             -- when it was first read
    etag VARCHAR,                          -- ETag of the kept body, sent back as If-None-Match
    last_modified VARCHAR,                 -- Last-Modified of the kept body, sent back as If-Modified-Since
    body_sha256 VARCHAR,                   -- hash of the kept body
    body_path VARCHAR,                     -- where the kept body is, below the data folder
    reader_version INTEGER,                -- version of the feed reader that read the kept body; 0: not all pages were read
    pages_count INTEGER,                   -- pages read (RFC 5005), the first included
    items_count INTEGER,                   -- items in the kept body
    episodes_count INTEGER,                -- items that are episodes
    skipped_count INTEGER,                 -- items that are none
    skipped_reasons JSON,                  -- reason -> number of items
    repairs VARCHAR[],                     -- what had to be mended before it could be read
    newest_published_at TIMESTAMPTZ,       -- of the newest episode
    fetched_at TIMESTAMPTZ,                -- when the kept body came
    checked_at TIMESTAMPTZ NOT NULL        -- when the feed was last asked
);

-- One row an item ever seen in a kept feed: feeds are windows, what leaves them is not forgotten. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.feed_items (
    episode_id VARCHAR NOT NULL,           -- hash of feed and guid, or of what stands in for the guid
    feed_id VARCHAR NOT NULL,              -- the feed it stood in
    published_on DATE NOT NULL,            -- its day when first seen; it stays, so that an episode is in one partition only
    published_at TIMESTAMPTZ NOT NULL,     -- when the feed says it came out; when it was first seen, where the feed does not say
    item JSON NOT NULL,                    -- the episode as the feed tells it now
    item_hash VARCHAR,                     -- hash of item
    same_as VARCHAR,                       -- the episode that this is a copy of: edited, republished or in another feed
    same_reason VARCHAR,                   -- how that shows
    first_seen_at TIMESTAMPTZ NOT NULL,    -- when it was first seen
    seen_at TIMESTAMPTZ NOT NULL           -- when what the feed says of it last changed
);

-- One row an address of a show that moved for good: where it is now, the id it keeps. May hold secrets. Key: from_id.
CREATE TABLE IF NOT EXISTS raw.feed_moves (
    from_id VARCHAR NOT NULL,              -- hash of an address that the show had, or has
    feed_id VARCHAR NOT NULL,              -- the id it was first followed under
    url VARCHAR NOT NULL,                  -- its address now, in full
    moved_at TIMESTAMPTZ NOT NULL          -- when the last move was noticed
);

-- One row a feed and day that was looked at: what was found, or why nothing. Key: feed_id, published_on.
CREATE TABLE IF NOT EXISTS raw.feed_days (
    feed_id VARCHAR NOT NULL,              -- the feed
    published_on DATE NOT NULL,            -- the day
    show_title VARCHAR,                    -- the show's title
    status VARCHAR NOT NULL,               -- episodes | none that day | never read
    reason VARCHAR,                        -- in words
    episodes_count INTEGER NOT NULL,       -- episodes of that day
    copies_count INTEGER,                  -- items of that day that are copies of another episode
    refused JSON,                          -- reason -> number of items that a rule of the settings keeps out
    looked_at TIMESTAMPTZ NOT NULL         -- when
);

-- One row an episode. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.episodes (
    episode_id VARCHAR NOT NULL,           -- hash of feed and guid, or of what stands in for the guid
    feed_id VARCHAR NOT NULL,              -- the feed it stands in
    published_on DATE NOT NULL,            -- partition
    show_title VARCHAR,                    -- the show's title
    title VARCHAR,                         -- the episode's title
    published_at TIMESTAMPTZ NOT NULL,     -- when the feed says it came out
    date_source VARCHAR,                   -- the element that said so (and that it named no zone), or "first seen"
    guid VARCHAR,                          -- the feed's own id
    audio_url VARCHAR,                     -- the enclosure
    audio_type VARCHAR,                    -- its MIME type as stated
    audio_bytes BIGINT,                    -- its length as stated
    duration_seconds DOUBLE,               -- as stated
    transcripts JSON,                      -- [{url, type, language}]: all that the publisher offers
    chapters_url VARCHAR,                  -- the publisher's chapters
    chapters JSON,                         -- [{start_seconds, title}]: chapters inside the feed
    link VARCHAR,                          -- the episode's page
    description VARCHAR,                   -- show notes as plain text
    language VARCHAR,                      -- of the feed, BCP 47
    kind VARCHAR,                          -- full | trailer | bonus
    people VARCHAR[]                       -- names that the feed credits
);

-- One row an episode whose publisher offers a transcript that reads. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.transcript_files (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    url VARCHAR NOT NULL,                  -- where it came from: the best kind offered that reads
    format VARCHAR NOT NULL,               -- json | vtt | srt | html | text, by its content
    declared_type VARCHAR,                 -- MIME type as the feed gives it
    path VARCHAR NOT NULL,                 -- where it is, below the data folder
    sha256 VARCHAR NOT NULL,               -- of the file
    bytes BIGINT NOT NULL,                 -- length of the file
    input_hash VARCHAR NOT NULL,           -- hash of what is offered: the same offer is not fetched again
    fetched_at TIMESTAMPTZ NOT NULL        -- when
);

-- One row an episode whose audio is on disk. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.audio (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    audio_url VARCHAR NOT NULL,            -- the enclosure it came from
    path VARCHAR NOT NULL,                 -- where it is, below the data folder
    sha256 VARCHAR NOT NULL,               -- of the file
    bytes BIGINT NOT NULL,                 -- length of the file
    content_type VARCHAR,                  -- as the server said
    duration_seconds DOUBLE NOT NULL,      -- as decoded
    stated_seconds DOUBLE,                 -- as the feed says, to compare
    length_note VARCHAR,                   -- what speaks against its being whole
    fetched_at TIMESTAMPTZ NOT NULL,       -- when
    removed_at TIMESTAMPTZ                 -- when the file made room for others, after it was transcribed
);

-- One row an episode that has a transcript. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.transcripts (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    source VARCHAR NOT NULL,               -- publisher:json | publisher:vtt | ... | faster-whisper: and its model
    language VARCHAR,                      -- BCP 47, where known
    segments_count INTEGER NOT NULL,       -- segments
    words_count INTEGER NOT NULL,          -- words
    speakers VARCHAR[],                    -- labels, in order of appearance
    last_second DOUBLE,                    -- end of the last segment; null where no times are known
    duration_seconds DOUBLE,               -- of the audio where decoded, else as stated
    chapters JSON,                         -- [{start_seconds, title}] from the feed or the chapters file
    doubts VARCHAR,                        -- what is wrong with its times or with what was heard, in words
    faults JSON,                           -- [{kind, measured, limit, reason, spoiled}]: what checks of what was heard found
    speech_seconds DOUBLE,                 -- of the audio that hold speech (VAD), where it was listened to
    tries_count INTEGER,                   -- times that it was listened to: 2 after a first hearing with faults
    chapters_reason VARCHAR,               -- why the chapters file could not be read, where it could not
    text_sha256 VARCHAR NOT NULL,          -- hash of the segments, speakers and times included
    input_hash VARCHAR NOT NULL,           -- hash of what it was made from: the same input is not transcribed again
    seconds_spent DOUBLE,                  -- wall time of fetching or transcribing
    made_at TIMESTAMPTZ NOT NULL           -- when
);

-- One row a segment: a caption cue, or what the recogniser gave. Key: episode_id, position.
CREATE TABLE IF NOT EXISTS raw.segments (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    position INTEGER NOT NULL,             -- 0, 1, 2 ...
    start_seconds DOUBLE,                  -- null where not known
    end_seconds DOUBLE,                    -- null where not known
    speaker VARCHAR,                       -- label, where known
    text VARCHAR NOT NULL,                 -- what was said
    words JSON                             -- [[start_seconds, end_seconds, text], ...] where known
);

-- One row a chunk: a span of a transcript cut at sentence and topic boundaries. Key: chunk_id.
CREATE TABLE IF NOT EXISTS raw.chunks (
    chunk_id VARCHAR NOT NULL,             -- hash of episode, span and text
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    position INTEGER NOT NULL,             -- 0, 1, 2 ...
    char_start INTEGER NOT NULL,           -- first character in the transcript's text (segments joined by a space)
    char_end INTEGER NOT NULL,             -- past its last character
    start_seconds DOUBLE,                  -- null where not known
    end_seconds DOUBLE,                    -- null where not known
    speakers VARCHAR[],                    -- who speaks in it
    text VARCHAR NOT NULL,                 -- what is said in it
    text_hash VARCHAR NOT NULL,            -- key of its vector in raw.embeddings
    is_sponsor BOOLEAN NOT NULL,           -- marked as advert, self-promotion, intro or outro: nothing is extracted from it
    sponsor_reason VARCHAR,                -- why it is marked
    input_hash VARCHAR NOT NULL            -- hash of transcript, chunker and embedding model
);

-- One row a stretch of an episode without insights: a sponsor read, promotion, greeting, goodbye. Key: episode_id, position.
CREATE TABLE IF NOT EXISTS raw.adverts (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    position INTEGER NOT NULL,             -- 0, 1, 2 ... in the episode
    kind VARCHAR NOT NULL,                 -- sponsor | self-promotion | intro | outro
    reason VARCHAR NOT NULL,               -- what gave it away
    char_start INTEGER NOT NULL,           -- first character in the transcript's text (segments joined by a space)
    char_end INTEGER NOT NULL,             -- past its last character
    start_seconds DOUBLE,                  -- null where not known
    end_seconds DOUBLE,                    -- null where not known
    words_count INTEGER NOT NULL           -- words in it
);

-- One row a text and model: vectors of unit length. Key: text_hash, model.
CREATE TABLE IF NOT EXISTS raw.embeddings (
    text_hash VARCHAR NOT NULL,            -- hash of the text
    model VARCHAR NOT NULL,                -- the embedding model's name
    vector FLOAT[] NOT NULL                -- 384 numbers for all-MiniLM-L6-v2
);

-- One row an insight: a claim, its explanation and the words it rests on. Key: insight_id.
CREATE TABLE IF NOT EXISTS raw.insights (
    insight_id VARCHAR NOT NULL,           -- hash of episode, claim and quote span
    episode_id VARCHAR NOT NULL,           -- the episode
    feed_id VARCHAR NOT NULL,              -- its feed
    published_on DATE NOT NULL,            -- partition
    chunk_id VARCHAR NOT NULL,             -- the chunk that the quote begins in
    claim VARCHAR NOT NULL,                -- what is claimed
    explanation VARCHAR NOT NULL,          -- why, how, the number, the example
    quote VARCHAR NOT NULL,                -- the transcript's own characters
    char_start INTEGER NOT NULL,           -- of the quote in the transcript's text
    char_end INTEGER NOT NULL,             -- past its last character
    quote_start_seconds DOUBLE,            -- when it is said; null where the transcript has no times
    quote_end_seconds DOUBLE,              -- when it has been said
    speaker VARCHAR,                       -- who says it, where known
    quote_match VARCHAR,                   -- how the quote was found: exact | normalised (its words) | run (of its words)
    method VARCHAR NOT NULL,               -- extract (the speaker's own sentences) | llm
    model VARCHAR NOT NULL,                -- the extractor's version, or the LLM's name
    score DOUBLE NOT NULL,                 -- 0 to 1, the extractor's own
    text_hash VARCHAR NOT NULL             -- key of its vector in raw.embeddings
);

-- One row an episode that insights were looked for in. Key: episode_id.
CREATE TABLE IF NOT EXISTS raw.extractions (
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    method VARCHAR NOT NULL,               -- extract | llm
    model VARCHAR NOT NULL,                -- the extractor's version, or the LLM's name
    candidates_count INTEGER,              -- spans weighed (extract) or insights the model gave (llm)
    proposed_count INTEGER NOT NULL,       -- insights proposed
    grounded_count INTEGER NOT NULL,       -- insights whose quote was found in the transcript: these are kept
    dropped_reasons JSON NOT NULL,         -- reason -> number of proposals dropped
    calls_count INTEGER NOT NULL,          -- LLM calls that were answered, also those from memory
    tokens_count INTEGER NOT NULL,         -- tokens in and out that were paid for
    cost_usd DOUBLE,                       -- null where no price is known
    unread_words_count INTEGER,            -- words of talk outside adverts that were not read: 0 unless something stopped it
    stopped_reason VARCHAR,                -- what stopped it before its end, with the setting to change; the next run goes on
    fallback_reason VARCHAR,               -- why another model than the first, or no model, stood in
    prompt_version VARCHAR,                -- of the prompts; null without a language model
    seconds_spent DOUBLE NOT NULL,         -- wall time
    input_hash VARCHAR NOT NULL,           -- hash of chunks, extractor and model: the same input is not extracted again
    made_at TIMESTAMPTZ NOT NULL           -- when
);

-- One row a call of a language model: each try, also those that failed and those that memory answered. Key: call_id.
CREATE TABLE IF NOT EXISTS raw.llm_calls (
    call_id VARCHAR NOT NULL,              -- its own
    episode_id VARCHAR NOT NULL,           -- the episode
    published_on DATE NOT NULL,            -- partition
    purpose VARCHAR NOT NULL,              -- propose | repair | judge | compare | reshape (a reply not in shape, asked again)
    model VARCHAR NOT NULL,                -- the model asked
    prompt_version VARCHAR NOT NULL,       -- of the prompts
    prompt_hash VARCHAR NOT NULL,          -- hash of model, messages and schema: the key that its answer is kept by
    tokens_in_count INTEGER NOT NULL,      -- tokens sent; 0 for an answer from memory
    tokens_out_count INTEGER NOT NULL,     -- tokens answered; 0 for an answer from memory
    cost_usd DOUBLE,                       -- null where no price is known
    price_note VARCHAR,                    -- "no price known", else null
    seconds_spent DOUBLE NOT NULL,         -- wall time of the try
    is_cached BOOLEAN NOT NULL,            -- answered from memory
    outcome VARCHAR NOT NULL,              -- answered | malformed | cut off | rate limited | timed out | server error | unreachable | refused
    reason VARCHAR,                        -- what was wrong, in words
    asked_at TIMESTAMPTZ NOT NULL          -- when
);

-- One row a pair of insights that are near in meaning: one of the day, the other of any day. Key: insight_id, other_id.
CREATE TABLE IF NOT EXISTS raw.insight_pairs (
    insight_id VARCHAR NOT NULL,           -- the insight of the day
    published_on DATE NOT NULL,            -- partition: the day of insight_id
    other_id VARCHAR NOT NULL,             -- the near one
    other_published_on DATE NOT NULL,      -- its day
    other_episode_id VARCHAR NOT NULL,     -- its episode
    other_feed_id VARCHAR NOT NULL,        -- its feed
    cosine DOUBLE NOT NULL,                -- similarity of the two vectors
    word_overlap DOUBLE,                   -- share of content words in common, 0 to 1; null where the two were not weighed
    conflict VARCHAR,                      -- what differs though the words are alike (a number, a negation ...), else null
    same_score DOUBLE,                     -- chance that both say the same; null where the two are too far apart to be weighed
    follow_up_score DOUBLE,                -- chance that the later one goes on with the story of the earlier one
    contradicts_score DOUBLE,              -- chance that they answer one question in opposite ways
    verdict VARCHAR,                       -- same | follow_up | agrees | extends | contradicts | other; null where the two were not weighed
    decided_by VARCHAR,                    -- the version of the rules, or the language model that was asked
    question VARCHAR,                      -- the question that both answer, where a language model named it
    reason VARCHAR                         -- what decided it, in words
);

-- One row an insight of the day that another of that day says too: each of a group as each other. Key: insight_id.
CREATE TABLE IF NOT EXISTS raw.insight_groups (
    insight_id VARCHAR NOT NULL,           -- the insight
    published_on DATE NOT NULL,            -- partition
    group_id VARCHAR NOT NULL              -- the group: the id of one of its members
);

-- One row an insight of the day and one from another show that is worth reading with it. Key: insight_id, related_id.
CREATE TABLE IF NOT EXISTS raw.relations (
    insight_id VARCHAR NOT NULL,           -- the insight of the day
    published_on DATE NOT NULL,            -- partition: the day of insight_id
    related_id VARCHAR NOT NULL,           -- the one from another show
    related_on DATE NOT NULL,              -- its day
    position INTEGER,                      -- 1 is the first to read; null where it came out after the day
    cosine DOUBLE NOT NULL,                -- similarity of the two vectors
    relation VARCHAR NOT NULL,             -- agrees | extends | contradicts | related
    score DOUBLE,                          -- how sure the relation is, 0 to 1; null where nothing speaks for more than related
    question VARCHAR,                      -- the question that both answer, where a language model named it
    decided_by VARCHAR NOT NULL,           -- the version of the rules, or the language model that was asked
    reason VARCHAR                         -- what decided it, in words
);

-- One row a person who signed up for briefs by mail, as the day's briefs go by it. The address is not here. Key: listener.
CREATE TABLE IF NOT EXISTS raw.subscribers (
    listener VARCHAR NOT NULL,             -- name: random
    state VARCHAR NOT NULL,                -- confirmed | unsubscribed
    interests VARCHAR[] NOT NULL,          -- what they care about
    dislikes VARCHAR[] NOT NULL,           -- what they do not
    hour INTEGER NOT NULL,                 -- at which the brief is to come, in time_zone
    time_zone VARCHAR NOT NULL,            -- as the IANA names it
    confirmed_at TIMESTAMPTZ NOT NULL,     -- when they confirmed
    unsubscribed_at TIMESTAMPTZ            -- when they ended it
);

-- One row a listener of the day's brief: what brief.toml says of them. Key: listener, published_on.
CREATE TABLE IF NOT EXISTS raw.listeners (
    listener VARCHAR NOT NULL,             -- name
    published_on DATE NOT NULL,            -- partition: the day of the brief
    position INTEGER NOT NULL,             -- 0 is the one whose brief lies in briefs/ itself
    interests VARCHAR[] NOT NULL,          -- what they care about
    dislikes VARCHAR[] NOT NULL            -- what they do not
);

-- One row a show that a listener weighs. Key: listener, published_on, feed_id.
CREATE TABLE IF NOT EXISTS raw.listener_shows (
    listener VARCHAR NOT NULL,             -- name
    published_on DATE NOT NULL,            -- partition: the day of the brief
    feed_id VARCHAR NOT NULL,              -- the show's feed
    weight DOUBLE NOT NULL                 -- 1 is any show's; 0 is muted
);

-- One row a day: the rules of the settings that its brief was made by. Key: published_on.
CREATE TABLE IF NOT EXISTS raw.brief_rules (
    published_on DATE NOT NULL,            -- partition: the day of the brief
    window_days INTEGER NOT NULL,          -- how many days before the day it draws on too
    look_back_days INTEGER NOT NULL        -- what was said in so many days before is not new
);

-- One row a thing that a listener said of an insight. Key: listener, insight_id.
CREATE TABLE IF NOT EXISTS raw.feedback (
    listener VARCHAR NOT NULL,             -- name
    insight_id VARCHAR NOT NULL,           -- the insight
    verdict VARCHAR NOT NULL,              -- useful | not_useful | known
    about_on DATE NOT NULL,                -- the day of the brief that told it, else its own: it counts from the next day on
    given_at TIMESTAMPTZ NOT NULL          -- when
);

-- One row a listener and insight that their brief may draw on: how it suits them. Key: listener, published_on, insight_id.
CREATE TABLE IF NOT EXISTS raw.listener_matches (
    listener VARCHAR NOT NULL,             -- name
    published_on DATE NOT NULL,            -- partition: the day of the brief
    insight_id VARCHAR NOT NULL,           -- the insight
    interest DOUBLE,                       -- 0 to 1, of the interest that it matches best; null where none is set
    interest_text VARCHAR,                 -- that interest
    interest_cosine DOUBLE,                -- similarity to it
    dislike DOUBLE,                        -- 0 to 1, of the dislike that it matches best; null where none is set
    dislike_text VARCHAR,                  -- that dislike
    dislike_cosine DOUBLE,                 -- similarity to it
    feedback DOUBLE,                       -- -1 to 1, learned from what the listener said of others; null where nothing was said
    feedback_of VARCHAR,                   -- the insight whose feedback weighs most in it
    feedback_cosine DOUBLE                 -- similarity to that
);

-- One row a brief. Key: listener, published_on.
CREATE TABLE IF NOT EXISTS raw.briefs (
    listener VARCHAR,                      -- whose
    published_on DATE NOT NULL,            -- partition: the day the brief is about
    insights_count INTEGER NOT NULL,       -- insights in it
    markdown_path VARCHAR NOT NULL,        -- below the data folder
    html_path VARCHAR NOT NULL,            -- below the data folder
    json_path VARCHAR NOT NULL,            -- below the data folder
    json_sha256 VARCHAR NOT NULL           -- hash of the JSON file: the same input gives the same brief
);

-- One row a brief and somebody whom it is sent to: so nobody gets it twice. Key: listener, published_on, channel, address_key.
CREATE TABLE IF NOT EXISTS raw.deliveries (
    listener VARCHAR NOT NULL,             -- whose brief
    published_on DATE NOT NULL,            -- partition: the day of the brief
    channel VARCHAR NOT NULL,              -- mail | webhook | folder
    address_key VARCHAR NOT NULL,          -- keyed hash of the address
    status VARCHAR NOT NULL,               -- sending | sent | uncertain | refused | failed
    reason VARCHAR,                        -- why it is not sent, or not surely
    attempts_count INTEGER NOT NULL,       -- runs that tried it
    message_id VARCHAR,                    -- of a mail
    run_id VARCHAR,                        -- the Dagster run that tried it last
    claimed_at TIMESTAMPTZ NOT NULL,       -- when it was last begun
    sent_at TIMESTAMPTZ                    -- when it was sent
);

-- One row an item that could not be done. It goes when the item succeeds. Key: stage, item_id.
CREATE TABLE IF NOT EXISTS raw.failures (
    stage VARCHAR NOT NULL,                -- the asset
    item_id VARCHAR NOT NULL,              -- the feed or episode
    item_label VARCHAR,                    -- its name, for people
    published_on DATE,                     -- its day, where it has one
    error VARCHAR NOT NULL,                -- the exception's class (brief_pipeline/errors.py)
    reason VARCHAR NOT NULL,               -- in words, with the cure
    is_retryable BOOLEAN NOT NULL,         -- false: not tried again until its input changes
    attempts_count INTEGER NOT NULL,       -- how often it was tried
    input_hash VARCHAR NOT NULL,           -- what was tried
    first_failed_at TIMESTAMPTZ NOT NULL,  -- when first
    last_failed_at TIMESTAMPTZ NOT NULL    -- when last
);

-- One row a change of the schema that this file has been through, and one that says as which version it was made. Key: version.
CREATE TABLE IF NOT EXISTS raw.schema_versions (
    version INTEGER NOT NULL,              -- number of the migration (dbt_like_sql/migrations/); the highest is the file's version
    name VARCHAR NOT NULL,                 -- of the migration; "made new" for a file that began at this version
    applied_at TIMESTAMPTZ NOT NULL        -- when
);
