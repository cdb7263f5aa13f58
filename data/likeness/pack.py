"""What was taught, as flat arrays: no scikit-learn is needed to use it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier


def pack(regression: Any, trees: HistGradientBoostingClassifier, name: str) -> dict[str, np.ndarray]:
    """The weights of a scaled regression and of trees, as stages/likeness_model.py reads them."""
    scale, lines = regression.steps[0][1], regression.steps[1][1]
    packed: dict[str, list[Any]] = {
        key: [] for key in ("feature", "threshold", "left", "right", "value", "roots", "tree_class")
    }
    depth = start = 0
    for step in trees._predictors:
        for number, tree in enumerate(step):
            nodes, leaf = tree.nodes, tree.nodes["is_leaf"].astype(bool)
            own = np.arange(len(nodes))
            packed["roots"].append(start)
            packed["tree_class"].append(number)
            packed["feature"] += np.where(leaf, 0, nodes["feature_idx"]).tolist()
            packed["threshold"] += np.where(leaf, 0.0, nodes["num_threshold"]).tolist()
            packed["left"] += (start + np.where(leaf, own, nodes["left"])).tolist()
            packed["right"] += (start + np.where(leaf, own, nodes["right"])).tolist()
            packed["value"] += np.where(leaf, nodes["value"], 0.0).tolist()
            depth, start = max(depth, int(nodes["depth"].max())), start + len(nodes)
    kinds = {"feature": np.uint8, "threshold": np.float32, "left": np.uint16, "right": np.uint16, "value": np.float32}
    kinds |= {"roots": np.uint16, "tree_class": np.uint8}
    arrays = {key: np.array(values, kinds[key]) for key, values in packed.items()}
    arrays |= {"centre": scale.mean_, "spread": scale.scale_, "slopes": lines.coef_, "constant": lines.intercept_}
    arrays |= {"baseline": np.ravel(trees._baseline_prediction), "depth": np.array(depth)}
    return {
        f"{name}/{key}": value.astype(np.float32) if value.dtype == np.float64 else value for key, value in arrays.items()
    }
