"""What every answer says to the browser: load nothing from elsewhere, run no script, stand in no frame."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",  # the pages carry their own styles, and no script can run
        "img-src 'self' data:",
        "media-src https: http:",  # the players of an insight's page, where the show has its audio
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # addresses with a token in them are told to nobody else
    (b"cross-origin-opener-policy", b"same-origin"),
)


class Guarded:
    """An app whose every answer carries the headers, unless it has stricter ones of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [*message.get("headers", ())]
                named = {name for name, _ in own}
                message["headers"] = own + [header for header in HEADERS if header[0] not in named]
            await send(message)

        await self.app(scope, receive, send_guarded if scope["type"] == "http" else send)
