from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from brief_pipeline.records import Episode
from brief_pipeline.stages.episode_rule import EpisodeRules, find_phrase, find_refusal

FOLLOWED_ON = date(2026, 5, 4)
EPISODE = Episode(
    "id",
    "feed",
    "Salt Roads",
    "How salt made towns",
    datetime(2026, 5, 3, 6, tzinfo=UTC),
    "pubDate",
    duration_seconds=1800.0,
)
DEFAULTS = EpisodeRules()


def refuse(rules: EpisodeRules = DEFAULTS, **changes: object) -> str | None:
    return find_refusal(replace(EPISODE, **changes), rules, FOLLOWED_ON)  # type: ignore[arg-type]


def test_an_ordinary_new_episode_is_wanted() -> None:
    assert refuse() is None


@pytest.mark.parametrize(
    ("phrase", "title"),
    [
        ("rerun", "RERUN: how salt made towns"),
        ("best of", "The Best-of 2025"),
        ("resume", "Mon résumé"),
        ("Überblick", "UBERBLICK am Morgen"),
        ("mother's day", "A Mother’s Day special"),
        ("再放送", "【再放送】海の話"),
        ("ไทย", "ข่าวไทยวันนี้"),
        ("재방송", "재방송은 월요일"),
        ("повтор", "Повтор! Соль"),
        ("रात", "आज रात की बात"),
        ("Q&A", "Listener q&a, May"),
        ("c++", "What C++ got right"),
        ("ai", "AI、海を渡る"),
        ("  live ", "Live from Oslo"),
    ],
)
def test_phrases_are_found_in_any_case_accent_and_script(phrase: str, title: str) -> None:
    assert find_phrase(phrase, title)


@pytest.mark.parametrize(
    ("phrase", "title"),
    [
        ("art", "The party"),
        ("run", "Rerun"),
        ("best of", "The best office"),
        ("c++", "Vitamin C"),
        ("क", "का बात"),
        ("가", "각자의 길"),
        ("live", "Olive oil"),
        ("", "Anything"),
    ],
)
def test_parts_of_words_are_not_found(phrase: str, title: str) -> None:
    assert not find_phrase(phrase, title)


def test_an_excluded_phrase_refuses_and_is_named() -> None:
    rules = EpisodeRules(title_excludes=("rerun", "best of"))
    assert refuse(rules, title="Best of: salt") == "its title holds 'best of' (title_excludes)"
    assert refuse(rules) is None


def test_one_of_the_included_phrases_has_to_be_there() -> None:
    rules = EpisodeRules(title_includes=("salt", "pepper"))
    assert refuse(rules) is None
    assert refuse(rules, title="Cloves") == "its title holds none of 'salt', 'pepper' (title_includes)"


def test_exclusion_wins_over_inclusion() -> None:
    assert refuse(EpisodeRules(title_includes=("salt",), title_excludes=("towns",))) is not None


def test_too_short_and_too_long_are_refused_and_the_limits_themselves_are_not() -> None:
    rules = EpisodeRules(shortest_seconds=300.0, longest_seconds=3600.0)
    assert refuse(rules, duration_seconds=299.0) == "it lasts 4:59, less than 5:00 (shortest_seconds)"
    assert refuse(rules, duration_seconds=3661.0) == "it lasts 1:01:01, more than 1:00:00 (longest_seconds)"
    assert refuse(rules, duration_seconds=300.0) is None
    assert refuse(rules, duration_seconds=3600.0) is None


@pytest.mark.parametrize("seconds", [None, 0.0])
def test_a_length_that_is_not_stated_refuses_nothing(seconds: float | None) -> None:
    assert refuse(EpisodeRules(shortest_seconds=300.0, longest_seconds=3600.0), duration_seconds=seconds) is None


def test_trailers_are_refused_by_default_and_bonus_episodes_by_setting() -> None:
    assert refuse(kind="trailer") == "it is a trailer (trailers)"
    assert refuse(EpisodeRules(trailers=True), kind="trailer") is None
    assert refuse(kind="bonus") is None
    assert refuse(EpisodeRules(bonus=False), kind="bonus") == "it is a bonus episode (bonus)"


@pytest.mark.parametrize("title", ["Trailer", "Salt Roads Trailer", "TRAILER: season two", "Season 2 teaser!"])
def test_a_short_episode_that_calls_itself_a_trailer_is_one(title: str) -> None:
    assert refuse(title=title, duration_seconds=90.0) is not None
    assert refuse(title=title, duration_seconds=1800.0) is None
    assert refuse(title=title, duration_seconds=None) is None
    assert refuse(EpisodeRules(trailers=True), title=title, duration_seconds=90.0) is None


def test_a_short_episode_about_trailers_is_none() -> None:
    assert refuse(title="Trailer parks of the north", duration_seconds=90.0) is None


def test_a_new_subscription_reaches_back_some_days() -> None:
    eighth_day = EPISODE.published_at - timedelta(days=7)
    assert refuse(published_at=eighth_day + timedelta(days=1)) is None
    reason = "it came out on 2026-04-26, more than 7 days before the show was followed (reach_days)"
    assert refuse(published_at=eighth_day) == reason


@pytest.mark.parametrize("reach_days", [None, 3650])
def test_the_reach_can_be_longer_or_without_end(reach_days: int | None) -> None:
    assert refuse(EpisodeRules(reach_days=reach_days), published_at=datetime(2020, 1, 1, tzinfo=UTC)) is None


def test_a_reach_of_no_days_begins_on_the_day_of_following() -> None:
    rules = EpisodeRules(reach_days=0)
    assert refuse(rules, published_at=datetime(2026, 5, 4, tzinfo=UTC)) is None
    assert refuse(rules, published_at=datetime(2026, 5, 3, 23, 59, tzinfo=UTC)) is not None


def test_a_backfill_reaches_everything_but_keeps_the_other_rules() -> None:
    old = replace(EPISODE, published_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert find_refusal(old, DEFAULTS, FOLLOWED_ON, is_backfill=True) is None
    assert find_refusal(replace(old, kind="trailer"), DEFAULTS, FOLLOWED_ON, is_backfill=True) is not None


def test_nothing_is_too_old_where_the_day_of_following_is_not_known() -> None:
    assert find_refusal(replace(EPISODE, published_at=datetime(2020, 1, 1, tzinfo=UTC)), DEFAULTS, None) is None


@pytest.mark.parametrize("source", ["first seen", "first seen (the feed says 2031-01-01)"])
def test_an_undated_episode_is_new_only_when_it_came_after_the_first_reading(source: str) -> None:
    undated = replace(EPISODE, date_source=source, published_at=datetime(2026, 5, 4, 6, tzinfo=UTC))
    assert find_refusal(undated, DEFAULTS, FOLLOWED_ON, stood_at_first=False) is None
    assert find_refusal(undated, DEFAULTS, FOLLOWED_ON, stood_at_first=True) is not None
    assert find_refusal(undated, DEFAULTS, FOLLOWED_ON, is_backfill=True, stood_at_first=True) is None
    assert find_refusal(undated, EpisodeRules(reach_days=None), FOLLOWED_ON, stood_at_first=True) is None


def test_a_dated_episode_that_stood_at_first_goes_by_its_date() -> None:
    assert find_refusal(EPISODE, DEFAULTS, FOLLOWED_ON, stood_at_first=True) is None
