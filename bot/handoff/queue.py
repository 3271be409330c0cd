"""Into the queue and out of it, as the person wishes."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.cases import REPEAT_CONTACT, position
from bot.handoff.moves import Gone, finish, move, tell_state
from bot.staff.agents import VANISHED

BACK_WITHIN = timedelta(hours=24)  # who comes back this soon comes back with the same matter


async def ask(tx: Tx, conversation: Conversation, *, topic: str, reason: str, priority: int = 0) -> int:
    """Put the person into the queue of their language and return their place; the caller holds the lock.

    Who was closed within a day and is back comes before first-time askers, and to the same agent first if at the desk.
    """
    before = await tx.fetchrow(
        """SELECT h.agent_id, a.presence = 'online' AND a.disabled_at IS NULL AND a.seen_at > now() - $2::interval
                  AND $3 = ANY(a.languages) AS there
             FROM handoff h LEFT JOIN agent a ON a.id = h.agent_id
            WHERE h.conversation_id = $1 AND h.closed_at > now() - $4::interval AND h.outcome IN ('solved', 'unsolved')
            ORDER BY h.id DESC LIMIT 1""",
        conversation.id,
        VANISHED,
        conversation.language,
        BACK_WITHIN,
    )
    handoff_id = await tx.fetchval(
        "INSERT INTO handoff (conversation_id, line, topic, reason, priority, for_agent_id, queued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, now()) RETURNING id",
        conversation.id,
        conversation.language,
        topic,
        reason,
        max(priority, REPEAT_CONTACT if before else 0),
        before["agent_id"] if before and before["there"] else None,
    )
    await move(tx, conversation, "queued", handoff_id=handoff_id)
    await tell_state(tx, conversation.id)
    return await position(tx, conversation.id)


async def raise_priority(tx: Tx, conversation: Conversation, *, topic: str, priority: int) -> None:
    """What the person wrote while waiting makes the case more urgent; the caller holds the lock."""
    await tx.execute(
        "UPDATE handoff SET topic = $2, reason = $2, priority = greatest(priority, $3) WHERE id = $1",
        conversation.handoff_id,
        topic,
        priority,
    )
    await tell_state(tx, conversation.id)


async def change_line(tx: Tx, conversation: Conversation, line: str) -> None:
    """The person rather has somebody who writes in another language now; the place by time is kept.

    The conversation's own language stays: the desk shows that this person reads another one than the line speaks.
    """
    if conversation.state != "queued":
        raise Gone("nobody waits in this conversation")
    await tx.execute("UPDATE handoff SET line = $2, for_agent_id = NULL WHERE id = $1", conversation.handoff_id, line)
    await tell_state(tx, conversation.id)


async def resume(tx: Tx, conversation: Conversation) -> None:
    """The person writes after a chat was closed: the bot answers again; the caller holds the lock."""
    await move(tx, conversation, "bot")
    await tell_state(tx, conversation.id)


async def leave(tx: Tx, conversation: Conversation) -> None:
    """The person leaves the queue, or ends a chat that an agent holds; the caller holds the lock."""
    outcome = "left" if conversation.state == "queued" else "unsolved"
    await finish(tx, conversation, outcome, "left by the subscriber")
    await move(tx, conversation, "bot")
    await tell_state(tx, conversation.id)


async def mark_missed(tx: Tx, lines: list[str], limit: timedelta) -> list[int]:
    """Who has waited longer than `limit` on one of these lines and was not told so yet; locked until the end.

    The case stays in the queue: nothing is lost. Returns the conversations, for the caller to tell them once.
    """
    rows = await tx.fetch(
        """SELECT c.id, h.id AS handoff_id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
            WHERE c.state = 'queued' AND h.missed_at IS NULL AND h.line = ANY($1) AND h.queued_at < now() - $2::interval
            ORDER BY c.id FOR UPDATE OF c SKIP LOCKED""",
        lines,
        limit,
    )
    await tx.execute("UPDATE handoff SET missed_at = now() WHERE id = ANY($1)", [row["handoff_id"] for row in rows])
    return [row["id"] for row in rows]
