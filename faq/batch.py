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


def match_all(editions: Sequence[Knowledge], messages: Sequence[Message]) -> list[tuple[Match, ...]]:
    """For each message what each edition decides. Give a few hundred at a time: all are in memory at once."""
    same = [known.lesson.key for known in editions]
    distinct = [editions[same.index(key)] for key in dict.fromkeys(same)]
    read = [[known.matcher.reader.read(text, told) for text, told, _ in messages] for known in distinct]
    vectors = _vectors(distinct, read)
    weighed = {
        known.lesson.key: _weighed(known, readings, vectors) for known, readings in zip(distinct, read, strict=True)
    }
    return [
        tuple(known.matcher.decide(text, weighed[known.lesson.key][number], told, after) for known in editions)
        for number, (text, told, after) in enumerate(messages)
    ]


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
