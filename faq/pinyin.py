"""Chinese by its sound: hanzi -> syllables, and a message typed in pinyin -> hanzi.

The tables in pinyin/ tell how hanzi are read and which words are common (their heads name source and licence);
the FAQ's own phrases tell which words this operator's subscribers use, and count for more.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import TypeAlias

import numpy as np

Syllables: TypeAlias = tuple[str, ...]

_FOLDER = Path(__file__).with_name("pinyin")
_HANZI_RUN = re.compile(r"[\u4e00-\u9fff]+")
_TOKEN = re.compile(r"[a-z][a-z']*|\d+[a-z]*|.", re.DOTALL)
_LONGEST_WORD = 4  # syllables
_OFTEN = 2  # times that a word is used, to be one of the FAQ's own
_OWN_WEIGHT = 400  # a word seen once in the FAQ counts as one seen 400 times in jieba's corpus
_TOTAL = 30_000_000.0  # about what jieba's frequencies add up to
_RARE = 30.0
_MOST_READINGS = 8  # of a word whose hanzi are read in several ways


@dataclass(frozen=True)
class _Tables:
    """What the files say: how hanzi sound, and how often each word is meant by its syllables."""

    sound: Mapping[str, str]
    readings: Mapping[str, tuple[str, ...]]
    weights: Mapping[tuple[Syllables, str], float]
    best: Mapping[Syllables, tuple[float, str]]


@cache
def _tables() -> _Tables:
    sound: dict[str, str] = {}
    readings: dict[str, tuple[str, ...]] = {}
    weights: dict[tuple[Syllables, str], float] = defaultdict(float)
    for syllable, usual, other in _rows(_FOLDER / "signs.tsv"):
        for sign in usual:
            sound[sign] = syllable
            readings[sign] = (syllable, *readings.get(sign, ()))
        for sign in other:
            readings[sign] = (*readings.get(sign, ()), syllable)
        for rank, sign in enumerate((usual + other)[:3]):
            weights[(syllable,), sign] = _RARE / (rank + 1)
    for word, sounds, count in _rows(_FOLDER / "words.tsv"):
        weights[tuple(sounds.split(" ")), word] += float(count)
    best: dict[Syllables, tuple[float, str]] = {}
    for (read, word), weight in weights.items():
        if read not in best or weight > best[read][0]:
            best[read] = (weight, word)
    return _Tables(sound, readings, dict(weights), best)


class Pinyin:
    """Read-only after construction."""

    def __init__(self, phrases: Iterable[str]) -> None:
        tables = _tables()
        self._sound = tables.sound
        self._best = dict(tables.best)
        for word, seen in _own_words(phrases):
            weight = _OWN_WEIGHT * seen * len(word) ** 2
            for read in _readings(word, tables.readings):
                whole = tables.weights.get((read, word), 0.0) + weight
                if read not in self._best or whole > self._best[read][0]:
                    self._best[read] = (whole, word)
        self._starts = {read[:length] for read in self._best for length in range(1, len(read) + 1)}

    def sounds(self, text: str) -> list[str]:
        """The usual reading of each hanzi; other signs are left out."""
        return [self._sound[sign] for sign in text if sign in self._sound]

    def hanzi(self, text: str, keep: frozenset[str]) -> str | None:
        """The message in hanzi if every Latin word of it can be pinyin; words in `keep` and digits stay as they are."""
        pieces: list[str] = []
        run: list[str] = []
        for token in [*_TOKEN.findall(text), ""]:
            if token == " " and run:
                continue
            if token[:1].isalpha() and token.isascii() and token not in keep:
                run.append(token.replace("'", ""))
                continue
            if run:
                written = self._write(run)
                if written is None:
                    return None
                pieces.append(written)
                run = []
            pieces.append(token)
        return "".join(pieces).strip()

    def _write(self, tokens: list[str]) -> str | None:
        """The likeliest hanzi for the syllables of these tokens: the dearest path found from left to right."""
        letters = "".join(tokens)
        borders = set()
        end = 0
        for token in tokens:
            end += len(token)
            borders.add(end)
        best: list[tuple[float, str] | None] = [None] * (len(letters) + 1)
        best[0] = (0.0, "")
        for start in range(len(letters)):
            here = best[start]
            if here is None:
                continue
            for stop, score, word in self._words(letters, start, borders, ()):
                reached = best[stop]
                if reached is None or here[0] + score > reached[0]:
                    best[stop] = (here[0] + score, here[1] + word)
        last = best[len(letters)]
        return last[1] if last else None

    def _words(
        self, letters: str, start: int, borders: set[int], read: tuple[str, ...]
    ) -> Iterator[tuple[int, float, str]]:
        for stop in range(start + 1, min(start + 6, len(letters)) + 1):
            grown = (*read, letters[start:stop])
            if grown in self._starts:
                if grown in self._best:
                    weight, word = self._best[grown]
                    yield stop, math.log(weight / _TOTAL), word
                if len(grown) < _LONGEST_WORD:
                    yield from self._words(letters, stop, borders, grown)
            if stop in borders:
                break  # a syllable never crosses a space


def _rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def _readings(word: str, known: Mapping[str, tuple[str, ...]]) -> Iterator[Syllables]:
    return islice(product(*(known.get(sign, ()) for sign in word)), _MOST_READINGS)


def _own_words(phrases: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Runs of one to four hanzi that the FAQ uses at least twice, and how often."""
    text = "\n".join(run for phrase in phrases for run in _HANZI_RUN.findall(phrase))
    signs = np.frombuffer(text.encode("utf-16-le"), np.uint16)
    # A run of four is one number of 64 bits: counting them so takes a tenth of the time.
    runs, whole = np.zeros(len(signs), np.uint64), np.ones(len(signs), bool)
    for length in range(1, _LONGEST_WORD + 1):
        last = np.roll(signs, 1 - length)
        whole &= last != ord("\n")
        runs = runs << np.uint64(16) | last
        found, counts = np.unique(runs[: len(signs) - length + 1][whole[: len(signs) - length + 1]], return_counts=True)
        often = counts >= _OFTEN
        for number, count in zip(found[often].tolist(), counts[often].tolist(), strict=True):
            yield number.to_bytes(2 * length, "big").decode("utf-16-be"), count
