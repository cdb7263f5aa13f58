from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from brief_pipeline.records import Episode, content_id
from brief_pipeline.stages.same_episode import find_same

MORNING = datetime(2026, 5, 4, 6, 20, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TOPICS = ("Salt roads", "The glass delta", "What lighthouses knew", "Rope, tar and time", "A harbour without ships")


def make_episode(guid: str, feed: str = "feed", **changes: object) -> Episode:
    """An episode of a show, long, dated and with a file of its own unless told otherwise."""
    episode = Episode(
        episode_id=content_id(feed, guid),
        feed_id=feed,
        show_title="Tide Tables",
        title=f"About {guid}",
        published_at=MORNING,
        date_source="pubDate",
        guid=guid,
        audio_url=f"https://cdn.example/tide-tables/episode-{guid}.mp3",
        audio_bytes=28_801_234,
        duration_seconds=1801.0,
        language="en",
    )
    return replace(episode, **changes)  # type: ignore[arg-type]


def make_archive(feed: str = "feed", **changes: object) -> list[Episode]:
    """Five weekly episodes, the oldest first."""
    return [
        make_episode(
            f"0{n}1",
            feed,
            **{
                "title": topic,
                "published_at": MORNING + 7 * n * DAY,
                "duration_seconds": 1801.0 + 97 * n,
                "audio_bytes": 28_801_234 + 99_000 * n,
                **changes,
            },
        )
        for n, topic in enumerate(TOPICS)
    ]


def give_new_guid(episode: Episode, **changes: object) -> Episode:
    guid = f"new {episode.guid}"
    return replace(episode, guid=guid, episode_id=content_id(episode.feed_id, guid), **changes)  # type: ignore[arg-type]


def find(incoming: Sequence[Episode], known: Sequence[Episode] = ()) -> dict[str, str]:
    return {episode_id: match.episode_id for episode_id, match in find_same(incoming, known).items()}


MOVED = "https://new-host.example"
EDITS: dict[str, Callable[[Episode], Episode]] = {
    "new guid": give_new_guid,
    "new guid and host": lambda e: give_new_guid(e, audio_url=f"{MOVED}/x/{(e.audio_url or '').rpartition('/')[2]}"),
    "new guid and address": lambda e: give_new_guid(e, audio_url=f"{MOVED}/{content_id(e.guid)}/audio.mp3"),
    "new guid and title": lambda e: give_new_guid(e, title=f"{e.title[::-1]} (new)"),
    "new guid, title and host": lambda e: give_new_guid(
        e, title=e.title[::-1], audio_url=f"{MOVED}/{(e.audio_url or '').rpartition('/')[2]}"
    ),
    "new guid and tracker": lambda e: give_new_guid(
        e, audio_url=(e.audio_url or "").replace("https://", "https://count.example/e/dts.track.example/redirect.mp3/")
    ),
    "new guid, republished hours later": lambda e: give_new_guid(e, published_at=e.published_at + 5 * HOUR),
    "new guid, republished days later": lambda e: give_new_guid(e, published_at=e.published_at + 3 * DAY),
    "new guid and address, republished hours later": lambda e: give_new_guid(
        e, published_at=e.published_at + 5 * HOUR, audio_url=f"{MOVED}/{content_id(e.guid)}/audio.mp3"
    ),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_an_edited_episode_is_the_one_it_was(edit: Callable[[Episode], Episode]) -> None:
    known = make_archive()
    edited = edit(known[2])
    assert find([*known[:2], edited, *known[3:]], known) == {edited.episode_id: known[2].episode_id}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_a_feed_whose_every_item_was_edited_has_no_new_episode(edit: Callable[[Episode], Episode]) -> None:
    known = make_archive()
    edited = [edit(episode) for episode in known]
    assert find(edited, known) == {new.episode_id: old.episode_id for new, old in zip(edited, known, strict=True)}


def test_a_feed_whose_guids_change_at_every_reading_has_no_new_episodes() -> None:
    known, same_as = make_archive(), {}
    reading = known
    for _ in range(12):
        reading = [give_new_guid(episode) for episode in reading]
        same_as.update({i: match.episode_id for i, match in find_same(reading, known, same_as).items()})
        known = [*known, *reading]
    assert len(same_as) == 60
    assert set(same_as.values()) == {episode.episode_id for episode in make_archive()}


def test_a_feed_without_dates_and_lasting_guids_has_no_new_episodes() -> None:
    known, same_as = make_archive(date_source="first seen"), {}
    reading = known
    for _ in range(12):
        reading = [give_new_guid(episode, published_at=episode.published_at + DAY) for episode in reading]
        same_as.update({i: match.episode_id for i, match in find_same(reading, known, same_as).items()})
        known = [*known, *reading]
    assert len(same_as) == 60


def test_answers_lead_to_the_oldest_through_earlier_answers() -> None:
    first = make_archive()
    second = [give_new_guid(episode) for episode in first]
    earlier = {new.episode_id: old.episode_id for new, old in zip(second, first, strict=True)}
    third = [give_new_guid(episode) for episode in second]
    matches = find_same(third, [*first, *second], earlier)
    assert [matches[e.episode_id].episode_id for e in third] == [e.episode_id for e in first]


def test_each_answer_says_why_in_words() -> None:
    known = make_archive()
    (match,) = find_same([give_new_guid(known[0]), *known[1:]], known).values()
    assert match.reason == "the same audio file, published at the same time"


def test_an_unchanged_feed_and_new_episodes_are_nothing_known() -> None:
    known = make_archive()
    assert find(known, known) == {}
    assert find([*known[1:], make_episode("061", published_at=MORNING + 35 * DAY)], known) == {}


@pytest.mark.parametrize("window", [1, 2, 24, 48])
def test_hourly_news_is_not_collapsed(window: int) -> None:
    bulletins = [
        make_episode(
            str(n),
            title="World headlines",
            published_at=MORNING + n * HOUR,
            audio_url="https://radio.example/headlines/latest.mp3",
            duration_seconds=300.0,
            audio_bytes=4_800_000,
        )
        for n in range(48)
    ]
    same: dict[str, str] = {}
    for end in range(1, 49):
        found = find_same(bulletins[max(0, end - window) : end], bulletins[: end - 1], same)
        same.update({episode_id: match.episode_id for episode_id, match in found.items()})
    assert same == {}


def test_bulletins_with_a_day_but_no_time_are_not_collapsed() -> None:
    midnight = MORNING.replace(hour=0, minute=0)
    known = make_episode("1", title="World headlines", published_at=midnight, duration_seconds=300.0)
    assert find([make_episode("2", title="World headlines", published_at=midnight, duration_seconds=300.0)], [known]) == {}


def test_items_that_share_a_file_side_by_side_are_separate_episodes() -> None:
    items = make_archive(audio_url="https://cdn.example/episode-2026.mp3")
    assert find(items) == {}
    assert find(items[1:], items[:1]) == {}


def test_a_title_that_stands_side_by_side_tells_nothing() -> None:
    known = make_episode("1", "public", title="Evening at sea")
    alike = {"title": "Evening at sea", "duration_seconds": 1700.0}
    premium = [make_episode(g, "premium", audio_url=f"https://b.example/{g}.mp3", **alike) for g in "89"]
    assert find(premium, [known]) == {}
    assert len(find(premium[:1], [known])) == 1


@pytest.mark.parametrize(("one", "other"), [("The ice, part 1", "The ice, part 2"), ("Episode 11", "Episode 12")])
def test_numbers_tell_episodes_apart_however_alike_they_are(one: str, other: str) -> None:
    rolling = "https://cdn.example/latest.mp3"
    known = make_episode("a", title=one, audio_url=rolling)
    assert find([make_episode("b", title=other, audio_url=rolling, published_at=MORNING + HOUR)], [known]) == {}


def test_an_item_posted_twice_at_once_is_one_episode() -> None:
    one = make_episode("1")
    other = replace(one, guid="2", episode_id=content_id("feed", "2"))
    assert len(find([one, other])) == 1


def test_two_audios_side_by_side_are_two_episodes_whatever_else_they_share() -> None:
    one = make_episode("1", title="Salt roads")
    assert find([one, make_episode("2", title="Salt roads")]) == {}


def test_a_rerun_months_later_with_the_same_file_is_the_episode_it_was() -> None:
    known = make_archive()
    rerun = give_new_guid(known[1], title=f"Rerun: {known[1].title}", published_at=MORNING + 200 * DAY)
    assert find([*known, rerun], known) == {rerun.episode_id: known[1].episode_id}
    assert find([*known[3:], rerun], known) == {rerun.episode_id: known[1].episode_id}


def test_a_rerun_with_new_audio_is_an_episode() -> None:
    known = make_archive()
    again = make_episode("x", title=known[1].title, published_at=MORNING + 200 * DAY, duration_seconds=2950.0)
    assert find([*known, again], known) == {}


def test_an_ogg_and_an_mp3_feed_of_a_show_tell_the_same_episodes() -> None:
    known = make_archive("mp3")
    ogg = [
        replace(
            e, audio_url=f"https://cdn.example/{e.guid}.ogg", duration_seconds=(e.duration_seconds or 0) + 1, audio_bytes=7
        )
        for e in make_archive("ogg", show_title="Tide Tables (Ogg Feed)")
    ]
    assert find(ogg, known) == {new.episode_id: old.episode_id for new, old in zip(ogg, known, strict=True)}


@pytest.mark.parametrize("shift", [timedelta(0), 20 * HOUR, -20 * HOUR])
def test_a_premium_copy_without_adverts_is_the_public_episode(shift: timedelta) -> None:
    public = make_archive("public")
    premium = [
        replace(
            e,
            title=f"{e.title} (Ad-Free)",
            published_at=e.published_at + shift,
            duration_seconds=(e.duration_seconds or 0) - 240,
            audio_url=f"https://private.example/{content_id(e.guid)}/stream?token=secret",
            audio_bytes=None,
        )
        for e in make_archive("premium", show_title="Tide Tables+ (private feed for ada@mail.example)")
    ]
    expected = {new.episode_id: old.episode_id for new, old in zip(premium, public, strict=True)}
    assert find(premium, public) == expected


def test_two_feeds_read_for_the_first_time_together_are_joined() -> None:
    found = find([*make_archive("a"), *make_archive("b", show_title="Tide Tables Premium")])
    assert (len(found), set(found) & set(found.values())) == (5, set())


def test_the_order_of_reading_changes_nothing() -> None:
    both = [*make_archive("a"), *make_archive("b"), *make_archive("c", show_title="Tide Tables | Members only")]
    expected = find(both)
    for seed in range(5):
        random.Random(seed).shuffle(both)
        assert find(both) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"language": "fr"},
        {"show_title": "Tide Tables en español", "language": "es"},
        {"show_title": "Another show"},
        {"kind": "trailer"},
        {"duration_seconds": 60.0},
        {"published_at": MORNING + 40 * DAY},
        {"title": "Something else"},
    ],
)
def test_what_differs_in_another_feed_is_another_episode(changes: dict[str, object]) -> None:
    known = make_episode("1", "one", title="Salt roads")
    other = {"title": "Salt roads", "audio_url": "https://other.example/9.mp3", **changes}
    assert find([make_episode("9", "two", **other)], [known]) == {}


@pytest.mark.parametrize("show", ["Podcast", "News", "The Daily News"])
def test_shows_with_a_common_name_share_no_episodes(show: str) -> None:
    known = make_episode("1", "one", title="Election special", show_title=show)
    other = make_episode("9", "two", title="Election special", show_title=show, audio_url="https://other.example/9.mp3")
    assert find([other], [known]) == {}


def test_a_networks_feed_of_all_its_shows_tells_the_same_file_once() -> None:
    known = make_episode("1", "one", title="Salt roads")
    copy = make_episode("9", "all", title="Salt roads", show_title="Everything we make", audio_url=known.audio_url)
    assert find([copy], [known]) == {copy.episode_id: known.episode_id}


def test_an_undated_episode_is_not_matched_by_the_day_it_was_seen() -> None:
    known = make_episode("1", "one", title="Salt roads", date_source="first seen", audio_url="https://a.example/1.mp3")
    copy = make_episode("9", "two", title="Salt roads", date_source="first seen", audio_url="https://b.example/2.mp3")
    assert find([replace(copy, duration_seconds=1500.0)], [known]) == {}


def test_an_undated_episode_is_known_again_by_its_file() -> None:
    known = make_archive(date_source="first seen")
    edited = give_new_guid(known[2])
    assert find([*known[:2], edited, *known[3:]], known) == {edited.episode_id: known[2].episode_id}


@pytest.mark.parametrize("nothing", [0, None])
def test_lengths_of_nothing_are_no_evidence(nothing: int | None) -> None:
    changes = {"audio_bytes": nothing, "duration_seconds": nothing}
    known = make_episode("1", title="Salt roads", audio_url="https://a.example/7311.mp3", **changes)
    other = {"title": "Roof tiles", "audio_url": "https://b.example/7311.mp3", "published_at": MORNING + DAY, **changes}
    assert find([make_episode("2", **other)], [known]) == {}
