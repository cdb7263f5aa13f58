"""A Whisper of random weights and tiny dimensions: it runs the recogniser's whole code path, and hears made-up words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "de", "fr", "es", "ru", "zh")
TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
MADE_UP_WORDS = 40
MOST_SECONDS = 30.0  # one window
SPACE, NEVER_SPOKEN = "Ġ", "Ā"  # the bytes 32 and 0, as byte-level vocabularies write them


def build_tiny_whisper(folder: Path, multilingual: bool = True, seed: int = 1) -> Path:
    """A folder that faster-whisper loads: config.json, model.bin, tokenizer.json, vocabulary.json (about 3 s)."""
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

    source = folder.with_name(f"{folder.name}-transformers")
    source.mkdir(parents=True)
    ids = _write_tokenizer(source)
    end, start = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    config = WhisperConfig(
        vocab_size=len(ids),
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        suppress_tokens=None,
        begin_suppress_tokens=[ids[SPACE], end],
    )
    torch.manual_seed(seed)
    model: Any = WhisperForConditionalGeneration(config)
    with torch.no_grad():  # a token whose row is zero loses to some made-up word: no loose bytes in the text
        model.model.decoder.embed_tokens.weight[: ids[f"{SPACE}word0"]] = 0.0
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start,
        eos_token_id=end,
        pad_token_id=end,
        max_length=448,
        begin_suppress_tokens=[ids[SPACE], end],
        suppress_tokens=[],
        alignment_heads=[[0, 0], [0, 1]],  # where the times of words are read
        no_timestamps_token_id=ids["<|notimestamps|>"],
        is_multilingual=multilingual,
        lang_to_id={f"<|{code}|>": ids[f"<|{code}|>"] for code in LANGUAGES},
    )
    model.save_pretrained(source)
    TransformersConverter(str(source), copy_files=["tokenizer.json", "preprocessor_config.json"]).convert(str(folder))
    if multilingual:
        _mark_multilingual(folder, ids)
    return folder


def _write_tokenizer(folder: Path) -> dict[str, int]:
    """A byte-level vocabulary with some words that nobody can write but the model can say; gives each token's id."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [f"{SPACE}word{number}" for number in range(MADE_UP_WORDS)]
    tokenizer: Any = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(bytes_ + words)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    marks = ["endoftext", "startoftranscript", *LANGUAGES, *TASKS]
    marks += [f"{step * 0.02:.2f}" for step in range(int(MOST_SECONDS / 0.02) + 1)]
    tokenizer.add_special_tokens([AddedToken(f"<|{mark}|>", special=True) for mark in marks])
    tokenizer.save(str(folder / "tokenizer.json"))
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**kind, "bos_token": "<|endoftext|>"}))
    sound = {"feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_extractor_type": "WhisperFeatureExtractor", **sound})
    )
    ids: dict[str, int] = tokenizer.get_vocab()
    return ids


def _mark_multilingual(folder: Path, ids: dict[str, int]) -> None:
    """CTranslate2 takes a Whisper for multilingual when its vocabulary holds the empty token."""
    vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    vocabulary[vocabulary.index(NEVER_SPOKEN)] = ""
    (folder / "vocabulary.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    config = json.loads((folder / "config.json").read_text())
    config["lang_ids"] = [ids[f"<|{code}|>"] for code in LANGUAGES]
    (folder / "config.json").write_text(json.dumps(config))
