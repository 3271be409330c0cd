"""The FAQ's phrases as numbers; what was read before comes from the cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Encoder, Vectors
from faq.entry import Catalogue
from faq.features import BUCKETS, Bag, Bags
from faq.reading import Reader
from faq.store import Arrays, Store


@dataclass(frozen=True)
class Phrase:
    text: str
    language: str
    entry: str

    @property
    def key(self) -> bytes:
        return sha256(f"{self.language}\t{self.text}".encode()).digest()[:16]


@dataclass(frozen=True)
class Rows:
    """One row per phrase."""

    vectors: Vectors
    bags: Bags


def phrases_of(catalogue: Catalogue) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(str(text), language, entry.id)
        for entry in catalogue.entries.values()
        for language, texts in entry.ask.items()
        for text in texts
    )


def digest(phrases: Iterable[Phrase]) -> str:
    lines = sorted(f"{phrase.entry}\t{phrase.language}\t{phrase.text}" for phrase in phrases)
    return sha256("\n".join(lines).encode()).hexdigest()[:24]


def read_rows(phrases: Sequence[Phrase], family: str, reader: Reader, encoder: Encoder | None, store: Store) -> Rows:
    """Only phrases never seen before are read and encoded."""
    name = f"rows-{family}.npz"
    size = encoder.size if encoder else 0
    known = _known(store.read(name), size)
    new = [phrase for phrase in phrases if phrase.key not in known]
    if new:
        readings = [reader.read(phrase.text, phrase.language) for phrase in new]
        if encoder:
            vectors = store.vectors(encoder, [reading.folded for reading in readings])
        else:
            vectors = np.zeros((len(new), 0), np.float32)
        known |= {
            phrase.key: (vector, reading.bag) for phrase, vector, reading in zip(new, vectors, readings, strict=True)
        }
        _write(store, name, {phrase.key: known[phrase.key] for phrase in phrases})
    found = [known[phrase.key] for phrase in phrases]
    return Rows(np.stack([vector for vector, _ in found]), Bags.of([bag for _, bag in found]))


Row = tuple[Vectors, Bag]


def _write(store: Store, name: str, rows: dict[bytes, Row]) -> None:
    bags = Bags.of([bag for _, bag in rows.values()])
    store.write(
        name,
        {
            "keys": np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 16),
            "vectors": np.stack([vector for vector, _ in rows.values()]).astype(np.float16),
            "offsets": bags.offsets,
            "buckets": bags.buckets,
            "values": bags.values,
        },
    )


def _known(arrays: Arrays | None, size: int) -> dict[bytes, Row]:
    if arrays is None or arrays.keys() != {"keys", "vectors", "offsets", "buckets", "values"}:
        return {}
    keys, vectors = arrays["keys"], arrays["vectors"].astype(np.float32)
    bags = Bags(arrays["offsets"], arrays["buckets"], arrays["values"].astype(np.float32))
    if keys.shape != (len(vectors), 16) or vectors.shape[1:] != (size,) or not _sound(bags, vectors):
        return {}
    return {key.tobytes(): (vectors[row], bags[row]) for row, key in enumerate(keys)}


def _sound(bags: Bags, vectors: NDArray[np.float32]) -> bool:
    return bool(
        len(bags) == len(vectors)
        and (np.diff(bags.offsets) >= 0).all()
        and bags.offsets[-1] == len(bags.buckets) == len(bags.values)
        and (bags.buckets < BUCKETS).all()
        and np.isfinite(vectors).all()
        and np.isfinite(bags.values).all()
    )
