"""Whisper's network in plain torch, small, with the weights named as in transformers' WhisperForConditionalGeneration.

After Radford et al. 2022 (https://arxiv.org/abs/2212.04356). Two things are for training alone: the encoder may run on a
slice of its 1500 positions, and a second output names the token that is spoken in each frame of 20 ms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MEL_BANDS = 80
POSITIONS = 1500  # frames of 20 ms: 30 seconds
TEXT_POSITIONS = 448
ALIGNED_HEADS = 2  # of the last layer: taught to look at the word they write, which is where word times come from
NEAR_FRAMES = ((-5, -2, 2, 5), (-10, -4, 4, 10))  # where each encoder head looks before it has learned anything


@dataclass(frozen=True)
class Size:
    """What makes one network larger than another."""

    vocabulary: int
    first_time: int  # the token of 0.00 s; the 1501 times are the last tokens
    blank: int  # the token that stands for "nothing is said" in a frame
    width: int = 128
    heads: int = 4
    layers: int = 2


def sinusoids(count: int, width: int) -> Tensor:
    """Positions as waves, as Whisper's encoder has them: [count, width]."""
    frequencies = _frequencies(width)
    angles = torch.arange(count)[:, None] * frequencies[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


def _frequencies(width: int) -> Tensor:
    return torch.exp(-math.log(10000) / (width // 2 - 1) * torch.arange(width // 2))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, source: Tensor | None = None, causal: bool = False) -> tuple[Tensor, Tensor | None]:
        """The attended values, and the weights [batch, heads, queries, keys] where it looks at another sequence."""
        other = x if source is None else source
        q, k, v = self._split(self.q_proj(x)), self._split(self.k_proj(other)), self._split(self.v_proj(other))
        weights = None
        if source is None:
            mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        else:
            weights = ((q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5).softmax(-1)
            mixed = weights @ v
        return self.out_proj(mixed.transpose(1, 2).reshape(x.shape)), weights

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


class Layer(nn.Module):
    """One layer of either half. Only the decoder's look at the encoder's output."""

    def __init__(self, width: int, heads: int, looks: bool) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        if looks:
            self.encoder_attn = Attention(width, heads)
            self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, heard: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=heard is not None)[0]
        weights = None
        if heard is not None:
            looked, weights = self.encoder_attn(self.encoder_attn_layer_norm(x), heard)
            x = x + looked
        return x + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(x)))), weights


class Encoder(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MEL_BANDS, size.width, 3, padding=1)
        self.conv2 = nn.Conv1d(size.width, size.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(POSITIONS, size.width)
        self.embed_positions.weight.requires_grad_(False)
        self.embed_positions.weight.copy_(sinusoids(POSITIONS, size.width))
        self.layers = nn.ModuleList(Layer(size.width, size.heads, looks=False) for _ in range(size.layers))
        self.layer_norm = nn.LayerNorm(size.width)

    def forward(self, mel: Tensor, first_position: Tensor) -> Tensor:
        """mel [batch, 80, 2 T] and the position each window begins at [batch] -> [batch, T, width]."""
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(mel)))).transpose(1, 2)
        x = x + self.embed_positions(first_position[:, None] + torch.arange(x.shape[1])[None])
        for layer in self.layers:
            x, _ = layer(x)
        return self.layer_norm(x)


class Decoder(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(size.vocabulary, size.width)
        self.embed_positions = nn.Embedding(TEXT_POSITIONS, size.width)
        self.layers = nn.ModuleList(Layer(size.width, size.heads, looks=True) for _ in range(size.layers))
        self.layer_norm = nn.LayerNorm(size.width)

    def forward(self, tokens: Tensor, heard: Tensor) -> tuple[Tensor, list[Tensor]]:
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        looks = []
        for layer in self.layers:
            x, weights = layer(x, heard)
            looks.append(weights)
        return self.layer_norm(x), looks


class SmallWhisper(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.model = nn.Module()
        with torch.no_grad():
            self.model.encoder, self.model.decoder = Encoder(size), Decoder(size)
            self.frame_head = nn.Linear(size.width, size.blank + 1)
            self._start_near_the_answer()

    def score(self, hidden: Tensor) -> Tensor:
        return hidden @ self.model.decoder.embed_tokens.weight.T

    def _start_near_the_answer(self) -> None:
        """Times start as the same waves as positions, and encoder heads as looks at near frames: it learns in minutes."""
        size, tokens = self.size, self.model.decoder.embed_tokens.weight
        tokens.normal_(0, 0.06)
        tokens[size.first_time : size.first_time + POSITIONS] = 0.1 * sinusoids(POSITIONS, size.width)
        tokens[size.first_time + POSITIONS] = tokens[size.first_time + POSITIONS - 1]
        self.model.decoder.embed_positions.weight.copy_(0.05 * sinusoids(TEXT_POSITIONS, size.width))
        head_width = size.width // size.heads
        for layer, offsets in zip(self.model.encoder.layers, NEAR_FRAMES, strict=True):
            for head, offset in enumerate(offsets):
                rows = slice(head * head_width, (head + 1) * head_width)
                query, key = _look_at(offset, head_width, size.width)
                layer.self_attn.q_proj.weight[rows] = query + 0.01 * torch.randn_like(query)
                layer.self_attn.k_proj.weight[rows] = key + 0.01 * torch.randn_like(key)
            layer.self_attn.q_proj.bias.zero_()


def _look_at(offset: int, head_width: int, width: int) -> tuple[Tensor, Tensor]:
    """Weights with which q.k = sum_f cos(f (t + offset - s)): a head that looks at frame s = t + offset."""
    gain = 1.35 * math.sqrt(32 / head_width) ** 0.5
    frequencies, half = _frequencies(width), width // 2
    chosen = torch.linspace(0, (half - 1) * 0.48, head_width // 2).round().long().tolist()
    query, key = torch.zeros(head_width, width), torch.zeros(head_width, width)
    for j, f in enumerate(chosen):
        cos, sin = math.cos(frequencies[f] * offset), math.sin(frequencies[f] * offset)
        key[2 * j, f] = key[2 * j + 1, half + f] = gain
        query[2 * j, f], query[2 * j, half + f] = gain * cos, gain * sin
        query[2 * j + 1, half + f], query[2 * j + 1, f] = gain * cos, -gain * sin
    return query, key
