"""The FAQ's phrases as numbers; what was read before comes from the cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Encoder
from faq.entry import Catalogue
from faq.features import BUCKETS, Bags
from faq.reading import Reader
from faq.store import Arrays, Store, text_key
from faq.two_readers import WORTH_IT, Second, read_all

_FEW = 200  # phrases


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
    """One row per phrase; vectors in their short form."""

    vectors: NDArray[np.float16]
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


def read_rows(
    phrases: Sequence[Phrase],
    family: str,
    reader: Reader,
    encoder: Encoder | None,
    store: Store,
    folder: Path | None = None,
    *,
    keep: bool = False,
) -> Rows:
    """Only phrases never seen before are read and encoded; many of them by two processes, if they stand in `folder`.

    A few new ones are not written to the cache unless `keep` says so: that would take longer than reading them again.
    """
    name = f"rows-{family}.npz"
    size = encoder.size if encoder else 0
    keys, rows = _known(store.read(name), size)
    place = {key: number for number, key in enumerate(keys)}
    new = [phrase for phrase in phrases if phrase.key not in place]
    if new:
        place |= {phrase.key: len(keys) + number for number, phrase in enumerate(new)}
        second = Second(folder, digest(phrases), store.folder) if folder and len(new) >= WORTH_IT else None
        read = _read_by_two(new, reader, encoder, store, second) if second else _read(new, reader, encoder, store)
        rows = _joined(rows, read)
    rows = _picked(rows, [place[phrase.key] for phrase in phrases])
    if new and (keep or len(new) > _FEW):
        store.write(name, {"keys": _packed([phrase.key for phrase in phrases]), **_arrays(rows)})
    return rows


def _read(phrases: Sequence[Phrase], reader: Reader, encoder: Encoder | None, store: Store) -> Rows:
    readings = [reader.read(phrase.text, phrase.language) for phrase in phrases]
    texts = [reading.folded for reading in readings]
    if encoder is None:
        vectors = np.zeros((len(phrases), 0), np.float32)
    else:
        vectors = store.vectors(encoder, texts) if len(texts) > _FEW else encoder.encode(texts)
    return Rows(vectors.astype(np.float16), Bags.of([reading.bag for reading in readings]))


def _read_by_two(
    phrases: Sequence[Phrase], reader: Reader, encoder: Encoder | None, store: Store, second: Second
) -> Rows:
    known = store.known(encoder) if encoder else {}
    blocks = list(read_all(phrases, reader, encoder, known, second))
    bags = Bags.of([block.bags[row] for block in blocks for row in range(len(block.bags))])
    if encoder is None:
        return Rows(np.zeros((len(phrases), 0), np.float16), bags)
    made = {text_key(text): row for block in blocks for text, row in zip(block.folded, block.vectors, strict=True)}
    vectors = store.vectors(encoder, [text for block in blocks for text in block.folded], made)
    return Rows(vectors.astype(np.float16), bags)


def _joined(first: Rows, second: Rows) -> Rows:
    return Rows(np.concatenate([first.vectors, second.vectors]), first.bags + second.bags)


def _picked(rows: Rows, numbers: Sequence[int]) -> Rows:
    order = np.array(numbers, np.intp)
    return Rows(rows.vectors[order], rows.bags.picked(order))


def _packed(keys: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(keys), np.uint8).reshape(-1, 16)


def _arrays(rows: Rows) -> Arrays:
    bags = rows.bags
    return {"vectors": rows.vectors, "offsets": bags.offsets, "buckets": bags.buckets, "values": bags.values}


def _known(arrays: Arrays | None, size: int) -> tuple[list[bytes], Rows]:
    """What the cache holds, in the vectors' short form; nothing if any of it is out of shape."""
    if arrays is not None and arrays.keys() == {"keys", "vectors", "offsets", "buckets", "values"}:
        keys = arrays["keys"]
        rows = Rows(arrays["vectors"], Bags(arrays["offsets"], arrays["buckets"], arrays["values"]))
        if keys.shape == (len(rows.vectors), 16) and rows.vectors.shape[1:] == (size,) and _sound(rows):
            return [key.tobytes() for key in keys], rows
    return [], Rows(np.zeros((0, size), np.float16), Bags.of([]))


def _sound(rows: Rows) -> bool:
    bags = rows.bags
    return bool(
        len(bags) == len(rows.vectors)
        and (np.diff(bags.offsets) >= 0).all()
        and bags.offsets[-1] == len(bags.buckets) == len(bags.values)
        and (bags.buckets < BUCKETS).all()
        and np.isfinite(rows.vectors).all()
        and np.isfinite(bags.values).all()
    )
