"""Search as a page and as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from brief_pipeline.errors import BriefError, SettingsInvalid
from brief_pipeline.serving.current import CurrentSearch
from brief_pipeline.serving.pages import say
from brief_pipeline.serving.search import pick_way
from brief_pipeline.stages.hit import MOST_HITS, Hit, Question, clean_words, render_hits_json
from brief_pipeline.stages.search_page import render_search

THREADS = 32  # most of them wait: what comes at once is answered together by one
WAITING_MOST = 200  # questions: who comes then is told to come again, rather than kept for ever
RETRY_SECONDS = "5"


class Busy(Exception):
    """More questions wait than can be answered soon."""


class SearchRoutes:
    """Asks the search in force, in threads beside the one that answers everybody."""

    def __init__(self, current: CurrentSearch, site_url: str = "") -> None:
        self._current = current
        self._site_url = site_url
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="search")
        self._waiting = 0

    @property
    def routes(self) -> list[Route]:
        return [Route("/search", self._page, methods=["GET"]), Route("/search.json", self._json, methods=["GET"])]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _page(self, request: Request) -> Response:
        try:
            question = read_question(request.query_params)
            if not question.words:
                return HTMLResponse(render_search(question, None))
            return HTMLResponse(render_search(question, await self._find(question)))
        except SettingsInvalid as wrong:
            return say("That cannot be searched for", str(wrong), 400)
        except (BriefError, Busy) as problem:
            return say("Search is not ready", str(problem), 503, retry_after=RETRY_SECONDS)

    async def _json(self, request: Request) -> Response:
        try:
            question = read_question(request.query_params)
            found = await self._find(question) if question.words else []
            return Response(render_hits_json(question, found, self._site_url), media_type="application/json")
        except SettingsInvalid as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        except (BriefError, Busy) as problem:
            return JSONResponse({"error": str(problem)}, 503, headers={"retry-after": RETRY_SECONDS})

    async def _find(self, question: Question) -> list[Hit]:
        search = self._current.search
        if search is None:
            if self._current.is_published:
                raise Busy("The index of the newest snapshot is being built. Try again in a few seconds.")
            raise Busy("Nothing is published yet: brief run makes a brief and publishes it.")
        if self._waiting >= WAITING_MOST:
            raise Busy("Too many search at once. Try again in a few seconds.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, partial(search.find, question))
        finally:
            self._waiting -= 1


def read_question(asked: Mapping[str, str]) -> Question:
    """What the address asks for. Raises SettingsInvalid."""
    return Question(
        words=clean_words(asked.get("q", "")),
        by=pick_way(asked.get("by") or "both"),
        limit=_read_limit(asked.get("limit") or "10"),
        show=clean_words(asked.get("show", "")),
        since=_read_day(asked.get("since", "")),
    )


def _read_limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_HITS):
        raise SettingsInvalid(f"limit is a number from 1 to {MOST_HITS}.")
    return int(text)


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise SettingsInvalid("since is a day, such as 2026-03-04.") from wrong
