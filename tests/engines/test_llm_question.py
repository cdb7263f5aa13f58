"""What a question to a model takes and is told of: its tries, its limits, its price."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from engines.llm_server import fail, say
from engines.loopback import Reply, serve
from engines.test_llm import GOOD, KEY, MESSAGES, Points, make_llm
from pydantic import BaseModel

from brief_pipeline.engines.llm import Call, Limits, LitellmLlm, ModelFacts
from brief_pipeline.engines.llm.faults import read_retry_after
from brief_pipeline.errors import CapReached, LlmUnusable, Unreachable
from brief_pipeline.stages.prompt import InsightsReply, JudgementsReply, system_prompt
from brief_pipeline.stages.spend import JUDGE_PROMPT_TOKENS, PROMPT_TOKENS


class Noting:
    """Allows so many calls, and keeps what it is told."""

    def __init__(self, most: int = 99) -> None:
        self.most = most
        self.calls: list[Call] = []

    def allow(self, model: ModelFacts, tokens_in: int, tokens_out: int) -> None:
        if len(self.calls) >= self.most:
            raise CapReached("no more")

    def note(self, call: Call) -> None:
        self.calls.append(call)


def test_each_try_is_told_with_how_it_went(tmp_path: Path) -> None:
    meter = Noting()
    with serve([fail(429, "slow down"), say("not JSON"), say(GOOD)]) as server:
        make_llm(server.url, folder=tmp_path).ask(MESSAGES, Points, meter=meter)
        make_llm(server.url, folder=tmp_path).ask(MESSAGES, Points, meter=meter)
    told = [(call.outcome, call.is_reshape, call.is_cached, call.tokens_in) for call in meter.calls]
    assert told == [
        ("rate limited", False, False, 0),
        ("malformed", False, False, 100),
        ("answered", True, False, 100),
        ("answered", False, True, 200),
    ]
    assert len({call.prompt_hash for call in meter.calls}) == 1
    assert "slow down" in str(meter.calls[0].reason)


def test_a_meter_that_says_stop_is_heard_before_each_call_also_the_second() -> None:
    with serve([say("not JSON"), say(GOOD)]) as server, pytest.raises(CapReached):
        make_llm(server.url).ask(MESSAGES, Points, meter=Noting(most=1))
    assert len(server.asked) == 1


def test_a_server_that_asks_for_a_long_wait_is_left_alone_until_the_next_run() -> None:
    with serve([fail(429, Retry_After="3600")]) as server, pytest.raises(Unreachable):
        make_llm(server.url, attempts=5).ask(MESSAGES, Points)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("Thu, 01 Jan 1970 00:01:00 GMT", 50.0), ("soon", None), ("", None)]
)
def test_the_wait_that_a_server_asks_for_is_read(header: str, seconds: float | None) -> None:
    class TooMany(Exception):
        response = httpx.Response(429, headers={"Retry-After": header})

    assert read_retry_after(TooMany(), now=10.0) == seconds


def test_a_server_that_sends_a_byte_at_a_time_is_given_up_at_the_deadline() -> None:
    meter = Noting()
    drip = Reply(**{**say(GOOD).__dict__, "piece": 1, "pause": 0.2})
    with serve([drip]) as server, pytest.raises(Unreachable, match="deadline_seconds"):
        make_llm(server.url).ask(MESSAGES, Points, Limits(deadline_seconds=0.5), meter)
    assert [call.outcome for call in meter.calls] == ["timed out"]


def test_a_server_without_structured_output_is_asked_without() -> None:
    with serve([fail(400, "'response_format.type' must be 'text'"), say(GOOD)]) as server:
        llm = make_llm(server.url)
        assert llm.ask(MESSAGES, Points).value.points
        llm.ask([*MESSAGES, *MESSAGES], Points)
    assert ["response_format" in json.loads(asked.body) for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize("reply", [fail(413), fail(400, "This model's maximum context length is 4096 tokens")])
def test_a_passage_that_is_too_long_names_its_settings_and_is_not_asked_twice(reply: Reply) -> None:
    with serve([reply]) as server, pytest.raises(LlmUnusable, match=r"\[llm\] context_tokens .* passage_words"):
        make_llm(server.url).ask(MESSAGES, Points)
    assert len(server.asked) == 1


def test_the_length_of_an_answer_is_limited() -> None:
    with serve([say(GOOD)]) as server:
        make_llm(server.url).ask(MESSAGES, Points, Limits(answer_tokens=777))
    assert json.loads(server.asked[0].body)["max_tokens"] == 777


@pytest.mark.parametrize("model", ["ollama/llama3.1", "ollama_chat/some-new-model"])
def test_an_ollama_server_is_told_how_much_it_has_to_read(model: str) -> None:
    done = {"model": "m", "done": True, "prompt_eval_count": 5, "eval_count": 5}
    body = {**done, "response": GOOD, "message": {"role": "assistant", "content": GOOD}}
    with serve([Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})]) as server:
        llm = LitellmLlm(model, server.url, pause_seconds=0.01)
        assert llm.ask(MESSAGES, Points, Limits(answer_tokens=500, context_tokens=8192)).value.points
    asked = [json.loads(asked.body) for asked in server.asked if asked.path in ("/api/generate", "/api/chat")]
    assert [(sent["options"]["num_ctx"], sent["options"]["num_predict"]) for sent in asked] == [(8192, 500)]


def test_another_model_takes_address_and_key_only_within_its_provider() -> None:
    llm = make_llm("http://127.0.0.1:1")
    assert llm.as_model("openai/other").api_key == KEY
    assert llm.as_model("ollama/llama3.1").api_key is None
    assert llm.as_model("ollama/llama3.1").api_base is None


def test_what_is_known_of_models_is_known_offline() -> None:
    known = LitellmLlm("openai/gpt-4o-mini").facts()
    assert (known.context_tokens, known.usd_per_token_in, known.usd_per_token_out) == (128_000, 0.15e-6, 0.6e-6)
    assert LitellmLlm("openai/test").facts() == ModelFacts("openai/test")
    assert LitellmLlm("ollama/of-my-own").facts() == ModelFacts("ollama/of-my-own")
    assert LitellmLlm("gpt-5-mini").facts().is_reasoning


def test_tokens_are_counted_and_the_price_list_read_without_a_look_at_the_network() -> None:
    script = (
        "import socket\n"
        "def look_up(host, *rest, **more): print('asked for', host); raise OSError('offline')\n"
        "socket.getaddrinfo = look_up\n"
        "from brief_pipeline.engines.llm import LitellmLlm\n"
        "models = 'groq/llama-3.1-8b-instant', 'ollama/my-llama-3', 'ollama/llama3.1', 'claude-sonnet-4-5', 'command-r'\n"
        "for model in models:\n"
        "    assert 3 <= LitellmLlm(model).count_tokens('Trams pay for themselves.') <= 9; LitellmLlm(model).facts()"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(("prompt", "shape", "most"), [
    ("propose.md", InsightsReply, PROMPT_TOKENS), ("judge.md", JudgementsReply, JUDGE_PROMPT_TOKENS)
])  # fmt: skip
def test_the_room_kept_for_a_prompt_holds_it(prompt: str, shape: type[BaseModel], most: int) -> None:
    frame = 120  # tokens of the fence, the titles and the numbers around what is shown
    assert LitellmLlm("openai/gpt-4o").count_tokens(system_prompt(prompt, shape)) + frame <= most


def test_half_a_character_is_sent_as_a_question_mark_and_a_token_of_control_as_text() -> None:
    with serve([say(GOOD)]) as server:
        make_llm(server.url).ask([{"role": "user", "content": "So \ud800 it <|endoftext|> is."}], Points)
    assert json.loads(server.asked[0].body)["messages"][0]["content"] == "So ? it <|endoftext|> is."
