"""A person's data, gone: what was said, handoffs, what is on its way, the link to their number.

What was counted stays counted nowhere by person; figures of the past keep no trace of who. What remains is a hash of
the address under a key of ours, so that whoever restores a backup of an earlier day erases the same people again.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot import keys
from bot.database import Tx

# In this order, because each points at the next.
_OF_CONVERSATION = (
    "incident_told", "unread_notice", "lesson", "outbox", "file", "event", "forum_message", "forum_topic", "handoff"
)  # fmt: skip


EXTENTS = ("everywhere", "said")  # the contact too, or all but the bare address


@dataclass(frozen=True)
class Erasure:
    """Somebody was erased: `who` by a hash, `what` of EXTENTS, `at` the time."""

    who: bytes
    what: str
    at: datetime


async def everywhere(tx: Tx, *, phone: str | None = None, address: str | None = None) -> Counter[str]:
    """Remove whoever is linked to this phone or writes from this address, in every channel; rows removed by table."""
    contacts = await tx.fetch(
        "SELECT id, channel, address FROM contact WHERE phone = $1 OR address = $1 OR address = $2 FOR UPDATE",
        phone,
        address,
    )
    asked = {"phone": phone, "address": address}
    names = [f"{kind}:{value}" for kind, value in asked.items() if value]
    # Also of who is not here now: an older backup may know them.
    await _note(tx, "everywhere", *names, *(f"{contact['channel']}:{contact['address']}" for contact in contacts))
    return await _gone(tx, contacts)


async def _gone(tx: Tx, contacts: Iterable[Mapping[str, Any]]) -> Counter[str]:
    removed: Counter[str] = Counter()
    for contact in contacts:
        for conversation in await tx.fetch("SELECT id FROM conversation WHERE contact_id = $1", contact["id"]):
            removed += await _said(tx, conversation["id"], f"{contact['channel']}:{contact['address']}")
        removed["conversation"] += _rows(
            await tx.execute("DELETE FROM conversation WHERE contact_id = $1", contact["id"])
        )
        removed["contact"] += _rows(await tx.execute("DELETE FROM contact WHERE id = $1", contact["id"]))
    return removed


async def kept(tx: Tx, conversation_id: int) -> Mapping[str, Any]:
    """What `said` would remove, counted, for the person to see before."""
    row: Mapping[str, Any] = await tx.fetchrow(
        """SELECT (SELECT count(*) FROM event WHERE conversation_id = c.id AND kind = 'msg') AS messages,
                  (SELECT count(*) FROM file WHERE conversation_id = c.id AND event_n IS NOT NULL) AS files,
                  (SELECT count(*) FROM handoff WHERE conversation_id = c.id) AS cases,
                  (SELECT min(at) FROM event WHERE conversation_id = c.id) AS since
             FROM conversation c WHERE c.id = $1""",
        conversation_id,
    )
    return row


async def said(tx: Tx, conversation_id: int, lane: str) -> Counter[str]:
    """What one person asks to be forgotten in their own chat: all of it but the bare address we answer to."""
    contact = "SELECT c.channel || ':' || c.address FROM contact c JOIN conversation v ON v.contact_id = c.id"
    await _note(tx, "said", await tx.fetchval(f"{contact} WHERE v.id = $1", conversation_id))
    return await _bare(tx, conversation_id, lane)


async def noted(tx: Tx) -> list[Erasure]:
    return [Erasure(**dict(row)) for row in await tx.fetch("SELECT who, what, at FROM tombstone ORDER BY at")]


async def again(tx: Tx, key: bytes, erasures: Iterable[Erasure]) -> Counter[str]:
    """Erase what a backup has brought back; what people wrote after they were erased stays theirs."""
    when = {(one.who, one.what): one.at for one in sorted(erasures, key=lambda one: one.at)}
    removed: Counter[str] = Counter()
    if not when:
        return removed
    for contact in await tx.fetch(_CONTACTS):
        lane = f"{contact['channel']}:{contact['address']}"
        known_by = (lane, f"address:{contact['address']}", f"phone:{contact['phone']}", f"phone:{contact['address']}")
        marks = [_mark(key, name) for name in known_by]
        if any(contact["created_at"] < when[mark, "everywhere"] for mark in marks if (mark, "everywhere") in when):
            removed += await _gone(tx, [contact])
        elif (at := when.get((marks[0], "said"))) and contact["oldest"] and contact["oldest"] < at:
            removed += await _bare(tx, contact["conversation_id"], lane)
    return removed + await _unheard(tx, key, when)


async def keep(tx: Tx, erasures: Iterable[Erasure]) -> None:
    """Note them as they were noted elsewhere; of two of the same person the later one counts."""
    await tx.executemany(_NOTE, [(one.who, one.what, one.at) for one in erasures])


async def _unheard(tx: Tx, key: bytes, when: Mapping[tuple[bytes, str], datetime]) -> Counter[str]:
    """What had arrived and was not answered when the backup was made would be answered now."""
    removed: Counter[str] = Counter()
    for (lane,) in await tx.fetch("SELECT DISTINCT lane FROM inbox"):
        address = lane.partition(":")[2]
        marks = [_mark(key, name) for name in (lane, f"address:{address}", f"phone:{address}")]
        if ends := [when[mark, what] for mark in marks for what in EXTENTS if (mark, what) in when]:
            gone = await tx.execute("DELETE FROM inbox WHERE lane = $1 AND received_at < $2", lane, max(ends))
            removed["inbox"] += _rows(gone)
    return removed


async def _note(tx: Tx, what: str, *names: str) -> None:
    key = await keys.ensure(tx, keys.ERASED)
    at = await tx.fetchval("SELECT now()")
    await keep(tx, [Erasure(_mark(key, name), what, at) for name in names])


def _mark(key: bytes, name: str) -> bytes:
    return hmac.digest(key, name.encode(), sha256)


_NOTE = """
    INSERT INTO tombstone (who, what, at) VALUES ($1, $2, $3)
    ON CONFLICT (who, what) DO UPDATE SET at = greatest(tombstone.at, excluded.at)
"""
# The oldest thing that a person's own erasure would take.
_CONTACTS = """
    SELECT c.id, c.channel, c.address, c.phone, c.created_at, v.id AS conversation_id,
           least((SELECT min(e.at) FROM event e WHERE e.conversation_id = v.id), c.linked_at) AS oldest
      FROM contact c LEFT JOIN conversation v ON v.contact_id = c.id
"""


async def _bare(tx: Tx, conversation_id: int, lane: str) -> Counter[str]:
    removed = await _said(tx, conversation_id, lane)
    await tx.execute(
        """UPDATE contact SET phone = NULL, linked_at = NULL, name = NULL, contract = NULL, sim = NULL,
                  checked_at = NULL
            WHERE id = (SELECT contact_id FROM conversation WHERE id = $1)""",
        conversation_id,
    )
    return removed


async def _said(tx: Tx, conversation_id: int, lane: str) -> Counter[str]:
    await tx.execute(
        """UPDATE conversation SET state = 'bot', agent_id = NULL, handoff_id = NULL, memory = '{}',
                  revision = revision + 1 WHERE id = $1""",
        conversation_id,
    )
    await tx.execute(  # the words that stand in the desk's group go with the topic
        """INSERT INTO forum_erased (chat_id, thread_id) SELECT chat_id, thread_id FROM forum_topic
            WHERE conversation_id = $1 AND thread_id IS NOT NULL ON CONFLICT DO NOTHING""",
        conversation_id,
    )
    await tx.execute(
        """DELETE FROM inbox i USING forum_topic t WHERE t.conversation_id = $1 AND i.done_at IS NOT NULL
              AND i.lane = 'forum:' || t.chat_id || ':' || t.thread_id""",
        conversation_id,
    )
    await tx.execute(  # what is tried again when the operator's system is back has a lane of its own
        "DELETE FROM inbox i USING inbox first WHERE first.lane = $1 AND i.lane = 'retry:' || first.id", lane
    )
    removed: Counter[str] = Counter()
    for table in _OF_CONVERSATION:
        removed[table] += _rows(await tx.execute(f"DELETE FROM {table} WHERE conversation_id = $1", conversation_id))
    done = "DELETE FROM inbox WHERE lane = $1 AND done_at IS NOT NULL"
    removed["inbox"] += _rows(await tx.execute(done, lane))
    return removed


def _rows(status: object) -> int:
    return int(str(status).split()[-1])
