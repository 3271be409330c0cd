"""An older FAQ to compare with: a folder, or the FAQ as it stands in a git revision.

NoBase    there is no such folder or revision; the message says what was looked for
"""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 30  # seconds


class NoBase(Exception):
    pass


@contextmanager
def base_folder(base: str, folder: Path) -> Iterator[Path]:
    """`folder` as BASE has it; what git unpacks is gone afterwards. Raises NoBase."""
    if Path(base).is_dir():
        yield Path(base)
        return
    inside = _git(folder, "rev-parse", "--show-prefix").decode().strip()
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    packed = _git(top, "archive", "--format=tar", f"{base}:{inside}".rstrip("/"))
    with tempfile.TemporaryDirectory(prefix="faq-base-") as desk:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(desk, filter="data")
        yield Path(desk)


def _git(folder: Path, *order: str) -> bytes:
    command = ["git", "-C", str(folder), *order]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoBase(f"git does not answer: {error}") from None
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoBase(f"BASE is neither a folder nor a git revision that has the FAQ: {why[-1] if why else order[0]}")
    return done.stdout
