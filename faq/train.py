"""Fits a head to the FAQ's phrases, in a process of its own: `python -m faq.train JOB.npz RESULT.npz`.

The serving process neither waits in its event loop nor keeps the training matrices (about 200 MB) in memory.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from faq.features import BUCKETS, Bags, axes_of, centred, projected
from faq.head import NEARNESS, calibrate
from faq.nearest import Nearest
from faq.softmax import Block, Floats, fit, predict

STRENGTH = 20.0
FOLDS = 3
_AT_ONCE = 2
_TOLERANCE = 1e-2
_ROUNDS_HELD_OUT = 60  # enough to see how sure it would be


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
    axes = axes_of(directions)
    nearest = Nearest(projected(directions, axes), bags, labels, len(classes))
    pieces = csr_array(
        (bags.values, bags.buckets.astype(np.int32), bags.offsets.astype(np.int32)), shape=(len(bags), BUCKETS)
    )
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # NumPy and SciPy let go of the interpreter while they reckon
        blocks = [directions, pieces, NEARNESS * nearest.leaving_out(pieces, pool.map)]
        whole = pool.submit(fit, blocks, labels, len(classes), strength=STRENGTH, tolerance=_TOLERANCE)
        held_out = _cross_validate(pool, blocks, labels, len(classes))
        weights = whole.result()
    found = calibrate(held_out, [classes[label] for label in labels], classes)
    return {
        "weights": weights.astype(np.float16),
        "mean": mean,
        "axes": axes,
        "rarity": rarity,
        "calibration": found.weights,
        "confidences": found.confidences,
        "rights": found.rights,
        "beyond": found.beyond,
        "answerable": found.answerable,
        "held_out": held_out.argmax(axis=1).astype(np.int32),
    }


def _cross_validate(
    pool: ThreadPoolExecutor, blocks: Sequence[Block], labels: NDArray[np.intp], classes: int
) -> Floats:
    """Probabilities for each phrase from a model fitted without it; neighbours in the files land in other folds."""
    held_out = np.zeros((len(labels), classes), np.float32)
    fold = np.random.default_rng(7).permutation(len(labels)) % FOLDS

    def hold_out(number: int) -> None:
        seen = fold != number
        learned = [block[seen] for block in blocks]
        weights = fit(learned, labels[seen], classes, strength=STRENGTH, rounds=_ROUNDS_HELD_OUT, tolerance=_TOLERANCE)
        held_out[~seen] = predict([block[~seen] for block in blocks], weights)

    list(pool.map(hold_out, range(FOLDS)))
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
