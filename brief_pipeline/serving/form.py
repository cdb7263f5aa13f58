"""Forms that browsers send: read up to a limit, and only from pages of ours."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

LARGEST_FORM = 64 * 1024  # bytes
COOKIE = "brief_form"
FIELD = "form_token"
LIFE_SECONDS = 12 * 3600  # from when the form was shown to when it is sent


class FormTooLarge(Exception):
    """More bytes than any form of ours has."""


async def read_form(request: Request) -> dict[str, str]:
    """The text fields of a form, the last of each name. Raises FormTooLarge; what is no form has no fields."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_FORM:
            raise FormTooLarge
        return message

    async with Request(request.scope, receive).form(max_files=0, max_fields=50) as form:
        return {name: value for name, value in form.multi_items() if isinstance(value, str)}


class ForgeryGuard:
    """Knows a form that was sent from our own page: a signed random value, in a cookie and in the form alike.

    Another site can have a browser send a form here, but can neither read nor set the cookie that goes with it
    (OWASP: Signed Double-Submit Cookie).
    """

    def __init__(self, secret: bytes, is_secure: bool) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="form")
        self._is_secure = is_secure  # the site is reached by https alone

    @property
    def cookie(self) -> str:
        return f"__Host-{COOKIE}" if self._is_secure else COOKIE

    def value_for(self, request: Request) -> str:
        """What the form of a page holds: the value of the cookie that the browser has, if it is good, else a new one."""
        known = request.cookies.get(self.cookie, "")
        return known if self._is_good(known, LIFE_SECONDS // 2) else str(self._serializer.dumps(secrets.token_urlsafe(16)))

    def remember(self, response: Response, value: str) -> None:
        """Has the browser keep the value."""
        response.set_cookie(
            self.cookie, value, max_age=LIFE_SECONDS, httponly=True, samesite="lax", secure=self._is_secure, path="/"
        )

    def is_ours(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether a form was sent from a page of ours."""
        kept, sent = request.cookies.get(self.cookie, ""), form.get(FIELD, "")
        return hmac.compare_digest(kept.encode(), sent.encode()) and self._is_good(kept, LIFE_SECONDS)

    def _is_good(self, value: str, life_seconds: int) -> bool:
        try:
            self._serializer.loads(value, max_age=life_seconds)
        except BadSignature:
            return False
        return True
