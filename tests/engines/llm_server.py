"""A server with OpenAI's interface on loopback: it proposes, judges, mends and compares as told, and fails where told to."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from engines.loopback import Asked, Loopback, Reply, serve
from fakes import answer_pairs

JSON = {"Content-Type": "application/json"}
PURPOSES = {
    "You read": "propose",
    "You check": "judge",
    "Somebody": "repair",
    "You compare": "compare",
}  # by how the system prompt begins
KIND = {"supported": "yes", "stands_alone": True, "kind": "insight", "value": 0.8, "why": "said so"}


def say(text: str | None, finish: str = "stop", took: tuple[int, int] = (100, 20), **changes: Any) -> Reply:
    """A completion, as servers with OpenAI's interface give it. `took`: tokens in and out."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": took[0], "completion_tokens": took[1], "total_tokens": sum(took)}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "test", "choices": [choice], "usage": usage}
    return Reply(200, json.dumps({**body, **changes}).encode(), JSON)


def fail(status: int, message: str = "no", **headers: str) -> Reply:
    """An error, as they give it."""
    body = json.dumps({"error": {"message": message, "code": status}}).encode()
    return Reply(status, body, {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}})


class LlmServer:
    """What is answered: `insights` by episode, judgements and `quotes` by number, `pairs` by their two claims.

    `faults`, by episode ("" where pairs are compared) and purpose, go first; where FOR_EVER ends them, the one before it is
    given again and again.
    """

    def __init__(self) -> None:
        self.insights: dict[str, list[dict[str, Any]]] = {}
        self.judge: Callable[[int, str], dict[str, Any] | None] = lambda number, item: KIND
        self.quotes: dict[int, str | None] = {}
        self.pairs: dict[tuple[str, str], dict[str, Any] | None] = {}
        self.faults: dict[tuple[str, str], list[Reply]] = {}
        self.asked: dict[str, list[list[dict[str, str]]]] = defaultdict(list)
        self.models: list[str] = []
        self.took = (100, 20)  # tokens in and out, of every answer
        self.refuses: dict[str, Reply] = {}  # by model
        self.url = ""

    def reply_to(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        system, user = body["messages"][0]["content"], body["messages"][1]["content"]
        purpose = next(name for begins, name in PURPOSES.items() if system.startswith(begins))
        title = "" if purpose == "compare" else re.findall(r"^Episode: (.+)$", user, re.M)[0]
        self.asked[purpose].append(body["messages"])
        self.models.append(body["model"])
        if body["model"] in self.refuses:
            return self.refuses[body["model"]]
        waiting = self.faults.get((title, purpose), [])
        if waiting:
            return waiting.pop(0) if waiting[-1] is not FOR_EVER or len(waiting) > 2 else waiting[0]
        return say(json.dumps(self._answer(purpose, title, user)), took=self.took, model=body["model"])

    def _answer(self, purpose: str, title: str, user: str) -> dict[str, Any]:
        if purpose == "propose":
            return {"insights": [i for i in self.insights.get(title, []) if i.get("in", "") in user]}
        if purpose == "repair":
            return {"quotes": [{"number": number, "quote": quote} for number, quote in self.quotes.items()]}
        if purpose == "compare":
            return answer_pairs(user, self.pairs)
        items = re.findall(r"^Item (\d+)\n(.*?)(?=^Item |\Z)", user, re.M | re.S)
        judged = [(int(number), self.judge(int(number), text)) for number, text in items]
        return {"judgements": [{"number": number, **said} for number, said in judged if said is not None]}


FOR_EVER = Reply()


@contextmanager
def serve_llm() -> Iterator[LlmServer]:
    """Serves on a free port until the block ends."""
    server = LlmServer()
    with serve(server.reply_to) as loopback:
        assert isinstance(loopback, Loopback)
        server.url = loopback.url
        yield server
