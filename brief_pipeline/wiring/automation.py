"""When the pipeline runs by itself."""

import dagster as dg

daily_brief = dg.define_asset_job(
    "daily_brief",
    selection=dg.AssetSelection.all(),
    description="From the feeds to the brief of a day, or of a range of days in one run.",
)

ask_feeds = dg.define_asset_job(
    "ask_feeds",
    selection=dg.AssetSelection.assets("feeds"),
    description="The feeds alone: `brief run` looks what turned up late before it makes the day's brief.",
)

due_brief = dg.define_asset_job(
    "due_brief",
    selection=dg.AssetSelection.all() - dg.AssetSelection.assets("feeds"),
    description="What daily_brief does once the feeds were asked.",
)

late_episodes = dg.define_asset_job(
    "late_episodes",
    selection=dg.AssetSelection.assets("related_insights").upstream() - dg.AssetSelection.assets("feeds"),
    description="What turned up late in its feed, up to the insights of its day: the next brief draws on them.",
)

every_morning = dg.build_schedule_from_partitioned_job(
    daily_brief, name="every_morning", description="Yesterday's brief, at 06:15 UTC.", hour_of_day=6, minute_of_hour=15
)
