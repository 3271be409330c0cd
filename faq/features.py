"""Text -> numbers: a meaning vector and a bag of hashed pieces of words, pinyin syllables and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Vectors

BUCKETS = 4096
_WORD = re.compile(r"[a-zа-я0-9]+|[\u3400-\u9fff]+")
_WHOLE_WORD = 1.5  # counts for more than one of its pieces


@dataclass(frozen=True)
class Bag:
    """The buckets that are not empty, sorted, and what is in them."""

    buckets: NDArray[np.uint16]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Bags:
    """Many bags, one after another: bag i stands from offsets[i] to offsets[i + 1]."""

    offsets: NDArray[np.int64]
    buckets: NDArray[np.uint16]
    values: NDArray[np.float32]

    @classmethod
    def of(cls, bags: Sequence[Bag]) -> Bags:
        return cls(
            np.cumsum([0, *(len(bag.buckets) for bag in bags)]),
            np.concatenate([np.zeros(0, np.uint16), *(bag.buckets for bag in bags)]),
            np.concatenate([np.zeros(0, np.float32), *(bag.values for bag in bags)]),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Bag:
        span = slice(self.offsets[row], self.offsets[row + 1])
        return Bag(self.buckets[span], self.values[span])

    def picked(self, rows: NDArray[np.intp]) -> Bags:
        lengths = np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Bags(offsets, self.buckets[places], self.values[places])

    def __add__(self, other: Bags) -> Bags:
        return Bags(
            np.concatenate([self.offsets, self.offsets[-1] + other.offsets[1:]]),
            np.concatenate([self.buckets, other.buckets]),
            np.concatenate([self.values, other.values]),
        )

    def rarity(self) -> Vectors:
        """A weight per bucket, 1 on average: what few phrases have tells more than what many have."""
        seen = np.bincount(self.buckets, minlength=BUCKETS)
        weights = np.log((1 + len(self)) / (1 + seen))
        return np.asarray(weights / max(weights.mean(), 1e-9), np.float32)

    def weighted(self, rarity: Vectors) -> Bags:
        values = self.values * rarity[self.buckets]
        rows = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        lengths = np.sqrt(np.bincount(rows, values.astype(np.float64) ** 2, minlength=len(self)))
        return Bags(self.offsets, self.buckets, (values / np.maximum(lengths, 1e-9)[rows]).astype(np.float32))

    def dense(self) -> Vectors:
        matrix = np.zeros((len(self), BUCKETS), np.float32)
        matrix[np.repeat(np.arange(len(self)), np.diff(self.offsets)), self.buckets] = self.values
        return matrix


def weighted(bag: Bag, rarity: Vectors) -> Bag:
    return Bags.of([bag]).weighted(rarity)[0]


class Bagger:
    """Characters 2-4 of Latin and Cyrillic words, the words and their dictionary forms; 1-3 hanzi and their sounds."""

    def __init__(self, lemma: Callable[[str], str], sounds: Callable[[str], list[str]]) -> None:
        self._lemma = lemma
        self._sounds = sounds

    def __call__(self, text: str, marks: Sequence[str] = ()) -> Bag:
        """`marks` are things known about the text that count as words: a place is named, a country."""
        sums: dict[int, float] = {}
        for piece, weight in self._pieces(text, marks):
            code = crc32(piece.encode())
            bucket = (code >> 1) % BUCKETS
            sums[bucket] = sums.get(bucket, 0.0) + (weight if code & 1 else -weight)
        buckets = np.array(sorted(sums), np.uint16)
        values = np.array([sums[bucket] for bucket in sorted(sums)], np.float32)
        values = np.sign(values) * np.log1p(np.abs(values))
        length = float(np.linalg.norm(values))
        return Bag(buckets, (values / length if length else values).astype(np.float32))

    def _pieces(self, text: str, marks: Sequence[str]) -> Iterator[tuple[str, float]]:
        for word in _WORD.findall(text):
            if word[0] >= "\u3400":
                yield from self._hanzi(word)
            else:
                framed = f" {word} "
                for length in (2, 3, 4):
                    for start in range(len(framed) - length + 1):
                        yield "c" + framed[start : start + length], 1.0
                yield "w" + word, _WHOLE_WORD
                if word[0] >= "а":
                    yield "l" + self._lemma(word), _WHOLE_WORD
        for mark in marks:
            yield "m" + mark, _WHOLE_WORD

    def _hanzi(self, run: str) -> Iterator[tuple[str, float]]:
        for length in (1, 2, 3):
            for start in range(len(run) - length + 1):
                yield "h" + run[start : start + length], 1.0
        sounds = self._sounds(run)
        for sound in sounds:
            yield "p" + sound, 1.0
        for first, second in pairwise(sounds):
            yield f"p{first} {second}", 1.0


def centred(vectors: Vectors, mean: Vectors) -> Vectors:
    """Directions seen from the middle of all phrases: what sets a text apart, not what all have in common."""
    apart = vectors - mean
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    return np.asarray(apart / np.maximum(lengths, 1e-9), np.float32)


_AT_ONCE = 1024  # rows, 2 MB
AXES = 160  # along these 83 % of what sets the phrases' vectors apart is kept, and nothing of what counts


def axes_of(directions: Vectors) -> Vectors:
    """(size, AXES): the directions in which the phrases differ most."""
    if not directions.size:
        return np.zeros((directions.shape[1], 0), np.float32)
    _, axes = np.linalg.eigh(directions.T @ directions)
    return np.ascontiguousarray(axes[:, ::-1][:, :AXES], np.float32)


def projected(directions: Vectors, axes: Vectors) -> Vectors:
    """Seen along few axes, of length one again: similarities stay nearly what they were at a third of the cost."""
    flat = directions @ axes
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9), np.float32)


def seen_along(vectors: NDArray[np.float16], kept: NDArray[np.intp], mean: Vectors, axes: Vectors) -> Vectors:
    """The `kept` rows centred and projected, some at a time: all at once would need 100 MB for a moment."""
    flat = np.empty((len(kept), axes.shape[1]), np.float32)
    for start in range(0, len(kept), _AT_ONCE):
        some = kept[start : start + _AT_ONCE]
        flat[start : start + len(some)] = projected(centred(vectors[some].astype(np.float32), mean), axes)
    return flat
