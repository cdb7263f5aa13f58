"""Who is told of a failed run: the sensor, evaluated as Dagster's daemon does, against a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import dagster as dg
import pytest
from engines.loopback import Loopback, Reply, serve
from pydantic import SecretStr
from samples import DAY, HOST

from brief_pipeline.errors import NotThere, Unreachable
from brief_pipeline.settings import AlertSettings, Settings
from brief_pipeline.wiring.alerting import MOST_PROBLEMS, alert, build_run_failed, describe_failure
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import open_instance, run_days

MakeHouse = Callable[..., House]
SECRET = "s3cr3tk3y"
FOR_GOOD = {"dagster/max_retries": "0"}  # a run that fails is not tried again by itself


@pytest.fixture
def webhook() -> Iterator[Loopback]:
    with serve([Reply()]) as server:
        yield server


def tell(settings: Settings, webhook: Loopback) -> Settings:
    address = SecretStr(f"{webhook.url}/services/{SECRET}")
    return settings.model_copy(update={"alerts": AlertSettings(webhook=address)})


def texts(webhook: Loopback) -> list[str]:
    return [json.loads(asked.body)["text"] for asked in webhook.asked]


def evaluate(settings: Settings, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorEvaluationContext:
    """A tick after a cursor; the context knows the next one."""
    sensor = build_run_failed(settings, lambda: settings)
    context = dg.build_sensor_context(instance, cursor=cursor, sensor_name=sensor.name)
    told = sensor.evaluate_tick(context)
    for reaction in told.dagster_run_reactions:
        if reaction.error:
            raise RuntimeError(reaction.error.to_string())
    return context


def test_a_failed_run_is_told_with_its_days_its_reason_and_a_link(make_house: MakeHouse, webhook: Loopback) -> None:
    house = make_house({f"{HOST}/one.xml": b"<html>Not a feed</html>"})
    settings = tell(house.settings, webhook)
    with open_instance(house.settings) as instance:
        cursor = evaluate(settings, instance, None).cursor  # the first tick begins with what comes after it
        ran = run_days(house, [DAY], instance, tags=FOR_GOOD)
        cursor = evaluate(settings, instance, cursor).cursor
        evaluate(settings, instance, cursor)
    [text] = texts(webhook)
    first, reason, *_, link = text.splitlines()
    assert first == f"The run daily_brief of {DAY} failed."
    assert reason.startswith("- feeds: all 1 failed.")
    assert link == f"In the Dagster UI: /runs/{ran.run_id}"


def test_a_run_that_succeeds_is_not_told(make_house: MakeHouse, webhook: Loopback) -> None:
    house = make_house()
    settings = tell(house.settings, webhook)
    with open_instance(house.settings) as instance:
        cursor = evaluate(settings, instance, None).cursor
        assert run_days(house, [DAY], instance).succeeded
        evaluate(settings, instance, cursor)
    assert texts(webhook) == []


def add_failed(instance: dg.DagsterInstance, said: str, **tags: str) -> None:
    run = instance.add_run(dg.DagsterRun("daily_brief", status=dg.DagsterRunStatus.STARTED, tags=tags))
    instance.report_run_failed(run, said)


def test_a_killed_run_is_told_and_one_that_is_tried_again_is_not(settings: Settings, webhook: Loopback) -> None:
    told = tell(settings, webhook)
    with open_instance(settings) as instance:
        cursor = evaluate(told, instance, None).cursor
        add_failed(instance, "The process of this run is gone.", **FOR_GOOD)
        cursor = evaluate(told, instance, cursor).cursor
        assert len(texts(webhook)) == 1
        assert "The process of this run is gone." in texts(webhook)[0]
        add_failed(instance, "It comes again.", **{"dagster/will_retry": "true", "dagster/max_retries": "3"})
        evaluate(told, instance, cursor)
    assert len(texts(webhook)) == 1


def test_a_webhook_that_fails_ends_the_tick_in_words_without_the_secret(settings: Settings) -> None:
    with serve([Reply(403)]) as server, open_instance(settings) as instance:
        told = tell(settings, server)
        cursor = evaluate(told, instance, None).cursor
        add_failed(instance, "Gone.", **FOR_GOOD)
        with pytest.raises(RuntimeError, match="answered 403 Forbidden") as raised:
            evaluate(told, instance, cursor)
        assert SECRET not in str(raised.value)


def test_alert_tells_nobody_where_nobody_is_named(settings: Settings, webhook: Loopback) -> None:
    assert not alert(settings, "said")
    assert alert(tell(settings, webhook), "said")
    assert texts(webhook) == ["said"]


def test_alert_says_when_nobody_could_be_told(settings: Settings) -> None:
    with serve([Reply(404)]) as server, pytest.raises(NotThere):
        alert(tell(settings, server), "said")
    with serve([Reply(500)]) as server, pytest.raises(Unreachable):
        alert(tell(settings, server), "said")


def test_the_first_problems_are_told_and_the_others_counted() -> None:
    assets = frozenset({dg.AssetKey("brief"), dg.AssetKey("audio")})
    run = dg.DagsterRun("__ASSET_JOB", run_id="1b2c", asset_selection=assets)
    problems = [f"problem {number}" for number in range(MOST_PROBLEMS + 2)]
    lines = describe_failure(run, [*problems, *problems]).splitlines()
    assert lines[0] == "The run audio, brief failed."
    assert lines[-2] == "- and 2 more"
    assert len(lines) == MOST_PROBLEMS + 3


def test_the_sensor_runs_by_default_where_somebody_is_named(settings: Settings, webhook: Loopback) -> None:
    assert build_run_failed(settings).default_status is dg.DefaultSensorStatus.STOPPED
    assert build_run_failed(tell(settings, webhook)).default_status is dg.DefaultSensorStatus.RUNNING
