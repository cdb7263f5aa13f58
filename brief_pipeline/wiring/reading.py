"""From what is said to spans of it: chunks cut at topic boundaries with adverts marked, and vectors of their meaning."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from brief_pipeline.records import Chapter, Chunk, Sentence, Transcript, content_id
from brief_pipeline.stages.advert import PROTOTYPES, TRAINED_ON, AdvertSpan, mark_adverts
from brief_pipeline.stages.chunk import CHUNKER_VERSION, cut_chunks
from brief_pipeline.stages.sentence import count_words, split_sentences
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import transcript_of
from brief_pipeline.wiring.previews import PREVIEW, ROWS, draw_table
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Item, Reports, input_hashes, merge_notes, work_through

Row = dict[str, Any]


@dataclass(frozen=True)
class _Cut:
    """What an episode's transcript is cut into, and what of it is set aside."""

    chunks: tuple[Chunk, ...]
    adverts: list[Row]


def cut_transcripts(house: House, days: Sequence[date]) -> Reports:
    """Chunks of each transcript, at sentence and topic boundaries, adverts marked: raw.chunks, raw.adverts."""
    made = input_hashes(house, "raw.chunks", days)
    labels = _labels(house, days)
    items = []
    for row in house.store.select("raw.transcripts", published_on=list(days)):
        marks = tuple(Chapter(**chapter) for chapter in row["chapters"] or ())
        key = content_id(row["text_sha256"], CHUNKER_VERSION, house.embedder.name, *marks)
        is_done = made.get(row["episode_id"]) == key
        items.append(Item(row["episode_id"], labels[row["episode_id"]], row["published_on"], key, is_done, (row, marks)))

    def cut(item: Item[tuple[Row, tuple[Chapter, ...]]]) -> _Cut:
        row, marks = item.value
        return _cut(house, transcript_of(house, row), marks, row["duration_seconds"])

    def keep(item: Item[tuple[Row, tuple[Chapter, ...]]], made: _Cut) -> None:
        key = {"published_on": item.published_on, "input_hash": item.input_hash}
        rows = [{**asdict(chunk), **key, "text_hash": content_id(chunk.text)} for chunk in made.chunks]
        adverts = [{**advert, "episode_id": item.item_id, "published_on": item.published_on} for advert in made.adverts]
        scope = {"episode_id": item.item_id}
        house.store.apply([Change("raw.chunks", rows, scope), Change("raw.adverts", adverts, scope)])

    reports = work_through(house, "chunks", items, cut, keep)
    rows = house.store.select("raw.chunks", ("published_on", "is_sponsor"), published_on=list(days))
    for day in days:
        todays = [row["is_sponsor"] for row in rows if row["published_on"] == day]
        merge_notes(reports, day, rows=len(todays), sponsor_chunks=sum(todays))
    return reports


def _cut(house: House, transcript: Transcript, chapters: Sequence[Chapter], seconds: float | None) -> _Cut:
    with step("splitting"):
        sentences = split_sentences(transcript)
    texts = [sentence.text for sentence in sentences]
    with step("embedding"):
        vectors = house.embedder.embed(texts)
        likeness = (vectors @ house.embedder.embed(PROTOTYPES).T).max(axis=1) if texts else np.zeros(0, np.float32)
    fitting = vectors if house.embedder.name == TRAINED_ON else None  # another model's vectors mean something else
    with step("marking adverts"):
        adverts = mark_adverts(sentences, likeness, chapters, seconds, fitting)
    with step("cutting"):
        counts = house.embedder.count_tokens(texts)
        chunks = cut_chunks(transcript.episode_id, transcript.text, sentences, vectors, counts, adverts)
    return _Cut(chunks, [_describe(advert, position, sentences) for position, advert in enumerate(adverts)])


def _describe(advert: AdvertSpan, position: int, sentences: Sequence[Sentence]) -> Row:
    first, last = sentences[advert.first], sentences[advert.last]
    return {
        "position": position,
        "kind": advert.kind,
        "reason": advert.reason,
        "char_start": first.start,
        "char_end": last.end,
        "start_seconds": first.start_seconds,
        "end_seconds": last.end_seconds,
        "words_count": sum(count_words(sentence.text) for sentence in sentences[advert.first : advert.last + 1]),
    }


def embed_texts(house: House, days: Sequence[date]) -> Reports:
    """A vector for the text of each chunk and insight that has none yet: raw.embeddings."""
    reports: Reports = {}
    model = house.embedder.name
    for day in each_day(days):
        chunks = house.store.select("raw.chunks", ("text_hash", "text"), published_on=day)
        insights = house.store.select("raw.insights", ("text_hash", "claim", "explanation"), published_on=day)
        texts = {row["text_hash"]: row["text"] for row in chunks}
        texts |= {row["text_hash"]: _text_of(row) for row in insights}
        known = house.store.vectors(model, list(texts))
        missing = sorted(set(texts) - set(known))
        if missing:
            house.progress.begin("embeddings", len(missing))
            with step("embedding"):
                vectors = house.embedder.embed([texts[key] for key in missing])
            rows = [{"text_hash": key, "model": model, "vector": v} for key, v in zip(missing, vectors, strict=True)]
            with step("writing"):
                house.store.replace("raw.embeddings", rows, model=model, text_hash=missing)
            house.progress.end("embeddings", f"{len(missing)} done, {len(known)} as before")
        merge_notes(reports, day, rows=len(texts), embedded=len(missing), known=len(known), model=model)
        if texts:
            shown = [{"text": text} for text in list(texts.values())[:ROWS]]
            merge_notes(reports, day, **{PREVIEW: draw_table(("text",), shown, count=len(texts))})
    return reports


def _text_of(row: Row) -> str:
    return f"{row['claim']} {row['explanation']}".strip()


def _labels(house: House, days: Sequence[date]) -> dict[str, str]:
    rows = house.store.select("raw.episodes", ("episode_id", "show_title", "title"), published_on=list(days))
    return {row["episode_id"]: f"{row['show_title']}: {row['title']}" for row in rows}
