"""A webhook: an address that takes a line of text by POST and shows it to people, as Slack's, Mattermost's and others do."""

from __future__ import annotations

import logging
from typing import Protocol

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from brief_pipeline.errors import DeliveryUncertain, NotThere, Unreachable

NOT_TAKEN = frozenset({425, 429, 503})  # by these a server says that it did nothing
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, *range(500, 600)})
LONGEST_PAUSE_SECONDS = 4.0
LONGEST_TEXT = 3_000  # characters: Slack cuts a message at 40,000 and refuses a block of more than 3,000


class Webhook(Protocol):
    """Who tells people something. Raises Unreachable or NotThere, and names the host alone: the address is a secret."""

    def post(self, text: str) -> None: ...


class HttpWebhook:
    """A webhook over HTTP that takes {"text": ...}. What passes is tried again; a refusal is not."""

    def __init__(
        self,
        url: str,
        timeout_seconds: float = 5.0,
        attempts: int = 3,
        pause_seconds: float = 0.5,
        setting: str = "[alerts] webhook",
        longest_text: int = LONGEST_TEXT,
        is_once: bool = False,
    ) -> None:
        """`setting`: which one in brief.toml names the address, for what is said when it is wrong.

        `is_once`: rather never than twice: where all was sent and the answer is lost, DeliveryUncertain is raised.
        """
        for library in ("httpx", "httpcore"):  # they log the URL, and who knows it can post
            logging.getLogger(library).setLevel(logging.WARNING)
        self._url, self._setting, self._longest_text = url, setting, longest_text
        self._is_once = is_once
        self._timeout_seconds = timeout_seconds
        self._retrying = Retrying(
            retry=retry_if_exception_type(Unreachable),
            wait=wait_random_exponential(multiplier=pause_seconds, max=LONGEST_PAUSE_SECONDS),
            stop=stop_after_attempt(attempts),
            reraise=True,
        )

    def post(self, text: str) -> None:
        """Shows people a text, cut to the longest that is taken."""
        body = text if len(text) <= self._longest_text else f"{text[: self._longest_text - 2]} …"
        self._retrying(self._post_once, body)

    def _post_once(self, text: str) -> None:
        try:
            url = httpx.URL(self._url)
            with httpx.stream("POST", url, json={"text": text}, timeout=self._timeout_seconds) as response:
                pass  # what it says beyond its status is nobody's business
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise NotThere(
                f"The webhook is no address: {self._setting} in brief.toml must begin with http:// or https://."
            ) from None
        except httpx.HTTPError as broken:
            if self._is_once and not isinstance(broken, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
                raise DeliveryUncertain(
                    f"The webhook at {url.host} had the message, and its answer is lost ({type(broken).__name__})."
                ) from None
            # Its own words hold no URL, its traceback does: so from None.
            raise Unreachable(
                f"The webhook at {url.host} gives no answer ({type(broken).__name__}). Is {self._setting} right?"
            ) from None
        if response.is_success:
            return
        said = f"The webhook at {url.host} answered {response.status_code} {response.reason_phrase}"
        if self._is_once and response.status_code in WORTH_ANOTHER_TRY - NOT_TAKEN:
            raise DeliveryUncertain(f"{said}: it may have taken the message.")
        if response.status_code in WORTH_ANOTHER_TRY:
            raise Unreachable(f"{said}.")
        raise NotThere(f"{said}: make a new one there, and put it in brief.toml as {self._setting}.")
