"""Who is told when a run fails, and what: the run-failure sensor, and `alert`, the one place from which people are told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import dagster as dg
from dagster._core.storage.tags import WILL_RETRY_TAG

from brief_pipeline.engines.webhook import HttpWebhook
from brief_pipeline.errors import AddressUnusable, BriefError, SettingsInvalid
from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.stages.letter import write_alert
from brief_pipeline.wiring.asked import read_days
from brief_pipeline.wiring.house import build_mailer
from brief_pipeline.wiring.runs import tell_failure

TICK_SECONDS = 30
MOST_PROBLEMS = 5  # of a run's steps; one that fails most often takes the others with it
NOBODY = "Nobody is told of failed runs: [alerts] webhook or mail_to in brief.toml names who is."


def alert(settings: Settings, text: str) -> bool:
    """Tells the people whom the settings name, by each of the ways. False: they name nobody.

    Raises Unreachable, NotThere, MailRefused, DeliveryUncertain or SettingsInvalid, without secrets, when no way was open.
    """
    ways: list[Callable[[], None]] = []
    if settings.alerts.webhook:
        ways.append(partial(HttpWebhook(settings.alerts.webhook.get_secret_value()).post, text))
    if settings.alerts.mail_to:
        ways.append(partial(_mail, settings, settings.alerts.mail_to, text))
    problems = [problem for way in ways if (problem := _try(way))]
    if problems and len(problems) == len(ways):
        raise problems[0]
    return bool(ways)


def _try(way: Callable[[], None]) -> BriefError | None:
    try:
        way()
    except BriefError as problem:
        return problem
    return None


def _mail(settings: Settings, address: str, text: str) -> None:
    mailer = build_mailer(settings)
    if mailer is None:
        raise SettingsInvalid("[alerts] mail_to needs a mail server: [mail] host in brief.toml.")
    try:
        mailer.send(write_alert(text, settings.mail.signed_by or address, address, datetime.now(UTC)))
    except AddressUnusable as wrong:
        raise SettingsInvalid(f"[alerts] mail_to or [mail] sender in brief.toml: {wrong}") from None
    finally:
        mailer.close()


def build_run_failed(settings: Settings, read: Callable[[], Settings] = read_settings) -> dg.SensorDefinition:
    """The sensor that alerts. `read`: the settings as they are at a tick."""

    @dg.run_failure_sensor(
        name="run_failed",
        minimum_interval_seconds=TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING
        if settings.alerts.webhook or settings.alerts.mail_to
        else dg.DefaultSensorStatus.STOPPED,
        description="Tells whom [alerts] names that a run failed, what it was about, and why.",
    )
    def run_failed(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if context.dagster_run.tags.get(WILL_RETRY_TAG) == "true":
            return dg.SkipReason("It is tried again by itself: only where that fails too, people are told.")
        problems = [tell_failure(event) for event in (context.get_step_failure_events() or [context.failure_event])]
        is_told = alert(read(), describe_failure(context.dagster_run, problems))
        return None if is_told else dg.SkipReason(NOBODY)

    return run_failed


def describe_failure(run: dg.DagsterRun, problems: Sequence[str]) -> str:
    """What people are told of a run that failed: which, of which days, why, and where to see more.

    >>> run = dg.DagsterRun("daily_brief", run_id="1b2c", tags={"dagster/partition": "2026-05-04"})
    >>> print(describe_failure(run, ["feeds: all 2 failed. Show One: no answer"]))
    The run daily_brief of 2026-05-04 failed.
    - feeds: all 2 failed. Show One: no answer
    In the Dagster UI: /runs/1b2c
    """
    days = read_days(run.tags)
    about = f" of {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "") if days else ""
    told = list(dict.fromkeys(problems))
    more = [f"and {len(told) - MOST_PROBLEMS} more"] if len(told) > MOST_PROBLEMS else []
    lines = [f"- {problem}" for problem in (*told[:MOST_PROBLEMS], *more)]
    return "\n".join((f"The run {name_job(run)}{about} failed.", *lines, f"In the Dagster UI: /runs/{run.run_id}"))


def name_job(run: dg.DagsterRun) -> str:
    """A run's job; of one that was started by its assets, these."""
    if not run.job_name.startswith("__"):
        return run.job_name
    return ", ".join(sorted(key.to_user_string() for key in run.asset_selection or ())) or "of some assets"


run_failed = build_run_failed(read_settings())
