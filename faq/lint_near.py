"""Phrases that sit nearer to another entry than to their own: the matcher would be pulled both ways by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faq.entry import Catalogue, Finding, at
from faq.features import BUCKETS, axes_of, centred, projected
from faq.head import BEYOND
from faq.knowledge import lesson_of
from faq.learn import Lesson, rows_of
from faq.match import TALK
from faq.phrase_rows import Rows
from faq.saying import say

# Read off the shipped 17,000 phrases: no true one is this near to a stranger and this much farther from its kin.
_NEAR = 0.88  # similarity to a phrase of another entry, by meaning and by pieces of words on average
_FARTHER = 0.25
_CANDIDATE = (0.80, 0.10)  # the same by meaning alone, which is quick to compute for all pairs
_CHUNK = 512  # rows at a time


def near_strangers(catalogue: Catalogue, folder: Path, cache_dir: Path | None = None) -> Iterator[Finding]:
    """No phrase is nearly one of another topic's, and far from all of its own: one of the two is in the wrong place.

    Idle talk and questions beyond the FAQ are left out: they are there to look like the others.
    """
    try:
        lesson = lesson_of(catalogue, folder, cache_dir)
    except OSError:  # the tables of places are not there: a part of a FAQ
        return
    if len(lesson.phrases) < 2 or lesson.encoder is None:
        return
    topics = {entry.id: entry.topic for entry in catalogue.entries.values()}
    rows = rows_of(lesson, lesson.family)
    for mine, other in _pairs(lesson, rows, topics):
        phrase, stranger = lesson.phrases[mine], lesson.phrases[other]
        entry, owner = catalogue.entries[phrase.entry], catalogue.entries[stranger.entry]
        file, line = _where(phrase.text, catalogue, entry.id)
        there, there_line = _where(stranger.text, catalogue, owner.id)
        message = say(
            "“{phrase}” of `{entry}` is nearly “{other}” of `{owner}` in {file}:{line}"
            " and unlike the rest of its own; move one of them",
            phrase=phrase.text,
            entry=entry.id,
            other=stranger.text,
            owner=owner.id,
            file=there,
            line=there_line,
        )
        yield Finding(file, line, "near_strangers", message, warning=True)


def _where(text: str, catalogue: Catalogue, name: str) -> tuple[str, int]:
    entry = catalogue.entries[name]
    phrase = next((one for asks in entry.ask.values() for one in asks if one == text), text)
    return at(phrase, entry)


def _pairs(lesson: Lesson, rows: Rows, topics: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Phrase and its nearest stranger."""
    from scipy.sparse import csr_matrix  # 0.2 s to import

    names = [topics[phrase.entry] for phrase in lesson.phrases]
    kept = np.array([row for row, name in enumerate(names) if name not in TALK | {BEYOND}], np.intp)
    _, labels = np.unique([names[row] for row in kept], return_inverse=True)
    vectors = rows.vectors.astype(np.float32)
    directions = centred(vectors[kept], vectors.mean(axis=0))
    meaning = projected(directions, axes_of(directions)).astype(np.float32)
    candidates = _candidates(meaning, labels)
    bags = rows.bags.weighted(rows.bags.rarity()).picked(kept)
    pieces = csr_matrix((bags.values, bags.buckets.astype(np.int32), bags.offsets), shape=(len(kept), BUCKETS))
    alike = (pieces[candidates] @ pieces.T).toarray() + meaning[candidates] @ meaning.T
    alike = alike / 2
    own, strange, which = _best(alike, candidates, labels)
    for place in np.flatnonzero((strange >= _NEAR) & (strange - own >= _FARTHER)):
        yield int(kept[candidates[place]]), int(kept[which[place]])


def _candidates(meaning: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.intp]:
    found = []
    near, farther = _CANDIDATE
    for start in range(0, len(meaning), _CHUNK):
        chunk = np.arange(start, min(start + _CHUNK, len(meaning)))
        own, strange, _ = _best(meaning[chunk] @ meaning.T, chunk, labels)
        found.append(chunk[(strange >= near) & (strange - own >= farther)])
    return np.concatenate(found)


def _best(
    alike: NDArray[np.floating], rows: NDArray[np.intp], labels: NDArray[np.intp]
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.intp]]:
    """Similarity to the nearest of one's own, to the nearest stranger, and which that is."""
    alike[np.arange(len(rows)), rows] = -1.0
    same = labels[rows][:, None] == labels[None, :]
    strange = np.where(same, -1.0, alike)
    return np.where(same, alike, -1.0).max(axis=1), strange.max(axis=1), strange.argmax(axis=1)
