"""Whether the house is well: settings, clock, disk, database, models, feeds, language model, and Dagster's instance."""

import importlib.util
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from brief_pipeline.engines.embedder import PACKAGED_MODEL
from brief_pipeline.errors import BriefError, first_line
from brief_pipeline.records import Subscription
from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import hide_secrets
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.wiring.finding import Finding
from brief_pipeline.wiring.following import followed_shows
from brief_pipeline.wiring.house import House, build_house, build_mailer, find_subscribers
from brief_pipeline.wiring.instance_health import examine_instance
from brief_pipeline.wiring.panel import Panel
from brief_pipeline.wiring.settings_origin import examine_settings, find_wrong_settings
from brief_pipeline.wiring.subscriptions import list_shows

GIB = 1024**3
MIB = 1024**2
LEAST_FREE_BYTES = GIB  # beside what a day needs: logs, pages, what the system itself writes
USUAL_DAY_BYTES = 500 * MIB  # of audio, where none was fetched yet: a dozen episodes
COPIES = 2  # of the database at once: itself aside while the snapshot is made, and a backup before its schema changes
CLOCK_TOLERANCE = timedelta(minutes=5)  # what another machine, whose database this was, may have been ahead
HOUR = timedelta(hours=1)


class Reply(BaseModel):
    """What a language model is asked to say when it is only asked whether it is there."""

    ok: bool


def examine(read: Callable[[], Settings], is_asking: bool = False) -> list[Finding]:
    """All that was looked at, wrong or not. Nothing is fetched, unless `is_asking`: each feed and each language model."""
    try:
        settings = read()
    except BriefError as wrong:
        return [*find_wrong_settings(str(wrong))]
    return examine_house(build_house(settings), is_asking)


def examine_house(house: House, is_asking: bool = False) -> list[Finding]:
    """All that was looked at in a house that is built."""
    asking = (_ask_shows, _ask_llm) if is_asking else (_remember_shows, _llm)
    tables = (_clock, _disk, _database, _snapshot, _failures, _shows, _sign_up)
    looks = (examine_settings, *tables, *asking, _embedding, _grader, _speech, _mail, examine_instance)
    return [finding for look in looks for finding in _safely(look, house)]


def _safely(look: Callable[[House], Iterator[Finding]], house: House) -> Iterator[Finding]:
    try:
        yield from look(house)
    except BriefError as problem:
        yield Finding(look.__name__.strip("_").replace("_", " "), False, str(problem))


def _mail(house: House) -> Iterator[Finding]:
    """The mail server: it is said hello to, and nothing is sent."""
    settings = house.settings
    wanted = [name for name, own in settings.everyone.items() if own.mail_to]
    mailer = build_mailer(settings)
    if mailer is None:
        cure = "name a mail server: [mail] host in brief.toml"
        if wanted or settings.alerts.mail_to:
            yield Finding("mail", False, "no mail server is named, and briefs or alerts are to be mailed", cure)
        else:
            yield Finding("mail", None, "nothing is mailed", f"to have the brief in a mailbox: mail_to, and {cure}")
        return
    mailer.check()
    if settings.mail.signed_by:
        yield Finding("mail", True, f"{settings.mail.host} answers; {len(wanted)} of brief.toml get mail")
    else:
        yield Finding(
            "mail", False, f"{settings.mail.host} answers, and mails have no sender", "[mail] sender in brief.toml"
        )


def _clock(house: House) -> Iterator[Finding]:
    """The clock, the zone of the schedule, and whether the clock was set back."""
    now, schedule = house.clock(), house.settings.schedule
    zone = ZoneInfo(schedule.time_zone)
    local = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone)
    due = local.replace(hour=schedule.hour, minute=schedule.minute)
    in_utc = f"{due.astimezone(UTC):%H:%M} UTC today"
    yield Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC; the brief is due at {due:%H:%M} {schedule.time_zone}, {in_utc}")
    last = max((row["checked_at"] for row in house.store.select("raw.feeds", ("checked_at",))), default=now)
    if last > now + CLOCK_TOLERANCE:
        said = f"feeds were last asked at {last:%Y-%m-%d %H:%M} UTC, which is yet to come"
        yield Finding("clock", False, said, "set this machine's clock: days and what is late go by it")


def _disk(house: House) -> Iterator[Finding]:
    """Room for a day's audio, and for the copies of the database."""
    settings = house.settings
    by_day: dict[date, int] = defaultdict(int)
    shelved = 0
    for row in house.store.select("raw.audio", ("published_on", "bytes", "removed_at")):
        by_day[row["published_on"]] += row["bytes"]
        shelved += row["bytes"] if row["removed_at"] is None else 0
    day = max((by_day[key] for key in sorted(by_day)[-30:]), default=USUAL_DAY_BYTES)
    need = day + COPIES * settings.database.stat().st_size + LEAST_FREE_BYTES
    free = shutil.disk_usage(settings.data).free
    said = f"{settings.data}, {free / GIB:.1f} GiB free; a day needs up to {need / GIB:.1f} GiB"
    if not os.access(settings.data, os.W_OK):
        yield Finding("data folder", False, f"{settings.data} cannot be written", "let this user write it, or set data_dir")
    elif free < need:
        yield Finding("data folder", False, said, "free some space, or lower [audio] disk_bytes")
    else:
        yield Finding("data folder", True, said)
    yield Finding("audio on disk", True, f"{shelved / GIB:.1f} of at most {settings.audio.disk_bytes / GIB:.1f} GiB")


def _database(house: House) -> Iterator[Finding]:
    episodes = house.store.select("raw.episodes", ("episode_id",))
    version = max((row["version"] for row in house.store.select("raw.schema_versions", ("version",))), default=0)
    size = house.settings.database.stat().st_size / MIB
    yield Finding("database", True, f"{house.store.path}, schema v{version}, {size:.0f} MiB, {len(episodes)} episodes")


def _snapshot(house: House) -> Iterator[Finding]:
    """The copy for who only reads, against the database."""
    path = house.settings.published_database
    if not path.exists():
        yield Finding("snapshot", None, f"{path} is not there yet", "it is made at the end of a run: brief run")
        return
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    last = _last_brief(house)
    if last and made < last:
        said = f"of {made:%Y-%m-%d %H:%M} UTC, older than the last brief ({last:%Y-%m-%d %H:%M})"
        yield Finding("snapshot", False, said, "its asset failed or was left out: materialise `snapshot` in brief ui")
    else:
        yield Finding("snapshot", True, f"of {made:%Y-%m-%d %H:%M} UTC, {path}")


def _last_brief(house: House) -> datetime | None:
    """When the page of the last brief was written, with an hour for the rest of its run."""
    rows = house.store.select("raw.briefs", ("published_on", "json_path"))
    if not rows:
        return None
    page = house.settings.data / max(rows, key=lambda row: row["published_on"])["json_path"]
    written = datetime.fromtimestamp(page.stat().st_mtime, UTC) if page.exists() else None
    return written if written and house.clock() - written > HOUR else None


def _failures(house: House) -> Iterator[Finding]:
    rows = house.store.select("raw.failures", ("is_retryable",))
    if not rows:
        yield Finding("failures", True, "none")
        return
    for_good = sum(not row["is_retryable"] for row in rows)
    said = f"{len(rows)} items, {for_good} of them for good"
    yield Finding("failures", None, said, "brief failures shows them; with --retry all are tried again")


def _shows(house: House) -> Iterator[Finding]:
    shows = followed_shows(house.settings, house.store)
    if shows:
        yield Finding("shows", True, f"{len(shows)} followed")
    else:
        yield Finding("shows", None, "none is followed", "brief feeds add URL, or brief feeds import FILE.opml")


def _remember_shows(house: House) -> Iterator[Finding]:
    """How the feeds answered when they were last asked."""
    shows = list_shows(house.settings)
    for show in shows:
        if show["reason"]:
            cure = "see that its address is right (brief feeds list), or remove it"
            yield Finding("feed", False, f"{show['show'] or show['url']}: {show['reason']}", cure)
    asked = Counter(show["status"] for show in shows)
    if shows:
        told = ", ".join(f"{number} {status}" for status, number in asked.items())
        yield Finding("feeds", True, f"when last asked: {told}", "brief doctor --ask asks them now")


def _ask_shows(house: House) -> Iterator[Finding]:
    """Each feed, asked now."""
    shows = followed_shows(house.settings, house.store)
    titles = {row["feed_id"]: row["show_title"] for row in house.store.select("raw.feeds", ("feed_id", "show_title"))}

    def ask(show: Subscription) -> str | None:
        try:
            got = house.web.fetch(show.url, house.settings.web.feed_bytes)
            read_feed(got.body or b"", show.feed_id, got.url, house.clock())
        except BriefError as failure:
            return f"{titles.get(show.feed_id) or show.title or hide_secrets(show.url)}: {failure}"
        return None

    with ThreadPoolExecutor(house.settings.web.workers) as pool:
        problems = [problem for problem in pool.map(ask, shows) if problem]
    for problem in problems:
        yield Finding("feed", False, problem, "see that its address is right (brief feeds list), or remove it")
    if shows:
        yield Finding("feeds", not problems, f"{len(shows) - len(problems)} of {len(shows)} answer with a feed")


def _sign_up(house: House) -> Iterator[Finding]:
    """Whether people can sign up by mail, and how many did."""
    settings = house.settings
    subscribers = find_subscribers(settings)
    counts = subscribers.count() if subscribers else {}
    said = ", ".join(f"{number} {state}" for state, number in counts.items()) or "nobody signed up yet"
    if settings.mail.host is None or not settings.serve.sign_up:
        closed = "nobody can sign up: " + ("[serve] sign_up is off" if settings.mail.host else "[mail] host is not set")
        yield Finding("sign-up", None, f"{said}; {closed}", "see [mail] and [serve] in brief.toml, if others should")
    elif not settings.site.url:
        cure = "[site] url in brief.toml says where readers find the pages"
        yield Finding(
            "sign-up", None if not counts else False, f"{said}; the links of mails work on this machine alone", cure
        )
    else:
        yield Finding("sign-up", True, f"{said}, at {settings.site.url}/sign-up")


def _embedding(house: House) -> Iterator[Finding]:
    house.embedder.count_tokens(["Is the model there?"])  # loads it: vectors might come from memory
    come = "comes with the install" if house.embedder.name == PACKAGED_MODEL else "loaded"
    yield Finding("embedding model", True, f"{house.embedder.name} ({come})")


def _grader(house: House) -> Iterator[Finding]:
    house.grader.grade(["Is the model there? | Yes."])
    yield Finding("grader", True, f"{house.grader.name} (chooses the insights where no LLM does)")


def _speech(house: House) -> Iterator[Finding]:
    model = house.settings.whisper_model
    folder = house.settings.data / "models"
    if Path(model).is_dir() or any(folder.glob(f"*{model}*")):
        yield Finding("speech model", True, model)
        return
    said = f"{model} is not on disk: it is fetched when an episode without a transcript first needs it"
    yield Finding("speech model", None, said, "without network, name a folder with a model: [whisper] model")


def _llm(house: House) -> Iterator[Finding]:
    if importlib.util.find_spec("litellm") is None:
        yield Finding("LLM", False, "litellm is not installed", "install again: pip install -e .")
    elif house.llm is None:
        yield Finding("LLM", None, "none: insights are the speakers' own sentences", "[llm] model in brief.toml names one")
    else:
        keys = [name for name in os.environ if name.endswith("_API_KEY") and os.environ[name]]
        key = (
            "with the key of [llm] api_key" if house.settings.llm.api_key else f"keys in the environment: {', '.join(keys)}"
        )
        has_key = bool(keys or house.settings.llm.api_key)
        said = f"{house.llm.name}, {key if has_key else 'no key in sight (a model of your own needs none)'}"
        yield Finding("LLM", None, said, "brief doctor --ask asks it a small question")


def _ask_llm(house: House) -> Iterator[Finding]:
    """A tiny real question to each language model that a run may ask. The time in it keeps memory from answering."""
    if house.llm is None:
        yield from _llm(house)
        return
    panel = Panel(house.llm, house.settings.llm)
    for llm in {llm.name: llm for llm in (*panel.writers, *panel.judges)}.values():
        question = f'Answer with the JSON object {{"ok": true}} and nothing else. It is {house.clock().isoformat()}.'
        try:
            answer: Any = llm.ask([{"role": "user", "content": question}], Reply)
        except BriefError as failure:
            yield Finding("LLM", False, first_line(failure), "see [llm] in brief.toml: model, api_base, api_key")
            continue
        cost = "no price known" if answer.cost_usd is None else f"{answer.cost_usd:.6f} USD"
        yield Finding("LLM", True, f"{llm.name} answered in {answer.seconds:.1f} s ({answer.tokens} tokens, {cost})")
