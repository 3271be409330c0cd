"""How near a text comes to each entry's nearest phrase: by meaning and by pieces of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Vectors
from faq.features import BUCKETS, Bag, Bags

_TEXTS = 64  # at a time: 4 MB of similarities to 17,000 phrases
_CHUNK = 512  # rows at a time: 40 MB of similarities to 20,000 phrases


class Nearest:
    """Read-only after construction. `vectors` are centred rows, `bags` weighted ones; `labels` index `classes`."""

    def __init__(self, vectors: Vectors, bags: Bags, labels: NDArray[np.intp], classes: int) -> None:
        order = np.argsort(labels, kind="stable")
        self._order = order
        self._vectors = np.ascontiguousarray(vectors[order])
        self._classes = classes
        present, starts = np.unique(labels[order], return_index=True)
        self._present, self._starts = present, starts
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        # By bucket: which phrases have something in it, and how much.
        rows = np.repeat(place, np.diff(bags.offsets))
        by_bucket = np.argsort(bags.buckets, kind="stable")
        self._rows = rows[by_bucket].astype(np.int32)
        self._values = bags.values[by_bucket].astype(np.float32)
        self._ends = np.searchsorted(bags.buckets[by_bucket], np.arange(BUCKETS + 1))

    def of(self, vector: Vectors | None, bag: Bag) -> Vectors:
        """Two similarities per class: by meaning (0 if there is no vector), by pieces."""
        found = np.zeros(2 * self._classes, np.float32)
        if vector is not None and self._vectors.shape[1]:
            found[self._present] = np.maximum.reduceat(self._vectors @ vector, self._starts)
        found[self._classes + self._present] = np.maximum.reduceat(self._shared(bag), self._starts)
        return found

    def of_many(self, vectors: Vectors | None, bags: Sequence[Bag]) -> Vectors:
        """The same for many texts, one row each; several times faster than one after another."""
        found = np.zeros((len(bags), 2 * self._classes), np.float32)
        if vectors is not None and self._vectors.shape[1]:
            for start in range(0, len(bags), _TEXTS):
                chunk = slice(start, start + _TEXTS)
                alike = self._vectors @ vectors[chunk].T
                found[chunk, self._present] = np.maximum.reduceat(alike, self._starts, axis=0).T
        for row, bag in enumerate(bags):
            found[row, self._classes + self._present] = np.maximum.reduceat(self._shared(bag), self._starts)
        return found

    def leaving_out(self, pieces: Any) -> Vectors:
        """The same for the phrases themselves, in the order given at construction, each without itself.

        `pieces` are the bags once more, as rows of one of SciPy's sparse matrices.
        """
        found = np.zeros((len(self._order), 2 * self._classes), np.float32)
        ordered = pieces[self._order]
        for start in range(0, len(self._order), _CHUNK):
            chunk = np.arange(start, min(start + _CHUNK, len(self._order)))
            here = np.arange(len(chunk)), chunk
            alike = self._vectors[chunk] @ self._vectors.T
            alike[here] = -1.0
            if self._vectors.shape[1]:
                best = np.maximum.reduceat(alike, self._starts, axis=1)
                found[np.ix_(self._order[chunk], self._present)] = best
            shared = (ordered[chunk] @ ordered.T).toarray()
            shared[here] = 0.0
            best = np.maximum.reduceat(shared, self._starts, axis=1)
            found[np.ix_(self._order[chunk], self._classes + self._present)] = best
        return found

    def _shared(self, bag: Bag) -> Vectors:
        """The inner product of the bag with every phrase's."""
        if not len(bag.buckets):
            return np.zeros(len(self._order), np.float32)
        spans = [slice(self._ends[bucket], self._ends[bucket + 1]) for bucket in bag.buckets.astype(np.intp)]
        rows = np.concatenate([self._rows[span] for span in spans])
        counts = [span.stop - span.start for span in spans]
        weights = np.concatenate([self._values[span] for span in spans]) * np.repeat(bag.values, counts)
        return np.bincount(rows, weights, minlength=len(self._order)).astype(np.float32)
