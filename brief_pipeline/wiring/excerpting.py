"""Insights without a language model: the speakers' own sentences."""

import time

from brief_pipeline.errors import LanguageUnread
from brief_pipeline.stages.candidate import claims_graded, find_candidates
from brief_pipeline.stages.insight import EXTRACTOR_VERSION, choose_insights, insights_wanted
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.wiring.grounding import Extraction, Reading, ground
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step

EXTRACTED_LANGUAGES = frozenset({"en", ""})  # "": nobody says which, so it is tried


def extract_sentences(house: House, reading: Reading) -> Extraction:
    """Insights in the speakers' own sentences, without a language model."""
    language = (reading.transcript.language or "").partition("-")[0]
    if language not in EXTRACTED_LANGUAGES:
        raise LanguageUnread(
            f"it is in {language!r}, and without a language model insights are extracted from English only: "
            'set [llm] model in brief.toml (such as "ollama/llama3.1")'
        )
    started = time.monotonic()
    sentences = split_sentences(reading.transcript)
    is_marked = [reading.is_marked(sentence.start, sentence.end) for sentence in sentences]
    with step("embedding"):
        vectors = house.embedder.embed([sentence.text for sentence in sentences])
    text = reading.transcript.text
    words = len(text.split())
    names = [name for name in (reading.episode["show_title"], *(reading.episode["people"] or ())) if name]
    candidates = find_candidates(sentences, vectors, is_marked, claims_graded(words), names)
    with step("grading"):
        grades = house.grader.grade([candidate.text for candidate in candidates])
    proposals = choose_insights(text, sentences, vectors, candidates, grades, insights_wanted(words))
    insights, dropped = ground(reading, proposals, "extract", EXTRACTOR_VERSION)
    spent = time.monotonic() - started
    return Extraction(insights, len(proposals), dropped, spent, candidates=len(candidates))
