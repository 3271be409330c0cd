"""Softmax regression with a ridge penalty, fitted by L-BFGS in plain numpy.

The method: D. C. Liu and J. Nocedal, On the limited memory BFGS method (1989), with Armijo backtracking.
The problem is convex, so any start leads to the same weights; a start near them only saves time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MEMORY = 12  # pairs of steps kept
_LOOKS = 12  # step lengths tried before giving up


def softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def fit(
    features: Floats,
    labels: NDArray[np.intp],
    classes: int,
    *,
    strength: float,
    start: Floats | None = None,
    rounds: int = 120,
    tolerance: float = 1e-3,
) -> Floats:
    """Weights of shape (features + 1, classes), the bias last. `strength` is C: less of it means more penalty."""
    rows, width = features.shape
    penalty = 1.0 / (strength * rows)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = features @ weights[:-1] + weights[-1]
        shifted = scores - scores.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        sums = powers.sum(axis=1, keepdims=True)
        data = float(np.mean(np.log(sums[:, 0]) - shifted[np.arange(rows), labels]))
        powers /= sums
        powers[np.arange(rows), labels] -= 1
        powers /= rows
        slope = np.empty_like(weights)
        slope[:-1] = features.T @ powers
        slope[:-1] += penalty * weights[:-1]
        slope[-1] = powers.sum(axis=0)
        return data + 0.5 * penalty * float(np.vdot(weights[:-1], weights[:-1])), slope

    first = np.zeros((width + 1, classes), np.float32) if start is None else start.astype(np.float32)
    return _descend(loss, first, rounds, tolerance / rows**0.5)


def _descend(loss: Callable[[Floats], tuple[float, Floats]], weights: Floats, rounds: int, tolerance: float) -> Floats:
    steps: deque[tuple[Floats, Floats, float]] = deque(maxlen=_MEMORY)
    value, slope = loss(weights)
    for _ in range(rounds):
        if float(np.abs(slope).max()) < tolerance:
            break
        direction = _direction(slope, steps)
        downhill = float(np.vdot(direction, slope))
        length = 1.0 if steps else 1.0 / max(float(np.linalg.norm(slope)), 1e-12)
        for _ in range(_LOOKS):
            tried = weights + length * direction
            next_value, next_slope = loss(tried)
            if next_value <= value + 1e-4 * length * downhill:
                break
            length *= 0.5
        else:
            break  # float32 sees no way down any more
        moved, turned = tried - weights, next_slope - slope
        curve = float(np.vdot(moved, turned))
        if curve > 1e-12:
            steps.append((moved, turned, 1.0 / curve))
        weights, value, slope = tried, next_value, next_slope
    return weights


def _direction(slope: Floats, steps: deque[tuple[Floats, Floats, float]]) -> Floats:
    """The two loops of L-BFGS."""
    direction = -slope
    shares: list[float] = []
    for moved, turned, inverse in reversed(steps):
        share = inverse * float(np.vdot(moved, direction))
        shares.append(share)
        direction -= share * turned
    if steps:
        moved, turned, _ = steps[-1]
        direction *= float(np.vdot(moved, turned)) / float(np.vdot(turned, turned))
    for (moved, turned, inverse), share in zip(steps, reversed(shares), strict=True):
        direction += (share - inverse * float(np.vdot(turned, direction))) * moved
    return direction
