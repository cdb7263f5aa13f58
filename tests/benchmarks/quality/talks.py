"""The episodes that insights are measured on, ready to be picked from, and what an editor made of the demo's."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from bench_evidence import DEMO, ENGLISH

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Chapter, Segment, Sentence, Transcript, Word
from brief_pipeline.stages.advert import mark_adverts
from brief_pipeline.stages.chapter import read_chapters
from brief_pipeline.stages.chunk import cut_chunks
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.stages.sentence import WORDS_PER_HOUR, count_words, split_sentences
from brief_pipeline.stages.spoken_text import tidy
from brief_pipeline.stages.transcript import read_transcript
from brief_pipeline.wiring.grounding import Reading
from brief_pipeline.wiring.house import House

GOLD = Path(__file__).with_name("gold.json")
SEED = 20260302
FEWEST_WORDS = 8  # of a sentence that a plain method may pick: shorter ones are replies
FEWEST_TRANSCRIPT_WORDS = 3_000
DATE_LENGTH = len("-2026-03-02")  # at the end of a demo guid
LEFT_OUT = frozenset(("nasty", "feeds", "audio", "chapters", "opml"))  # folders of a corpus without talk, or with ill files
ANY_DAY = datetime(2026, 3, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Pick:
    """What a method picks, as a reader gets it, and the words of the transcript that it rests on (start..end)."""

    claim: str
    explanation: str
    quote: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """What the grader reads."""
        return f"{self.claim} | {self.explanation}" if self.explanation else self.claim


@dataclass(frozen=True)
class Gold:
    """Sentences of an episode, as an editor sorted them."""

    insights: tuple[str, ...]
    non_insights: tuple[str, ...]
    adverts: tuple[str, ...]


class Talk:
    """An episode, split, embedded and with its adverts marked, as the chunks' stage does it; `cost`: CPU seconds by step."""

    def __init__(
        self,
        house: House,
        transcript: Transcript,
        about: Mapping[str, Any],
        chapters: Sequence[Chapter] = (),
        seconds: float | None = None,
        gold: Gold | None = None,
    ) -> None:
        self.house, self.transcript, self.gold = house, transcript, gold
        self.words = len(transcript.text.split())
        self.cost: dict[str, float] = {}
        self.sentences: tuple[Sentence, ...] = self._pay("split", lambda: split_sentences(transcript))
        self.vectors: np.ndarray = self._pay("embed", lambda: house.embedder.embed([s.text for s in self.sentences]))
        self.reading: Reading = self._pay("adverts", lambda: self._read(about, chapters, seconds))
        self.is_marked = [self.reading.is_marked(s.start, s.end) for s in self.sentences]

    def _pay(self, step: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        made = work()
        self.cost[step] = time.process_time() - started
        return made

    def _read(self, about: Mapping[str, Any], chapters: Sequence[Chapter], seconds: float | None) -> Reading:
        episode = {"show_title": "", "title": "", "description": "", "people": (), "published_on": None, **about}
        episode["episode_id"] = self.transcript.episode_id
        adverts = mark_adverts(self.sentences, None, chapters, seconds, self.vectors)
        counts = self.house.embedder.count_tokens([s.text for s in self.sentences])
        name, text = self.transcript.episode_id, self.transcript.text
        chunks = cut_chunks(name, text, self.sentences, self.vectors, counts, adverts)
        return Reading(episode, self.transcript, [asdict(chunk) for chunk in chunks])

    def pick(self, number: int, tidied: str | None = None) -> Pick:
        """Sentence `number` as a pick."""
        sentence = self.sentences[number]
        return Pick(tidied or tidy(sentence.text), "", sentence.text, sentence.start, sentence.end)

    def list_long(self, without_marked: bool = False) -> list[int]:
        """The sentences that a plain method may pick."""
        long = [i for i, sentence in enumerate(self.sentences) if count_words(sentence.text) >= FEWEST_WORDS]
        return [i for i in long if not (without_marked and self.is_marked[i])]


def load_gold() -> dict[str, Gold]:
    """The gold set by the episode's guid."""
    episodes = json.loads(GOLD.read_text(encoding="utf-8"))["episodes"]
    return {guid: Gold(**{kind: tuple(said) for kind, said in kinds.items()}) for guid, kinds in episodes.items()}


def load_demo(guid: str) -> tuple[Transcript, dict[str, Any], tuple[Chapter, ...], float | None]:
    """An episode of the demo: its transcript, what its feed says of it, its chapters and its length in seconds."""
    folder = DEMO / guid[:-DATE_LENGTH]
    contents = read_feed((folder / "feed.xml").read_bytes(), folder.name, f"https://demo.example/{folder.name}/", ANY_DAY)
    episode = next(episode for episode in contents.episodes if episode.guid == guid)
    about = {name: getattr(episode, name) for name in ("show_title", "title", "description", "people")}
    chapters = read_chapters((folder / Path(episode.chapters_url).name).read_bytes()) if episode.chapters_url else ()
    if episode.transcripts:
        read = read_transcript((folder / Path(episode.transcripts[0].url).name).read_bytes())
        segments, source = read.segments, f"publisher:{read.format}"
    else:
        segments, source = _load_spoken(guid), "spoken.json"
    return Transcript(guid, source, "en", segments), about, chapters, episode.duration_seconds


def _load_spoken(guid: str) -> tuple[Segment, ...]:
    spoken = json.loads((DEMO / "spoken.json").read_text(encoding="utf-8"))["episodes"]
    cues = next(episode["cues"] for episode in spoken if episode["episode"] == guid)
    return tuple(
        Segment(cue["start"], cue["end"], None, cue["text"], tuple(Word(*word) for word in cue["words"])) for cue in cues
    )


def load_corpus(folder: Path, count: int) -> list[Transcript]:
    """A seeded sample of the long English transcripts of a folder, no text twice."""
    files = sorted(
        file for file in folder.rglob("*") if LEFT_OUT.isdisjoint(file.relative_to(folder).parts) and file.is_file()
    )
    random.Random(SEED).shuffle(files)
    found: dict[str, Transcript] = {}
    for file in files:
        if len(found) == count:
            break
        try:
            read = read_transcript(file.read_bytes())
        except TranscriptUnreadable:
            continue
        talk = Transcript(file.relative_to(folder).as_posix(), f"publisher:{read.format}", "en", read.segments)
        words = talk.text.split()
        if len(words) >= FEWEST_TRANSCRIPT_WORDS and len(ENGLISH.findall(talk.text)) > len(words) / 15:
            found.setdefault(" ".join(words[1000:1100]), talk)
    return sorted(found.values(), key=lambda talk: talk.episode_id)


def cut_hour(transcripts: Sequence[Transcript]) -> Transcript:
    """About 10,000 words: the beginning of the shortest transcript that has them, else all of them joined."""
    long = [talk for talk in transcripts if len(talk.text.split()) >= WORDS_PER_HOUR]
    chosen = [min(long, key=lambda talk: len(talk.text.split()))] if long else transcripts
    segments: list[Segment] = []
    words = 0
    for segment in (segment for talk in chosen for segment in talk.segments):
        if words >= WORDS_PER_HOUR:
            break
        segments.append(segment if long else replace(segment, start_seconds=None, end_seconds=None, words=()))
        words += len(segment.text.split())
    return Transcript(chosen[0].episode_id if long else "the episodes joined", "publisher", "en", tuple(segments))
