"""JSON transcripts of many makers."""

from __future__ import annotations

from typing import Any

import pytest

from brief_pipeline.stages.transcript_json import json_language, json_text, parse_json, read_json

HELLO = [(0.5, 1.5, "Speaker 0", "Hello there."), (2.0, 3.0, "Speaker 1", "Yes.")]


def told(document: Any) -> list[tuple[float | None, float | None, str | None, str]]:
    return [(s.start_seconds, s.end_seconds, s.speaker, s.text) for s in read_json(document)]


def test_podcasting_2_segments_are_read_and_blank_ones_left_out() -> None:
    blank = {"startTime": 0.0, "endTime": 0.5, "body": " "}
    spoken = {"speaker": "Ada", "startTime": 0.5, "endTime": 1.5, "body": "I say hello."}
    assert told({"version": "1.0.0", "segments": [blank, spoken]}) == [(0.5, 1.5, "Ada", "I say hello.")]


@pytest.mark.parametrize(
    "item",
    [
        {"start": "00:00:01.5", "end": "00:00:02.5", "text": "It is very late."},
        {"start": 1.5, "duration": 1.0, "content": "It is very late."},
        {"startMs": 1500, "endMs": 2500, "body": "It is very late."},
        {"timestamps": {"from": "00:00:01,500", "to": "00:00:02,500"}, "text": " It is very late."},
        {"timestamp": [1.5, 2.5], "text": " It is very late."},
        {"startTime": "1.5s", "endTime": "2.5s", "transcript": "It is very late."},
        {
            "offsetInTicks": 15000000,
            "durationInTicks": 10000000,
            "nBest": [{"display": "It is very late."}, {"display": "No."}],
        },
        {"tStartMs": 1500, "dDurationMs": 1000, "segs": [{"utf8": "It is"}, {"utf8": " very late.", "tOffsetMs": 400}]},
    ],
)
def test_a_bare_list_is_read_whatever_its_keys_are_called(item: dict[str, Any]) -> None:
    assert told([item]) == [(1.5, 2.5, None, "It is very late.")]


def test_milliseconds_are_told_by_how_slow_the_speech_would_be() -> None:
    items = [
        {"start": 500, "end": 9000, "text": "This is said in some eight seconds."},
        {"start": 9000, "end": 9900, "text": "And this in one."},
    ]
    assert [(start, end) for start, end, _, _ in told(items)] == [(0.5, 9.0), (9.0, 9.9)]


def test_whole_seconds_are_not_taken_for_milliseconds() -> None:
    assert told([{"start": 500, "end": 509, "text": "This is said in nine seconds."}])[0][:2] == (500.0, 509.0)


def test_whisper_keeps_the_words_of_a_segment() -> None:
    words = [{"word": " Good", "start": 0.0, "end": 0.4}, {"word": " morning", "start": 0.4, "end": 0.9}]
    (segment,) = read_json(
        {"language": "en", "segments": [{"start": 0.0, "end": 1.0, "text": " Good morning", "words": words}]}
    )
    assert (segment.text, [word.text for word in segment.words]) == ("Good morning", ["Good", "morning"])


def test_the_words_of_one_segment_do_not_stand_for_the_whole() -> None:
    words = [{"word": "Good", "start": 0.0, "end": 0.4}, {"word": "day.", "start": 0.4, "end": 0.9}]
    items = [
        {"start": 0.0, "end": 1.0, "text": "Good day.", "words": words},
        {"start": 1.0, "end": 4.0, "text": "How are you all?"},
    ]
    assert [text for _, _, _, text in told(items)] == ["Good day.", "How are you all?"]


def test_one_word_a_segment_is_joined_to_sentences() -> None:
    words = [
        {"startTime": n, "endTime": n + 0.5, "speaker": "Ada", "body": w}
        for n, w in enumerate(["It", "rains", ".", "So", "what", "?"])
    ]
    segments = read_json({"segments": words})
    assert [s.text for s in segments] == ["It rains.", "So what?"]
    assert [word.text for word in segments[1].words] == ["So", "what?"]


def test_monologues_of_elements_are_read() -> None:
    first = [{"type": "text", "value": "Hello", "ts": 0.5, "end_ts": 1.0}, {"type": "punct", "value": " "}]
    first += [{"type": "text", "value": "there", "ts": 1.0, "end_ts": 1.5}, {"type": "punct", "value": "."}]
    second = [{"type": "text", "value": "Yes", "ts": 2.0, "end_ts": 3.0}, {"type": "punct", "value": "."}]
    assert told({"monologues": [{"speaker": 0, "elements": first}, {"speaker": 1, "elements": second}]}) == HELLO


def test_utterances_win_over_the_words_beside_them() -> None:
    words = [{"word": "hello", "start": 0.5, "end": 1.0}, {"word": "there", "start": 1.0, "end": 1.5}]
    utterances = [{"speaker": 0, "transcript": "Hello there.", "start": 0.5, "end": 1.5}]
    utterances.append({"speaker": 1, "transcript": "Yes.", "start": 2.0, "end": 3.0})
    channels = [{"alternatives": [{"transcript": "hello there yes", "words": words}]}]
    assert told({"results": {"channels": channels, "utterances": utterances}}) == HELLO


def test_sentences_take_the_speaker_of_their_paragraph() -> None:
    one = {"speaker": 0, "sentences": [{"text": "Hello there.", "start": 0.5, "end": 1.5}]}
    two = {"speaker": 1, "sentences": [{"text": "Yes.", "start": 2.0, "end": 3.0}]}
    assert told({"results": {"channels": [{"alternatives": [{"paragraphs": {"paragraphs": [one, two]}}]}]}}) == HELLO


def test_words_find_their_speaker_in_a_list_of_turns() -> None:
    items: list[dict[str, Any]] = [{"start_time": "0.5", "end_time": "1.5", "alternatives": [{"content": "Hello"}]}]
    items += [{"type": "punctuation", "alternatives": [{"content": "."}]}]
    items += [{"start_time": "2.0", "end_time": "3.0", "alternatives": [{"content": "Yes"}]}]
    turns = [
        {"items": [{"start_time": "0.5", "speaker_label": "spk_0"}]},
        {"items": [{"start_time": "2.0", "speaker_label": "spk_1"}]},
    ]
    results = {"transcripts": [{"transcript": "Hello. Yes"}], "items": items, "speaker_labels": {"segments": turns}}
    assert told({"results": results}) == [(0.5, 1.5, "spk_0", "Hello."), (2.0, 3.0, "spk_1", "Yes")]


def test_speaker_ids_are_replaced_by_the_names_beside_them() -> None:
    document = {
        "speakers": [{"id": 7, "name": "Ada"}],
        "segments": [{"speaker": 7, "start": 1, "end": 2, "text": "That is me."}],
    }
    assert told(document)[0][2] == "Ada"


def test_labels_inside_the_bodies_are_read_where_no_field_names_the_speaker() -> None:
    bodies = ["Ada: It is late.", "Bob: It is indeed.", "And it is dark."]
    items = [{"start": n, "end": n + 1, "body": body} for n, body in enumerate(bodies)]
    assert [(speaker, text) for _, _, speaker, text in told(items)] == [
        ("Ada", "It is late."),
        ("Bob", "It is indeed."),
        ("Bob", "And it is dark."),
    ]


def test_times_that_make_no_sense_are_unknown() -> None:
    items = [
        {"start": "soon", "end": -4, "text": "I think it is so."},
        {"start": float("nan"), "end": True, "text": "I do know it."},
    ]
    assert [(start, end) for start, end, _, _ in told(items)] == [(None, None), (None, None)]


def test_segments_out_of_order_are_sorted() -> None:
    items = [
        {"start": 9.5, "end": 10.0, "text": "Two is the last."},
        {"start": 1.5, "end": 2.0, "text": "One is the first."},
    ]
    assert [text for _, _, _, text in told(items)] == ["One is the first.", "Two is the last."]


def test_a_transcript_in_one_string_is_found() -> None:
    assert json_text({"data": {"transcript": "Ada: Hello.\nBob: Yes."}}) == "Ada: Hello.\nBob: Yes."
    assert json_text({"error": "x", "message": "It is not here"}) is None


def test_all_turns_are_read_where_each_holds_its_own_list() -> None:
    one = {
        "speaker": "Ada",
        "segments": [{"text": "It is late", "start": 0.5, "end": 1.5}, {"text": "for us.", "start": 1.5}],
    }
    two = {"speaker": "Bob", "segments": [{"text": "It is indeed late.", "start": 3.0, "end": 4.0}]}
    assert [(start, speaker) for start, _, speaker, _ in told([one, two])] == [(0.5, "Ada"), (1.5, "Ada"), (3.0, "Bob")]


@pytest.mark.parametrize(
    "item",
    [
        {"speaker": "1", "voice": "Ada"},
        {"speaker": {"id": 3, "name": "Ada"}},
        {"speakers": ["Ada"], "speaker": ["Ada"]},
        {"Speaker": "Ada"},
        {"name": "Ada"},
        {"speakerId": "SPEAKER_07"},
    ],
)
def test_the_speaker_is_found_whatever_the_field_is_called(item: dict[str, Any]) -> None:
    document = {"speakers": {"SPEAKER_07": "Ada"}, "segments": [{"start": 1, "end": 2, "text": "It is very late.", **item}]}
    assert told(document)[0][2] == "Ada"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ({"StartTime": 1.5}, {"EndTime": 2.5}),
        ({"startTime": {"seconds": "1", "nanos": 500_000_000}}, {"endTime": {"seconds": 2, "nanos": 500_000_000}}),
        ({"offset": "PT1.5S"}, {"duration": "PT1S"}),
        ({"offsetMilliseconds": 1500}, {"durationMilliseconds": 1000}),
        ({"startOffset": "1.5s"}, {"endOffset": "2.5s"}),
        ({"start_timestamp": 0, "timestamp": "00:00:01,500"}, {"end_timestamp": "00:00:02,500"}),
    ],
)
def test_times_are_found_in_every_unit(start: dict[str, Any], end: dict[str, Any]) -> None:
    assert told([{"text": "It is very late.", **start, **end}]) == [(1.5, 2.5, None, "It is very late.")]


def test_samples_of_an_unknown_rate_are_no_times() -> None:
    assert told([{"transcript": "It is very late.", "start_offset": 16000}])[0][0] is None


def test_text_that_stands_one_deeper_is_read() -> None:
    items = [{"startMs": 500, "text": {"sentence": {"text": "It is very late."}}}, {"startMs": 900, "title": {"title": "X"}}]
    assert told({"section": items}) == [(0.5, None, None, "It is very late.")]


def test_numbers_too_large_for_a_machine_are_no_times() -> None:
    assert told([{"start": 10**400, "end": -(10**400), "text": "It is very late."}])[0][:2] == (None, None)


def test_numbered_objects_and_plain_strings_are_lists_too() -> None:
    numbered = {"0": {"start": 1.5, "text": "It is late now."}, "1": {"start": 2.5, "text": "It is cold now."}}
    assert [start for start, _, _, _ in told(numbered)] == [1.5, 2.5]
    assert [text for _, _, _, text in told({"segments": ["It is late now.", "It is cold now."]})] == [
        "It is late now.",
        "It is cold now.",
    ]


@pytest.mark.parametrize("document", [{}, [], {"error": "not found"}, {"segments": []}, {"segments": None}, [1, 2], 7, None])
def test_json_without_a_transcript_gives_nothing(document: Any) -> None:
    assert read_json(document) == ()


def test_json_lines_are_a_list() -> None:
    assert parse_json('{"text": "a"}\n{"text": "b"}\n') == [{"text": "a"}, {"text": "b"}]


def test_the_language_is_taken_from_the_document() -> None:
    assert [json_language(d) for d in ({"language": "de"}, {"language_code": "en_US"}, {"language": 3}, [])] == [
        "de",
        "en-us",
        None,
        None,
    ]


def test_half_a_surrogate_pair_is_dropped() -> None:
    said = r'"speaker": "Ada \ud83d", "body": "Hello \ud83d there, \ud83c\udf0d"'
    [segment] = read_json(parse_json('{"segments": [{"startTime": 0, "endTime": 2, ' + said + "}]}"))
    assert (segment.speaker, segment.text) == ("Ada", "Hello there, 🌍")
