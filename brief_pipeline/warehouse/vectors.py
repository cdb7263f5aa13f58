"""Vectors out of the store, fast and within bounds: those of all insights, and those of some texts.

A list column comes out of DuckDB as one small array a row. Fetched whole, 100,000 of 384 numbers cost 1.9 GB beside the
chunks' vectors in the same table; so they are streamed in blocks, each stacked and put in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from brief_pipeline.warehouse.models import PARTITION, write_sql
from brief_pipeline.warehouse.scope import build_conditions

Floats = NDArray[np.float32]

BATCHES = 4  # of 2,048 rows that are stacked at a time: 12 MB at 384 numbers a vector
# DuckDB keeps every block it has read, up to four fifths of the machine's memory: the whole of raw.embeddings, most of which
# is the chunks' vectors. Below this it lets go of them, and is no slower; it spills to disk only past millions of insights.
MEMORY = "256MB"

_INSIGHTS, _EMBEDDINGS = "raw.insights", "raw.embeddings"
_ABOUT = ("insight_id", "episode_id", "feed_id", PARTITION, "text_hash")


@dataclass(frozen=True, eq=False, slots=True)
class InsightVectors:
    """All insights that have a vector, sorted by id: arrays of one length.

    The texts are not here: `select("raw.insights", ("insight_id", "claim", "explanation"), insight_id=[...])` gives them
    for those that matter.
    """

    insight_id: NDArray[np.object_]  # of str, as the next two and the last but one
    episode_id: NDArray[np.object_]
    feed_id: NDArray[np.object_]
    published_on: NDArray[np.datetime64]  # datetime64[D]: compares with a datetime.date, and .tolist() gives dates
    text_hash: NDArray[np.object_]
    vectors: Floats  # n x d, unit rows; 0 x 0 where there are none

    def __len__(self) -> int:
        return len(self.insight_id)


def load_insight_vectors(connection: duckdb.DuckDBPyConnection, model: str) -> InsightVectors:
    """Every insight whose text has a vector of the model, also of shows that are no longer followed."""
    with_vector = exp.select("text_hash").from_(_EMBEDDINGS).where(exp.column("model").eq(exp.Placeholder()))
    insights = exp.select(*_ABOUT).from_(_INSIGHTS).where(exp.column("text_hash").isin(query=with_vector))
    about = connection.sql(write_sql(insights.order_by("insight_id", "text_hash")), params=[model]).fetchnumpy()
    about[PARTITION] = about[PARTITION].astype("datetime64[D]")
    keys = about["text_hash"].astype(np.str_)
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    vectors = np.zeros((0, 0), np.float32)
    own = exp.column("text_hash").isin(query=exp.select("text_hash").from_(_INSIGHTS))
    for hashes, block in _stream(connection, [exp.column("model").eq(exp.Placeholder()), own], [model]):
        if not vectors.size:
            vectors = np.empty((len(keys), block.shape[1]), np.float32)
        first, past = (np.searchsorted(ordered, hashes, side) for side in ("left", "right"))
        counts = past - first  # insights with this very text: one as a rule
        source = np.repeat(np.arange(len(hashes)), counts)
        nth = np.arange(len(source)) - np.repeat(np.cumsum(counts) - counts, counts)
        vectors[order[first[source] + nth]] = block[source]
    return InsightVectors(**about, vectors=vectors)


def load_vectors(connection: duckdb.DuckDBPyConnection, model: str, text_hashes: Sequence[str]) -> dict[str, Floats]:
    """The vectors of these texts by hash; those without one are left out."""
    conditions, parameters = build_conditions({"model": model, "text_hash": list(text_hashes)})
    return {
        str(key): row
        for keys, block in _stream(connection, conditions, parameters)
        for key, row in zip(keys, block, strict=True)
    }


def _stream(
    connection: duckdb.DuckDBPyConnection, conditions: Sequence[exp.Condition], parameters: Sequence[Any]
) -> Iterator[tuple[NDArray[np.str_], Floats]]:
    """Hashes and vectors (n x d) of raw.embeddings, block by block, in no order."""
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    chosen = exp.select("text_hash", "vector").from_(_EMBEDDINGS).where(*conditions)
    connection.execute(write_sql(chosen), list(parameters))
    while len(frame := connection.fetch_df_chunk(BATCHES)):
        yield (
            frame["text_hash"].to_numpy().astype(np.str_),
            np.stack(frame["vector"].to_numpy()).astype(np.float32, copy=False),
        )
