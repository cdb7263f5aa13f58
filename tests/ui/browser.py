"""A headless Chromium on the Dagster UI: it opens pages, clicks what a person reads, and waits for what is shown."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, CHROMEDRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")  # where Debian puts them
PATIENCE_SECONDS = 60  # for a page to show what it loads: a second alone, twenty while a run has both cores
WIDTH, HEIGHT = 1920, 1600  # high, that a whole asset page is in its picture
SHOWN = "[...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
# Chromium without a window, and without its own calls home: what is asked for is then the pages' doing
QUIET = (
    "--headless=new",
    "--no-sandbox",  # as root in a container there is no sandbox to be had
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
)
ASKING = ("Network.requestWillBeSent", "Network.webSocketCreated")  # Chromium's events of a page that asks a host
HIDE_FLOATING = """let place = document.querySelector(arguments[0]);
while (place && getComputedStyle(place).position !== "absolute") place = place.parentElement;
place.style.visibility = "hidden";"""
Found = TypeVar("Found")


class Box(NamedTuple):
    """A place in the window, in pixels from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


class DagsterPage:
    """A tab on the UI. Each act waits until what it needs is there, and fails naming what was not."""

    def __init__(self, driver: webdriver.Chrome, url: str, shots: Path) -> None:
        self.driver, self.url, self.shots = driver, url, shots

    def open(self, path: str) -> None:
        """Opens a page of the UI by its path."""
        self.driver.get(f"{self.url}{path}")

    def read(self, selector: str = "body") -> str:
        """All that is written in the first place the selector finds, with what must be scrolled to."""
        return str(self.driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def await_text(self, *texts: str, selector: str = "body", seconds: float = PATIENCE_SECONDS) -> str:
        """What the place reads once it shows all of the texts."""
        self.until(lambda: all(text in self.read(selector) for text in texts), f"{texts} in {selector}", seconds)
        return self.read(selector)

    def click(self, text: str, selector: str = "button", within: str = "body") -> None:
        """Clicks the one thing of that kind that reads so, as soon as it may be clicked."""
        self.until(lambda: self._click(text, f"{within} {selector}"), f"a {selector} that reads {text!r}")

    def _click(self, text: str, selector: str) -> bool:
        for element in self._find(selector):
            if element.text.partition("\n")[0].strip().rstrip("…") == text and element.is_enabled():
                element.click()
                return True
        return False

    def click_icon(self, name: str) -> None:
        """Clicks the last of the icons of that name: those of the graph come after those of the navigation."""
        self.until(lambda: self._click_last(f"[aria-label={name}]"), f"an icon {name!r}")

    def _click_last(self, selector: str) -> bool:
        found = self._find(selector)
        if found:
            found[-1].click()
        return bool(found)

    def type(self, text: str, selector: str) -> None:
        """Writes into a field in place of what is there, and confirms with Enter."""
        self.until(lambda: self._focus(selector), f"a field {selector}")
        self._find(selector)[0].send_keys(Keys.CONTROL, "a")
        self._find(selector)[0].send_keys(text, Keys.ENTER)

    def _focus(self, selector: str) -> bool:
        fields = self._find(selector)
        if fields:
            fields[0].click()
        return bool(fields)

    def _find(self, selector: str) -> Sequence[WebElement]:
        found: Sequence[WebElement] = self.driver.execute_script(f"return {SHOWN}", selector)
        return found

    def measure(self, selector: str, texts: Sequence[str]) -> dict[str, Box]:
        """Where the outermost things stand that read just one of these texts."""
        script = f"return {SHOWN}.map(e => [e.innerText.trim(), e.getBoundingClientRect()])"
        found = self.driver.execute_script(script, selector)
        boxes = {text: Box(box["left"], box["top"], box["right"], box["bottom"]) for text, box in reversed(found)}
        return {text: boxes[text] for text in texts if text in boxes}

    def await_still(self, selector: str) -> None:
        """Waits until a thing no longer moves: what slides away under the pointer is not clicked."""
        seen: list[dict[str, float]] = []

        def stands() -> bool:
            seen.append(self.driver.execute_script(f"return {SHOWN}[0]?.getBoundingClientRect().toJSON()", selector))
            return len(seen) > 1 and seen[-1] is not None and seen[-1] == seen[-2]

        self.until(stands, f"{selector}, standing still")

    def until(self, is_so: Callable[[], Found], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
        """What the question is answered with once that is anything, however often the page is drawn again meanwhile."""

        def ask(_: webdriver.Chrome) -> Found | None:
            with suppress(StaleElementReferenceException):
                return is_so()
            return None

        def say() -> str:
            return f"not within {seconds:.0f} s: {what}; see {self.shoot('failed')}; the page reads:\n{self.read()[-1500:]}"

        waiting = WebDriverWait(self.driver, seconds, poll_frequency=0.2, ignored_exceptions=(WebDriverException,))
        try:
            return waiting.until(ask)  # type: ignore[return-value]
        except WebDriverException as gave_up:
            raise AssertionError(say()) from gave_up

    def shoot(self, name: str, of: Box | None = None) -> Path:
        """A picture of the window, or of a part of it."""
        part = {} if of is None else {"clip": {**_measure_clip(of), "scale": 1}}
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", part)
        file = self.shots / f"{name}.png"
        file.write_bytes(b64decode(taken["data"]))
        return file

    def hide_around(self, icon: str) -> None:
        """Hides what floats over the page with an icon of that name in it."""
        self.driver.execute_script(HIDE_FLOATING, f"[aria-label={icon}]")

    def list_errors(self) -> list[str]:
        """What the browser's console called an error since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def list_hosts(self) -> set[str]:
        """The hosts that pages have asked for anything since it was last asked."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        asked = (event["params"] for event in events if event["method"] in ASKING)
        urls = (urlsplit(params["request"]["url"] if "request" in params else params["url"]) for params in asked)
        return {url.hostname for url in urls if url.hostname and url.scheme in ("http", "https", "ws", "wss")}


def _measure_clip(box: Box) -> dict[str, float]:
    return {"x": box.left, "y": box.top, "width": box.right - box.left, "height": box.bottom - box.top}


@contextmanager
def open_browser(url: str, shots: Path) -> Iterator[DagsterPage]:
    """A fresh Chromium, without history or cookies, closed at the end."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*QUIET, f"--window-size={WIDTH},{HEIGHT}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    try:
        yield DagsterPage(driver, url, shots)
    finally:
        driver.quit()
