"""How near a text comes to each entry's nearest phrase: by meaning and by pieces of words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Vectors
from faq.features import BUCKETS, Bag, Bags

_Best: TypeAlias = tuple[int, Vectors]  # the place of the first class among those present, and a column for each
Run: TypeAlias = Callable[[Callable[[int], Any], Iterable[int]], Iterable[Any]]  # as `map`
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

    def leaving_out(self, pieces: Any, run: Run = map) -> Vectors:
        """The same for the phrases themselves, in the order given at construction, each without itself.

        `pieces` are the bags once more, as rows of one of SciPy's sparse matrices; `run` may use several threads.
        """
        ordered = pieces[self._order]
        count = len(self._order)
        found = np.zeros((count, 2 * self._classes), np.float32)
        meant, spelled = self._present, self._classes + self._present
        found[:, spelled] = -np.inf
        for start, by_meaning, down, across in run(partial(self._chunk, ordered), range(0, count, _CHUNK)):
            stop = min(start + _CHUNK, count)
            if by_meaning is not None:
                found[start:stop, meant] = by_meaning
            for rows, (first, best) in ((slice(start, stop), down), (slice(stop, count), across)):
                columns = spelled[first : first + best.shape[1]]
                found[rows, columns] = np.maximum(found[rows, columns], best)
        back = np.empty_like(found)
        back[self._order] = found
        return back

    def _chunk(self, ordered: Any, start: int) -> tuple[int, Vectors | None, _Best, _Best]:
        """For the phrases from `start` on: by meaning; by pieces theirs to all later ones, and of those to them.

        What two phrases share is the same seen from either: earlier ones are done.
        """
        stop = min(start + _CHUNK, len(self._order))
        here = np.arange(stop - start)
        by_meaning = None
        if self._vectors.shape[1]:
            alike = self._vectors[start:stop] @ self._vectors.T
            alike[here, start + here] = -1.0
            by_meaning = np.maximum.reduceat(alike, self._starts, axis=1)
        shared = (ordered[start:stop] @ ordered[start:].T).toarray()
        shared[here, here] = 0.0
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        bounds = np.maximum(self._starts[first:] - start, 0)
        down = np.maximum.reduceat(shared, bounds, axis=1)
        across = np.maximum.reduceat(shared[:, stop - start :], bounds[bounds < stop - start], axis=0).T
        return start, by_meaning, (first, down), (first, across)

    def _shared(self, bag: Bag) -> Vectors:
        """The inner product of the bag with every phrase's."""
        if not len(bag.buckets):
            return np.zeros(len(self._order), np.float32)
        spans = [slice(self._ends[bucket], self._ends[bucket + 1]) for bucket in bag.buckets.astype(np.intp)]
        rows = np.concatenate([self._rows[span] for span in spans])
        counts = [span.stop - span.start for span in spans]
        weights = np.concatenate([self._values[span] for span in spans]) * np.repeat(bag.values, counts)
        return np.bincount(rows, weights, minlength=len(self._order)).astype(np.float32)
