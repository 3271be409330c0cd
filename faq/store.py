"""The matcher's cache on disk: vectors of phrases and trained heads. Losing it costs time, never correctness.

Files are written aside and moved into place, so a reader sees a whole file or none; what cannot be read is a miss.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Encoder, Vectors

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

Arrays = Mapping[str, NDArray[Any]]
_KEPT_VECTORS = 30_000  # about 30 MB
_ABANDONED = 3600  # seconds after which a half-written file belongs to nobody
_KEPT = {"head-": 20, "rows-": 3}  # files: a head is 0.5 MB, rows are 9 MB


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def at(cls, folder: Path) -> Store:
        """This folder, or a private one among the system's temporary files if it cannot be written to."""
        for candidate in (folder, Path(tempfile.gettempdir()) / f"faq-cache-{_user()}"):
            try:
                candidate.mkdir(parents=True, exist_ok=True, mode=0o700)
                with tempfile.TemporaryFile(dir=candidate):
                    pass
                if candidate == folder or candidate.stat().st_uid == _user():
                    return cls(candidate)
            except OSError as error:
                log.warning("faq cache %s cannot be used: %s", candidate, error)
        return cls(Path(tempfile.mkdtemp(prefix="faq-cache-")))

    def read(self, name: str) -> dict[str, NDArray[Any]] | None:
        path = self.folder / name
        try:
            with np.load(path, allow_pickle=False) as file:
                return {key: file[key] for key in file.files}
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            log.warning("faq cache file %s is damaged and will be made anew: %s", path, error)
            return None

    def write(self, name: str, arrays: Arrays) -> None:
        """Best effort: a full disk costs the next start some time."""
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
            os.replace(file.name, self.folder / name)
            for prefix, kept in _KEPT.items():
                for old in self.names(prefix)[kept:]:
                    (self.folder / old).unlink(missing_ok=True)
        except OSError as error:
            log.warning("faq cache file %s cannot be written: %s", self.folder / name, error)

    def names(self, prefix: str) -> list[str]:
        """Cached files that begin so, newest first."""
        return [path.name for _, path in sorted(self._dated(f"{prefix}*.npz"), reverse=True)]

    def tidy(self) -> None:
        """Remove what processes that were killed left behind; for whoever holds the training lock."""
        for path in self.folder.glob("training-*"):
            shutil.rmtree(path, ignore_errors=True)
        for written, path in self._dated("*.part"):
            if written < time.time() - _ABANDONED:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    def _dated(self, pattern: str) -> Iterator[tuple[float, Path]]:
        for path in self.folder.glob(pattern):
            with suppress(FileNotFoundError):  # another process may tidy up at the same time
                yield path.stat().st_mtime, path

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Only one process at a time, where the system can lock files."""
        with (self.folder / f"{name}.lock").open("w") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def known(self, encoder: Encoder) -> dict[bytes, NDArray[np.float16]]:
        """What was encoded before, by `text_key`."""
        return _known(self.read(_vectors_file(encoder)), encoder.size)

    def vectors(
        self, encoder: Encoder, texts: Sequence[str], made: Mapping[bytes, NDArray[np.float16]] | None = None
    ) -> Vectors:
        """One row per text; only texts never seen before, and not `made` by somebody else, are encoded."""
        name, known = _vectors_file(encoder), self.known(encoder)
        keys = [text_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if new:
            made = made or {}
            missing = {key: text for key, text in new.items() if key not in made}
            rows = encoder.encode(list(missing.values())).astype(np.float16)
            made = {**made, **dict(zip(missing, rows, strict=True))}
            known |= {key: made[key] for key in new}
            kept = list(dict.fromkeys([*keys, *known]))[:_KEPT_VECTORS]
            self.write(
                name,
                {
                    "keys": np.frombuffer(b"".join(kept), np.uint8).reshape(-1, 16),
                    "rows": np.stack([known[key] for key in kept]),
                },
            )
        return np.stack([known[key] for key in keys]).astype(np.float32)


def text_key(text: str) -> bytes:
    return sha256(text.encode()).digest()[:16]


def _vectors_file(encoder: Encoder) -> str:
    return f"vectors-{encoder.name}-{encoder.version}.npz"


def _known(arrays: Arrays | None, size: int) -> dict[bytes, NDArray[np.float16]]:
    if arrays is None or arrays.keys() != {"keys", "rows"}:
        return {}
    keys, rows = arrays["keys"], arrays["rows"]
    if keys.shape != (len(rows), 16) or rows.shape[1:] != (size,) or not np.isfinite(rows).all():
        return {}
    return dict(zip((key.tobytes() for key in keys), rows, strict=True))


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
