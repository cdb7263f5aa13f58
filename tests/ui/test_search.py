"""The search page in a headless Chromium: wide and narrow, light and dark, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from serving.library import CLAIMS, HOSTILE, LONG_WORD, make_library
from serving.served import serve_site
from ui.browser import CHROMEDRIVER, CHROMIUM, DagsterPage, open_browser
from ui.test_sign_up import press, tab_to
from ui.test_site import AXE, LOOKS, NARROW, OVERFLOWING, find_faults, set_look, shoot_whole

from brief_pipeline.settings import SiteSettings, read_settings

PATHS = {
    "empty": "search",
    "found": "search?q=night+buses",
    "none": "search?q=zzzzqqqq&by=words",
    "hostile": "search?q=evil",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, shots: Path) -> Iterator[DagsterPage]:
    missing = [str(tool) for tool in (CHROMIUM, CHROMEDRIVER) if not tool.exists()]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt-get install chromium chromium-driver")
    settings = read_settings(data_dir=tmp_path_factory.mktemp("search"), site=SiteSettings())
    make_library(settings.data, (*CLAIMS, (f"Evil: {HOSTILE} {LONG_WORD}", HOSTILE, HOSTILE)))
    with serve_site(settings) as url, open_browser(f"{url}/", shots) as page:
        page.until(lambda: page.open("search?q=night") or "Night buses" in page.read(), "the index is built")
        yield page


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_it_fits_says_no_error_asks_no_other_host_and_has_no_serious_fault(
    page: DagsterPage, width: int, scheme: str
) -> None:
    page.list_hosts()
    page.list_errors()
    set_look(page, width, scheme)
    for kind, path in PATHS.items():
        page.open(path)
        wide = [element for element in page.driver.execute_script(OVERFLOWING) if not element.startswith("<label")]
        assert wide == [], (kind, width)  # labels are there for who hears the page: a pixel each
        shoot_whole(page, f"search-{kind}-{width}-{scheme}")
        if AXE.exists():
            assert find_faults(page) == [], (kind, width, scheme)
    assert page.list_errors() == []
    assert page.list_hosts() == {"127.0.0.1"}


def test_no_text_turns_the_direction_of_the_page(page: DagsterPage) -> None:
    page.open(PATHS["hostile"])
    said = page.driver.execute_script("return document.documentElement.textContent")
    assert "evil" in said
    assert not {"\u202e", "\x1b"} & set(said)


def test_a_reader_searches_by_the_keyboard_alone(page: DagsterPage) -> None:
    set_look(page, NARROW, "light")
    page.open("search")
    tab_to(page, "q")
    press(page, "lithium", Keys.ENTER)
    page.await_text("Lithium cells store the noon sun")
