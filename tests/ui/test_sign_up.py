"""Sign-up in a headless Chromium: wide and narrow, light and dark, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.mail_server import MailServer, serve_mail
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from serving.served import serve_site, wait_for_link, with_mail
from ui.browser import CHROMEDRIVER, CHROMIUM, DagsterPage, open_browser
from ui.test_site import AXE, HIGH, LOOKS, NARROW, OVERFLOWING, WIDE, find_faults, set_look, shoot_whole

from brief_pipeline.settings import SiteSettings, read_settings

ADDRESS = "ann@example.org"
HOSTILE = "<script>alert(1)</script> \N{HEBREW LETTER ALEF} & " + "x" * 59


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with serve_mail() as server:
        yield server


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, mail: MailServer, shots: Path) -> Iterator[DagsterPage]:
    missing = [str(tool) for tool in (CHROMIUM, CHROMEDRIVER) if not tool.exists()]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt-get install chromium chromium-driver")
    settings = read_settings(data_dir=tmp_path_factory.mktemp("sign-up"), site=SiteSettings())
    with serve_site(with_mail(settings, mail)) as url, open_browser(f"{url}/", shots) as page:
        yield page


@pytest.fixture(scope="module")
def paths(page: DagsterPage, mail: MailServer) -> dict[str, str]:
    """A page of each kind: the way of who signs up by the keyboard alone."""
    set_look(page, NARROW, "light")
    page.open("sign-up")
    tab_to(page, "address")
    press(page, ADDRESS, Keys.TAB, HOSTILE)
    tab_to(page, "button")
    press(page, Keys.ENTER)
    page.await_text("Look into your mailbox")
    confirm = wait_for_link(mail, ADDRESS).removeprefix("/")
    page.open(confirm)
    assert "<script>alert(1)</script>" in page.read()
    tab_to(page, "button")
    press(page, Keys.ENTER)
    page.await_text("Your brief is on its way")
    manage = page.driver.execute_script("return document.querySelector('main a').href").removeprefix(page.url)
    unsubscribe = manage.replace("subscription", "unsubscribe")
    return {"form": "sign-up", "subscription": manage, "unsubscribe": unsubscribe, "nowhere": "confirm/x"}


def press(page: DagsterPage, *keys: str) -> None:
    ActionChains(page.driver).send_keys(*keys).perform()


def tab_to(page: DagsterPage, what: str) -> None:
    """Tabs until a field of that id, or kind, has the focus, which shows at each stop."""
    for _ in range(30):
        press(page, Keys.TAB)
        at, outline, top, bottom = page.driver.execute_script(
            "const at = document.activeElement, box = at.getBoundingClientRect();"
            "return [at.id || at.tagName.toLowerCase(), parseFloat(getComputedStyle(at).outlineWidth), box.top, box.bottom]"
        )
        assert outline >= 2, at
        assert top < HIGH, at
        assert bottom > 0, at
        if at == what:
            return
    raise AssertionError(f"no way to {what}")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_its_pages_fit_and_say_no_error_and_ask_no_other_host(
    page: DagsterPage, paths: dict[str, str], width: int, scheme: str
) -> None:
    page.list_hosts()
    page.list_errors()
    for kind, path in paths.items():
        set_look(page, width, scheme)
        page.open(path)
        assert page.driver.execute_script("return document.querySelectorAll('main h1').length") == 1, path
        assert page.driver.execute_script(OVERFLOWING) == [], (kind, width)
        shoot_whole(page, f"sign-up-{kind}-{width}-{scheme}")
    assert [said for said in page.list_errors() if "404" not in said] == []  # of the link that leads nowhere
    assert page.list_hosts() == {"127.0.0.1"}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_axe_finds_no_serious_fault(page: DagsterPage, paths: dict[str, str], width: int, scheme: str) -> None:
    if not AXE.exists():
        pytest.skip(f"no {AXE.name}: npm install --no-save axe-core")
    set_look(page, width, scheme)
    for kind, path in paths.items():
        page.open(path)
        assert find_faults(page) == [], (kind, width, scheme)


def test_what_is_wrong_stands_above_the_form(page: DagsterPage) -> None:
    set_look(page, WIDE, "light")
    page.open("sign-up")
    tab_to(page, "address")
    press(page, "ann@example.org", Keys.TAB, "word " * 100)
    tab_to(page, "button")
    press(page, Keys.ENTER)
    page.await_text("too long", selector="[role=alert]")
