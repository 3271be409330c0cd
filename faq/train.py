"""Fits a head to the FAQ's phrases, in a process of its own: `python -m faq.train JOB.npz RESULT.npz`.

The serving process neither waits in its event loop nor keeps the training matrices (about 200 MB) in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.features import Bags, centred
from faq.head import calibrate, features
from faq.nearest import Nearest
from faq.softmax import Floats, fit, softmax

STRENGTH = 20.0
FOLDS = 5
_TOLERANCE = 1e-2


def train(job: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Weights, what they were made with, and a calibration from cross-validation."""
    classes = [str(name) for name in job["classes"]]
    labels = job["labels"].astype(np.intp)
    vectors = job["vectors"].astype(np.float32)
    mean = vectors.mean(axis=0) if vectors.size else np.zeros(0, np.float32)
    raw = Bags(job["offsets"], job["buckets"], job["values"])
    rarity = raw.rarity()
    bags = raw.weighted(rarity)
    directions = centred(vectors, mean)
    rows = features(directions, bags, Nearest(directions, bags, labels, len(classes)))
    weights = fit(rows, labels, len(classes), strength=STRENGTH, tolerance=_TOLERANCE)
    held_out = _cross_validate(rows, labels, len(classes))
    found = calibrate(held_out, [classes[label] for label in labels], classes)
    return {
        "weights": weights.astype(np.float16),
        "mean": mean,
        "rarity": rarity,
        "calibration": found.weights,
        "confidences": found.confidences,
        "rights": found.rights,
        "beyond": found.beyond,
        "answerable": found.answerable,
        "held_out": held_out.argmax(axis=1).astype(np.int32),
    }


def _cross_validate(features: Floats, labels: NDArray[np.intp], classes: int) -> Floats:
    """Probabilities for each phrase from a model fitted without it; neighbours in the files land in other folds."""
    held_out = np.zeros((len(features), classes), np.float32)
    fold = np.random.default_rng(7).permutation(len(features)) % FOLDS
    for number in range(FOLDS):
        seen = fold != number
        weights = fit(features[seen], labels[seen], classes, strength=STRENGTH, tolerance=3 * _TOLERANCE)
        held_out[~seen] = softmax(features[~seen] @ weights[:-1] + weights[-1])
    return held_out


def main() -> None:
    job_file, result_file = map(Path, sys.argv[1:])
    if hasattr(os, "nice"):
        os.nice(5)  # messages go first
    with np.load(job_file, allow_pickle=False) as job:
        result = train({name: job[name] for name in job.files})
    with result_file.open("wb") as file:
        np.savez(file, **result)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
