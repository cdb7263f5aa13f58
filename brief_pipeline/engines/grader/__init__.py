"""How good an insight a candidate would make, graded as an editor would.

The grader is the packaged MiniLM with low-rank updates of its upper layers (LoRA, Hu et al. 2021, arXiv:2106.09685) and a
linear head, trained on judged candidates: data/grader/ holds the judgements and the script that makes adapter.npz.
"""

from brief_pipeline.engines.grader.minilm import Grader, MiniLmGrader

__all__ = ["Grader", "MiniLmGrader"]
