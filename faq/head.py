"""The trained part of the matcher: features -> probabilities of entries, and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Vectors
from faq.features import BUCKETS, Bag, centred, projected, weighted
from faq.nearest import Nearest

BEYOND = "out_of_scope"
# Never answered by the FAQ itself: these go to a human.
NOT_ANSWERED = frozenset({"human", "emergency", BEYOND})
NEARNESS = 0.5  # how much the nearest phrases count beside the text itself
_TINY = 1e-6


@dataclass(frozen=True)
class Calibration:
    """Turns probabilities into the chance of being right, learned on predictions for phrases held out of training.

    `confidences` and `rights` are those predictions: the threshold for any policy is read off them.
    """

    weights: NDArray[np.float64]
    confidences: NDArray[np.float32]
    rights: NDArray[np.bool_]
    beyond: NDArray[np.bool_]  # which of them are phrases about something else
    answerable: NDArray[np.bool_]  # for which of them the matcher would have answered, if sure enough

    def confidence(self, first: float, second: float, beyond: float) -> float:
        return float(_sigmoid(_clues(np.array([[first, second, beyond]])) @ self.weights)[0])

    def threshold(self, wrong_share: float, beyond_share: float) -> float:
        """The lowest confidence to answer from, so that wrong answers stay below this share of all messages."""
        weight = np.where(self.beyond, beyond_share / max(self.beyond.sum(), 1), 0.0)
        weight += np.where(self.beyond, 0.0, (1 - beyond_share) / max((~self.beyond).sum(), 1))
        order = np.argsort(-self.confidences, kind="stable")
        wrong = np.cumsum(np.where(self.answerable & ~self.rights, weight, 0.0)[order])
        allowed = int(np.searchsorted(wrong, wrong_share, side="right"))
        if allowed >= len(order):
            return float(self.confidences.min(initial=0.5))
        return float(self.confidences[order[allowed]]) + _TINY


@dataclass(frozen=True)
class Head:
    classes: tuple[str, ...]  # entry ids
    weights: Vectors  # (encoder's size + buckets + 2 * classes + 1, classes): vectors, bags, nearness, the bias
    mean: Vectors  # of all phrases' vectors
    axes: Vectors  # (encoder's size, fewer): nearness by meaning is measured along these
    rarity: Vectors  # of buckets
    nearest: Nearest
    calibration: Calibration

    def probabilities(self, vector: Vectors | None, bag: Bag) -> Vectors:
        """`vector` is None if the encoder failed on this message: characters alone then decide."""
        size = len(self.mean)
        bag = weighted(bag, self.rarity)
        direction = centred(vector[None, :], self.mean)[0] if vector is not None and size else None
        flat = projected(direction[None, :], self.axes)[0] if direction is not None else None
        near = NEARNESS * self.nearest.of(flat, bag)
        scores = near @ self.weights[size + BUCKETS : -1] + self.weights[-1]
        if direction is not None:
            scores += direction @ self.weights[:size]
        if len(bag.buckets):
            scores += bag.values @ self.weights[size + bag.buckets.astype(np.intp)]
        return softmax(scores)

    def parts(self, vector: Vectors | None, bag: Bag) -> dict[str, dict[str, float]]:
        """What the score of each class is made of, seen from the average class."""
        size = len(self.mean)
        bag = weighted(bag, self.rarity)
        direction = centred(vector[None, :], self.mean)[0] if vector is not None and size else None
        flat = projected(direction[None, :], self.axes)[0] if direction is not None else None
        none = np.zeros(len(self.classes), np.float32)
        scores = {
            "meaning": direction @ self.weights[:size] if direction is not None else none,
            "words": bag.values @ self.weights[size + bag.buckets.astype(np.intp)] if len(bag.buckets) else none,
            "near": NEARNESS * self.nearest.of(flat, bag) @ self.weights[size + BUCKETS : -1],
        }
        return {
            name: {part: float(score[number] - score.mean()) for part, score in scores.items()}
            for number, name in enumerate(self.classes)
        }

    def probabilities_of_many(self, vectors: Vectors | None, bags: Sequence[Bag]) -> Vectors:
        """The same, a row for each text; if `vectors` are there, all of them are."""
        size = len(self.mean)
        bags = [weighted(bag, self.rarity) for bag in bags]
        directions = centred(vectors, self.mean) if vectors is not None and size else None
        flat = projected(directions, self.axes) if directions is not None else None
        near = NEARNESS * self.nearest.of_many(flat, bags)
        scores = near @ self.weights[size + BUCKETS : -1] + self.weights[-1]
        if directions is not None:
            scores += directions @ self.weights[:size]
        for row, bag in enumerate(bags):
            scores[row] += bag.values @ self.weights[size + bag.buckets.astype(np.intp)]
        return softmax(scores)


def softmax(scores: Vectors) -> Vectors:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def calibrate(held_out: Vectors, labels: Sequence[str], classes: Sequence[str]) -> Calibration:
    """`held_out`: one row of probabilities per phrase, from a model that did not see the phrase."""
    names = np.array(classes)
    order = np.argsort(-held_out, axis=1)[:, :2]
    rows = np.arange(len(held_out))
    top = names[order[:, 0]]
    first, second = held_out[rows, order[:, 0]], held_out[rows, order[:, 1]]
    beyond = held_out[:, list(classes).index(BEYOND)] if BEYOND in classes else np.zeros(len(held_out))
    clues = _clues(np.column_stack([first, second, beyond]))
    rights = top == np.array(labels)
    weights = _logistic(clues, rights)
    return Calibration(
        weights=weights,
        confidences=_sigmoid(clues @ weights).astype(np.float32),
        rights=rights,
        beyond=np.array(labels) == BEYOND,
        answerable=~np.isin(top, list(NOT_ANSWERED)),
    )


def _clues(chances: NDArray[np.floating]) -> NDArray[np.float64]:
    first, second, beyond = np.clip(chances.astype(np.float64), _TINY, 1.0).T
    return np.column_stack([np.log(first), first - second, np.log(beyond), np.ones_like(first)])


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30, 30))))


def _logistic(clues: NDArray[np.float64], rights: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; a little ridge keeps it finite when all predictions are right."""
    weights = np.zeros(clues.shape[1])
    for _ in range(30):
        chance = _sigmoid(clues @ weights)
        slope = clues.T @ (chance - rights) + 1e-3 * weights
        bend = (clues * (chance * (1 - chance))[:, None]).T @ clues + 1e-3 * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return weights
