"""The networks that tell adverts from talk by sentences in their order, and how they are taught.

advert_score.py computes the same from the same arrays, without torch. A piece is the rows of describe() for consecutive
sentences, what each is, and what each counts; now and then talk of other shows is put before or after an excerpt, so that
where an excerpt ends tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from marked_excerpts import LETTERS

from brief_pipeline.stages.advert_score import DIRECT_SHARE, DISTANCES

VECTOR = 384
NARROW, PHRASES, WIDTH, TAPS = 48, 24, 64, 5
DROPOUT = 0.35
EPOCHS, RATE, DECAY, WARM_UP_STEPS, LOWEST_RATE_SHARE = 12, 2e-3, 0.03, 50, 0.02
BATCH = 8
TALK_PIECES = 500  # an epoch
BESIDE_SHARE = 0.6  # of the times talk of another show is put beside an excerpt, on each side
SMOOTHING = 0.02  # of the labels: borders are a matter of taste
EDGE = 10  # sentences: a greeting further in is not the beginning of its episode


class Piece(NamedTuple):
    """Sentences as they follow each other."""

    rows: np.ndarray
    kinds: np.ndarray
    weights: np.ndarray


class Net(torch.nn.Module):
    """A sentence's vector and phrases made narrow, layers that look further and further, and a way past them."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.direct = torch.nn.Linear(columns, len(LETTERS))
        self.vector = torch.nn.Linear(VECTOR, NARROW)
        self.phrases = torch.nn.Linear(columns - 2 * VECTOR, PHRASES)
        for at, distance in enumerate(DISTANCES):
            wide = WIDTH if at else NARROW + PHRASES
            reach = TAPS // 2 * distance
            self.add_module(f"layer{at}", torch.nn.Conv1d(wide, WIDTH, TAPS, padding=reach, dilation=distance))
        self.out = torch.nn.Linear(NARROW + PHRASES + WIDTH * len(DISTANCES), len(LETTERS))
        self.drop = torch.nn.Dropout(DROPOUT)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Pieces x sentences x columns to pieces x sentences x classes."""
        vectors = torch.relu(self.vector(self.drop(rows[..., :VECTOR])))
        phrases = torch.relu(self.phrases(rows[..., 2 * VECTOR :]))
        states = [self.drop(torch.cat([vectors, phrases], -1)).transpose(1, 2)]
        for at in range(len(DISTANCES)):
            state = states[-1] if at < 1 else self.drop(states[-1])
            states.append(torch.relu(self.get_submodule(f"layer{at}")(state)))
        read: torch.Tensor = self.out(self.drop(torch.cat(states, 1).transpose(1, 2)))
        return read + DIRECT_SHARE * self.direct(self.drop(rows))


def teach(excerpts: Sequence[Piece], talk: Sequence[Piece], seed: int) -> dict[str, np.ndarray]:
    """The arrays of a network."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    net = Net(excerpts[0].rows.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps, step = EPOCHS * ((len(excerpts) + TALK_PIECES) // BATCH), 0
    for _ in range(EPOCHS):
        for rows, kinds, weights in _batches(excerpts, talk, chance):
            share = min(1.0, (step + 1) / WARM_UP_STEPS) * max(LOWEST_RATE_SHARE, 1 - step / steps)
            optimiser.param_groups[0]["lr"] = RATE * share
            read = net(rows).reshape(-1, len(LETTERS))
            losses = torch.nn.functional.cross_entropy(read, kinds.reshape(-1), reduction="none", label_smoothing=SMOOTHING)
            loss = (losses * weights.reshape(-1)).sum() / weights.sum().clamp(min=1.0)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            step += 1
    return {name: value.detach().numpy() for name, value in net.state_dict().items()}


def _batches(
    excerpts: Sequence[Piece], talk: Sequence[Piece], chance: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Every excerpt once and as many pieces of talk as TALK_PIECES, in random order."""
    drawn = [talk[at] for at in chance.choice(len(talk), min(TALK_PIECES, len(talk)), replace=False)]
    pieces = [*(_beside_talk(excerpt, talk, chance) for excerpt in excerpts), *drawn]
    order = chance.permutation(len(pieces))
    for start in range(0, len(pieces) - BATCH + 1, BATCH):
        batch = [pieces[at] for at in order[start : start + BATCH]]
        shape = (BATCH, max(len(piece.rows) for piece in batch))
        rows = np.zeros((*shape, batch[0].rows.shape[1]), np.float32)
        kinds, weights = np.zeros(shape, np.int64), np.zeros(shape, np.float32)
        for at, piece in enumerate(batch):
            count = len(piece.rows)
            rows[at, :count], kinds[at, :count], weights[at, :count] = piece
        yield torch.from_numpy(rows), torch.from_numpy(kinds), torch.from_numpy(weights)


def _beside_talk(excerpt: Piece, talk: Sequence[Piece], chance: np.random.Generator) -> Piece:
    parts = [excerpt]
    begins = LETTERS.index("I") in excerpt.kinds[:EDGE]
    ends = LETTERS.index("O") in excerpt.kinds[-EDGE:]
    if not begins and chance.random() < BESIDE_SHARE:
        parts.insert(0, talk[chance.integers(len(talk))])
    if not ends and chance.random() < BESIDE_SHARE:
        parts.append(talk[chance.integers(len(talk))])
    return Piece(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
