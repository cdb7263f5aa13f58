"""When the pipeline runs by itself."""

import dagster as dg

daily_brief = dg.define_asset_job(
    "daily_brief",
    selection=dg.AssetSelection.all(),
    description="From the feeds to the brief of a day, or of a range of days in one run.",
)

every_morning = dg.build_schedule_from_partitioned_job(
    daily_brief, name="every_morning", description="Yesterday's brief, at 06:15 UTC.", hour_of_day=6, minute_of_hour=15
)
