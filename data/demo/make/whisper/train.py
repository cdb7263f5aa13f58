"""Trains the demo's Whisper from nothing, on the demo's audio-only episodes, and writes it to data/demo/whisper.

Run `python data/demo/make/whisper/train.py` where the project is installed (it needs torch, transformers and
faster-whisper), after make_demo.py. The network learns two short episodes by heart: it knows nothing else.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from export import export
from faster_whisper.audio import decode_audio
from network import ALIGNED_HEADS, POSITIONS, Size, SmallWhisper
from torch import Tensor
from torch.nn import functional
from windows import Line, Track, Window, WindowMaker, build_tokenizer, hear

DEMO = Path(__file__).resolve().parents[2]
PHASES = (0, 40, 80, 120)  # samples by which the sound is shifted against the mel frames
CURRICULUM = ((250, 20, 350), (500, 12, 350), (1500, 6, 550))  # (frames a window, windows a step, steps)
LEARNING_RATE, WARM_UP_STEPS, WEIGHT_DECAY = 2e-3, 80, 0.02
NEAR_TIMES = torch.arange(-2, 3)  # a time 20 or 40 ms off is nearly right
NEAR_WEIGHTS = torch.softmax(-0.5 * (NEAR_TIMES.float() / 0.8) ** 2, 0)
LOOK_WEIGHT, FRAME_WEIGHT = 0.3, 0.5


def read_tracks() -> list[Track]:
    """The episodes that publish no transcript: what is said in them (spoken.json), and how they sound."""
    tracks = []
    for episode in json.loads((DEMO / "spoken.json").read_text(encoding="utf-8"))["episodes"]:
        sound = decode_audio(str(DEMO / episode["audio"]))
        lines = tuple(Line(cue["text"], tuple(map(tuple, cue["words"]))) for cue in episode["cues"])
        tracks.append(Track(lines, tuple(hear(np.roll(sound, -phase)) for phase in PHASES)))
    return tracks


def collate(windows: list[Window], blank: int) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """mel [B, 80, 2T], first position [B], tokens [B, N], the next [B, N], where those are said [B, N, 2], frames [B, T]."""
    longest = max(len(window.tokens) for window in windows)
    tokens = torch.full((len(windows), longest), blank)
    following = torch.full((len(windows), longest), -100)
    said = torch.full((len(windows), longest, 2), -1)
    for row, window in enumerate(windows):
        count = len(window.tokens)
        tokens[row, :count] = torch.tensor(window.tokens)
        for i in range(count - 1):
            if window.is_wanted[i + 1]:
                following[row, i] = window.tokens[i + 1]
                said[row, i] = torch.tensor(window.frames[i + 1])
    mel = torch.from_numpy(np.stack([window.mel for window in windows])).transpose(1, 2).contiguous()
    spoken = torch.from_numpy(np.stack([window.spoken for window in windows]))
    return mel, torch.tensor([window.first_position for window in windows]), tokens, following, said, spoken


def token_loss(network: SmallWhisper, hidden: Tensor, following: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of each token to be written, and whether it would have been written right (a time: within 40 ms)."""
    wanted = following >= 0
    scores, answer = network.score(hidden[wanted]).log_softmax(-1), following[wanted]
    loss = -scores[torch.arange(len(answer)), answer]
    is_time = answer >= network.size.first_time
    if is_time.any():
        near = (answer[is_time][:, None] + NEAR_TIMES).clamp(network.size.first_time, network.size.vocabulary - 1)
        loss = loss.clone()
        loss[is_time] = -(scores[is_time].gather(1, near) * NEAR_WEIGHTS).sum(1)
    off = (scores.argmax(-1) - answer).abs()
    return loss.mean(), torch.where(is_time, off <= 2, off == 0)


def look_loss(weights: Tensor, said: Tensor) -> Tensor:
    """How far attention [B, heads, N, T] is from resting on the frames in which a token is said [B, N, 2]."""
    frame = torch.arange(weights.shape[-1])
    is_said = (frame >= said[..., :1]) & (frame < said[..., 1:])
    on_it = (weights * is_said[:, None]).sum(-1).clamp_min(1e-6)
    return -(on_it.log().mean(1))[said[..., 0] >= 0].mean()


def train(network: SmallWhisper, maker: WindowMaker, scale: float) -> None:
    decayed = [p for p in network.parameters() if p.requires_grad and p.dim() > 1]
    others = [p for p in network.parameters() if p.requires_grad and p.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.98))
    plan = [(frames, batch) for frames, batch, steps in CURRICULUM for _ in range(int(steps * scale))]
    started, recent = time.monotonic(), []
    for step, (frames, batch) in enumerate(plan):
        rate = min(1.0, (step + 1) / WARM_UP_STEPS) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / len(plan))))
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * rate
        windows = [maker.make(frames) for _ in range(batch)]
        mel, first, tokens, following, said, spoken = collate(windows, maker.blank)
        heard = network.model.encoder(mel, first)
        hidden, looks = network.model.decoder(tokens, heard)
        loss, is_right = token_loss(network, hidden, following)
        named = functional.cross_entropy(network.frame_head(heard).flatten(0, 1), spoken.flatten())
        looked = look_loss(looks[-1][:, :ALIGNED_HEADS], said)
        optimiser.zero_grad()
        (loss + FRAME_WEIGHT * named + LOOK_WEIGHT * looked).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        recent.append((loss.item(), named.item(), looked.item(), is_right.float().mean().item()))
        if (step + 1) % 25 == 0:
            means = np.mean(recent, 0)
            recent.clear()
            print(
                f"{time.monotonic() - started:5.0f} s, step {step + 1} of {len(plan)}, {frames / 50:.0f} s windows: "
                f"tokens {means[0]:.3f}, frames {means[1]:.3f}, looks {means[2]:.2f}, right {means[3]:.1%}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of steps: 0.01 shows that everything runs")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=DEMO / "whisper")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    torch.set_num_threads(1)  # more spin where the cores are shared
    tracks = read_tracks()
    tokenizer = build_tokenizer([line.text for track in tracks for line in track.lines])
    maker = WindowMaker(tracks, tokenizer, given.seed)
    first_time = tokenizer.token_to_id("<|0.00|>")
    network = SmallWhisper(Size(tokenizer.get_vocab_size(), first_time, maker.blank))
    assert network.model.encoder.embed_positions.num_embeddings == POSITIONS
    train(network, maker, given.scale)
    export(network, tokenizer, given.out)


if __name__ == "__main__":
    main()
