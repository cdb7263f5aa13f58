"""The routes of the published pages, and the page that says that there is none."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from brief_pipeline.serving.site_files import SiteFiles
from brief_pipeline.stages.search_page import render_message

METHODS = ("GET", "HEAD")


class Pages:
    """Answers with the files of the site."""

    def __init__(self, files: SiteFiles) -> None:
        self._files = files

    async def answer(self, request: Request) -> Response:
        found = self._files.find(request.path_params["path"])
        if found is None:
            return self._miss(request.path_params["path"])
        if found.is_known(request.headers):
            kept = [(name, value) for name, value in found.headers if name != "content-type"]
            return Response(status_code=304, headers=dict(kept))
        return Response(found.body, headers=dict(found.headers))

    def _miss(self, path: str) -> Response:
        if not path.strip("/") and not self._files.folder.exists():
            return say("Nothing is published yet", "brief run makes yesterday’s brief and these pages.", 404)
        return say("There is no such page", "It may have gone, or its address is mistyped.", 404)


def say(title: str, text: str, status: int, **headers: str) -> Response:
    """A page of a few words."""
    return HTMLResponse(
        render_message(title, text), status, headers={name.replace("_", "-"): v for name, v in headers.items()}
    )
