"""Many messages decided by several editions: the decisions of Knowledge.match, several times faster.

What is slow one by one, encoding and nearness, is done for a whole batch beforehand; a text that all editions read
alike is encoded once, and editions of the same phrases read and weigh together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from faq.encoder import Vectors
from faq.knowledge import Knowledge
from faq.match import Match
from faq.reading import Reading

# A message, its language if known, the topic of the answer before.
Message: TypeAlias = tuple[str, str | None, str | None]

# Besides the lesson, what a decision depends on.
_DECISIVE = ("others", "policy", "courtesy", "topics", "takes", "handed_over", "exact", "answer_from")


def match_all(editions: Sequence[Knowledge], messages: Sequence[Message]) -> list[tuple[Match, ...]]:
    """For each message what each edition decides. Give a few hundred at a time: all are in memory at once."""
    same = [known.lesson.key for known in editions]
    distinct = [editions[same.index(key)] for key in dict.fromkeys(same)]
    read = [_read(known, messages, None) for known in distinct[:1]]
    for known in distinct[1:]:
        read.append(_read(known, messages, read[0] if known.lesson.family == distinct[0].lesson.family else None))
    vectors = _vectors(distinct, read)
    weighed = {
        known.lesson.key: _weighed(known, readings, vectors) for known, readings in zip(distinct, read, strict=True)
    }
    first = [next(at for at, other in enumerate(editions) if _decide_alike(other, known)) for known in editions]
    decided: list[list[Match]] = []
    for place, known in enumerate(editions):
        if first[place] < place:
            decided.append(decided[first[place]])
            continue
        readings = weighed[known.lesson.key]
        decided.append(
            [
                known.matcher.decide(text, reading, told, after)
                for (text, told, after), reading in zip(messages, readings, strict=True)
            ]
        )
    return list(zip(*decided, strict=True))


def _decide_alike(one: Knowledge, other: Knowledge) -> bool:
    """Whatever is asked, both decide the same: only answers and prices differ."""
    return (
        one.lesson.key == other.lesson.key
        and vars(one.matcher.safety) == vars(other.matcher.safety)
        and all(getattr(one.matcher, name) == getattr(other.matcher, name) for name in _DECISIVE)
    )


def _read(known: Knowledge, messages: Sequence[Message], alike: Sequence[Reading] | None) -> list[Reading]:
    reader = known.matcher.reader
    if alike is None:
        return [reader.read(text, told) for text, told, _ in messages]
    return [reader.read(text, told, same) for (text, told, _), same in zip(messages, alike, strict=True)]


def _vectors(editions: Sequence[Knowledge], read: Sequence[Sequence[Reading]]) -> Mapping[str, Vectors]:
    """By folded text. Texts of like length go together: a batch takes as long as its longest."""
    encoder = next((known.matcher.encoder for known in editions if known.matcher.encoder), None)
    texts = sorted({reading.folded for readings in read for reading in readings}, key=len)
    if encoder is None or not texts:
        return {}
    return dict(zip(texts, np.asarray(encoder.encode(texts), np.float32), strict=True))


def _weighed(known: Knowledge, readings: Sequence[Reading], vectors: Mapping[str, Vectors]) -> list[Reading]:
    head = known.matcher.head
    if head is None or not readings:
        return list(readings)
    rows = np.stack([vectors[one.folded] for one in readings]) if known.matcher.encoder else None
    chances = head.probabilities_of_many(rows, [one.bag for one in readings])
    return [replace(one, chances=row) for one, row in zip(readings, chances, strict=True)]
