-- The title of a show was called "show", which SQL cannot say unquoted: it is show_title, also inside what is kept as JSON.
-- Of files from before there were versions some have the one name, some the other, some both.
ALTER TABLE raw.feeds ADD COLUMN IF NOT EXISTS "show" VARCHAR;
ALTER TABLE raw.feeds ADD COLUMN IF NOT EXISTS show_title VARCHAR;
UPDATE raw.feeds SET show_title = coalesce(show_title, "show");
ALTER TABLE raw.feeds DROP COLUMN "show";

ALTER TABLE raw.feed_days ADD COLUMN IF NOT EXISTS "show" VARCHAR;
ALTER TABLE raw.feed_days ADD COLUMN IF NOT EXISTS show_title VARCHAR;
UPDATE raw.feed_days SET show_title = coalesce(show_title, "show");
ALTER TABLE raw.feed_days DROP COLUMN "show";

ALTER TABLE raw.episodes ADD COLUMN IF NOT EXISTS "show" VARCHAR;
ALTER TABLE raw.episodes ADD COLUMN IF NOT EXISTS show_title VARCHAR;
UPDATE raw.episodes SET show_title = coalesce(show_title, "show");
ALTER TABLE raw.episodes DROP COLUMN "show";

-- The episode as the feed tells it; a null in a merge patch (RFC 7386) takes the key away.
UPDATE raw.feed_items
SET item = json_merge_patch(item, json_object('show_title', coalesce(item -> '$.show_title', item -> '$.show'), 'show', NULL))
WHERE json_exists(item, '$.show');

ALTER TABLE main.brief_items ADD COLUMN IF NOT EXISTS "show" VARCHAR;
ALTER TABLE main.brief_items ADD COLUMN IF NOT EXISTS show_title VARCHAR;
UPDATE main.brief_items
SET
    show_title = coalesce(show_title, "show"),
    related = to_json(list_transform(
        coalesce(related, '[]')::JSON[],
        lambda other: json_merge_patch(
            other, json_object('show_title', coalesce(other -> '$.show_title', other -> '$.show'), 'show', NULL)
        )
    ));
ALTER TABLE main.brief_items DROP COLUMN "show";

ALTER TABLE main.episode_health ADD COLUMN IF NOT EXISTS "show" VARCHAR;
ALTER TABLE main.episode_health ADD COLUMN IF NOT EXISTS show_title VARCHAR;
UPDATE main.episode_health SET show_title = coalesce(show_title, "show");
ALTER TABLE main.episode_health DROP COLUMN "show";
