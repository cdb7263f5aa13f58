"""The assets that Python writes, in the order of the work. Each body is one call of a room beside this file."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from brief_pipeline.warehouse.contract import Promise
from brief_pipeline.warehouse.models import Column, Table
from brief_pipeline.warehouse.snapshot import ABOUT
from brief_pipeline.wiring import (
    comparing,
    delivering,
    discovery,
    extracting,
    fetching,
    listeners,
    listening,
    publishing,
    reading,
    relating,
    signing_up,
    snapshotting,
)
from brief_pipeline.wiring import site as pages
from brief_pipeline.wiring.audio import download_audio
from brief_pipeline.wiring.checks import check_rows, list_promises, report_checks, specify
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metadata import OWNERS, describe_table, failures_in_words, load_tables, report_run
from brief_pipeline.wiring.mornings import BRIEF_FRESHNESS
from brief_pipeline.wiring.partitions import DAYS, ONE_RUN, began_at, days_of, is_asked_for, is_backfill
from brief_pipeline.wiring.turns import take_stage
from brief_pipeline.wiring.workbench import Reports

TABLES = load_tables()

# Which asset writes the raw tables that are not named as it is.
WRITTEN_BY: dict[str, str | None] = {
    "raw.segments": "transcripts",
    "raw.adverts": "chunks",
    "raw.extractions": "insights",
    "raw.llm_calls": "insights",
    "raw.feed_items": "feeds",
    "raw.feed_moves": "feeds",
    "raw.feed_days": "episodes",
    "raw.insight_groups": "insight_pairs",
    "raw.listener_shows": "listeners",
    "raw.brief_rules": "listeners",
    "raw.feedback": None,  # `brief feedback` writes it
    "raw.failures": None,  # every stage writes there
    "raw.schema_versions": None,  # the store writes it
    "raw.briefs": "brief",
}
# Where the keys are checked of those that no one asset writes: where they are read.
READ_BY = {"raw.feedback": "listener_matches", "raw.failures": "episode_health"}

Work = Callable[..., Reports]  # of the house, the days, and what the stage is told of the run
Told = Callable[[dg.AssetExecutionContext], dict[str, Any]]


Result = Iterator[dg.MaterializeResult[Any]]


def tables_of(asset: str) -> list[Table]:
    """The raw tables whose keys are checked on an asset."""
    return [table for name, table in TABLES.items() if (WRITTEN_BY | READ_BY).get(name, table.name.split(".")[1]) == asset]


def _report(
    context: dg.AssetExecutionContext,
    house: House,
    work: Callable[[], Reports],
    promises: Sequence[Promise],
    days: Sequence[date] = (),
) -> Result:
    with failures_in_words(), take_stage(context):
        result = report_run(context, work())
        verdicts = check_rows(house, promises, days)
    yield from report_checks(house, result, verdicts, days)


def _without_days(
    name: str,
    group: str,
    work: Callable[[House, str], Reports],
    about: str,
    after: Sequence[str] = (),
    kinds: Sequence[str] = ("python", "duckdb"),
    table: str = "",
    columns: Sequence[Column] = (),
) -> dg.AssetsDefinition:
    """An asset without partitions. `work`: of the house and a run's id. `columns`: of a table that TABLES lacks."""
    table = table or f"raw.{name}"
    promises = list_promises(name, tables_of(name), is_daily=False)

    @dg.asset(
        name=name,
        group_name=group,
        deps=list(after),
        kinds=set(kinds),
        owners=OWNERS,
        description=about,
        metadata=describe_table(table, columns or TABLES[table].columns),
        check_specs=list(map(specify, promises)),
    )
    def asset(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> Result:
        yield from _report(context, house, lambda: work(house, context.run_id), promises)

    return asset


def _daily(
    name: str,
    group: str,
    work: Work,
    after: Sequence[str],
    about: str,
    kind: str = "python",
    table: str = "",
    told: Told = lambda _: {},
    freshness: dg.FreshnessPolicy | None = None,
) -> dg.AssetsDefinition:
    """An asset with a partition a day. `told`: what its work has to know of the run beside the days."""
    table = table or f"raw.{name}"
    promises = list_promises(name, tables_of(name))

    @dg.asset(
        name=name,
        group_name=group,
        deps=list(after),
        partitions_def=DAYS,
        backfill_policy=ONE_RUN,
        kinds={kind, "duckdb"},
        owners=OWNERS,
        description=about,
        metadata=describe_table(table, TABLES[table].columns),
        check_specs=list(map(specify, promises)),
        freshness_policy=freshness,
    )
    def asset(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> Result:
        days = days_of(context)
        yield from _report(context, house, lambda: work(house, days, **told(context)), promises, days)

    return asset


feeds = _without_days(
    "feeds",
    "discovery",
    lambda house, _: discovery.fetch_feeds(house),
    "Each followed show's feed, fetched with conditional GET: its bytes kept, one row a feed with its status.",
)
subscribers = _without_days(
    "subscribers",
    "discovery",
    lambda house, _: signing_up.take_in_subscribers(house),
    "Who signed up for briefs by mail, without their addresses; and what they said of insights (raw.feedback).",
)
episodes = _daily(
    "episodes",
    "discovery",
    find_episodes,
    ["feeds"],
    "The episodes of the day that the listener's rules let through, out of all the kept feeds ever showed.",
    told=lambda context: {"is_backfill": is_asked_for(context)},
)
transcript_files = _daily(
    "transcript_files",
    "listening",
    fetching.keep_transcript_files,
    ["episodes"],
    "The best transcript that each publisher offers, kept as it came.",
)
audio = _daily(
    "audio",
    "listening",
    download_audio,
    ["episodes", "transcript_files"],
    "The audio of the episodes that no publisher's transcript speaks for: whole files, decoded once to know their length.",
)
transcripts = _daily(
    "transcripts",
    "listening",
    listening.write_transcripts,
    ["transcript_files", "audio"],
    "What is said: the publisher's transcript where one reads, else what faster-whisper hears (text in raw.segments).",
    kind="whisper",
)
chunks = _daily(
    "chunks",
    "reading",
    reading.cut_transcripts,
    ["transcripts"],
    "Transcripts cut at sentence and topic boundaries, with adverts, intros and outros marked.",
)
insights = _daily(
    "insights",
    "reading",
    extracting.extract_insights,
    ["chunks"],
    "Claims with their explanation, each resting on words that stand in the transcript.",
)
embeddings = _daily(
    "embeddings",
    "reading",
    reading.embed_texts,
    ["chunks", "insights"],
    "Vectors of meaning, keyed by text and model: what was embedded once is not embedded again.",
)
insight_pairs = _daily(
    "insight_pairs",
    "comparing",
    comparing.pair_insights,
    ["embeddings", "insights"],
    "The insights near each insight of the day, over the whole history, and which of them say the same.",
    told=lambda context: {"began_at": began_at(context)},
)
relations = _daily(
    "relations",
    "comparing",
    relating.relate_insights,
    ["insight_pairs", "unique_insights", "embeddings", "insights"],
    "The insights of other shows that are worth reading with each insight of the day, and what they are to it.",
)
listening_people = _daily(
    "listeners",
    "discovery",
    listeners.write_listeners,
    ["feeds", "subscribers"],
    "Who the day's briefs are for, what they care about, and the rules of the settings.",
)
listener_matches = _daily(
    "listener_matches",
    "telling",
    listeners.match_listeners,
    ["listeners", "unique_insights", "embeddings", "insights"],
    "How what the day's brief may draw on suits each listener: their interests, dislikes and feedback.",
)
brief = _daily(
    "brief",
    "telling",
    publishing.write_briefs,
    ["brief_items", "episode_health"],
    "The brief of the day as Markdown, HTML and JSON in data/briefs/.",
    table="raw.briefs",
    freshness=BRIEF_FRESHNESS,
)


deliveries = _daily(
    "deliveries",
    "telling",
    delivering.deliver_due,
    ["brief", "site"],
    "The brief sent to those whose hour has come: by mail, to a channel, into a folder; to each at most once. Only the last "
    "day's: a backfill sends nothing.",
    told=lambda context: {"run_id": context.run_id, "is_backfill": is_backfill(context)},
)
snapshot = _without_days(
    "snapshot",
    "telling",
    snapshotting.publish_snapshot,
    "A copy of the tables for who only reads (pages, a notebook, the DuckDB command line): data/published/brief.duckdb, "
    "built aside and swapped by rename, so that no reader stops a run. Addresses that may hold a secret are left out.",
    after=["brief", "related_insights"],
    kinds=["duckdb"],
    table=ABOUT.name,
    columns=ABOUT.columns,
)
site = _without_days(
    "site",
    "telling",
    lambda house, _: pages.publish_site(house),
    "The pages in data/site/: today's brief, the archive, a page for each insight, show and episode, and feeds. What "
    "changed is rendered beside the pages that are read, which then change all at once.",
    after=["brief", "related_insights"],
    kinds=["python", "jinja"],
    table=pages.TABLE,
    columns=pages.COLUMNS,
)

PYTHON_ASSETS = [
    feeds,
    subscribers,
    episodes,
    transcript_files,
    audio,
    transcripts,
    chunks,
    insights,
    embeddings,
    insight_pairs,
    relations,
    listening_people,
    listener_matches,
    brief,
    deliveries,
    snapshot,
    site,
]
