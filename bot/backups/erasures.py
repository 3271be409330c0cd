"""Who must not come back: the database's tombstones, copied beside the dumps, because a lost disk takes the newest.

One JSON object a line. {"key": hex} opens the erasures of the database with that key; the others say who (a hash under
it), what and when. Whoever can read the key can read the dumps beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from bot import keys
from bot.backups import CannotRestore
from bot.backups.folder import alone, whole
from bot.database import Tx
from bot.people import erase
from bot.people.erase import EXTENTS, Erasure

NAME = "erased.jsonl"

# By the key that they are hashed under; of two of the same person the later one.
Erasures: TypeAlias = Mapping[bytes, frozenset[Erasure]]


async def of_database(tx: Tx) -> Erasures:
    """Empty when its schema is older than erasures."""
    if await tx.fetchval("SELECT to_regclass('public.tombstone')") is None:
        return {}
    return {await keys.ensure(tx, keys.ERASED): frozenset(await erase.noted(tx))}


def beside(folder: Path) -> Erasures:
    """Those of a folder of backups, if it has any. Raises CannotRestore when what stands there cannot be read."""
    path = folder / NAME
    found: dict[bytes, set[Erasure]] = {}
    now: set[Erasure] = set()
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            said = json.loads(line)
            if "key" in said:
                now = found.setdefault(bytes.fromhex(said["key"]), set())
            else:
                if said["what"] not in EXTENTS:
                    raise ValueError(f"what is {said['what']!r}?")
                at = datetime.fromisoformat(said["at"]).astimezone(UTC)
                now.add(Erasure(bytes.fromhex(said["who"]), said["what"], at))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CannotRestore(f"{path} cannot be read, and it says who was erased: {problem}") from problem
    return {key: frozenset(some) for key, some in found.items()}


def grouped(pairs: Iterable[tuple[bytes, Erasure]]) -> Erasures:
    found: dict[bytes, set[Erasure]] = {}
    for key, one in pairs:
        found.setdefault(key, set()).add(one)
    return {key: frozenset(some) for key, some in found.items()}


def united(*several: Erasures) -> Erasures:
    return {key: frozenset().union(*(one.get(key, ()) for one in several)) for one in several for key in one}


def copy(erasures: Erasures, folder: Path) -> bool:
    """Write what the folder does not know yet; whether there was anything. Raises BackupError."""
    known = beside(folder)
    if all(some <= known.get(key, frozenset()) for key, some in erasures.items()):
        return False
    with alone(folder, ".erased.lock"):
        everything = united(beside(folder), erasures)
        with whole(folder / NAME) as part:
            part.write_text("".join(f"{line}\n" for line in _lines(everything)), encoding="utf-8")
    return True


def _lines(erasures: Erasures) -> list[str]:
    lines = []
    for key, some in erasures.items():
        lines.append(json.dumps({"key": key.hex()}))
        for one in sorted(some, key=lambda one: (one.at, one.who)):
            lines.append(json.dumps({"who": one.who.hex(), "what": one.what, "at": one.at.isoformat()}))
    return lines
