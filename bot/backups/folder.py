"""What lies in a folder of backups: dumps named by their time, who was erased, a lock; others' files are not touched.

bot-20261123T200000Z.dump   one dump, there only when it is whole and was read through
erased.jsonl                who must not come back by an older dump, see erasures.py
.*.part                     under way, or left by a kill; swept by the next one
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.backups import Busy, CannotDump

_NAME = re.compile(r"bot-\d{8}T\d{6}Z\.dump")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Dump:
    path: Path
    at: datetime  # when it was begun
    bytes: int


def dumps(folder: Path) -> list[Dump]:
    """The oldest first; none when there is no such folder. Raises CannotDump when it cannot be read."""
    found = []
    try:
        for path in folder.iterdir():
            if _NAME.fullmatch(path.name):
                with suppress(FileNotFoundError, ValueError):  # gone by now, or a name that is no time
                    found.append(dump_at(path))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise CannotDump(f"cannot read the backups in {folder}: {problem.strerror}") from problem
    return sorted(found, key=lambda dump: dump.at)


def dump_at(path: Path) -> Dump:
    return Dump(path, datetime.strptime(path.name, f"bot-{_TIME}.dump").replace(tzinfo=UTC), path.stat().st_size)


@contextmanager
def alone(folder: Path, lock: str = ".lock") -> Iterator[None]:
    """The only one to write there; makes the folder, readable by us alone. Raises CannotDump, at once."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise CannotDump(f"cannot write backups to {folder}: {problem.strerror}") from problem
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another process writes to {folder} now") from None
        yield
    finally:
        os.close(handle)


def path_for(folder: Path, now: datetime) -> Path:
    return folder / f"bot-{now.astimezone(UTC):{_TIME}}.dump"


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to fill that becomes `path` once the block has ended well, and is gone otherwise; only we may read it."""
    part = path.with_name(f".{path.name}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield part
        _sync(part)
        part.rename(path)
        _sync(path.parent)
    except OSError as problem:
        raise CannotDump(f"cannot write {path}: {problem.strerror}") from problem
    finally:
        part.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a killed process left; only for who is alone there."""
    for part in folder.glob(".bot-*.part"):
        part.unlink(missing_ok=True)


def forget_old(folder: Path, keep: timedelta, now: datetime) -> list[Path]:
    """Remove the dumps that are older, but never the newest; each that stands there was good when it was made."""
    gone = [dump.path for dump in dumps(folder)[:-1] if now - dump.at > keep]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
