"""The app that `brief serve` runs: published pages, search, and whatever routes are passed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from brief_pipeline.serving.current import CurrentSearch
from brief_pipeline.serving.guarding import Guarded
from brief_pipeline.serving.pages import Pages, say
from brief_pipeline.serving.search_routes import SearchRoutes
from brief_pipeline.serving.site_files import SiteFiles
from brief_pipeline.settings import Settings


def build_app(settings: Settings, more_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The app. `more_routes` come before the published pages, which take every path that is left."""
    current = CurrentSearch(settings)
    search = SearchRoutes(current, settings.site.url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        current.start()
        yield
        current.stop()
        search.close()

    async def tell_health(_: Request) -> Response:
        found = current.search
        about = {"made_at": found.about.made_at, "insights": found.about.insights} if found else None
        return JSONResponse({"status": "ok", "search": about}, headers={"cache-control": "no-store"})

    pages = Pages(SiteFiles(settings.data / "site"))
    return Starlette(
        routes=[
            Route("/healthz", tell_health, methods=["GET"]),
            *search.routes,
            *more_routes,
            Route("/{path:path}", pages.answer, methods=["GET"]),
        ],
        middleware=[Middleware(Guarded)],
        exception_handlers={HTTPException: _say_status, 500: _say_failure},
        lifespan=lifespan,
    )


async def _say_status(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return say(problem.detail, "", problem.status_code, **(problem.headers or {}))


async def _say_failure(_: Request, __: Exception) -> Response:
    return say("Something went wrong", "It was noted. Try again.", 500)
