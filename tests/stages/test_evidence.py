from __future__ import annotations

import pytest

from brief_pipeline.records import Segment, Transcript, Word
from brief_pipeline.stages.evidence import TranscriptIndex, find_quote, unsupported


def talk(*segments: Segment | str) -> Transcript:
    made = (Segment(10.0 * k, 10.0 * k + 9, None, s) if isinstance(s, str) else s for k, s in enumerate(segments))
    return Transcript("episode", "publisher:vtt", "en", tuple(made))


def quoted(quote: str, text: str) -> str | None:
    found = find_quote(quote, talk(text))
    return found.quote if found else None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("Small teams ship faster", "Well, small   teams ship\nfaster, always."),
        ("it's a “well-known” trick", 'So it’s a "well known" trick here'),
        ("forty – or fifty", "about forty -- or fifty of them"),
        ("the ﬁrst ｃafé", "It was the first café there"),
        ("SMALL, TEAMS; ship", "small teams ship"),
        ("1000 users paid $5", "So 1,000 users paid $5 each"),
        ("we use C++ here", "and we use C++ here"),
        ("他们 很快", "我说，他们很快。"),
    ],
)
def test_case_spacing_punctuation_and_unicode_forms_may_differ(quote: str, text: str) -> None:
    found = quoted(quote, text)
    assert found is not None
    assert found in text
    assert found == found.strip()


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("small teams win", "small teams lose"),
        ("it was 40% faster", "it was 14% faster"),
        ("it was 5 degrees", "it was -5 degrees"),
        ("it grew 5 times", "it grew 3.5 times"),
        ("it cost 5", "it cost 5%"),
        ("5 dollars", "$5 dollars"),
        ("it has 102 steps", "it has 10² steps"),
        ("written in C", "written in C++ mostly"),
        ("were going to win", "we're going to win"),
        ("its slow", "it's slow"),
        ("a profit", "a profitable one"),
        ("profit is good", "non-profit is good"),
        ("10 20 people", "10-20 people"),
        ("it will not scale", "it will scale"),
        ("", "anything"),
        ("...", "anything... else"),
    ],
)
def test_no_other_word_or_number_passes(quote: str, text: str) -> None:
    assert quoted(quote, text) is None


def test_the_quote_is_the_transcripts_own_characters_with_their_place_time_and_speaker() -> None:
    transcript = talk(Segment(3, 5, "Ada", "Well, Small Teams"), Segment(5, 8, "Ada", "ship faster! Always."))
    found = find_quote("small teams ship faster", transcript)
    assert found is not None
    assert found.quote == "Small Teams ship faster!"
    assert transcript.text[found.char_start : found.char_end] == found.quote
    assert (found.start_seconds, found.end_seconds, found.speaker) == (3, 8, "Ada")


def test_a_question_keeps_its_mark() -> None:
    assert quoted("is it slow", "Then: is it slow? No.") == "is it slow?"


def test_word_times_are_taken_where_there_are_any() -> None:
    words = (Word(1.0, 1.4, "Small"), Word(1.5, 1.9, "teams"), Word(2.0, 2.5, "ship."))
    found = find_quote("teams ship", talk(Segment(0, 9, None, "Small teams ship.", words)))
    assert found is not None
    assert (found.start_seconds, found.end_seconds) == (1.5, 2.5)


def test_unknown_times_stay_unknown() -> None:
    found = find_quote("small teams", talk(Segment(None, None, "Ada", "small teams ship")))
    assert found is not None
    assert (found.start_seconds, found.end_seconds) == (None, None)


def test_of_several_places_the_nearest_is_taken() -> None:
    index = TranscriptIndex(talk("it depends", "on the weather", "it depends", "on the cache"))
    near, first = index.find("it depends", near=30), index.find("it depends")
    assert near is not None
    assert first is not None
    assert (near.start_seconds, first.start_seconds) == (20, 0)


def test_words_of_two_speakers_are_not_one_quote() -> None:
    transcript = talk(Segment(0, 1, "Ada", "We will rewrite it"), Segment(1, 2, "Bob", "over my dead body"))
    assert find_quote("rewrite it over my dead body", transcript) is None
    found = find_quote("Over my dead body", transcript)
    assert found is not None
    assert found.speaker == "Bob"


def test_a_quote_of_two_speakers_is_not_saved_by_its_longer_part() -> None:
    ada = Segment(0, 1, "Ada", "one two three four five six seven eight nine ten")
    assert (
        find_quote("one two three four five six seven eight nine ten sure", talk(ada, Segment(1, 2, "Bob", "sure"))) is None
    )


def test_a_place_inside_one_turn_is_preferred_to_one_across_two() -> None:
    transcript = talk(Segment(0, 1, "Ada", "it is"), Segment(1, 2, "Bob", "fine by me. It is fine."))
    found = find_quote("it is fine", transcript, near=0)
    assert found is not None
    assert found.speaker == "Bob"


LONG = "the hardest part of a migration is always the last five percent of customers"


def test_the_longest_run_stands_for_a_quote_with_a_wrong_word_at_its_end() -> None:
    assert quoted(LONG.replace("customers", "clients"), f"Honestly, {LONG}, right?") == LONG.removesuffix(" customers")


def test_a_wrong_word_in_the_middle_leaves_no_run_that_is_long_enough() -> None:
    assert quoted(LONG.replace("always", "never"), LONG) is None


def test_a_short_quote_is_never_cut_to_a_run() -> None:
    assert quoted("the hardest part of a migration is people", LONG) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        (f"So {LONG}", f"I do not believe {LONG}"),
        (f"{LONG} too", f"{LONG} never"),
        (f"Never {LONG}", f"Honestly, {LONG}"),
    ],
)
def test_a_run_that_leaves_a_negation_out_is_not_taken(quote: str, text: str) -> None:
    assert quoted(quote, text) is None


@pytest.mark.parametrize(
    ("claim", "surroundings"),
    [
        ("It cost two million dollars", "about 2 million dollars"),
        ("It cost $2M", "two million"),
        ("Churn fell by 40 percent", "it went down 40%"),
        ("Between 40% and 50% left", "forty to fifty percent"),
        ("It began in 2024", "in twenty twenty-four"),
        ("It has 1,200 users and 3.5 stars", "1200 users, three point five stars"),
        ("In the end OpenAI's model won", "open ai has a model"),
        ("The Postgres team knows", "postgres"),
        ("One of the teams moved to New York", "teams in new york"),
        ("They said I'm wrong, and OK with it", "nothing at all"),
        ("GPT-4 is slow", "gpt-4 was slow"),
    ],
)
def test_what_the_surroundings_say_is_supported(claim: str, surroundings: str) -> None:
    assert unsupported(claim, surroundings) == ()


@pytest.mark.parametrize(
    ("claim", "surroundings", "missing"),
    [
        ("It cost 3 million", "2 million", ("3 million",)),
        ("It fell by 40%", "40 people", ("40%",)),
        ("Sales at Initech and Globex rose", "sales at Initech rose", ("Globex",)),
        ("We asked Ada Byron", "Ada said", ("Ada Byron",)),
        ("GitHub is down", "the site is down", ("GitHub",)),
        ("It has millions of users", "thousands of users", ("millions",)),
        ("It runs GPT-5", "we run 5 of them", ("GPT-5",)),
        ("Teams of 4 use it", "we use GPT-4", ("4",)),
    ],
)
def test_what_the_surroundings_do_not_say_is_named(claim: str, surroundings: str, missing: tuple[str, ...]) -> None:
    assert unsupported(claim, surroundings) == missing


@pytest.mark.parametrize(
    ("quote", "match"),
    [
        (LONG, "exact"),
        (f"  “{LONG}” ", "normalised"),
        (LONG.upper(), "normalised"),
        (LONG.replace("customers", "clients"), "run"),
    ],
)
def test_how_a_quote_was_found_is_told(quote: str, match: str) -> None:
    found = find_quote(quote, talk(f"Honestly, {LONG}, right?"))
    assert found is not None
    assert found.match == match


@pytest.mark.parametrize(
    ("quote", "text", "shown"),
    [
        ("we saved forty hours", "and we saved [laughter] forty hours", "we saved [laughter] forty hours"),
        ("we saved [laughs] forty hours", "and we saved forty hours", "we saved forty hours"),
        ("we saved forty hours", "we saved (everyone laughs) forty hours", "we saved (everyone laughs) forty hours"),
        ("we saved forty hours", "we saved\u200b forty\ufeff \u200b hours", "we saved\u200b forty\ufeff \u200b hours"),
        ("a ❤ letter", "a ❤\ufe0f letter", "a ❤\ufe0f letter"),
        ("and then it broke", "That was it.And then it broke.", "And then it broke."),
    ],
)
def test_what_is_no_word_does_not_part_words(quote: str, text: str, shown: str) -> None:
    assert quoted(quote, text) == shown


def test_a_sign_that_stands_for_several_words_keeps_the_places_of_the_others() -> None:
    assert quoted("slow code", "the \ufdfa sign, slow code here") == "slow code"


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("we are slow", "we are [unintelligible] slow"),
        ("it cost forty", "it cost forty million"),
        ("million people came", "half a million people came"),
        ("it fell by 40", "it fell by 40 percent"),
        ("it has 3,5", "it has 3,5 million people"),
        ("back in nineteen", "back in nineteen ninety-nine"),
        ("we lost two", "we lost two thirds of them"),
        ("one thousand users paid", "1,000 users paid"),
        ("we are going to win", "we're going to win"),
        ("believe caches are slow", "we do not believe caches are slow"),
        ("believe caches are slow", "we don’t believe caches are slow"),
        ("ships it from Node", "who ships it from Node.js now"),
    ],
)
def test_a_part_that_says_something_else_is_refused(quote: str, text: str) -> None:
    assert quoted(quote, text) is None


def test_a_no_that_ends_before_the_quote_does_not_deny_it() -> None:
    assert quoted("caches are slow", "No, caches are slow") == "caches are slow"


def test_a_long_quote_that_ends_inside_a_number_is_cut_before_it() -> None:
    said = "the whole rewrite of the billing system in the end cost us forty million"
    assert quoted(said.removesuffix(" million"), said) == said.removesuffix(" forty million")


def test_a_quote_may_cross_the_border_of_two_segments() -> None:
    found = find_quote(
        "ends here and goes on", talk(Segment(1, 2, "Ada", "it ends here"), Segment(2, 4, "Ada", "and goes on."))
    )
    assert found is not None
    assert (found.quote, found.start_seconds, found.end_seconds) == ("ends here and goes on.", 1, 4)
