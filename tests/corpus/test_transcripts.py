"""Real transcripts, one by one, against what was counted in them by other means.

The files belong to their shows and are not in the repository: name their folder in BRIEF_CORPUS to run this. Rows that say
"counted" agree with counts made without our reader: cues, list entries, tags and paragraphs by regular expressions, json and
bs4; where they differed, the file was read and the right one of the two put here (the time of an "Outro" without words is no
time of the transcript; a cue shown twice at the same second is one). Rows that say "judged" are small files that break the
formats on purpose, and one of single words that are joined: what is read of them was looked through.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.stages.transcript import read_transcript

CORPUS = os.environ.get("BRIEF_CORPUS")
TABLE = Path(__file__).with_name("transcripts.tsv")
ROWS = list(csv.DictReader(TABLE.open(encoding="utf-8"), delimiter="\t"))


@pytest.mark.skipif(not CORPUS, reason="BRIEF_CORPUS does not name the folder of real transcripts")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_real_transcript_reads_as_it_was_counted(row: dict[str, str]) -> None:
    file = Path(CORPUS or "") / row["file"]
    if not file.exists():
        pytest.skip("not in this corpus")
    assert _read(file.read_bytes()) == {key: row[key] for key in ("outcome", "segments", "speakers", "last_second", "timed")}


@pytest.mark.skipif(not CORPUS, reason="BRIEF_CORPUS does not name the folder of real transcripts")
def test_no_transcript_of_the_corpus_is_missing_in_the_table() -> None:
    root = Path(CORPUS or "")
    found = {str(f.relative_to(root)) for folder in ("transcripts", "changelog") for f in (root / folder).rglob("*.*")}
    assert found <= {row["file"] for row in ROWS}


def _read(body: bytes) -> dict[str, str]:
    """What the table says of a file: outcome, segments, different names, last second, share of segments with times."""
    try:
        read = read_transcript(body)
    except TranscriptUnreadable as refused:
        return {"outcome": str(refused), "segments": "", "speakers": "", "last_second": "", "timed": ""}
    times = [time for s in read.segments for time in (s.start_seconds, s.end_seconds) if time is not None]
    timed = sum(1 for segment in read.segments if segment.start_seconds is not None)
    return {
        "outcome": read.format,
        "segments": str(len(read.segments)),
        "speakers": str(len({segment.speaker for segment in read.segments if segment.speaker})),
        "last_second": f"{max(times):.3f}" if times else "",
        "timed": f"{timed / len(read.segments):.3f}",
    }
