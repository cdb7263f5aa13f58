from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from brief_pipeline.records import Segment, Word
from brief_pipeline.stages.hearing import Fault, choose, find_faults, measure_coverage
from brief_pipeline.stages.language_flip import choose_language, weigh_letters
from brief_pipeline.stages.speaker_turn import name_speakers

TALK = (
    "the river was higher than we had hoped and nobody at the mill could say when they would open the gate again so my "
    "neighbour took her boat across with two letters a lamp and what was left of our bread while I went to find someone "
    "because there are things that you only notice from the other bank"
)
WORDS = TALK.split()
GERMAN = (
    "und ich glaube nicht dass wir das auch noch mit einer neuen Brücke lösen aber wenn sich eine Stadt so verändert haben "
    "sie oder wir wie immer nicht viel Zeit und das ist auch ein Grund"
)
TEENS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = [*TEENS.split(), *(f"{ten} {one}" for ten in TENS.split() for one in TEENS.split()[:9])]


@dataclass
class Turn:
    start_seconds: float
    end_seconds: float
    speaker: str


def talk(seconds: float, start: float = 0.0, seed: int = 1) -> list[Segment]:
    """Somebody who talks for some seconds, three words a second, ten words a segment."""
    chance = random.Random(seed)
    segments = []
    for first in range(0, int(seconds * 3), 10):
        at = start + first / 3
        words = tuple(Word(at + n / 3, at + (n + 0.9) / 3, chance.choice(WORDS)) for n in range(10))
        segments.append(Segment(at, words[-1].end_seconds, None, " ".join(word.text for word in words), words))
    return segments


def say(text: str, start: float = 200.0, letters_a_second: float = 15.0) -> Segment:
    return Segment(start, start + weigh_letters(text) / letters_a_second, None, text)


def kinds(
    segments: list[Segment], speech: list[tuple[float, float]] | None = None, language: str | None = None
) -> list[str]:
    return [fault.kind for fault in find_faults(segments, speech or [], language)]


def test_talk_that_is_written_down_has_no_faults() -> None:
    assert find_faults(talk(180), [(0.0, 61.2), (61.2, 120.5), (121.4, 180.1)], "en") == ()


def test_nothing_said_and_nothing_heard_is_no_fault() -> None:
    assert find_faults([], []) == ()
    assert find_faults([], [(3.0, 5.0)]) == (), "two seconds of voice in the music"


def test_no_text_over_speech_is_missing_all_of_it() -> None:
    missing, gap = find_faults([], [(10.0, 40.0), (50.0, 60.0)])
    assert (missing.kind, missing.measured, missing.spoiled) == ("missing", 0.0, 1.0)
    assert (gap.kind, gap.measured) == ("gap", 40.0)


@pytest.mark.parametrize(("left_out", "found"), [(10, []), (25, ["gap"]), (60, ["missing", "gap"])])
def test_speech_that_was_left_out_shows(left_out: int, found: list[str]) -> None:
    segments = talk(100) + talk(200 - left_out, start=100 + left_out)
    assert kinds(segments, [(0.0, 150.0), (150.0, 300.0)]) == found


def test_silence_is_not_missed() -> None:
    assert kinds(talk(60) + talk(60, start=2000), [(0.0, 60.0), (2000.0, 2060.0)]) == []


def test_many_small_holes_add_up() -> None:
    segments = [segment for segment in talk(300) if int(segment.words[0].start_seconds / 10) % 3]
    assert kinds(segments, [(0.0, 300.0)]) == ["missing"]


def test_a_word_stretched_over_what_was_left_out_does_not_cover_it() -> None:
    stretched = Segment(60.0, 160.0, None, "and then", (Word(60.0, 60.4, "and"), Word(60.4, 160.0, "then")))
    assert kinds([*talk(60), stretched, *talk(40, start=160)], [(0.0, 200.0)]) == ["missing", "gap"]


def test_a_segment_without_words_covers_no_more_than_it_can_say() -> None:
    assert kinds([Segment(0.0, 100.0, None, "and then we left")], [(0.0, 100.0)]) == ["missing", "gap"]
    plain = [Segment(s.start_seconds, s.end_seconds, None, s.text) for s in talk(100)]
    assert kinds(plain, [(0.0, 100.0)]) == []


def test_the_gap_says_where_it_begins() -> None:
    seconds, covered, gap, begins = measure_coverage(talk(30) + talk(30, start=70), [(0.0, 100.0)])
    assert (seconds, round(covered), round(gap)) == (100.0, 61, 39)
    assert 30 < begins < 31


@pytest.mark.parametrize(
    "loop",
    [
        "Thank you. " * 12,
        "no, " * 40,
        "I'm going to go ahead and put this in here. " * 6,
        "We will be right back after this short message from the people who pay for the show that you hear. " * 4,
        "谢谢大家" * 15,
        "Спасибо за просмотр. " * 10,
        " ".join(f"and so I did step {number} of it" for number in range(40)),
        "".join(random.Random(4).choices(["so that is what I mean. ", "you know what they say. "], k=60)),
    ],
)
def test_the_same_words_again_and_again_are_a_loop(loop: str) -> None:
    assert "loop" in kinds([*talk(180), say(loop.strip())])


def test_a_loop_that_goes_from_segment_to_segment_is_found() -> None:
    assert kinds(talk(60) + [say("Subscribe to my channel.", 200.0 + 3 * n) for n in range(6)]) == ["loop"]


def test_the_same_segment_between_others_is_a_loop() -> None:
    segments: list[Segment] = []
    for part in range(10):
        segments += [*talk(20, start=part * 30.0, seed=part), say("Subtitles by the friends of film", part * 30.0 + 25)]
    assert kinds(segments) == ["loop"]


@pytest.mark.parametrize(
    "said",
    [
        "No, no, no, no, no, no, no, no! " + "ha " * 12,
        "Thank you. Thank you. Thank you very much. Thank you. Thank you all.",
        "Docker, docker, docker. Check this, check this, check this, check this.",
        " ".join(NUMBERS),
        " ".join(str(number) for number in range(200, 0, -1)),
        " ".join(
            f"and thank you to {name} for supporting us"
            for name in ["Ann", "Bob", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim"]
        ),
    ],
)
def test_people_who_repeat_themselves_are_no_loop(said: str) -> None:
    assert kinds([*talk(180), say(said)]) == []


def test_more_text_than_anybody_says_in_the_time_is_told() -> None:
    text = " ".join(segment.text for segment in talk(60))
    (fault,) = find_faults([*talk(100), say(text, letters_a_second=60)], [])
    assert (fault.kind, round(fault.measured)) == ("pace", 60)
    assert kinds([*talk(100), say(text, letters_a_second=30)]) == []


def test_many_short_segments_in_no_time_are_told() -> None:
    crowd = [say(segment.text, 200.0 + n * 0.5) for n, segment in enumerate(talk(60, seed=3))]
    assert kinds(talk(100) + crowd) == ["pace"]


def test_one_caption_stamped_too_short_is_no_fault() -> None:
    assert (
        kinds([*talk(100), Segment(120.0, 121.0, None, "he said that it would take a week, and it took a whole year")]) == []
    )


def test_chinese_takes_longer_to_say_than_its_letters_show() -> None:
    text = "今天我们来谈谈语言模型是怎么工作的以及它们为什么有时候会犯错误嘉宾从事机器学习已经十五年了有很多可以分享"
    assert kinds([Segment(0.0, 20.0, None, text + text[::-1])]) == []
    assert kinds([Segment(0.0, 6.0, None, text + text[::-1])]) == ["pace"], "17 letters a second"


@pytest.mark.parametrize(
    "flip",
    [
        "Продолжение следует, спасибо всем, кто был с нами сегодня вечером и завтра",
        "他们说这个桥明年才能修好所以我们都要等很久很久",
    ],
)
def test_a_stretch_in_another_script_is_a_flip(flip: str) -> None:
    assert kinds([*talk(180), say(flip)]) == ["language"]


def test_names_and_terms_in_another_script_are_no_flip() -> None:
    assert kinds([*talk(180), say("his name was Фёдор Достоевский, spelled 你好 of course")]) == []
    russian = "Мы говорим сегодня о том, как живут реки и города, и почему мосты стоят дорого. Потом будет музыка и письма."
    assert kinds([say(russian + " Machine Learning Engineer at Open Source Summit Europe. " + russian[::-1])]) == []


def test_german_in_an_english_text_is_a_flip() -> None:
    segments = [*talk(120), say(GERMAN + ". " + GERMAN), *talk(120, start=300, seed=7)]
    assert kinds(segments) == ["language"]
    assert kinds([say(GERMAN)], language="de") == []
    assert kinds([say(GERMAN + " " + GERMAN.upper())], language="en") == ["language"]


def test_sound_in_another_language_than_the_text_is_told() -> None:
    windows = [(0.0, 29.0, "de", 0.98), (29.0, 58.0, "de", 0.99), (58.0, 87.0, "de", 0.97)]
    (fault,) = find_faults(talk(87), [(0.0, 87.0)], "en", windows)
    assert (fault.kind, fault.spoiled) == ("language", 1.0)
    assert choose_language(windows, "en") == "de"


@pytest.mark.parametrize(
    "windows",
    [
        [(0.0, 29.0, "en", 0.99), (29.0, 58.0, "fr", 0.95), (58.0, 120.0, "en", 0.9)],
        [(0.0, 60.0, "en", 0.99), (60.0, 180.0, "cy", 0.6)],
        [],
    ],
    ids=["a clip", "music", "a model of one language"],
)
def test_a_clip_and_a_doubt_are_no_flip(windows: list[tuple[float, float, str, float]]) -> None:
    assert find_faults(talk(180), [(0.0, 180.0)], "en", windows) == ()
    assert choose_language(windows, "en") == "en"


def test_languages_that_are_taken_for_each_other_are_no_flip() -> None:
    assert find_faults(talk(90), [(0.0, 90.0)], "no", [(0.0, 90.0, "nn", 0.99)]) == ()


def test_the_hearing_that_spoils_less_is_kept() -> None:
    half, all_but_some = Fault("missing", 0.5, 0.85, "", 0.5), Fault("missing", 0.8, 0.85, "", 0.2)
    assert choose([half], [all_but_some]) == 1
    assert choose([all_but_some], [half]) == 0
    assert choose([half], []) == 1
    assert choose([half], [half]) == 0, "the first, where the second is no better"


def test_a_segment_in_which_the_speaker_changes_is_split() -> None:
    words = tuple(
        Word(n * 0.5, n * 0.5 + 0.4, text)
        for n, text in enumerate(["so", "what", "do", "you", "think?", "I'd", "say", "we", "wait."])
    )
    (segment,) = [Segment(0.0, 4.4, None, "so what do you think?  I'd say we wait.", words)]
    asked, answered = name_speakers([segment], [Turn(0.0, 2.45, "SPEAKER_00"), Turn(2.45, 9.0, "SPEAKER_01")])
    assert (asked.speaker, asked.text, asked.end_seconds) == ("SPEAKER_00", "so what do you think?", 2.4)
    assert (answered.speaker, answered.text, answered.start_seconds) == ("SPEAKER_01", "I'd say we wait.", 2.5)
    assert asked.words + answered.words == words


def test_a_short_word_in_between_splits_nothing() -> None:
    words = tuple(Word(n * 0.5, n * 0.5 + 0.4, "on") for n in range(10))
    turns = [Turn(0.0, 9.0, "SPEAKER_00"), Turn(2.0, 2.45, "SPEAKER_01")]
    assert [s.speaker for s in name_speakers([Segment(0.0, 5.0, None, "on " * 10, words)], turns)] == ["SPEAKER_00"]


def test_chinese_is_split_without_spaces_put_in() -> None:
    words = tuple(Word(n * 0.5, n * 0.5 + 0.5, letter) for n, letter in enumerate("你好吗我很好"))
    turns = [Turn(0.0, 1.5, "SPEAKER_00"), Turn(1.5, 3.0, "SPEAKER_01")]
    assert [s.text for s in name_speakers([Segment(0.0, 3.0, None, "你好吗我很好", words)], turns)] == ["你好吗", "我很好"]


def test_where_nobody_is_told_apart_there_is_no_speaker() -> None:
    segments = [*talk(10), Segment(None, None, None, "no times")]
    assert name_speakers(segments, []) == tuple(segments)
    named = name_speakers(segments, [Turn(0.0, 4.0, "SPEAKER_00")])
    assert [segment.speaker for segment in named] == ["SPEAKER_00", "SPEAKER_00", None, None]
