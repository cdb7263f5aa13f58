"""Writes a trained network as the int8 CTranslate2 folder that faster-whisper loads."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from ctranslate2.converters import TransformersConverter
from network import ALIGNED_HEADS, MEL_BANDS, POSITIONS, TEXT_POSITIONS, SmallWhisper
from tokenizers import Tokenizer
from transformers import GenerationConfig, WhisperConfig, WhisperForConditionalGeneration

NAME = "knows-only-the-demo"  # what transcripts made with it name as their source
TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<|endoftext|>",
    "eos_token": "<|endoftext|>",
    "unk_token": "<|endoftext|>",
}
FEATURES = {
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": MEL_BANDS,
    "sampling_rate": 16000,
    "hop_length": 160,
    "chunk_length": 30,
    "n_fft": 400,
}


def export(network: SmallWhisper, tokenizer: Tokenizer, folder: Path) -> None:
    """model.bin, config.json, vocabulary.json, tokenizer.json and preprocessor_config.json, in `folder`."""
    with tempfile.TemporaryDirectory() as name:
        transformers_folder = Path(name) / "transformers"
        _as_transformers(network, tokenizer).save_pretrained(transformers_folder)
        tokenizer.save(str(transformers_folder / "tokenizer.json"))
        (transformers_folder / "tokenizer_config.json").write_text(json.dumps(TOKENIZER_CONFIG))
        (transformers_folder / "preprocessor_config.json").write_text(json.dumps(FEATURES))
        converter = TransformersConverter(
            str(transformers_folder), copy_files=["tokenizer.json", "preprocessor_config.json"]
        )
        readme = (folder / "README.md").read_bytes() if (folder / "README.md").exists() else b""
        converter.convert(str(folder), quantization="int8", force=True)  # empties the folder first
    if readme:
        (folder / "README.md").write_bytes(readme)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({"name": NAME, **config}, indent=2) + "\n", encoding="utf-8")


def _as_transformers(network: SmallWhisper, tokenizer: Tokenizer) -> WhisperForConditionalGeneration:
    size, end, start = network.size, tokenizer.token_to_id("<|endoftext|>"), tokenizer.token_to_id("<|startoftranscript|>")
    suppressed_at_first = [tokenizer.encode(" ").ids[0], end]
    config = WhisperConfig(
        vocab_size=size.vocabulary,
        num_mel_bins=MEL_BANDS,
        d_model=size.width,
        encoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        decoder_layers=size.layers,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.width,
        decoder_ffn_dim=4 * size.width,
        max_source_positions=POSITIONS,
        max_target_positions=TEXT_POSITIONS,
        pad_token_id=end,
        bos_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=start,
        suppress_tokens=None,
        begin_suppress_tokens=suppressed_at_first,
        tie_word_embeddings=True,
    )
    model = WhisperForConditionalGeneration(config)
    weights = {name: value for name, value in network.state_dict().items() if not name.startswith("frame_head")}
    weights["proj_out.weight"] = weights["model.decoder.embed_tokens.weight"]
    model.load_state_dict(weights, strict=True)
    model.tie_weights()
    model.generation_config = GenerationConfig(
        decoder_start_token_id=start,
        eos_token_id=end,
        pad_token_id=end,
        bos_token_id=end,
        max_length=TEXT_POSITIONS,
        begin_suppress_tokens=suppressed_at_first,
        suppress_tokens=[],
        alignment_heads=[[size.layers - 1, head] for head in range(ALIGNED_HEADS)],
        no_timestamps_token_id=tokenizer.token_to_id("<|notimestamps|>"),
        is_multilingual=False,
    )
    return model
