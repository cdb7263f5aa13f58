"""The packaged MiniLM, read two ways: how good an insight a candidate makes, how well two insights match word by word."""

from brief_pipeline.engines.minilm.comparer import Comparer, MiniLmComparer
from brief_pipeline.engines.minilm.grader import Grader, MiniLmGrader

__all__ = ["Comparer", "Grader", "MiniLmComparer", "MiniLmGrader"]
