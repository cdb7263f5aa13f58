from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from engines.llm_server import fail, say
from engines.loopback import Reply, closed_port, serve
from pydantic import BaseModel, ConfigDict

from brief_pipeline.engines.llm import LitellmLlm
from brief_pipeline.errors import LlmRefused, LlmUnusable, Unreachable

MESSAGES = [{"role": "user", "content": "What is said here?"}]
KEY = "sk-not-to-be-shown"


class Points(BaseModel):
    model_config = ConfigDict(extra="forbid")

    points: list[str]


GOOD = '{"points": ["Trams pay for themselves."]}'


@pytest.fixture(autouse=True)
def _no_keys_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_BASE"))]:
        monkeypatch.delenv(name)


def make_llm(url: str, model: str = "openai/test", **changes: Any) -> LitellmLlm:
    given = {"api_base": f"{url}/v1", "api_key": KEY, "timeout_seconds": 5.0, "attempts": 2, "pause_seconds": 0.01}
    return LitellmLlm(model, **{**given, **changes})


def test_an_answer_comes_in_its_shape_with_its_tokens() -> None:
    with serve([say(GOOD)]) as server:
        answer = make_llm(server.url).ask(MESSAGES, Points)
    assert answer.value.points == ["Trams pay for themselves."]
    assert (answer.tokens, answer.calls, answer.cost_usd) == (120, 1, None)
    asked = json.loads(server.asked[0].body)
    assert asked["messages"] == MESSAGES
    assert asked["response_format"]["json_schema"]["schema"]["required"] == ["points"]
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_model_with_a_price_tells_what_it_cost() -> None:
    with serve([say("not JSON", model="gpt-4o-mini"), say(GOOD, model="gpt-4o-mini")]) as server:
        answer = make_llm(server.url, "openai/gpt-4o-mini").ask(MESSAGES, Points)
    assert answer.cost_usd == pytest.approx(2 * (100 * 0.15e-6 + 20 * 0.6e-6))
    assert answer.tokens == 240


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}```",
        f"Here is the JSON:\n\n```json\n{GOOD}\n```\nAnything else?",
        f"<think>The {{points}} are few.</think>\n{GOOD}",
        f"\ufeff \n{GOOD}\n",
    ],
    ids=["fence", "plain fence", "words around", "thoughts", "byte order mark"],
)
def test_what_models_put_around_json_is_taken_off(text: str) -> None:
    with serve([say(text)]) as server:
        assert make_llm(server.url).ask(MESSAGES, Points).calls == 1


def test_an_empty_list_is_an_answer() -> None:
    with serve([say('{"points": []}')]) as server:
        assert make_llm(server.url).ask(MESSAGES, Points).value.points == []


@pytest.mark.parametrize("bad", [say('{"points": "one"}'), say('{"points": ["cut'), say(""), say(None), say("", choices=[])])
def test_a_reply_of_another_shape_is_sent_back_once_with_what_is_wrong(bad: Reply) -> None:
    with serve([bad, say(GOOD)]) as server:
        answer = make_llm(server.url).ask(MESSAGES, Points)
    assert (answer.calls, answer.tokens) == (2, 240)
    talk = json.loads(server.asked[1].body)["messages"]
    assert [message["role"] for message in talk] == ["user", "assistant", "user"]
    assert all(message["content"] for message in talk)
    assert "not valid" in talk[-1]["content"]


def test_the_fault_is_named_by_its_place() -> None:
    with serve([say('{"points": "one"}'), say(GOOD)]) as server:
        make_llm(server.url).ask(MESSAGES, Points)
    assert "the first in points: Input should be a valid" in json.loads(server.asked[1].body)["messages"][-1]["content"]


def test_a_second_reply_of_another_shape_is_unusable() -> None:
    with serve([say("I cannot do that.")]) as server, pytest.raises(LlmUnusable, match="openai/test did not answer"):
        make_llm(server.url).ask(MESSAGES, Points)
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again(status: int) -> None:
    with serve([fail(status), say(GOOD)]) as server:
        assert make_llm(server.url).ask(MESSAGES, Points).calls == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 529])
def test_what_does_not_pass_is_unreachable_after_the_tries(status: int) -> None:
    with serve([fail(status)]) as server, pytest.raises(Unreachable, match="no answer in 3 tries"):
        make_llm(server.url, attempts=3).ask(MESSAGES, Points)
    assert len(server.asked) == 3


def test_a_server_that_is_down_is_unreachable_and_the_setting_named() -> None:
    with pytest.raises(Unreachable, match=r"\[llm\] api_base"):
        make_llm(f"http://127.0.0.1:{closed_port()}").ask(MESSAGES, Points)


def test_a_server_that_hangs_is_unreachable_after_the_time_out() -> None:
    started = time.monotonic()
    with serve([Reply(wait=60)]) as server, pytest.raises(Unreachable):
        make_llm(server.url, timeout_seconds=0.5, attempts=1).ask(MESSAGES, Points)
    assert time.monotonic() - started < 50, "it waited for the server, and not for the time-out"


@pytest.mark.parametrize(
    ("reply", "cure"),
    [
        (fail(401, f"Incorrect API key provided: {KEY}"), r"\[llm\] api_key"),
        (fail(403), r"\[llm\] api_key"),
        (fail(402, "insufficient balance"), r"\[llm\] api_key"),
        (fail(404, "model 'test' not found"), r"\[llm\] model"),
        (fail(400, "unknown model"), r"\[llm\] model"),
    ],
    ids=["key", "forbidden", "unpaid", "no such model", "bad request"],
)
def test_what_is_refused_is_not_asked_twice_and_the_setting_named(reply: Reply, cure: str) -> None:
    with serve([reply]) as server, pytest.raises(LlmRefused, match=cure) as refused:
        make_llm(server.url).ask(MESSAGES, Points)
    assert len(server.asked) == 1
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("model", ["openai/test", "gpt-4o-mini", "anthropic/claude-sonnet-4-5"])
def test_without_a_key_the_setting_is_named_and_nobody_asked(model: str) -> None:
    with serve([say(GOOD)]) as server, pytest.raises(LlmRefused, match=r"\[llm\] api_key"):
        make_llm(server.url, model, api_key=None).ask(MESSAGES, Points)
    assert server.asked == []


@pytest.mark.parametrize("model", ["no-such-provider/model", "no-such-model"])
def test_a_name_that_litellm_does_not_know_is_refused(model: str) -> None:
    with pytest.raises(LlmRefused, match=r"\[llm\] model"):
        LitellmLlm(model, pause_seconds=0.01).ask(MESSAGES, Points)


def test_nothing_is_printed_or_logged_of_a_failure(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with serve([fail(500)]) as server, caplog.at_level(logging.WARNING), pytest.raises(Unreachable):
        make_llm(server.url).ask(MESSAGES, Points)
    printed = capfd.readouterr()
    assert (printed.out, printed.err, caplog.text) == ("", "", "")


def test_the_library_is_imported_without_a_network_call_or_a_word() -> None:
    script = (
        "import socket; real = socket.getaddrinfo\n"
        "def look_up(host, *rest, **more): print('asked for', host); return real(host, *rest, **more)\n"
        "socket.getaddrinfo = look_up\n"
        "from brief_pipeline.engines.llm.library import import_litellm; import_litellm()"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM")}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_question_answered_before_is_answered_from_memory(tmp_path: Path) -> None:
    with serve([say("not JSON"), say(GOOD), say(GOOD)]) as server:
        paid = make_llm(server.url, folder=tmp_path).ask(MESSAGES, Points)
        again = make_llm(server.url, folder=tmp_path).ask(MESSAGES, Points)
        other = make_llm(server.url, folder=tmp_path).ask([*MESSAGES, *MESSAGES], Points)
    assert len(server.asked) == 3
    assert (paid.calls, other.calls) == (2, 1)
    assert (again.value, again.calls, again.tokens, again.cost_usd) == (paid.value, 0, 0, 0.0)


def test_an_answer_of_no_use_is_not_remembered(tmp_path: Path) -> None:
    with serve([say("not JSON"), say("nor this"), say(GOOD)]) as server:
        llm = make_llm(server.url, folder=tmp_path)
        with pytest.raises(LlmUnusable):
            llm.ask(MESSAGES, Points)
        assert llm.ask(MESSAGES, Points).calls == 1
