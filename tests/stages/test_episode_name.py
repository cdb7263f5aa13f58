from __future__ import annotations

import pytest

from brief_pipeline.stages.episode_name import find_audio_address, group_feeds, is_specific, name_file, name_show, name_title


@pytest.mark.parametrize(
    "title",
    [
        "Tide Tables",
        "The Tide Tables",
        "Tide Tables Podcast",
        "Tide Tables Premium",
        "Tide Tables Plus",
        "Tide Tables+",
        "Tide Tables (Ad-Free)",
        "Tide Tables: Ad-Free Edition",
        "Tide Tables – Members Only Feed",
        "Tide Tables (private feed for joe@mail.example)",
        "Tide Tables (Joe’s Private Feed)",
        "Tide Tables - Patreon Exclusive Feed",
        "Premium: Tide Tables",
        "Tide Tables | Harbour Plus",
        "Tide Tables (Video HD)",
        "TIDE TABLES [mp3]",
    ],
)
def test_copies_of_a_show_have_one_name(title: str) -> None:
    assert name_show(title) == "tide tables"


@pytest.mark.parametrize("title", ["", "Podcast", "News", "The News Podcast", "Premium", "ABC", "Ｎｅｗｓ", "!!!", "海"])
def test_names_that_could_be_many_shows_are_blank(title: str) -> None:
    assert name_show(title) == ""


def test_names_of_different_shows_differ() -> None:
    titles = [
        "Tide Tables",
        "Tide Tables: Origins",
        "Tide Table",
        "1865",
        "1866",
        "潮の話",
        "潮の本",
        "कल की बात",
        "काल की बात",
    ]
    assert len({name_show(title) for title in titles}) == len(titles)


@pytest.mark.parametrize(
    "title",
    ["Rerun: The ice", "THE ICE!", "The Ice (ad-free)", "[Encore] The ice", "The ice | Premium", "The ice (re-broadcast)"],
)
def test_marks_around_a_title_are_not_part_of_it(title: str) -> None:
    assert name_title(title) == "the ice"


@pytest.mark.parametrize(
    "title", ["Classic cars", "Video killed the star", "Best of enemies", "Update", "Re-run of the vote"]
)
def test_words_that_only_look_like_marks_stay(title: str) -> None:
    assert name_title(title) == " ".join(title.lower().replace("-", " ").split())


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example/Show/17.mp3",
        "https://CDN.example:443/Show/17.mp3#t=5",
        "https://me:secret@cdn.example/Show/17.mp3?utm_source=rss&updated=3",
        "https://www.count.example/pts/redirect.mp3/chart.example/track/8G/cdn.example/Show/17.mp3",
        "https://op.example/e/https://cdn.example/Show/17.mp3?source=feed",
        "https://host.example/play/99/https%3A%2F%2Fcdn.example%2FShow%2F17.mp3",
        "https://host.example/redirect?url=https%3A%2F%2Fcdn.example%2FShow%2F17.mp3&from=rss",
        "https://host.example/redirect?url=https://cdn.example/Show/17.mp3&from=rss",
    ],
)
def test_trackers_and_what_says_who_asks_are_no_part_of_an_address(url: str) -> None:
    assert find_audio_address(url) == "cdn.example/Show/17.mp3"


def test_parameters_that_name_the_file_stay() -> None:
    addresses = {find_audio_address(f"https://a.example/get.php?id={n}&utm_source=x") for n in range(3)}
    assert len(addresses) == 3


def test_a_feed_that_changed_its_shows_name_ties_both_names() -> None:
    shows = group_feeds(
        [("a", "Tide Tables"), ("a", "Sea Tables"), ("b", "Sea Tables+"), ("c", "Tide Tables"), ("d", "Ebb")]
    )
    assert shows["a"] == shows["b"] == shows["c"] != shows["d"]


@pytest.mark.parametrize("stem", ["tides-0412", "2026-05-04", "what-lighthouses-knew-of-the-sea", "8f14e45f"])
def test_a_file_named_for_its_episode_is_told_from_one_that_is_written_anew(stem: str) -> None:
    assert is_specific(name_file(f"cdn.example/show/{stem}.mp3"))
    assert not is_specific(name_file("cdn.example/show-2026/latest.mp3"))
