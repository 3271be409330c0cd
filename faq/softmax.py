"""Softmax regression with a ridge penalty, fitted by SciPy's L-BFGS. Only the training process imports this."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from faq.head import softmax

Floats = NDArray[np.float32]
Block = Any  # a matrix, dense or a sparse one of SciPy: a row per phrase

_MEMORY = 12  # pairs of steps kept


def fit(
    blocks: Sequence[Block],
    labels: NDArray[np.intp],
    classes: int,
    *,
    strength: float,
    rounds: int = 120,
    tolerance: float = 1e-3,
) -> Floats:
    """Weights of shape (columns of all blocks + 1, classes), the bias last.

    `strength` is C: less of it means more penalty. The problem is convex, so any start leads to the same weights.
    """
    rows = len(labels)
    width = sum(block.shape[1] for block in blocks)
    penalty = 1.0 / (strength * rows)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(width + 1, classes).astype(np.float32)
        chances = predict(blocks, weights)
        data = -float(np.mean(np.log(np.maximum(chances[np.arange(rows), labels], 1e-30))))
        chances[np.arange(rows), labels] -= 1
        chances /= rows
        slope = np.vstack([*(block.T @ chances for block in blocks), chances.sum(axis=0)])
        slope[:-1] += penalty * weights[:-1]
        return data + 0.5 * penalty * float(np.vdot(weights[:-1], weights[:-1])), slope.ravel().astype(np.float64)

    found = minimize(
        loss,
        np.zeros((width + 1) * classes),
        method="L-BFGS-B",
        jac=True,
        options={"maxcor": _MEMORY, "maxiter": rounds, "gtol": tolerance / rows**0.5, "ftol": 0.0},
    )
    return np.asarray(found.x, np.float32).reshape(width + 1, classes)


def predict(blocks: Sequence[Block], weights: Floats) -> Floats:
    scores, start = weights[-1], 0
    for block in blocks:
        scores = scores + block @ weights[start : start + block.shape[1]]
        start += block.shape[1]
    return softmax(scores)
