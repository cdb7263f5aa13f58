from __future__ import annotations

import pytest

from brief_pipeline.stages.publication_date import read_date, read_date_and_zone

SAME_INSTANT = "2024-01-05T10:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 05 Jan 2024 10:00:00 +0000",
        "Fri, 5 Jan 2024 10:00:00 GMT",
        "Fri, 5 Jan 24 10:00 Z",
        "Fri,05 Jan 2024 10:00:00 UT",
        "Fri 05 January 2024 10:00:00",
        "05-Jan-2024 10:00:00",
        '"Fri, 05 Jan 2024 10:00:00 GMT"',
        "Fri, 05 Jan 2024 11:00:00 &#43;0100",
        "Fri, 05 Jan 2024 12:00:00 UTC+2",
        "Fri, 05 Jan 2024 12:00:00 GMT+02:00",
        "Fri, 05 Jan 2024 05:00:00 -0500 (EST)",
        "Fri, 05 Jan 2024 05:00:00 GMT-0500 (Eastern Standard Time)",
        "Fri, 05 Jan 2024 05:00:00 EST",
        "Fri, 05 Jan 2024 06:00:00 EDT",
        "Fri, 05 Jan 2024 05:00:00 Eastern Standard Time",
        "Fri, 05 Jan 2024 05:00:00 America/New_York",
        "Fri, 05 Jan 2024 20:00:00 AEST",
        "Fri, 05 Jan 2024 12:00:00 CEST",
        "Fri, 05 Jan 2024 02:00:00 AM PST",
        "Fr, 05 Januar 2024 11:00:00 MEZ",
        "ven., 05 janv. 2024 11:00:00 +0100",
        "vie, 05 ene 2024 10:00:00 GMT",
        "Friday 5 January 2024 at 10:00",
        "January 5, 2024 10:00 AM",
        "Fri Jan  5 10:00:00 2024",
        "Fri Jan  5 05:00:00 EST 2024",
        "2024-01-05T10:00:00Z",
        "2024-01-05T10:00:00.1234567Z",
        "2024-01-05T12:00:00.000+0200",
        "2024-01-05T15:30+05:30",
        "2024-01-05 10:00:00 UTC",
        "2024/01/05 10:00",
        "20240105T100000Z",
        "1704448800",
        "1704448800000",
        "05.01.2024 10:00",
    ],
)
def test_one_instant_in_every_spelling_feeds_use(text: str) -> None:
    date = read_date(text)
    assert date is not None
    assert date.isoformat() == SAME_INSTANT


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "  ",
        "soon",
        "{{ entry.date }}",
        "Thu, 118 Jun 2015",
        "Thu, 118 Jun 2015 10:00:00 GMT",
        "Wed, 01 Jan 202424 10:00:00 EDT",
        "31 Feb 2024",
        "Sat, 31 Feb 2024 10:00:00 GMT",
        "2024-02-30T10:00:00Z",
        "0000-00-00 00:00:00",
        "01/02/2024",
        "01/02/2024 10:00",
        "2024",
        "2024-01",
        "Jan 2024",
        "5 Jan",
        "10:00:00",
        "12",
        "Fri, 05 Jan 2024 25:00:00 GMT",
        "Fri, 05 Jan 2024 24:30:00 GMT",
        "Fri, 05 Jan 2024 10:61:00 GMT",
        "Fri, 05 Jan 2024 10:00:00 +9900",
        "Fri, 05 Jan 2024 10:00:00 Nowhere/Atlantis",
        "9999-12-31T23:59:59-05:00",
        "9" * 400,
    ],
)
def test_what_is_no_sure_instant_is_no_date(text: str | None) -> None:
    assert read_date(text) is None


def test_midnight_at_the_end_of_a_day_is_the_next_day() -> None:
    assert str(read_date("Wed, 31 Jan 2024 24:00:00 GMT")) == "2024-02-01 00:00:00+00:00"


def test_a_leap_second_is_the_next_minute() -> None:
    assert str(read_date("Sat, 31 Dec 2016 23:59:60 GMT")) == "2017-01-01 00:00:00+00:00"


def test_a_day_alone_is_its_first_moment() -> None:
    assert str(read_date("2024-01-05")) == str(read_date("5 January 2024")) == "2024-01-05 00:00:00+00:00"


def test_a_day_that_can_only_be_one_is_read_whichever_way_round() -> None:
    assert str(read_date("13/02/2024")) == str(read_date("02/13/2024")) == "2024-02-13 00:00:00+00:00"


def test_a_named_place_follows_its_summer_time() -> None:
    assert str(read_date("2024-07-05T06:00:00 America/New_York")) == "2024-07-05 10:00:00+00:00"


def test_a_zone_nobody_knows_counts_as_utc() -> None:
    assert str(read_date("Fri, 05 Jan 2024 10:00:00 XQT")) == "2024-01-05 10:00:00+00:00"


def test_the_machines_own_zone_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert str(read_date("January 5, 2024 10:00 AM JST")) == "2024-01-05 01:00:00+00:00"
        assert str(read_date("2024-01-05 10:00")) == "2024-01-05 10:00:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Pzt, 05 Şub 2024 10:00:00 +0300", "2024-02-05 07:00"),
        ("Пн, 05 фев 2024 10:00:00 +0300", "2024-02-05 07:00"),
        ("śr., 06 paź 2021 10:00:00 +0200", "2021-10-06 08:00"),
        ("ons, 05 maj 2024 10:00:00 +0200", "2024-05-05 08:00"),
        ("5. Februar 2024", "2024-02-05 00:00"),
        ("5 de febrero de 2024 10:00 CET", "2024-02-05 09:00"),
        ("2024年2月5日 10:00 JST", "2024-02-05 01:00"),
        ("2024-02-05T10:00:00+01:00[Europe/Berlin]", "2024-02-05 09:00"),
        ("Mon, 05 Feb 2024 10:00:00 ET", "2024-02-05 15:00"),
        ("Mon, 01 Jul 2024 10:00:00 PST8PDT", "2024-07-01 17:00"),
    ],
)
def test_dates_of_other_languages_and_zones_by_place(text: str, instant: str) -> None:
    assert f"{read_date(text):%Y-%m-%d %H:%M}" == instant


@pytest.mark.parametrize(
    ("text", "has_zone"),
    [
        ("Mon, 05 Feb 2024 10:00:00 GMT", True),
        ("Mon, 05 Feb 2024 10:00:00 +0000", True),
        ("1704103200", True),
        ("Feb 5, 2024 10:00 EST", True),
        ("Mon, 05 Feb 2024 10:00:00", False),
        ("Mon, 05 Feb 2024 10:00:00 QQQ", False),
        ("Feb 5, 2024 10:00", False),
        ("20240205", False),
    ],
)
def test_an_assumed_zone_is_told_from_a_named_one(text: str, has_zone: bool) -> None:
    read = read_date_and_zone(text)
    assert read is not None
    assert read.has_zone is has_zone
