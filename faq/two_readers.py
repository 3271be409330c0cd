"""Thousands of phrases read by two processes at once; the second one is faq/second_reader.py.

Both take blocks from one pile until it is empty. If the second dies, is slow to come or has read another edition of the
folder, the first reads the whole pile alone: it takes longer, and what is read stays the same.
"""

from __future__ import annotations

import io
import logging
import os
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Encoder
from faq.features import Bags
from faq.reading import Reader
from faq.store import text_key

if TYPE_CHECKING:
    from faq.phrase_rows import Phrase

log = logging.getLogger(__name__)
progress = logging.getLogger("faq.progress")

WORTH_IT = 3_000  # phrases; the second process needs 4 s until it reads its first
_BLOCK = 256
_HERE = Path(__file__).resolve().parent
_PATIENCE = 60.0  # seconds for the last block of the second reader

Known = Mapping[bytes, NDArray[np.float16]]  # by text_key


@dataclass(frozen=True)
class Block:
    """Phrases as read: a folded text, a vector in its short form and a bag for each."""

    folded: tuple[str, ...]
    vectors: NDArray[np.float16]
    bags: Bags

    def packed(self) -> bytes:
        file, bags = io.BytesIO(), self.bags
        arrays: Mapping[str, NDArray[Any]] = {"offsets": bags.offsets, "buckets": bags.buckets, "values": bags.values}
        np.savez(file, folded=np.array(self.folded), vectors=self.vectors, **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> Block:
        """Raises ValueError, KeyError, OSError."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as file:
            bags = Bags(file["offsets"], file["buckets"], file["values"])
            return cls(tuple(map(str, file["folded"])), file["vectors"], bags)


def read_block(phrases: Sequence[tuple[str, str]], reader: Reader, encoder: Encoder | None, known: Known) -> Block:
    """`phrases` are texts with their languages; what is `known` of their folded forms is not encoded again."""
    readings = [reader.read(text, language) for text, language in phrases]
    folded = tuple(reading.folded for reading in readings)
    bags = Bags.of([reading.bag for reading in readings])
    if encoder is None:
        return Block(folded, np.zeros((len(phrases), 0), np.float16), bags)
    keys = [text_key(text) for text in folded]
    new = {key: text for key, text in zip(keys, folded, strict=True) if key not in known}
    made = {**known, **dict(zip(new, encoder.encode(list(new.values())).astype(np.float16), strict=True))}
    return Block(folded, np.stack([made[key] for key in keys]), bags)


@dataclass(frozen=True)
class Second:
    """How the second reader is called: `folder` is read by it too, and must come to phrases of this digest."""

    folder: Path
    phrases: str
    cache: Path


def read_all(
    phrases: Sequence[Phrase],
    reader: Reader,
    encoder: Encoder | None,
    known: Known,
    second: Second | None,
    *,
    block: int = _BLOCK,
) -> Iterator[Block]:
    """In the order of `phrases`. Without `second` in this process alone."""
    asked = [(phrase.text, phrase.language) for phrase in phrases]
    starts = range(0, len(asked), block)
    pile, found = deque(starts), dict[int, Block]()
    with _beside(second, asked, pile, found, block) as other:
        while pile or other is not None:
            try:
                start = pile.pop()
            except IndexError:
                if other is not None:
                    other.join(_PATIENCE)
                break
            found[start] = read_block(asked[start : start + block], reader, encoder, known)
            progress.info("reading phrases: %d of %d", min(len(found) * block, len(asked)), len(asked))
    for start in starts:
        if start not in found:  # the second reader took it and died
            found[start] = read_block(asked[start : start + block], reader, encoder, known)
        yield found[start]


@contextmanager
def _beside(
    second: Second | None, asked: Sequence[tuple[str, str]], pile: deque[int], found: dict[int, Block], block: int
) -> Iterator[Thread | None]:
    if second is None:
        yield None
        return
    command = [sys.executable, "-m", "faq.second_reader", str(second.folder), second.phrases, str(second.cache)]
    environment = {**os.environ, "PYTHONPATH": str(_HERE.parent)}
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except OSError as error:
        log.warning("no second reader: %s", error)
        yield None
        return
    thread = Thread(target=_hand_over, args=(process, asked, pile, found, block), name="second reader", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        process.kill()
        process.wait()
        thread.join()  # its pipes are closed


def _hand_over(
    process: subprocess.Popen[bytes],
    asked: Sequence[tuple[str, str]],
    pile: deque[int],
    found: dict[int, Block],
    block: int,
) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout, suppress(OSError, ValueError, KeyError, EOFError, BrokenPipeError):
        if process.stdout.read(1) != READY:
            return
        while pile:
            with suppress(IndexError):
                start = pile.popleft()
                send(process.stdin, _texts(asked[start : start + block]))
                got = Block.unpacked(receive(process.stdout))
                if len(got.folded) == len(asked[start : start + block]):
                    found[start] = got


READY = b"+"
_LENGTH = struct.Struct(">I")


def send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Raises EOFError."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    if len(message) < length:
        raise EOFError
    return message


def _texts(phrases: Sequence[tuple[str, str]]) -> bytes:
    return "\0".join(f"{language}\t{text}" for text, language in phrases).encode()


def texts_of(message: bytes) -> list[tuple[str, str]]:
    """What `send` carries to the second reader: texts with their languages."""
    rows = (one.partition("\t") for one in message.decode().split("\0"))
    return [(text, language) for language, _, text in rows]
