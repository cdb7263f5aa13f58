"""The jobs, and what the schedule and the sensors that ask for them look into."""

import dagster as dg

from brief_pipeline.settings import read_settings
from brief_pipeline.wiring.house import House, build_house

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
    selection=dg.AssetSelection.assets("related_insights").upstream() - dg.AssetSelection.assets("feeds")
    | dg.AssetSelection.assets("snapshot", "site"),
    description="What turned up late in its feed, up to the insights of its day: the next brief draws on them.",
)

send_briefs = dg.define_asset_job(
    "send_briefs",
    selection=dg.AssetSelection.assets("deliveries"),
    description="Sends the day's briefs to those whose hour has come, and again where a server did not answer.",
)

# A tick has a minute, and the next one comes: it waits for the database less long than a run does.
TICK_PATIENCE_SECONDS = 10.0


def open_for_a_tick() -> House:
    """The house that a schedule or a sensor looks into, by the settings as they are now. Raises SettingsInvalid."""
    settings = read_settings()
    patience = min(settings.store.patience_seconds, TICK_PATIENCE_SECONDS)
    store = settings.store.model_copy(update={"patience_seconds": patience})
    return build_house(settings.model_copy(update={"store": store}))
