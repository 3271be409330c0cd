"""Messages that ask the same, found by meaning.

Average linkage over the cosines of sentence vectors, a language at a time, then across languages. Repeated messages
count once there; beyond the MOST_COMPARED most asked ones of a language, a message joins the group it is near to or
stands alone, so that memory stays below 200 MB whatever comes in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.asked import Asked
from faq.encoder import Encoder, Vectors
from faq.entry import LANGUAGES
from faq.features import BUCKETS, Bag, Bags, centred
from faq.knowledge import Knowledge
from faq.phrase_rows import phrases_of
from faq.reading import Reader

MOST_COMPARED = 3000
TYPICAL = 5

# Cosines, measured on 43 Russian and 32 Chinese questions about 9 things the FAQ does not know: pairs put together
# were right in 96 and 100 of 100, and 87 and 93 of 100 right pairs were found. Pieces of words find half of them.
_ALIKE = 0.20
_ALIKE_BY_PIECES = 0.10
_SAME_ACROSS_LANGUAGES = 0.50
_REPEATED = 85.0  # percent of letters: says the same in the same words
_MIDDLE_OF = 400  # phrases of a language, evenly picked, that tell where its middle is
_FOLDED_BUCKETS = 1024
_CHUNK = 1000


@dataclass(frozen=True)
class Group:
    """`typical` has up to five messages by language, the one nearest to all others first."""

    asked: tuple[Asked, ...]
    typical: Mapping[str, tuple[str, ...]]

    @property
    def people(self) -> int:
        return len({one.person for one in self.asked})

    @property
    def size(self) -> tuple[int, int]:
        return self.people, len(self.asked)


@dataclass(frozen=True)
class _Cluster:
    """A group of one language while it is being made; `middle` is the mean of its vectors."""

    messages: tuple[tuple[Asked, ...], ...]
    vectors: Vectors

    @property
    def middle(self) -> Vectors:
        return np.asarray(self.vectors.mean(axis=0), np.float32)

    @property
    def asked(self) -> tuple[Asked, ...]:
        return tuple(one for same in self.messages for one in same)

    def typical(self) -> tuple[str, ...]:
        times = np.array([len(same) for same in self.messages], np.float32)
        nearness = self.vectors @ (times @ self.vectors)
        found: list[str] = []
        for number in np.argsort(-nearness, kind="stable"):
            text = self.messages[number][0].text
            if all(fuzz.ratio(text.lower(), other.lower()) < _REPEATED for other in found):
                found.append(text)
            if len(found) == TYPICAL:
                break
        return tuple(found)


def groups(asked: Iterable[Asked], knowledge: Knowledge) -> list[Group]:
    """Everything asked, put together, largest first: by people, then by messages."""
    by_language: dict[str, dict[str, list[Asked]]] = {language: {} for language in LANGUAGES}
    for one in asked:
        by_language[one.language].setdefault(one.key, []).append(one)
    clusters = {
        language: _clusters(_ordered(same.values()), language, knowledge) for language, same in by_language.items()
    }
    pairs = _joined(*clusters.values()) if knowledge.matcher.encoder else _apart(*clusters.values())
    return sorted((_group(pair) for pair in pairs), key=lambda group: group.size, reverse=True)


def alike(texts: Sequence[str], known: Sequence[str], language: str, knowledge: Knowledge) -> list[bool]:
    """Which of the texts would belong to a group of the known ones, all of one language."""
    if not texts or not known:
        return [False] * len(texts)
    vectors, enough = _vectors([*texts, *known], language, knowledge)
    nearness = vectors[: len(texts)] @ vectors[len(texts) :].mean(axis=0)
    return [bool(near >= enough) for near in nearness]


def central(texts: Sequence[str], language: str, knowledge: Knowledge) -> str:
    """The one that is nearest to all others; empty if there is none."""
    if not texts:
        return ""
    vectors, _ = _vectors(texts, language, knowledge)
    return texts[int((vectors @ vectors.sum(axis=0)).argmax())]


def _ordered(messages: Iterable[Sequence[Asked]]) -> list[tuple[Asked, ...]]:
    return sorted(map(tuple, messages), key=lambda same: (len({one.person for one in same}), len(same)), reverse=True)


def _group(clusters: Sequence[_Cluster]) -> Group:
    largest_first = sorted(clusters, key=lambda one: len(one.asked), reverse=True)
    asked = tuple(one for cluster in largest_first for one in cluster.asked)
    return Group(asked, {cluster.asked[0].language: cluster.typical() for cluster in largest_first})


def _clusters(messages: list[tuple[Asked, ...]], language: str, knowledge: Knowledge) -> list[_Cluster]:
    if not messages:
        return []
    vectors, enough = _vectors([same[0].text for same in messages], language, knowledge)
    members = _linked(vectors[:MOST_COMPARED], enough)
    for number, home in enumerate(_homes(vectors, members, enough), MOST_COMPARED):
        if home is None:
            members.append([number])
        else:
            members[home].append(number)
    return [_Cluster(tuple(messages[number] for number in own), vectors[own]) for own in members]


def _vectors(texts: Sequence[str], language: str, knowledge: Knowledge) -> tuple[Vectors, float]:
    """And the cosine from which two of them say the same."""
    encoder, reader = knowledge.matcher.encoder, knowledge.matcher.reader
    usual = [phrase.text for phrase in phrases_of(knowledge.catalogue) if phrase.language == language]
    usual = usual[:: max(1, len(usual) // _MIDDLE_OF)]
    if encoder:
        return _by_meaning(texts, usual, language, reader, encoder), _ALIKE
    return _by_pieces(texts, usual, language, reader), _ALIKE_BY_PIECES


def _by_meaning(texts: Sequence[str], usual: Sequence[str], language: str, reader: Reader, encoder: Encoder) -> Vectors:
    """Seen from the middle of the language's own phrases: what all talk about a phone has in common is left out."""
    middle, vectors = (
        encoder.encode([reader.read(text, language).folded for text in some]) for some in (usual or texts, texts)
    )
    return centred(vectors, np.asarray(middle.mean(axis=0), np.float32))


def _by_pieces(texts: Sequence[str], usual: Sequence[str], language: str, reader: Reader) -> Vectors:
    bags = Bags.of([reader.read(text, language).bag for text in texts])
    rarity = (bags + Bags.of([reader.read(text, language).bag for text in usual])).rarity()
    bags = bags.weighted(rarity)
    rows = np.vstack([_folded(bags, start) for start in range(0, len(bags), _CHUNK)])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)


def _folded(bags: Bags, start: int) -> Vectors:
    """Some rows with every four buckets laid onto one: they are hashed, a few more meet by chance."""
    some: list[Bag] = [bags[row] for row in range(start, min(start + _CHUNK, len(bags)))]
    dense = Bags.of(some).dense().reshape(len(some), BUCKETS // _FOLDED_BUCKETS, _FOLDED_BUCKETS)
    return np.asarray(dense.sum(axis=1), np.float32)


def _linked(vectors: Vectors, enough: float) -> list[list[int]]:
    """Rows that belong together: their mean cosine is at least `enough`."""
    if len(vectors) < 2:
        return [[row] for row in range(len(vectors))]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    apart = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False).astype(np.float64), "average")
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(fcluster(tree, 1.0 - enough, "distance")):
        members[int(label)].append(row)
    return list(members.values())


def _homes(vectors: Vectors, members: list[list[int]], enough: float) -> Iterator[int | None]:
    """For each row beyond those compared, the group whose members it is like on average."""
    if len(vectors) <= MOST_COMPARED:
        return
    middles = np.stack([vectors[own].mean(axis=0) for own in members])
    for start in range(MOST_COMPARED, len(vectors), _CHUNK):
        near: NDArray[np.float32] = vectors[start : start + _CHUNK] @ middles.T
        for row, best in enumerate(near.argmax(axis=1)):
            yield int(best) if near[row, best] >= enough else None


def _joined(first: list[_Cluster], second: list[_Cluster]) -> Iterator[tuple[_Cluster, ...]]:
    """A group of each language are one if each is the other's nearest, and near."""
    if not first or not second:
        yield from _apart(first, second)
        return
    middles = [np.stack([one.middle / np.linalg.norm(one.middle) for one in some]) for some in (first, second)]
    near = middles[0] @ middles[1].T
    forth, back = near.argmax(axis=1), near.argmax(axis=0)
    taken = set()
    for row, column in enumerate(forth):
        if back[column] == row and near[row, column] >= _SAME_ACROSS_LANGUAGES:
            taken.add(int(column))
            yield first[row], second[column]
        else:
            yield (first[row],)
    yield from ((one,) for number, one in enumerate(second) if number not in taken)


def _apart(*languages: list[_Cluster]) -> Iterator[tuple[_Cluster, ...]]:
    return ((one,) for clusters in languages for one in clusters)
