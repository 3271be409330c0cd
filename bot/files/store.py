"""Files that go with messages: taken in, given out, forgotten.

They live in the database, not on a disk: replicas share one, a backup holds message and picture of the same moment,
and erasing a person is one transaction. What came by a messenger is fetched when somebody first opens it, so that
what nobody needs is never copied; until then the row says where it is.

FileError
├── NoSuchFile  not theirs, sent already, or never there: all the same answer
└── TooMany     this person has sent enough for a day
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.database import Database, Tx
from bot.files.file_types import FileType, plain_name, shown_name, type_of
from bot.files.pictures import redrawn
from bot.messages import Attachment

PART = 256 * 1024  # bytes
UNSENT_FOR = timedelta(days=1)
PER_DAY = 200 * 1024 * 1024  # bytes of one person
SWEPT_AT_ONCE = 500
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_KINDS = frozenset({"photo", "voice", "audio", "video"})
_COLUMNS = """f.id, f.conversation_id, f.author_kind, f.event_n, f.kind, f.type, f.name, f.size, f.width, f.height,
              f.state, f.source, f.problem"""


class FileError(Exception):
    pass


class NoSuchFile(FileError):
    pass


class TooMany(FileError):
    pass


@dataclass(frozen=True)
class Examined:
    """A file that may be taken: by its content of an allowed type, a picture drawn anew."""

    type: FileType
    name: str
    whole: bytes
    small: bytes = b""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class StoredFile:
    """A row of the table `file`."""

    id: str
    conversation_id: int
    author_kind: str
    event_n: int | None
    kind: str
    type: str
    name: str
    size: int
    width: int
    height: int
    state: str
    source: str | None
    problem: str | None


async def examined(content: bytes, name: str) -> Examined:
    """Raises Unfit. No transaction may be open: a large picture takes seconds."""
    type = type_of(content)
    if type.kind != "photo":
        return Examined(type, shown_name(name, type), content)
    picture = await redrawn(content)
    named = shown_name(name, picture.type)
    return Examined(picture.type, named, picture.whole, picture.small, picture.width, picture.height)


# ---- in


async def keep(tx: Tx, conversation_id: int, author_kind: str, cid: str | None, file: Examined) -> str:
    """Store an upload that is to be sent; the same cid again is the same file. Raises TooMany."""
    used = await tx.fetchval(
        """SELECT coalesce(sum(size), 0) FROM file
            WHERE conversation_id = $1 AND author_kind = $2 AND created_at > now() - interval '1 day'""",
        conversation_id,
        author_kind,
    )
    if author_kind == "user" and used + len(file.whole) > PER_DAY:
        raise TooMany
    made = await tx.fetchval(
        """INSERT INTO file (id, conversation_id, author_kind, cid, kind, type, name, size, width, height)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (conversation_id, author_kind, cid) DO NOTHING RETURNING id""",
        secrets.token_urlsafe(16),
        conversation_id,
        author_kind,
        cid,
        file.type.kind,
        file.type.mime,
        file.name,
        len(file.whole),
        file.width,
        file.height,
    )
    if made:
        await _write(tx, str(made), file)
        return str(made)
    return str(
        await tx.fetchval(
            "SELECT id FROM file WHERE conversation_id = $1 AND author_kind = $2 AND cid = $3",
            conversation_id,
            author_kind,
            cid,
        )
    )


async def _write(tx: Tx, file_id: str, file: Examined) -> None:
    rows = [
        (file_id, variant, n, content[start : start + PART])
        for variant, content in (("whole", file.whole), ("small", file.small))
        for n, start in enumerate(range(0, len(content), PART))
    ]
    await tx.executemany("INSERT INTO file_part (file_id, variant, n, content) VALUES ($1, $2, $3, $4)", rows)


async def remote(tx: Tx, conversation_id: int, given: Attachment, limit: int) -> Attachment:
    """Note where a file of a messenger is; one over `limit` bytes can never be had, which is said at once."""
    picture = given.kind == "document" and given.type in _PICTURES
    kind = "photo" if picture else given.kind if given.kind in _KINDS else "document"
    row = await tx.fetchrow(
        f"""INSERT INTO file AS f (id, conversation_id, author_kind, kind, type, name, size, width, height,
                                   state, source, problem)
            VALUES ($1, $2, 'user', $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {_COLUMNS}""",
        secrets.token_urlsafe(16),
        conversation_id,
        kind,
        given.type,
        plain_name(given.name),
        given.size,
        given.width,
        given.height,
        "lost" if given.size > limit else "remote",
        given.reference,
        "file_too_big" if given.size > limit else None,
    )
    return _attachment(StoredFile(**dict(row)))


async def arrived(tx: Tx, file_id: str, file: Examined) -> None:
    """A remote file is here now; had another process been faster, nothing changes."""
    done = await tx.execute(
        """UPDATE file SET state = 'kept', source = NULL, kind = $2, type = $3, size = $4, width = $5, height = $6,
                  name = coalesce(nullif($7, ''), name)
            WHERE id = $1 AND state = 'remote'""",
        file_id,
        file.type.kind,
        file.type.mime,
        len(file.whole),
        file.width,
        file.height,
        file.name,
    )
    if str(done) == "UPDATE 1":
        await _write(tx, file_id, file)


async def lost(tx: Tx, file_id: str, problem: str) -> None:
    """It cannot be had, now or later; `problem` is a key under error. of the locales."""
    await tx.execute(
        "UPDATE file SET state = 'lost', problem = $2, source = NULL WHERE id = $1 AND state = 'remote'",
        file_id,
        problem,
    )


async def uploaded(tx: Tx, conversation_id: int, author_kind: str, file_id: str) -> Attachment:
    """What this sender has uploaded for this very conversation and not sent yet. Raises NoSuchFile."""
    row = await tx.fetchrow(
        f"""SELECT {_COLUMNS} FROM file f
             WHERE id = $1 AND conversation_id = $2 AND author_kind = $3 AND event_n IS NULL AND state = 'kept'
               FOR UPDATE""",
        file_id,
        conversation_id,
        author_kind,
    )
    if row is None:
        raise NoSuchFile(file_id)
    return _attachment(StoredFile(**dict(row)))


async def sent(tx: Tx, ids: list[str], event_n: int) -> None:
    """From now on these belong to that event, and whoever may read it may open them."""
    if ids:
        await tx.execute("UPDATE file SET event_n = $2 WHERE id = ANY($1) AND event_n IS NULL", ids, event_n)


def _attachment(file: StoredFile) -> Attachment:
    return Attachment(file.kind, file.source or "", file.name, file.size, file.type, file.width, file.height, file.id)


def shown(file: Attachment, limit: int | None = None) -> dict[str, Any]:
    """As an event carries it: nothing by which its channel would give it out; over `limit` it says so itself."""
    told = {"id": file.id, "kind": file.kind, "name": file.name, "type": file.type, "size": file.size}
    if file.width and file.height:
        told |= {"width": file.width, "height": file.height}
    return told | ({"problem": "file_too_big"} if limit is not None and file.size > limit else {})


# ---- out


async def of_person(tx: Tx, file_id: str, channel: str, address: str) -> StoredFile:
    """A file of this person's own conversation: theirs, or one an agent has sent them. Raises NoSuchFile."""
    row = await tx.fetchrow(
        f"""SELECT {_COLUMNS} FROM file f JOIN conversation c ON c.id = f.conversation_id
              JOIN contact k ON k.id = c.contact_id
             WHERE f.id = $1 AND k.channel = $2 AND k.address = $3
               AND (f.author_kind = 'user' OR f.event_n IS NOT NULL)""",
        file_id,
        channel,
        address,
    )
    if row is None:
        raise NoSuchFile(file_id)
    return StoredFile(**dict(row))


async def load(tx: Tx, file_id: str) -> StoredFile:
    """For whoever checks the right to its conversation. Raises NoSuchFile."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM file f WHERE f.id = $1", file_id)
    if row is None:
        raise NoSuchFile(file_id)
    return StoredFile(**dict(row))


async def measure(db: Database, file: StoredFile, *, small: bool) -> tuple[str, int]:
    """The variant that will be given out and its bytes; a picture that is small enough has no small one."""
    found = await db.pool.fetchrow(
        """SELECT variant, sum(length(content)) AS size FROM file_part WHERE file_id = $1
            GROUP BY variant ORDER BY (variant = $2) DESC, variant DESC LIMIT 1""",
        file.id,
        "small" if small else "whole",
    )
    if found is None:
        raise NoSuchFile(file.id)
    return found["variant"], found["size"]


async def parts(db: Database, file_id: str, variant: str) -> AsyncIterator[bytes]:
    """Part by part, each in a query of its own: a slow reader holds no connection."""
    n = 0
    while True:
        part = await db.pool.fetchval(
            "SELECT content FROM file_part WHERE file_id = $1 AND variant = $2 AND n = $3", file_id, variant, n
        )
        if part is None:
            return
        yield part
        n += 1


async def content(db: Database, file_id: str) -> bytes:
    """All of it at once, for a channel that takes it so. Empty when it is gone."""
    return b"".join([part async for part in parts(db, file_id, "whole")])


# ---- gone


async def forget_old(tx: Tx, keep_for: timedelta) -> None:
    """Uploads nobody sent go after a day; of the others the bytes go after `keep_for`, the line in the chat stays."""
    await tx.execute(
        """DELETE FROM file WHERE id IN (SELECT id FROM file
            WHERE event_n IS NULL AND created_at < now() - $1::interval LIMIT $2)""",
        UNSENT_FOR,
        SWEPT_AT_ONCE,
    )
    await tx.execute(
        """WITH old AS (
               UPDATE file SET state = 'lost', problem = 'file_expired', source = NULL
                WHERE id IN (SELECT id FROM file WHERE state <> 'lost' AND created_at < now() - $1::interval LIMIT $2)
               RETURNING id)
           DELETE FROM file_part p USING old WHERE p.file_id = old.id""",
        keep_for,
        SWEPT_AT_ONCE,
    )
