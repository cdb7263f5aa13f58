"""The pages of the site, from tables to files: all that is linked is there, what did not change is not made again, and
whoever reads sees the pages before or those after.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import feedparser
import pytest
from bs4 import BeautifulSoup
from wiring.site_world import DAY, HOSTILE, MOST, SHOWS, World

from brief_pipeline.engines.page_folder import build_pages
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import MailSettings, SiteSettings
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring import site
from brief_pipeline.wiring.house import House

URL = "https://brief.example.org"
MakeHouse = Callable[..., House]
Told = Callable[..., tuple[House, World]]


@pytest.fixture
def tell(make_house: MakeHouse) -> Told:
    """Builds a house whose tables hold a world, and its pages."""

    def build(url: str = "", **world: Any) -> tuple[House, World]:
        house, made = make_house(site=SiteSettings(url=url)), World(**world)
        made.write(house.store)
        site.publish_site(house)
        return house, made

    return build


def read(house: House, path: str) -> BeautifulSoup:
    return BeautifulSoup((house.settings.data / "site" / path).read_text(encoding="utf-8"), "html.parser")


def words(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


def list_pages(house: House) -> dict[str, Path]:
    root = (house.settings.data / "site").resolve()
    return {
        str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file() and path.name != ".pages"
    }


def test_there_is_a_page_of_each_day_show_episode_and_insight_that_stands_for_itself(tell: Told) -> None:
    house, world = tell()
    pages = set(list_pages(house))
    standing = {world.name(day, number) for day in world.days for number in range(world.insights_a_day - 1)}
    assert {path for path in pages if path.startswith("insights/")} == {f"insights/{name}.html" for name in standing}
    assert {path for path in pages if path.startswith("briefs/")} == {
        "briefs/index.html",
        *(f"briefs/{day}.html" for day in world.days),
    }
    assert {f"shows/f{show}.html" for show in range(SHOWS)} | {"shows/index.html", "index.html"} <= pages
    assert sum(path.startswith("episodes/") for path in pages) == SHOWS * len(world.days)


def test_every_link_within_the_site_leads_to_a_page(tell: Told) -> None:
    house, _ = tell()
    pages = list_pages(house)
    served = {"search"}  # by `brief serve`
    root = (house.settings.data / "site").resolve()
    checked = 0
    for path, file in pages.items():
        if path.endswith(".html"):
            for link in BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").find_all(["a", "link"]):
                target = urlsplit(link["href"])
                if not target.scheme and target.path:
                    found = os.path.relpath(os.path.normpath(file.parent / target.path), root)
                    assert found in pages or found in served, (path, link["href"])
                    checked += 1
    assert checked > 500


def test_todays_page_is_the_last_brief_with_what_was_looked_at_and_what_could_not_be_done(tell: Told) -> None:
    house, world = tell()
    page = read(house, "index.html")
    assert words(page.h1) == "Wednesday, 4 March 2026"
    assert len(page.find_all("article")) == MOST
    assert f"Out of {SHOWS - 1} episodes of the {SHOWS} shows followed, 3.5 hours of talk." in words(page)
    assert f"Show {SHOWS - 1}: Episode {SHOWS - 1} of {DAY}: its audio could not be had" in words(page)
    first = page.find_all("article")[1]
    assert first.h2.a["href"] == f"insights/{world.name(DAY, 1)}.html"
    assert "Play from 1:01" in words(first)
    assert "different adverts" in words(first)
    assert page.find("a", rel="prev")["href"] == f"briefs/{DAY - timedelta(days=1)}.html"


def test_the_page_of_an_insight_plays_its_second_and_groups_what_others_said(tell: Told) -> None:
    house, world = tell()
    page = read(house, f"insights/{world.name(DAY, 1)}.html")
    assert page.audio.attrs.items() >= {"preload": "none", "src": f"https://traffic.megaphone.fm/1-{DAY}.mp3#t=61"}.items()
    assert [words(heading) for heading in page.find_all("h3")] == ["Agrees", "Adds to it", "Contradicts", "Related"]
    related = page.find("section", attrs={"aria-labelledby": "related"})
    links = [link["href"] for link in related.find_all("a")]
    assert 4 < len(links) <= 10
    assert len(set(links)) == len(links)
    assert "Told in the brief of 4 March 2026 ." in words(page)


def test_a_follow_up_shows_what_came_before_and_the_earlier_one_what_came_later(tell: Told) -> None:
    house, world = tell()
    number = world.insights_a_day - 2
    last, first = (read(house, f"insights/{world.name(day, number)}.html") for day in (world.days[-1], world.days[0]))
    assert "Follow-up" in words(last)
    assert words(last.find("section", attrs={"aria-labelledby": "story"})).count("Before:") == 2
    assert words(first.find("section", attrs={"aria-labelledby": "story"})).count("Later:") == 2


def test_who_says_the_same_stands_on_the_page_of_what_stands_for_it(tell: Told) -> None:
    house, world = tell()
    page = read(house, f"insights/{world.name(DAY, 0)}.html")
    said = words(page.find("section", attrs={"aria-labelledby": "voices"}))
    assert f"night bus {(world.insights_a_day - 1) * 7} pays for itself" in said
    episode = read(house, f"episodes/e{(world.insights_a_day - 1) % (SHOWS - 1)}-{DAY}.html")
    assert f"../insights/{world.name(DAY, 0)}.html" in {link["href"] for link in episode.find_all("a")}


def test_the_briefs_of_other_listeners_are_on_no_page(tell: Told) -> None:
    house, world = tell()
    house.store.apply(
        [
            Change(
                "main.top_insights",
                [{"listener": "anna", "published_on": DAY, "rank": 1, "insight_id": world.name(DAY, 7), "score": 1.0}],
            )
        ]
    )
    site.publish_site(house)
    assert "Told in the brief" not in words(read(house, f"insights/{world.name(DAY, 7)}.html"))
    assert not [path for path, file in list_pages(house).items() if b"anna" in file.read_bytes()]


def test_whatever_stands_in_the_tables_is_shown_as_text_on_every_page(tell: Told) -> None:
    house, _ = tell(url=URL, text=HOSTILE, days=2)
    for path, file in list_pages(house).items():
        if not path.endswith(".html"):
            continue
        text = file.read_text(encoding="utf-8")
        page = BeautifulSoup(text, "html.parser")
        assert not page.find_all(["script", "img", "iframe"]), path
        assert not [tag for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")], path
        addresses = [tag.get(name) for tag in page.find_all(True) for name in ("href", "src") if tag.get(name)]
        assert not [url for url in addresses if url.lower().startswith(("javascript:", "data:"))], path
        assert not {*"\x00\x08\x1b\x07\u202e\u2066"} & set(text), path
        assert "49" not in words(page.title or page), path
    assert "<script>alert(1)</script>" in words(read(house, "index.html"))


@pytest.mark.parametrize("text", ["", HOSTILE])
def test_the_feeds_are_read_by_a_feed_reader(tell: Told, text: str) -> None:
    house, world = tell(url=URL, text=text)
    files = list_pages(house)
    atom = feedparser.parse(files["feed.xml"].read_bytes())
    assert (atom.bozo, atom.version, len(atom.entries)) == (False, "atom10", len(world.days))
    entry = atom.entries[0]
    assert (entry.title, entry.link) == ("Podcast brief of Wednesday, 4 March 2026", f"{URL}/briefs/{DAY}.html")
    assert entry.updated == "2026-03-05T00:00:00+00:00"
    assert entry.content[0].value.count("<h2>") == MOST
    assert "<script" not in entry.content[0].value
    feed = json.loads(files["feed.json"].read_bytes())
    assert (feed["version"], feed["feed_url"]) == ("https://jsonfeed.org/version/1.1", f"{URL}/feed.json")
    assert [item["id"] for item in feed["items"]] == [entry.id for entry in atom.entries]
    assert BeautifulSoup(feed["items"][0]["content_html"], "html.parser").find("script") is None


def test_without_an_address_the_feeds_lead_to_no_page_and_there_is_no_sitemap(tell: Told) -> None:
    house, _ = tell()
    files = list_pages(house)
    atom = feedparser.parse(files["feed.xml"].read_bytes())
    assert (atom.bozo, len(atom.entries)) == (False, 3)
    assert b"<link" not in files["feed.xml"].read_bytes()
    assert "url" not in json.loads(files["feed.json"].read_bytes())["items"][0]
    assert "sitemap.xml" not in files
    assert read(house, "index.html").find("meta", property="og:url") is None


def test_with_an_address_previews_and_sitemap_name_pages_in_full(tell: Told) -> None:
    house, world = tell(url=URL)
    page = read(house, f"insights/{world.name(DAY, 2)}.html")
    tags = {tag.get("property") or tag.get("name"): tag["content"] for tag in page.find_all("meta") if tag.get("content")}
    assert tags["og:url"] == f"{URL}/insights/{world.name(DAY, 2)}.html"
    assert tags["og:title"].startswith("Claim 2 of 2026-03-04")
    assert tags["twitter:card"] == "summary"
    files = list_pages(house)
    listed = ElementTree.fromstring(files["sitemap.xml"].read_bytes())
    assert {url.findtext("{*}loc") for url in listed} == {f"{URL}/{path}" for path in files if path.endswith(".html")}
    assert f"Sitemap: {URL}/sitemap.xml" in files["robots.txt"].read_text()


def test_what_did_not_change_is_the_same_file_and_what_did_is_made_anew(tell: Told) -> None:
    house, world = tell()
    before = {path: file.stat().st_ino for path, file in list_pages(house).items()}
    again = site.publish_site(house)[None].notes
    assert (again["written"], again["kept"]) == (0, len(before))
    assert {path: file.stat().st_ino for path, file in list_pages(house).items()} == before
    rows = house.store.select("raw.insights", insight_id=world.name(DAY, 6))
    house.store.replace("raw.insights", [{**rows[0], "claim": "Another claim."}], insight_id=world.name(DAY, 6))
    site.publish_site(house)
    changed = {path for path, file in list_pages(house).items() if file.stat().st_ino != before[path]}
    assert f"insights/{world.name(DAY, 6)}.html" in changed
    assert f"episodes/e6-{DAY}.html" in changed
    assert len(changed) < 15
    assert "Another claim." in words(read(house, f"episodes/e6-{DAY}.html"))


def test_a_look_that_changed_makes_every_page_anew(tell: Told) -> None:
    house, _ = tell()
    other = house.settings.model_copy(update={"site": SiteSettings(title="Morning paper")})
    notes = site.publish_site(replace(house, settings=other))[None].notes
    assert notes["written"] >= notes["pages"]
    assert words(read(house, "index.html").find("a", class_="home")) == "Morning paper"


def test_a_new_day_takes_the_place_of_the_one_before_on_the_first_page(tell: Told) -> None:
    house, _ = tell()
    World(days=4, last=DAY + timedelta(days=1)).write(house.store, days=[DAY + timedelta(days=1)])
    site.publish_site(house)
    assert words(read(house, "index.html").h1) == "Thursday, 5 March 2026"
    assert read(house, f"briefs/{DAY}.html").find("a", rel="next")["href"] == f"../briefs/{DAY + timedelta(days=1)}.html"


def test_what_is_gone_from_the_tables_is_gone_from_the_site(tell: Told) -> None:
    house, world = tell()
    house.store.replace("raw.episodes", [], episode_id=f"e2-{DAY}")
    site.publish_site(house)
    pages = list_pages(house)
    assert f"episodes/e2-{DAY}.html" not in pages
    assert f"insights/{world.name(DAY, 2)}.html" not in pages
    told = read(house, "index.html").find_all("article")[2]
    assert told.h2.a is None  # the brief still says it, and leads nowhere


def test_before_the_first_brief_there_are_pages_that_say_so(make_house: MakeHouse) -> None:
    house = make_house()
    site.publish_site(house)
    assert "No brief yet" in words(read(house, "index.html"))
    assert "No show is followed yet." in words(read(house, "shows/index.html"))
    assert feedparser.parse(list_pages(house)["feed.xml"].read_bytes()).bozo is False


def test_search_and_sign_up_are_linked_only_where_they_are_served(tell: Told, make_house: MakeHouse) -> None:
    house, _ = tell()
    assert [words(link) for link in read(house, "index.html").nav.find_all("a")] == [
        "Today",
        "Archive",
        "Shows",
        "Search",
        "Feed",
    ]
    mailing = house.settings.model_copy(update={"mail": MailSettings(host="mail.example")})
    site.publish_site(replace(house, settings=mailing))
    assert "Get your free personalized podcast brief." in words(read(house, "index.html"))
    static = mailing.model_copy(update={"site": SiteSettings(served=False)})
    site.publish_site(replace(house, settings=static))
    assert [words(link) for link in read(house, "index.html").nav.find_all("a")] == ["Today", "Archive", "Shows", "Feed"]


def test_audio_that_only_subscribers_have_is_on_no_page_that_everyone_can_read(tell: Told) -> None:
    house, world = tell(url=URL)
    [feed] = house.store.select("raw.feeds", feed_id="f1")
    house.store.replace("raw.feeds", [{**feed, "url": "https://shows.example/1.xml?***"}], feed_id="f1")
    site.publish_site(house)
    assert not [path for path, file in list_pages(house).items() if b"megaphone.fm/1-" in file.read_bytes()]
    assert "for the show’s subscribers" in words(read(house, f"insights/{world.name(DAY, 1)}.html"))
    site.publish_site(replace(house, settings=house.settings.model_copy(update={"site": SiteSettings()})))
    assert read(house, f"insights/{world.name(DAY, 1)}.html").audio is not None


def test_an_error_on_the_way_leaves_the_pages_as_they_were(tell: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    house, _ = tell()
    before = list_pages(house)
    World(days=4, last=DAY + timedelta(days=1)).write(house.store, days=[DAY + timedelta(days=1)])

    def fail(*_: Any) -> str:
        raise ValueError("no space")

    monkeypatch.setattr(site, "render_page", fail)
    with pytest.raises(ValueError, match="no space"):
        site.publish_site(house)
    assert list_pages(house) == before
    assert len(list((house.settings.data / "site.trees").glob("*/"))) <= 2


def test_a_reader_sees_the_pages_before_or_those_after_and_never_half(tmp_path: Path) -> None:
    link, seen, done = tmp_path / "site", set(), threading.Event()

    def build(number: int) -> None:
        with build_pages(link) as tree:
            for name in ("a", "b"):
                tree.write(name, str(number), str(number).encode())

    def watch() -> None:
        while not done.is_set():
            tree = link.resolve()
            seen.add(((tree / "a").read_text(), (tree / "b").read_text()))

    build(0)
    reader = threading.Thread(target=watch)
    reader.start()
    for number in range(1, 40):
        build(number)
    done.set()
    reader.join()
    assert len(seen) > 1
    assert all(one == other for one, other in seen)
    assert len(list((tmp_path / "site.trees").glob("*.json"))) == 2


def test_a_copy_of_the_data_folder_that_has_the_pages_in_the_place_of_the_link_is_taken_for_one(tell: Told) -> None:
    house, _ = tell()
    link = house.settings.data / "site"
    pages = link.resolve()
    link.unlink()
    shutil.copytree(pages, link)
    site.publish_site(house)
    assert link.is_symlink()
    assert words(read(house, "index.html").h1) == "Wednesday, 4 March 2026"
    assert {path.suffix for path in (house.settings.data / "site.trees").iterdir()} == {"", ".json"}


def test_a_folder_in_the_place_of_the_pages_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(SettingsInvalid, match="Move it away"), build_pages(tmp_path / "site"):
        pass
