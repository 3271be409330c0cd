"""Editions of the FAQ in the database: what served when, by whom, why; every replica reads the newest from here.

Files are kept once by content. An edition is never changed; going back is a new edition with an old one's files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.database import Tx
from faq.snapshot import Snapshot, changed_files, digest_of

BELL = "faq"
_LOCK = 7_315_002  # one edition after another
SHOWN = 50  # editions
_SHOWN_CHANGES = 12
_COLUMNS = "id, digest, files, author, note, changes, restored_id, at"


class NoEdition(Exception):
    """There is none of this number."""


class Newer(Exception):
    """Another edition serves than the one that this was made of."""


@dataclass(frozen=True)
class Edition:
    id: int
    digest: str
    files: Mapping[str, str]  # path -> hash of its content
    author: str
    note: str
    changes: tuple[str, ...]  # the files that changed, with + - or ~ before the path
    restored_id: int | None  # the edition gone back to
    at: datetime


async def live(tx: Tx) -> Edition | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM faq_edition ORDER BY id DESC LIMIT 1")
    return _edition(row) if row else None


async def live_id(tx: Tx) -> int:
    """0: there is none yet."""
    return int(await tx.fetchval("SELECT coalesce(max(id), 0) FROM faq_edition"))


async def newest(tx: Tx, most: int = SHOWN) -> list[Edition]:
    return [
        _edition(row) for row in await tx.fetch(f"SELECT {_COLUMNS} FROM faq_edition ORDER BY id DESC LIMIT $1", most)
    ]


async def one(tx: Tx, edition_id: int) -> Edition:
    """Raises NoEdition."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM faq_edition WHERE id = $1", edition_id)
    if row is None:
        raise NoEdition(str(edition_id))
    return _edition(row)


async def before(tx: Tx, edition_id: int) -> Edition | None:
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM faq_edition WHERE id < $1 ORDER BY id DESC LIMIT 1", edition_id)
    return _edition(row) if row else None


async def has_served(tx: Tx, digest: str) -> bool:
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM faq_edition WHERE digest = $1)", digest))


async def content(tx: Tx, edition: Edition) -> Snapshot:
    """Its files, byte for byte. Raises ValueError if the database has lost or changed one."""
    rows = await tx.fetch("SELECT sha256, content FROM faq_file WHERE sha256 = ANY($1)", list(edition.files.values()))
    known = {row["sha256"]: bytes(row["content"]) for row in rows}
    try:
        snapshot = Snapshot({path: known[found] for path, found in edition.files.items()})
    except KeyError as lost:
        raise ValueError(f"edition {edition.id} lacks a file ({lost})") from None
    if snapshot.digest != edition.digest:
        raise ValueError(f"edition {edition.id} is damaged")
    return snapshot


async def changed_by_others(tx: Tx, path: str, after: int, author: str) -> Edition | None:
    """The newest edition since that one in which somebody else changed this file."""
    row = await tx.fetchrow(
        f"""SELECT {_COLUMNS} FROM (
               SELECT *, lag(files->>$1) OVER (ORDER BY id) AS older FROM faq_edition WHERE id >= $2) AS found
             WHERE id > $2 AND author <> $3 AND files->>$1 IS DISTINCT FROM older ORDER BY id DESC LIMIT 1""",
        path,
        after,
        author,
    )
    return _edition(row) if row else None


async def publish(
    tx: Tx, snapshot: Snapshot, *, author: str, note: str = "", of: int | None = None
) -> tuple[Edition, bool]:
    """The newest edition from now on, and True; the one that serves and False if these very files do already.

    `of`: it was made of this edition. Raises Newer if another one serves.
    """
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    serving = await live(tx)
    if of is not None and (serving is None or serving.id != of):
        raise Newer(str(of))
    if serving is not None and serving.digest == snapshot.digest:
        return serving, False
    stored = {row["sha256"] for row in await tx.fetch("SELECT sha256 FROM faq_file")}
    fresh = {found: snapshot.files[path] for path, found in snapshot.hashes.items() if found not in stored}
    await tx.executemany("INSERT INTO faq_file (sha256, content) VALUES ($1, $2)", list(fresh.items()))
    return await _insert(tx, serving, snapshot.hashes, author, note, None), True


async def roll_back(tx: Tx, edition_id: int, *, author: str, note: str = "") -> Edition:
    """A new edition with the files of an old one. Raises NoEdition."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    old = await one(tx, edition_id)
    serving = await live(tx)
    if serving is not None and serving.digest == old.digest:
        return serving
    return await _insert(tx, serving, old.files, author, note, old.id)


async def _insert(
    tx: Tx, serving: Edition | None, files: Mapping[str, str], author: str, note: str, restored_id: int | None
) -> Edition:
    changes = changed_files(serving.files if serving else {}, files)
    row = await tx.fetchrow(
        f"""INSERT INTO faq_edition (digest, files, author, note, changes, restored_id)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING {_COLUMNS}""",
        digest_of(files),
        dict(files),
        author[:100],
        note[:500],
        changes[:_SHOWN_CHANGES],
        restored_id,
    )
    return _edition(row)


def _edition(row: Any) -> Edition:
    return Edition(**{**row, "changes": tuple(row["changes"])})
