"""The gold set of the insights' benchmark is sound, and its measures count what they say."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent / "benchmarks" / "quality"))  # scripts, which import each other by name

from bench_insights import measure_picks
from methods import change_number, rank_sentences, script_replies
from talks import Gold, Pick, load_demo, load_gold

from brief_pipeline.records import Segment, Transcript
from brief_pipeline.stages.sentence import split_sentences

GOLD = load_gold()
CLAIM, FOLLOWS = "Short queues make shops richer, because people look around.", "A queue of ten sells nothing."
ASKED, SOLD = "Who told you that?", "Buy the Umbra lamp at umbra dot example dot com."
TALK = Transcript(
    "e", "publisher:vtt", "en", tuple(Segment(i, i + 1, "Ada", said) for i, said in enumerate((CLAIM, FOLLOWS, ASKED, SOLD)))
)
SORTED = Gold((CLAIM,), (ASKED,), (SOLD,))


def pick_of(quote: str, claim: str | None = None) -> Pick:
    start = max(0, TALK.text.find(quote))
    return Pick(claim or quote, "", quote, start, start + len(quote))


@pytest.mark.parametrize("guid", GOLD)
def test_each_gold_sentence_is_a_whole_sentence_of_its_episode_and_of_one_kind(guid: str) -> None:
    transcript, *_ = load_demo(guid)
    said = {sentence.text for sentence in split_sentences(transcript)}
    gold = GOLD[guid]
    sorted_in = [*gold.insights, *gold.non_insights, *gold.adverts]
    assert set(sorted_in) <= said
    assert len(set(sorted_in)) == len(sorted_in)
    assert 3 <= len(gold.insights) <= 6
    assert len(gold.non_insights) >= 5


def test_each_episode_of_the_demo_has_gold() -> None:
    feeds = (Path(__file__).parents[1] / "data" / "demo").glob("*/feed.xml")
    assert len(GOLD) == sum(feed.read_text(encoding="utf-8").count("<item>") for feed in feeds)


def test_a_pick_that_holds_a_gold_insight_is_counted_once_for_each_list_it_touches() -> None:
    counts, found = measure_picks(TALK, [pick_of(f"{CLAIM} {FOLLOWS}", CLAIM), pick_of(CLAIM), pick_of(ASKED)], SORTED)
    assert (counts["gold"], counts["non-insight"], found) == (2, 1, 1)
    assert (counts["grounded"], counts["alone"], counts["no greeting"], counts["no advert"]) == (3, 2, 2, 3)


def test_a_pick_that_touches_an_advert_with_a_word_is_no_longer_free_of_it() -> None:
    counts, _ = measure_picks(TALK, [pick_of(f"{ASKED} Buy"), pick_of(SOLD), pick_of(FOLLOWS)], SORTED)
    assert counts["no advert"] == 1


def test_what_was_not_said_is_not_grounded() -> None:
    counts, _ = measure_picks(TALK, [pick_of("Long queues make shops richer, because people look around.")], None)
    assert counts["grounded"] == 0


def test_a_part_of_a_gold_sentence_counts_from_half_of_it_on() -> None:
    more, less = pick_of(CLAIM[:40]), pick_of(CLAIM[:20])
    assert [measure_picks(TALK, [pick], SORTED)[1] for pick in (more, less)] == [1, 0]


@pytest.mark.parametrize(
    "line", ["Welcome to the show.", "Is it?", "I'm Ada Stone, and here we are.", "It works. Thank you."]
)
def test_greetings_and_questions_are_told(line: str) -> None:
    assert measure_picks(TALK, [pick_of(line)], None)[0]["no greeting"] == 0


def test_a_claim_that_opens_with_thanks_to_is_no_greeting() -> None:
    assert measure_picks(TALK, [pick_of("Thanks to caches, slow code is fast.")], None)[0]["no greeting"] == 1


def test_lexrank_ranks_first_what_the_others_resemble_and_last_what_they_do_not() -> None:
    ranks = rank_sentences(np.array([[1, 0], [0.8, 0.6], [0.6, 0.8], [0, 1], [0.8, -0.6]], np.float32))
    assert ranks.sum() == pytest.approx(1)
    assert ranks.argmax() == 1
    assert ranks.argmin() == 4


def test_lexrank_of_two_alike_and_one_apart_is_the_papers_fixed_point() -> None:
    assert rank_sentences(np.array([[1, 0], [1, 0], [0, 1]], np.float32)) == pytest.approx([1 / 3] * 3)
    assert rank_sentences(np.zeros((0, 2), np.float32)).tolist() == []


def test_the_scripted_model_answers_with_the_gold_and_a_fault_of_each_kind() -> None:
    gold = GOLD["tidewater-2026-03-02"]
    claims = [proposed["claim"] for proposed in script_replies(gold)]
    assert set(gold.insights) < set(claims)
    assert len(claims) == len(gold.insights) + 3
    assert gold.adverts[1] in claims


@pytest.mark.parametrize("claim", ["It fell by 17 percent.", "It fell.", "It cost 1,900 dollars in 2 years."])
def test_a_changed_number_changes_the_claim(claim: str) -> None:
    assert change_number(claim) != claim
    assert "8713" in change_number(claim).replace(",", "")
