from __future__ import annotations

import re
import warnings
from base64 import b64decode
from collections.abc import Callable
from datetime import date, timedelta

import defusedxml.ElementTree as ET
import pytest

from brief_pipeline.stages.plot import MOST_BARS, draw_bars, draw_days, draw_distribution, embed_drawing

DAYS = [date(2026, 5, 1) + timedelta(days=offset) for offset in range(30)]
SOURCES = ("faster-whisper:small", "publisher:json", "publisher:vtt")
MOST_BYTES = 20_000  # as it is stored: base64


def texts_of(svg: str) -> list[str]:
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_longest_bar_comes_first_and_the_rest_are_one() -> None:
    svg = draw_bars("Episodes", "episodes", {f"Show {n:02}": n for n in range(1, MOST_BARS + 4)})
    names = [text for text in texts_of(svg) if text.startswith("Show") or text.endswith("others")]
    assert names == [f"Show {n:02}" for n in range(MOST_BARS + 3, 3, -1)] + ["3 others"]


def test_what_is_counted_is_marked_in_whole_numbers() -> None:
    assert not [text for text in texts_of(draw_bars("Episodes", "episodes", {"One": 1, "Two": 2})) if "." in text]


def test_a_name_from_a_feed_is_shown_as_it_is() -> None:
    name = "The $100 & <b>MBA</b>, $x_1"  # two dollars make a formula
    assert name in texts_of(draw_bars("Episodes", "episodes", {name: 1}))
    assert "日本 語" in texts_of(draw_bars("Episodes", "episodes", {"日本\x07語": 1}))


def test_every_day_has_its_place_and_every_series_its_name() -> None:
    svg = draw_days("Minutes", "minutes", DAYS, {name: {DAYS[3]: 12.0} for name in SOURCES})
    said = texts_of(svg)
    assert {*SOURCES, "1 May", "5 May", "29 May"} <= set(said)


def test_a_day_without_anything_is_drawn_at_nought() -> None:
    heights = [float(y) for y in re.findall(r"L [\d.]+ ([\d.]+)", draw_days("M", "m", DAYS, {"a": {DAYS[-1]: 5.0}}))]
    assert min(heights) < max(heights)


def test_the_median_of_the_scores_is_said() -> None:
    assert "median 0.70" in texts_of(draw_distribution("Scores", "score", [0.1, 0.7, 0.9]))
    assert "Scores" in texts_of(draw_distribution("Scores", "score", [1.0]))


@pytest.mark.parametrize(
    "draw",
    [
        lambda: draw_bars("Episodes", "episodes", {f"{'A show with a long name'} {n}": n + 1 for n in range(40)}),
        lambda: draw_days("M", "minutes", DAYS, {name: {day: day.day * 1.7 % 9 for day in DAYS} for name in SOURCES}),
        lambda: draw_distribution("Scores", "score", [n / 499 for n in range(500)]),
    ],
)
def test_a_plot_is_small_and_the_same_each_time(draw: Callable[[], str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = draw()
    assert len(embed_drawing("plot", first)) < MOST_BYTES
    assert draw() == first


def test_a_plot_brings_its_own_light_ground_so_that_a_dark_theme_does_not_matter() -> None:
    svg = draw_bars("Episodes", "episodes", {"One": 1})
    assert re.search(r'<g id="patch_1">\s*<path d="M 0 [^"]*" style="fill: #fafafa"', svg)
    assert "fill: #222222" in svg


def test_an_embedded_drawing_holds_all_of_it() -> None:
    svg = draw_bars("Episodes", "episodes", {"One": 1})
    found = re.fullmatch(r"!\[a b\]\(data:image/svg\+xml;base64,(.*)\)", embed_drawing("a [b]", svg))
    assert found
    assert b64decode(found[1]).decode() == svg
