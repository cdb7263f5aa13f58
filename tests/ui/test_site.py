"""The demo's pages, and pages full of what a feed should not hold, in a headless Chromium: wide and narrow, light and dark.

Nothing leaves loopback, nothing runs over the edge, no fault that axe-core calls serious, and the keyboard reaches it all.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from ui.browser import CHROMEDRIVER, CHROMIUM, DagsterPage, open_browser
from wiring.replayed import recorded
from wiring.site_world import DAY, HOSTILE, World

from brief_pipeline.settings import SiteSettings, read_settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.house import build_house
from brief_pipeline.wiring.site import publish_site

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"  # .ci/run has npm fetch it
WIDE, NARROW, HIGH = 1280, 390, 900
KINDS = ("brief", "insight", "archive", "shows", "show", "episode")
LOOKS = [(width, scheme) for width in (WIDE, NARROW) for scheme in ("light", "dark")]
OVERFLOWING = """const edge = document.documentElement.clientWidth;
return [...document.querySelectorAll("body *")].filter(e => e.checkVisibility() && !e.closest(".skip"))
    .filter(e => e.getBoundingClientRect().right > edge + 1 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
    .map(e => e.outerHTML.slice(0, 120)).concat(document.documentElement.scrollWidth > edge ? ["the page"] : [])"""
FAULTS = """const done = arguments[arguments.length - 1];
axe.run({resultTypes: ["violations"]}).then(found => done(found.violations
    .filter(fault => ["serious", "critical"].includes(fault.impact))
    .map(fault => `${fault.id}: ${fault.help}: ${fault.nodes[0].html.slice(0, 160)}`)))"""
FOCUS = """const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
return {number: [...document.links].indexOf(at), tag: at.tagName, left: box.left, top: box.top, bottom: box.bottom,
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth)}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def serve_pages(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def browse(folder: Path, shots: Path) -> Iterator[DagsterPage]:
    missing = [str(tool) for tool in (CHROMIUM, CHROMEDRIVER) if not tool.exists()]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt-get install chromium chromium-driver")
    with serve_pages(folder) as url, open_browser(url, shots) as page:
        yield page


@pytest.fixture(scope="module")
def demo(shots: Path) -> Iterator[DagsterPage]:
    """A browser on the pages of the demo."""
    with browse(recorded() / "undisturbed" / "site", shots) as page:
        yield page


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, shots: Path) -> Iterator[DagsterPage]:
    """A browser on pages all of whose texts are meant to do harm."""
    settings = read_settings(data_dir=tmp_path_factory.mktemp("hostile"), site=SiteSettings())
    World(days=2, text=HOSTILE).write(Store(settings.database, settings.sql_folder))
    publish_site(build_house(settings))
    with browse(settings.data / "site", shots) as page:
        yield page


def list_paths(page: DagsterPage) -> dict[str, str]:
    """A page of each kind, found as a reader finds them: from the first page on."""
    set_look(page, WIDE, "light")
    page.open("index.html")
    insight = find_link(page, "article:nth-of-type(2) h2 a")
    page.open("shows/index.html")
    show = find_link(page, ".cards a")
    page.open(show)
    episode = find_link(page, ".days a")
    found = ("index.html", insight, "briefs/index.html", "shows/index.html", show, episode)
    return dict(zip(KINDS, found, strict=True))


def find_link(page: DagsterPage, selector: str) -> str:
    address = page.driver.execute_script("return document.querySelector(arguments[0])?.href ?? ''", selector)
    return str(address).removeprefix(page.url)


@pytest.fixture(scope="module")
def demo_paths(demo: DagsterPage) -> dict[str, str]:
    return list_paths(demo)


@pytest.fixture(scope="module")
def hostile_paths(hostile: DagsterPage) -> dict[str, str]:
    return list_paths(hostile)


def set_look(page: DagsterPage, width: int, scheme: str) -> None:
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": HIGH, "deviceScaleFactor": 1, "mobile": width == NARROW},
    )
    scheme_of = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme_of)


def find_faults(page: DagsterPage) -> list[str]:
    """What axe-core calls serious or critical on the page that is open."""
    page.driver.execute_script(AXE.read_text(encoding="utf-8"))
    faults: list[str] = page.driver.execute_async_script(FAULTS)
    return faults


def shoot_whole(page: DagsterPage, name: str) -> None:
    high = page.driver.execute_script("return document.documentElement.scrollHeight")
    width = page.driver.execute_script("return document.documentElement.clientWidth")
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": min(high, 6000), "deviceScaleFactor": 1, "mobile": width == NARROW},
    )
    page.shoot(name)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_pages_of_the_demo_fit_say_no_error_and_ask_no_other_host(
    demo: DagsterPage, demo_paths: dict[str, str], width: int, scheme: str
) -> None:
    demo.list_hosts()
    for kind, path in demo_paths.items():
        set_look(demo, width, scheme)
        demo.open(path)
        assert demo.driver.execute_script("return document.querySelectorAll('main h1').length") == 1, path
        assert demo.driver.execute_script(OVERFLOWING) == [], (path, width)
        shoot_whole(demo, f"site-{kind}-{width}-{scheme}")
    assert demo.list_errors() == []
    assert demo.list_hosts() == {"127.0.0.1"}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_no_serious_fault(demo: DagsterPage, demo_paths: dict[str, str], width: int, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip(f"no {AXE.name}: npm install --no-save axe-core")
    set_look(demo, width, scheme)
    for path in demo_paths.values():
        demo.open(path)
        assert find_faults(demo) == [], (path, width, scheme)


def test_light_and_dark_differ(demo: DagsterPage) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    seen = set()
    for scheme in ("light", "dark"):
        set_look(demo, WIDE, scheme)
        demo.open("index.html")
        seen.add(demo.driver.execute_script(paper))
    assert len(seen) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_keyboard_alone_reaches_every_link_and_shows_where_it_is(
    demo: DagsterPage, demo_paths: dict[str, str], kind: str
) -> None:
    set_look(demo, NARROW, "light")
    demo.open(demo_paths[kind])
    links = demo.driver.execute_script("return document.links.length")
    reached = set()
    for step in range(2 * links + 20):
        ActionChains(demo.driver).send_keys(Keys.TAB).perform()
        focus = demo.driver.execute_script(FOCUS)
        if focus["tag"] == "A":
            reached.add(focus["number"])
            assert focus["outline"] >= 2, focus
            assert focus["left"] >= 0, focus
            assert focus["bottom"] > 0, focus
            assert focus["top"] < HIGH, focus
        if step == 0:
            assert focus["number"] == 0, "the first stop skips to the content"
        if len(reached) == links:
            break
    assert reached == set(range(links))


def test_the_first_stop_skips_the_navigation(demo: DagsterPage) -> None:
    set_look(demo, NARROW, "light")
    demo.open("index.html")
    ActionChains(demo.driver).send_keys(Keys.TAB).perform()
    ActionChains(demo.driver).send_keys(Keys.ENTER).perform()
    demo.until(lambda: demo.driver.execute_script("return document.activeElement.id === 'main'"), "focus on the content")
    ActionChains(demo.driver).send_keys(Keys.TAB).perform()
    assert demo.driver.execute_script("return document.activeElement.closest('article') !== null")


def test_a_reader_goes_from_the_brief_to_an_insight_to_a_related_one_by_keyboard(demo: DagsterPage) -> None:
    set_look(demo, WIDE, "light")
    demo.open("index.html")
    for selector in ("article:nth-of-type(2) h2 a", "#related ~ ul a"):
        demo.driver.execute_script("document.querySelector(arguments[0]).focus()", selector)
        before = demo.driver.current_url
        ActionChains(demo.driver).send_keys(Keys.ENTER).perform()
        demo.until(lambda before=before: demo.driver.current_url != before, "another page")  # type: ignore[misc]
        assert "/insights/" in demo.driver.current_url


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_texts_that_mean_harm_do_none_and_fit(hostile: DagsterPage, hostile_paths: dict[str, str], width: int) -> None:
    hostile.list_hosts()
    set_look(hostile, width, "light")
    for path in (*hostile_paths.values(), f"briefs/{DAY}.html"):
        hostile.open(path)
        assert hostile.driver.execute_script(OVERFLOWING) == [], (path, width)
        assert "<script>alert(1)</script>" in hostile.read()
    assert hostile.list_errors() == []
    assert hostile.list_hosts() == {"127.0.0.1"}
