from __future__ import annotations

from datetime import UTC, datetime

import pytest

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.records import Chapter, Episode, FeedContents, SkippedItem, TranscriptLink, content_id
from brief_pipeline.stages.feed import read_feed

FEED_URL = "https://tea.example/show/feed.xml"
SEEN = datetime(2024, 3, 1, 6, 0, tzinfo=UTC)
SPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" '
    'xmlns:psc="http://podlove.org/simple-chapters" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)
AUDIO = '<enclosure url="https://cdn.example/1.mp3" type="audio/mpeg" length="1000"/>'


def read(*items: str, channel: str = "", feed_id: str = "tea") -> FeedContents:
    inside = "".join(f"<item>{item}</item>" for item in items)
    body = f'<rss version="2.0" {SPACES}><channel><title>Tea Talk</title>{channel}{inside}</channel></rss>'
    return read_feed(body.encode(), feed_id, FEED_URL, SEEN)


def read_one(item: str, channel: str = "") -> Episode:
    contents = read(item, channel=channel)
    assert contents.skipped == ()
    (episode,) = contents.episodes
    return episode


def test_a_plain_episode_is_read_whole() -> None:
    contents = read(
        "<title>Oolong</title><guid>g1</guid><link>https://tea.example/1</link><description>On oolong.</description>"
        f"<pubDate>Fri, 05 Jan 2024 10:00:00 GMT</pubDate><itunes:duration>12:34</itunes:duration>{AUDIO}",
        channel="<link>https://tea.example</link><language>en-US</language>",
    )
    assert (contents.title, contents.link, contents.language) == ("Tea Talk", "https://tea.example", "en-us")
    assert contents.repairs == ()
    assert contents.episodes == (
        Episode(
            episode_id=content_id("tea", "g1"),
            feed_id="tea",
            show_title="Tea Talk",
            title="Oolong",
            published_at=datetime(2024, 1, 5, 10, 0, tzinfo=UTC),
            date_source="pubDate",
            guid="g1",
            audio_url="https://cdn.example/1.mp3",
            audio_type="audio/mpeg",
            audio_bytes=1000,
            duration_seconds=754.0,
            link="https://tea.example/1",
            description="On oolong.",
            language="en-us",
        ),
    )


def test_an_atom_feed_is_read_too() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Tee</title><id>t</id>'
        '<link rel="next" href="?page=2"/><entry><title>Grün</title><id>urn:1</id><updated>2024-01-06T10:00:00Z</updated>'
        '<published>2024-01-05T10:00:00Z</published><link rel="enclosure" type="audio/ogg" href="/1.ogg" length="7"/>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Eins</p><p>Zwei</p></div></content></entry></feed>'
    )
    contents = read_feed(body.encode(), "tee", FEED_URL, SEEN)
    (episode,) = contents.episodes
    assert (episode.guid, episode.date_source, episode.published_at.day) == ("urn:1", "published", 5)
    assert (episode.audio_url, episode.audio_bytes) == ("https://tea.example/1.ogg", 7)
    assert (episode.description, episode.language) == ("Eins Zwei", "de")
    assert contents.next_url == "https://tea.example/show/feed.xml?page=2"


def test_all_transcripts_people_and_chapters_of_an_item_are_kept() -> None:
    episode = read_one(
        f"<guid>1</guid>{AUDIO}"
        '<podcast:transcript url="/1.vtt" type="Text/VTT" language="EN" rel="captions"/>'
        '<podcast:transcript url=" /1.srt " type="application/srt"/><podcast:transcript url="/1.srt"/><podcast:transcript/>'
        '<podcast:person role="host" href="https://ada.example">Ada</podcast:person><podcast:person>Bo</podcast:person>'
        '<podcast:chapters url="/1.json" type="application/json+chapters"/><itunes:author>ADA</itunes:author>'
        '<psc:chapters><psc:chapter start="00:01:00.5" title="Two"/><psc:chapter start="0" title="One"/>'
        '<psc:chapter title="no start"/></psc:chapters><itunes:duration unit="s">61</itunes:duration>'
    )
    assert episode.transcripts == (
        TranscriptLink("https://tea.example/1.vtt", "text/vtt", "en", "captions"),
        TranscriptLink("https://tea.example/1.srt", "application/srt", None),
    )
    assert episode.people == ("Ada", "Bo")
    assert episode.chapters_url == "https://tea.example/1.json"
    assert episode.chapters == (Chapter(0.0, "One"), Chapter(60.5, "Two"))
    assert episode.duration_seconds == 61.0


def test_the_shows_people_stand_for_items_that_name_none() -> None:
    channel = "<podcast:person>Ada</podcast:person><itunes:author>Tea House</itunes:author>"
    named, unnamed = read(
        f"<guid>1</guid>{AUDIO}<podcast:person>Bo</podcast:person>", f"<guid>2</guid>{AUDIO}", channel=channel
    ).episodes
    assert named.people == ("Bo", "Tea House")
    assert unnamed.people == ("Ada", "Tea House")


def test_a_mail_address_is_no_name() -> None:
    assert read_one(f"<guid>1</guid>{AUDIO}<author>ada@tea.example (Ada)</author>").people == ("Ada",)
    assert read_one(f"<guid>1</guid>{AUDIO}<author>ada@tea.example</author>").people == ()


def test_a_live_stream_is_no_episode_and_changes_nothing_of_the_show() -> None:
    live = (
        '<podcast:liveItem status="live"><title>Live!</title><guid>live</guid><link>https://live.example</link>'
        f"<podcast:person>Zoe</podcast:person>{AUDIO}</podcast:liveItem>"
    )
    contents = read(f"<guid>1</guid><title>A</title>{AUDIO}", channel=f"<link>https://tea.example</link>{live}")
    assert (contents.title, contents.link) == ("Tea Talk", "https://tea.example")
    assert [(episode.guid, episode.people) for episode in contents.episodes] == [("1", ())]
    assert contents.skipped == (SkippedItem("Live!", "a live stream, not an episode"),)


@pytest.mark.parametrize(
    ("dates", "day", "source"),
    [
        ("<pubDate>Fri, 05 Jan 2024 10:00:00 AEST</pubDate>", "2024-01-05 00:00", "pubDate"),
        ("<pubDate>1704448800</pubDate>", "2024-01-05 10:00", "pubDate"),
        ("<pubDate>Thu, 118 Jun 2015</pubDate><dc:date>2024-01-05T10:00:00Z</dc:date>", "2024-01-05 10:00", "dc:date"),
        ("<dc:date>2024-01-06Z</dc:date><atom:updated>2024-01-05T00:00Z</atom:updated>", "2024-01-05 00:00", "updated"),
        ("<pubDate>Fri, 05 Jan 2024 10:00:00</pubDate>", "2024-01-05 10:00", "pubDate (no zone: taken for UTC)"),
        ("<pubDate>5 Jan 2024 10:00 TEA</pubDate>", "2024-01-05 10:00", "pubDate (no zone: taken for UTC)"),
        ("<pubDate>Thu, 01 Jan 1970 00:00:00 +0000</pubDate>", "2024-03-01 06:00", "first seen"),
        ("<pubDate>0001-01-01T00:00:00Z</pubDate>", "2024-03-01 06:00", "first seen"),
        ("<pubDate/>", "2024-03-01 06:00", "first seen"),
        ("", "2024-03-01 06:00", "first seen"),
        ("<pubDate>Fri, 01 Mar 2024 20:00:00 GMT</pubDate>", "2024-03-01 20:00", "pubDate"),
        ("<pubDate>Sun, 05 Mar 2028 10:00:00 GMT</pubDate>", "2024-03-01 06:00", "first seen (the feed says 2028-03-05)"),
    ],
)
def test_the_date_is_the_best_the_feed_gives_and_says_where_it_is_from(dates: str, day: str, source: str) -> None:
    episode = read_one(f"<guid>1</guid>{AUDIO}{dates}")
    assert f"{episode.published_at:%Y-%m-%d %H:%M}" == day
    assert episode.date_source == source
    assert episode.published_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("754", 754.0),
        ("12:34", 754.0),
        ("0:12:34", 754.0),
        ("0:04:60", 300.0),
        ("61.25", 61.25),
        ("1h 2m", 3720.0),
        ("0", None),
        ("00:00", None),
        ("", None),
        ("unknown", None),
        ("99999999", None),
        ("9" * 5000, None),
        ("-5", None),
    ],
)
def test_durations_in_every_spelling(text: str, seconds: float | None) -> None:
    assert read_one(f"<guid>1</guid>{AUDIO}<itunes:duration>{text}</itunes:duration>").duration_seconds == seconds


def test_identity_is_the_guid_even_when_everything_else_changes() -> None:
    before = read_one(f"<title>One</title><guid> g </guid>{AUDIO}")
    after = read_one('<title>Two</title><guid>g</guid><enclosure url="https://new.example/x.mp3" type="audio/mpeg"/>')
    assert before.episode_id == after.episode_id == content_id("tea", "g")


def test_without_a_guid_the_file_is_the_identity_on_http_and_https() -> None:
    plain = read_one('<title>One</title><guid></guid><enclosure url="http://CDN.example/1.mp3"/>')
    secure = read_one('<title>Other title</title><enclosure url="https://cdn.example/1.mp3"/>')
    assert plain.episode_id == secure.episode_id
    assert plain.guid is secure.guid is None


def test_without_a_guid_items_that_share_a_file_are_told_apart_by_title_date_and_duration() -> None:
    items = [f"<title>{title}</title><pubDate>Fri, 05 Jan 2024 10:00:00 GMT</pubDate>{AUDIO}" for title in ("A", "B", "A")]
    contents = read(*items)
    assert [episode.title for episode in contents.episodes] == ["A", "B"]
    assert [item.title for item in contents.skipped] == ["A"]


def test_an_undated_episode_keeps_its_id_at_the_next_look() -> None:
    items = f"<item><title>A</title>{AUDIO}</item><item>{AUDIO}</item>"
    body = f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>"
    first, later = (read_feed(body.encode(), "f", FEED_URL, seen) for seen in (SEEN, SEEN.replace(year=2025)))
    assert [episode.episode_id for episode in first.episodes] == [episode.episode_id for episode in later.episodes]


def test_the_same_guid_in_two_shows_is_two_episodes() -> None:
    one, two = (read(f"<guid>1</guid>{AUDIO}", feed_id=feed_id).episodes[0] for feed_id in ("one", "two"))
    assert one.episode_id != two.episode_id


def test_of_doubles_the_first_is_kept_and_the_others_are_listed() -> None:
    contents = read(f"<title>New</title><guid>1</guid>{AUDIO}", f"<title>Old</title><guid>1</guid>{AUDIO}")
    assert [episode.title for episode in contents.episodes] == ["New"]
    assert contents.skipped == (SkippedItem("Old", "a double: an item before it has the same id"),)


def test_addresses_are_trimmed_made_absolute_and_only_of_the_web() -> None:
    episode = read_one(
        '<guid isPermaLink="false">abc</guid><enclosure url="\n ../a b.mp3 " type="audio/mpeg"/><link>/1</link>'
    )
    assert (episode.audio_url, episode.link) == ("https://tea.example/a%20b.mp3", "https://tea.example/1")
    assert read_one(f"<guid>abc</guid>{AUDIO}").link is None  # not https://tea.example/show/abc
    assert read_one(f"<guid>1</guid>{AUDIO}<link>javascript:alert(1)</link>").link is None


def test_items_without_audio_are_skipped_with_the_reason() -> None:
    contents = read(
        "<title>Post</title>",
        '<title>Picture</title><enclosure url="https://a.example/1.jpg" type="image/jpeg"/>',
        '<title>File</title><enclosure url="file:///etc/passwd" type="audio/mpeg"/>',
    )
    assert contents.episodes == ()
    assert contents.skipped == (
        SkippedItem("Post", "no audio: it has no enclosure"),
        SkippedItem("Picture", "no audio: its file is image/jpeg"),
        SkippedItem("File", "no audio: its enclosure has no web address"),
    )


def test_an_item_with_a_transcript_and_no_audio_is_an_episode() -> None:
    episode = read_one('<guid>1</guid><podcast:transcript url="https://a.example/1.vtt" type="text/vtt"/>')
    assert episode.audio_url is None
    assert episode.transcripts == (TranscriptLink("https://a.example/1.vtt", "text/vtt"),)


def test_audio_is_preferred_among_several_files() -> None:
    files = ("1.jpg", "image/jpeg"), ("1.mp4", "video/mp4"), ("1.m4a", "audio/x-m4a"), ("1.mp3", "audio/mpeg")
    enclosures = "".join(f'<enclosure url="https://a.example/{name}" type="{kind}"/>' for name, kind in files)
    assert read_one(f"<guid>1</guid>{enclosures}").audio_url == "https://a.example/1.m4a"


def test_a_stated_size_that_says_nothing_is_none() -> None:
    for length in ("0", "", "-1", "1.5 MB", "9" * 5000):
        enclosure = f'<enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="{length}"/>'
        assert read_one(f"<guid>1</guid>{enclosure}").audio_bytes is None


def test_audio_in_an_alternate_enclosure_or_in_media_content_counts() -> None:
    alternate = '<podcast:alternateEnclosure type="audio/opus"><podcast:source uri="/1.opus"/></podcast:alternateEnclosure>'
    assert read_one(f"<guid>1</guid>{alternate}").audio_url == "https://tea.example/1.opus"
    media = '<media:content url="https://a.example/1.mp3" type="audio/mpeg" fileSize="9"/>'
    assert read_one(f"<guid>1</guid>{media}").audio_bytes == 9


@pytest.mark.parametrize(
    ("texts", "description"),
    [
        ("<itunes:summary>C</itunes:summary><description>B</description><content:encoded>A</content:encoded>", "A"),
        ("<description>B</description><itunes:summary>C</itunes:summary>", "B"),
        ("<content:encoded><![CDATA[<p> </p>]]></content:encoded><itunes:summary>C</itunes:summary>", "C"),
        ("<description>&lt;p&gt;Tea&lt;/p&gt;&lt;p&gt;H&lt;b&gt;o&lt;/b&gt;t&lt;/p&gt;</description>", "Tea Hot"),
        ("", ""),
    ],
)
def test_the_description_is_the_fullest_notes_as_plain_text(texts: str, description: str) -> None:
    assert read_one(f"<guid>1</guid>{AUDIO}{texts}").description == description


def test_very_long_notes_are_cut_and_the_cut_is_reported() -> None:
    contents = read(f"<guid>1</guid>{AUDIO}<description>{'leaf ' * 3000}</description>")
    assert contents.episodes[0].description.endswith(" leaf […]")
    assert len(contents.episodes[0].description) <= 10_004
    assert contents.repairs == ("1 descriptions cut at 10000 characters",)


def test_a_transcript_linked_only_in_the_notes_is_found_unless_all_items_link_it() -> None:
    links = '<a href="/t/{0}.txt">Read along: transcript</a> <a href="/transcripts">all</a>'
    notes = f"<description><![CDATA[{links}]]></description>"
    contents = read(*(f"<guid>{n}</guid>{AUDIO}{notes.format(n)}" for n in (1, 2)))
    assert [episode.transcripts for episode in contents.episodes] == [
        (TranscriptLink(f"https://tea.example/t/{n}.txt", "text/plain"),) for n in (1, 2)
    ]


@pytest.mark.parametrize(("text", "kind"), [("Bonus", "bonus"), (" trailer ", "trailer"), ("full", "full"), ("odd", "full")])
def test_the_kind_of_episode(text: str, kind: str) -> None:
    assert read_one(f"<guid>1</guid>{AUDIO}<itunes:episodeType>{text}</itunes:episodeType>").kind == kind


def test_a_title_is_one_plain_line() -> None:
    assert (
        read_one(f"<title>Tea &amp;amp; <![CDATA[<b>milk</b>]]>\n now</title><guid>1</guid>{AUDIO}").title
        == "Tea & milk now"
    )
    assert read_one(f"<guid>1</guid>{AUDIO}<itunes:title>Tea</itunes:title>").title == "Tea"


def test_a_move_is_reported_only_when_it_leads_elsewhere() -> None:
    def moved_to(address: str) -> str | None:
        return read(channel=f"<itunes:new-feed-url>{address}</itunes:new-feed-url>").new_feed_url

    assert moved_to("https://new.example/feed") == "https://new.example/feed"
    assert moved_to("http://tea.example/show/feed.xml") is None
    assert moved_to("") is None


def test_the_next_page_is_found() -> None:
    assert read(channel='<atom:link rel="next" href="feed2.xml"/>').next_url == "https://tea.example/show/feed2.xml"


def test_an_empty_channel_is_a_feed_without_episodes() -> None:
    assert (read().episodes, read().skipped) == ((), ())


@pytest.mark.parametrize("body", ["<rss version='2.0'/>", "<rss version='2.0'><item><title>A</title></item></rss>"])
def test_rss_without_a_channel_is_refused(body: str) -> None:
    with pytest.raises(FeedUnreadable, match="without a channel"):
        read_feed(body.encode(), "f", FEED_URL, SEEN)


def test_a_refusal_does_not_tell_the_feeds_address() -> None:
    with pytest.raises(FeedUnreadable) as refusal:
        read_feed(b"<html/>", "f", "https://tea.example/feed?token=secret", SEEN)
    assert "secret" not in str(refusal.value)


def test_a_feed_cut_off_gives_its_whole_items_with_all_their_data() -> None:
    item = f'<item><title>{{0}}</title><guid>{{0}}</guid>{AUDIO}<podcast:transcript url="/{{0}}.vtt"/></item>'
    body = (
        f"<rss version='2.0' {SPACES}><channel><title>T</title>{item.format('a')}{item.format('b')}{item.format('c')[:-30]}"
    )
    contents = read_feed(body.encode(), "f", FEED_URL, SEEN)
    assert [(episode.guid, len(episode.transcripts)) for episode in contents.episodes] == [("a", 1), ("b", 1)]
    assert contents.repairs == ("cut off: read up to the last whole item",)


def test_a_broken_item_does_not_cost_the_others_anything() -> None:
    broken = f"<guid>2</guid>{AUDIO}<link><wrong></link>"
    tagged = '<guid>{0}</guid><title>t{0}</title>{1}<podcast:transcript url="/{0}.vtt"/><podcast:transcript url="/{0}.srt"/>'
    contents = read(tagged.format(1, AUDIO), broken, tagged.format(3, AUDIO))
    assert [(episode.guid, len(episode.transcripts)) for episode in contents.episodes] == [("1", 2), ("2", 0), ("3", 2)]
    assert contents.repairs == (
        "not well-formed XML: read by guessing",
        "two readings found 3 and 2 items: 1 have no podcast tags",
    )


def test_an_item_older_than_the_first_partition_is_listed_with_the_reason() -> None:
    old = f"<title>Old Time Radio</title><guid>1</guid><pubDate>Mon, 05 Feb 1962 20:00:00 GMT</pubDate>{AUDIO}"
    contents = read(old, f"<title>New</title><guid>2</guid>{AUDIO}")
    assert [episode.title for episode in contents.episodes] == ["New"]
    assert contents.skipped == (SkippedItem("Old Time Radio", "dated before 1990-01-01, the first day there is"),)


@pytest.mark.parametrize(
    ("links", "page"),
    [
        ('<atom:link rel="next" href="?page=2"/>', "https://tea.example/show/feed.xml?page=2"),
        ('<atom:link rel="NEXT" href=" /p2 "/>', "https://tea.example/p2"),
        ('<atom:link rel="next" xml:base="/a/" href="p2"/>', "https://tea.example/a/p2"),
        ('<atom:link rel="self" href="/1"/><atom:link rel="last" href="/9"/>', None),
        ('<atom:link rel="prev-archive" href="/2023.xml"/>', "https://tea.example/2023.xml"),
        ('<atom:link rel="prev-archive" href="/2023.xml"/><atom:link rel="next" href="/p2"/>', "https://tea.example/p2"),
        ('<atom:link rel="http://www.iana.org/assignments/relation/next" href="/p2"/>', "https://tea.example/p2"),
        ('<atom:link rel="next" href="http://tea.example/show/feed.xml#top"/>', None),
        ('<atom:link rel="next" href=""/><atom:link rel="next" href="/p2"/>', "https://tea.example/p2"),
        ('<atom:link rel="next" href="javascript:alert(1)"/>', None),
        ('<podcast:link rel="next" href="/p2"/>', None),
    ],
)
def test_the_next_page_is_the_one_that_leads_on(links: str, page: str | None) -> None:
    assert read(f"<guid>1</guid>{AUDIO}", channel=links).next_url == page


def test_a_link_of_an_item_is_no_next_page() -> None:
    assert read(f'<guid>1</guid>{AUDIO}<atom:link rel="next" href="/2"/>').next_url is None


def test_an_enclosure_is_found_where_an_unknown_element_hides_it_from_feedparser() -> None:
    assert read_one(f"<links>here</links><guid>1</guid>{AUDIO}").audio_url == "https://cdn.example/1.mp3"
    assert read_one(f'<links count="2"/><guid>1</guid>{AUDIO}').audio_bytes == 1000


def test_only_captions_are_a_relation_of_a_transcript() -> None:
    links = '<podcast:transcript url="/1.vtt" rel=" Captions "/><podcast:transcript url="/1.html" rel="other"/>'
    assert [link.rel for link in read_one(f"<guid>1</guid>{AUDIO}{links}").transcripts] == ["captions", None]
