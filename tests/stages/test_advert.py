from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.records import Chapter, Segment, Sentence, Transcript
from brief_pipeline.stages import advert
from brief_pipeline.stages.advert import PROTOTYPES, AdvertSpan, mark_adverts
from brief_pipeline.stages.advert_rules import EDGE_SECONDS
from brief_pipeline.stages.advert_score import CLASSES
from brief_pipeline.stages.advert_span import find_runs
from brief_pipeline.stages.sentence import split_sentences

FILLER = [f"Caches of kind {k} are hard." for k in range(40)]


def talk(*texts: str, speaker: str | None = None) -> tuple[Sentence, ...]:
    """One sentence a segment, five seconds each."""
    segments = tuple(Segment(5.0 * k, 5.0 * k + 5, speaker, text) for k, text in enumerate(texts))
    return split_sentences(Transcript("episode", "x", "en", segments))


def amid(*texts: str) -> tuple[Sentence, ...]:
    """The texts as sentences 40, 41 ... of a longer talk, far from its edges."""
    return talk(*FILLER, *texts, *FILLER)


def near(sentences: tuple[Sentence, ...], *positions: int) -> np.ndarray:
    similarity = np.full(len(sentences), 0.1)
    similarity[list(positions)] = 0.5
    return similarity


@pytest.mark.parametrize(
    "text",
    [
        "This episode is brought to you by Acme.",
        "Today’s show is sponsored by Acme and Globex.",
        "This episode of tiny talks is also brought to you by acme.",
        "Thanks to Acme for sponsoring this episode.",
        "Thank you to Acme and to Globex for supporting the show.",
        "Now a quick word from our sponsors.",
        "Our next sponsor is Acme.",
        "My thanks to the people at Acme for their support.",
        "Use promo code TINY at checkout.",
        "Just use code TALKS20 when you sign up.",
        "Enter the coupon code tiny for 20 percent off.",
        "Go to acme.com slash tiny talks today and get ten anvils.",
    ],
)
def test_what_only_adverts_say_is_enough(text: str) -> None:
    assert [(span.first, span.last, span.kind) for span in mark_adverts(amid(text), None, (), None)] == [(40, 40, "sponsor")]


@pytest.mark.parametrize(
    "text",
    [
        "It is slow because the code is old.",
        "We run it because the code REPLACES the old one.",
        "They did sponsored research on sleep.",
        "GitHub Sponsors pays my rent.",
        "Would your company sponsor our meetup?",
        "My last sponsor in the programme was kind.",
        "This is not sponsored by anyone, I am a fan.",
        "This show is not sponsored by them.",
        "The checkout page has a little box for a promo code.",
        "The bug was brought to you by our own hubris.",
        "You can subscribe to events on the bus.",
        "You should join the community if you can.",
        "Welcome to the world of caches.",
        "If you're listening to this, we shipped.",
        "The read more link was broken.",
    ],
)
def test_talk_that_only_sounds_like_an_advert_is_left_alone(text: str) -> None:
    sentences = amid(text)
    assert mark_adverts(sentences, None, (), None) == ()
    assert mark_adverts(sentences, near(sentences), (), None) == ()


@pytest.mark.parametrize(("cosine", "count"), [(0.30, 0), (0.40, 0), (0.50, 1)])
def test_a_lone_phrase_that_adverts_share_with_talk_needs_a_sentence_very_near_the_examples(
    cosine: float, count: int
) -> None:
    sentences = amid("There is a free trial for teams.")
    similarity = near(sentences)
    similarity[40] = cosine
    assert mark_adverts(sentences, similarity, (), None) == (AdvertSpan(40, 40, "“free trial”", "sponsor"),) * count


def test_two_such_phrases_side_by_side_need_only_near_sentences() -> None:
    sentences = amid("There is a free trial for teams.", "Go to acme.com and see.")
    similarity = near(sentences)
    similarity[40:42] = 0.4
    assert [(span.first, span.last) for span in mark_adverts(sentences, similarity, (), None)] == [(40, 41)]


def test_nearness_without_a_phrase_marks_nothing() -> None:
    sentences = amid("It is the easiest way to run a team.")
    assert mark_adverts(sentences, near(sentences, 39, 40, 41), (), None) == ()


def test_what_stands_between_two_cues_is_of_the_same_advert() -> None:
    sentences = amid(
        "This episode is brought to you by Acme.", "Acme makes anvils.", "They are heavy.", "Go to acme.com today.", "So."
    )
    assert [(span.first, span.last) for span in mark_adverts(sentences, near(sentences), (), None)] == [(40, 43)]


def test_a_read_without_another_cue_goes_on_while_its_sentences_sell() -> None:
    sentences = amid(
        "This show is sponsored by Acme.", "Acme makes anvils.", "They are the best.", "So, caches.", "And more."
    )
    assert [(span.first, span.last) for span in mark_adverts(sentences, near(sentences, 41, 42), (), None)] == [(40, 42)]


def test_a_short_turn_that_opens_with_a_sponsor_is_a_read_to_its_end() -> None:
    reading = "This episode is brought to you by Acme. Anvils fall. They fall well."
    segments = (Segment(None, None, "Ada", " ".join(FILLER)), Segment(None, None, "Bob", reading))
    after = Segment(None, None, "Ada", " ".join(FILLER))
    sentences = split_sentences(Transcript("episode", "x", "en", (*segments, after)))
    assert [(span.first, span.last) for span in mark_adverts(sentences, None, (), None)] == [(40, 42)]


def test_a_phrase_that_ends_adverts_does_not_reach_into_the_talk_after_it() -> None:
    sentences = amid("Go to acme.com slash tiny today and get ten anvils.", "So how do caches work?", "They are the best.")
    assert [(span.first, span.last) for span in mark_adverts(sentences, near(sentences, 41, 42), (), None)] == [(40, 40)]


def test_a_read_ends_where_the_host_goes_back_to_the_show() -> None:
    sentences = amid(
        "This show is sponsored by Acme.", "Anvils fall.", "Now back to the show.", "Visit acme.com to see.", "Caches."
    )
    spans = mark_adverts(sentences, None, (), None)
    assert [(span.first, span.last) for span in spans] == [(40, 40)]


def test_a_chapter_that_the_publisher_calls_an_advert_is_marked_whole() -> None:
    chapters = [
        Chapter(0, "Intro"),
        Chapter(100, "Sponsor: Acme"),
        Chapter(120, "The cache"),
        Chapter(150, "Ad"),
        Chapter(155, "End"),
    ]
    spans = mark_adverts(talk(*FILLER), None, chapters, 200.0)
    assert [(span.first, span.last, span.kind) for span in spans] == [(20, 23, "sponsor"), (30, 30, "sponsor")]
    assert "Sponsor: Acme" in spans[0].reason


@pytest.mark.parametrize(
    "title", ["GitHub Sponsors", "Why ads are broken", "Adding a cache", "Thanks to the community", "Advertising law"]
)
def test_a_chapter_about_advertising_is_no_advert(title: str) -> None:
    assert mark_adverts(talk(*FILLER), None, [Chapter(50, title), Chapter(100, "Next")], 200.0) == ()


def test_a_sponsor_chapter_without_an_end_is_not_believed_to_fill_the_episode() -> None:
    sentences = talk(*[f"Caches of kind {k} are hard." for k in range(400)])
    assert mark_adverts(sentences, None, [Chapter(50, "Sponsor")], 2000.0) == ()


def test_greetings_count_at_the_beginning_and_goodbyes_at_the_end() -> None:
    greeting = ["Hello and welcome to Tiny Talks.", "I'm your host, Ada."]
    goodbye = ["Thanks for listening.", "The music is by Bob."]
    spans = mark_adverts(talk(*greeting, *FILLER, *goodbye), None, (), None)
    assert [(span.first, span.last, span.kind) for span in spans] == [(0, 1, "intro"), (42, 43, "outro")]


def test_the_edges_are_counted_in_seconds_too() -> None:
    late = [Segment(EDGE_SECONDS + 1, EDGE_SECONDS + 5, None, "Welcome to Tiny Talks.")]
    segments = [Segment(0, 9, None, FILLER[0]), *late, *(Segment(900, 905, None, text) for text in FILLER)]
    assert mark_adverts(split_sentences(Transcript("episode", "x", "en", tuple(segments))), None, (), None) == ()


def test_the_shows_own_promotion_is_named_so() -> None:
    spans = mark_adverts(talk(*FILLER, "Please subscribe and leave us a review."), None, (), None)
    assert [(span.first, span.kind) for span in spans] == [(40, "self-promotion")]


def test_in_the_middle_the_shows_own_promotion_needs_two_cues_and_nearness() -> None:
    one, two = amid("Follow us on Mastodon."), amid("Follow us on Mastodon.", "And leave us a review.")
    assert mark_adverts(one, near(one, 40), (), None) == ()
    assert mark_adverts(two, near(two), (), None) == ()
    assert [(span.first, span.last) for span in mark_adverts(two, near(two, 40, 41), (), None)] == [(40, 41)]


def test_no_sentences_give_no_adverts() -> None:
    assert mark_adverts((), None, [Chapter(0, "Sponsor")], 10.0) == ()


def test_spans_do_not_overlap_whatever_marks_them() -> None:
    sentences = talk("Welcome to Tiny Talks.", "This show is brought to you by Acme.", "Thanks for joining us.", *FILLER)
    spans = mark_adverts(sentences, None, [Chapter(0, "Sponsor"), Chapter(10, "Talk")], 300.0)
    marked = [at for span in spans for at in range(span.first, span.last + 1)]
    assert len(marked) == len(set(marked))


def test_there_are_as_many_different_examples_as_promised() -> None:
    assert 10 <= len(set(PROTOTYPES)) <= 14


def test_an_offer_with_its_address_is_an_advert_though_it_is_less_near_the_examples() -> None:
    support = "Support for Tiny Talks comes from Plumb, who make beds for people who sleep at odd hours."
    offer = "Listeners get 15 percent off at plumb dot example dot com slash tiny."
    sentences = amid(support, "Plumb ships to your door.", offer)
    likeness = near(sentences, 40) + 0.3
    assert [(span.first, span.last) for span in mark_adverts(sentences, likeness, (), None)] == [(40, 42)]


def test_support_that_is_no_sponsors_is_left_alone() -> None:
    sentences = amid("Support for the bill comes from farmers who sell their power.")
    assert mark_adverts(sentences, near(sentences) + 0.2, (), None) == ()


def runs_of(worths: dict[int, float], turns: list[int] | None = None) -> list[tuple[int, int]]:
    """The runs among 30 sentences of which some score so much as a sponsor's."""
    scores = np.full((30, len(CLASSES)), -6.0)
    scores[:, 0] = 0.0
    for at, worth in worths.items():
        scores[at, 1] = worth
    no = [False] * 30
    return [(run.first, run.last) for run in find_runs(scores, turns or [0] * 30, no, no)]


def test_a_run_of_sentences_that_sell_is_one_read_though_one_of_them_does_not() -> None:
    assert runs_of({10: 5.0, 11: 5.0, 12: -2.0, 13: 5.0, 14: 5.0}) == [(10, 14)]


def test_one_sentence_that_sells_a_little_is_no_read() -> None:
    assert runs_of({10: 3.0}) == []


def test_a_run_does_not_begin_or_end_with_what_sounds_like_talk() -> None:
    assert runs_of({9: -0.1, 10: 6.0, 11: 6.0, 12: 6.0, 13: -0.1}, [0] * 9 + [1] * 5 + [2] * 16) == [(10, 12)]


def sells(monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    """The model takes these sentences for a sponsor's, and no others."""

    def score(all_texts: list[str], vectors: np.ndarray, turns: list[int]) -> np.ndarray:
        return np.array([[0.0, 5.0 if text in texts else -6.0, -9.0, -9.0, -9.0] for text in all_texts])

    monkeypatch.setattr(advert, "score_sentences", score)


def spans_of(sentences: tuple[Sentence, ...]) -> list[tuple[int, int]]:
    return [(span.first, span.last) for span in mark_adverts(sentences, None, (), None, np.zeros((len(sentences), 384)))]


def test_a_question_after_the_last_phrase_of_a_read_is_the_hosts_next(monkeypatch: pytest.MonkeyPatch) -> None:
    read = ["Pillows are soft.", "Are you tired?", "This show is sponsored by Acme.", "They are the best.", "Why caches?"]
    sells(monkeypatch, *read)
    assert spans_of(amid(*read)) == [(40, 43)]


def test_an_offer_with_its_address_is_marked_though_its_neighbours_do_not_sell(monkeypatch: pytest.MonkeyPatch) -> None:
    offer = "Get yours at acme dot com slash tiny, with free shipping."
    for said, expected in ((offer, [(40, 40)]), ("Shipping is free of charge.", [])):
        sells(monkeypatch, said)
        assert spans_of(amid(said)) == expected


def test_what_others_say_before_and_after_the_phrases_of_a_read_is_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [("Bob", "Naps are good."), ("Ada", "I nap. This show is sponsored by Acme. I love it."), ("Bob", "Naps help.")]
    sells(monkeypatch, *said[0][1:], *said[2][1:], "I nap.", "This show is sponsored by Acme.", "I love it.")
    filler = Segment(None, None, "Ada", " ".join(FILLER))
    segments = (filler, *(Segment(None, None, *turn) for turn in said), filler)
    assert spans_of(split_sentences(Transcript("episode", "x", "en", segments))) == [(41, 43)]


def test_what_the_model_scores_as_a_read_is_marked_only_with_a_phrase_or_at_length(monkeypatch: pytest.MonkeyPatch) -> None:
    def score(texts: list[str], vectors: np.ndarray, turns: list[int]) -> np.ndarray:
        return np.array([[0.0, 4.0 if "pillow" in text or "trial" in text else -6.0, -9.0, -9.0, -9.0] for text in texts])

    monkeypatch.setattr(advert, "score_sentences", score)
    short, long = ["A pillow.", "My pillow."], ["A pillow."] * 6
    for texts, expected in ((short, []), ([*short, "A free trial."], [(40, 42)]), (long, [(40, 45)])):
        sentences = amid(*texts)
        spans = mark_adverts(sentences, None, (), None, np.zeros((len(sentences), 384)))
        assert [(span.first, span.last) for span in spans] == expected
