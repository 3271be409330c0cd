"""A person's data, gone: what was said, handoffs, what is on its way, the link to their number.

What was counted stays counted nowhere by person; figures of the past keep no trace of who.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.database import Tx

# In this order, because each points at the next.
_OF_CONVERSATION = (
    "incident_told", "unread_notice", "lesson", "outbox", "file", "event", "forum_message", "forum_topic", "handoff"
)  # fmt: skip


async def everywhere(tx: Tx, *, phone: str | None = None, address: str | None = None) -> Counter[str]:
    """Remove whoever is linked to this phone or writes from this address, in every channel; rows removed by table."""
    contacts = await tx.fetch(
        "SELECT id, channel, address FROM contact WHERE phone = $1 OR address = $1 OR address = $2 FOR UPDATE",
        phone,
        address,
    )
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
    removed: Counter[str] = Counter()
    for table in _OF_CONVERSATION:
        removed[table] += _rows(await tx.execute(f"DELETE FROM {table} WHERE conversation_id = $1", conversation_id))
    done = "DELETE FROM inbox WHERE lane = $1 AND done_at IS NOT NULL"
    removed["inbox"] += _rows(await tx.execute(done, lane))
    return removed


def _rows(status: object) -> int:
    return int(str(status).split()[-1])
