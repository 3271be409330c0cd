"""The end of a chat with an agent: closed, gone idle, rated, opened again by whoever held it."""

from __future__ import annotations

from datetime import timedelta

from bot import i18n, outbox, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.chat import SUPERVISORS, note
from bot.handoff.moves import (
    Gone,
    Held,
    NotYours,
    announce,
    check_room,
    finish,
    give,
    held_by,
    move,
    present,
    tell_state,
)
from bot.knowledge import lessons
from bot.messages import IN_APP, Choice, Reply
from bot.staff.agents import Agent

RATING_WINDOW = timedelta(hours=24)
COMMENT_WINDOW = timedelta(minutes=10)  # after the rating
REOPEN_WITHIN = timedelta(hours=24)


async def close(
    tx: Tx,
    agent: Agent,
    conversation_id: int,
    *,
    reason: str,
    outcome: str,
    remark: str | None = None,
    candidate: bool = False,
) -> None:
    """The chat is over; the person is asked to rate it. Raises Gone, Held.

    `candidate`: what was asked belongs into the FAQ; `python -m faq gaps` shows it first.
    """
    conversation = await held_by(tx, agent, conversation_id)
    if remark:
        await note(tx, agent, conversation_id, remark)
    await finish(tx, conversation, outcome, reason, candidate=candidate)
    if candidate and conversation.handoff_id is not None:
        await lessons.missing(tx, conversation, conversation.handoff_id)
    await move(tx, conversation, "closed")
    await tell_state(tx, conversation_id)
    await _ask_rating(tx, conversation, agent)


async def _ask_rating(tx: Tx, conversation: Conversation, agent: Agent) -> None:
    """The app shows stars for the csat event; a messenger gets the same as a message with buttons."""
    stars = tuple(Choice("★" * n, f"rate:{n}:{conversation.handoff_id}") for n in range(1, 6))
    text = i18n.text(conversation.language, "bot.rate_please", name=agent.called(conversation.language))
    transcript_of = Choice(i18n.text(conversation.language, "bot.send_transcript"), f"copy:{conversation.handoff_id}")
    asked = Reply(text, choices=(*stars, transcript_of))
    body = transcript.body_of(asked) | {"ask": True, "case": conversation.handoff_id}
    event = await transcript.append(tx, conversation.id, "csat", "system", body)
    if conversation.channel != IN_APP:
        await outbox.put(tx, conversation.id, conversation.channel, conversation.address, asked, event.n)


async def rate(tx: Tx, conversation: Conversation, handoff_id: int, stars: int) -> bool:
    """The first rating within a day counts; False if there was one already or it came too late."""
    rated = await tx.fetchval(
        """UPDATE handoff SET rating = $3, rated_at = now()
            WHERE id = $2 AND conversation_id = $1 AND rating IS NULL AND closed_at > now() - $4::interval
            RETURNING id""",
        conversation.id,
        handoff_id,
        stars,
        RATING_WINDOW,
    )
    if rated:
        await transcript.append(tx, conversation.id, "csat", "user", {"rating": stars, "case": handoff_id})
    return bool(rated)


async def comment(tx: Tx, conversation: Conversation, handoff_id: int, text: str) -> bool:
    """The person's words to their rating, once and within ten minutes of it; False if it is too late for that."""
    kept = await tx.fetchval(
        """UPDATE handoff SET comment = $3
            WHERE id = $2 AND conversation_id = $1 AND comment IS NULL AND rated_at > now() - $4::interval
            RETURNING id""",
        conversation.id,
        handoff_id,
        text,
        COMMENT_WINDOW,
    )
    return bool(kept)


async def reopen(tx: Tx, agent: Agent, conversation_id: int) -> None:
    """The agent who closed it, or a supervisor, goes on with the person within a day; it is a new handoff.

    Raises Gone (nothing was closed lately), Held, Full, NotYours (somebody else closed it).
    """
    await check_room(tx, agent)
    conversation = await present(tx, conversation_id)
    if conversation.state == "assigned" and conversation.agent_id != agent.id:
        raise Held(conversation.agent_name or "")
    if conversation.state == "assigned":
        return
    last = await tx.fetchrow(
        """SELECT line, topic, agent_id FROM handoff WHERE conversation_id = $1 AND closed_at > now() - $2::interval
              AND outcome IN ('solved', 'unsolved') ORDER BY id DESC LIMIT 1""",
        conversation_id,
        REOPEN_WITHIN,
    )
    if last is None or not conversation.held_by_bot:
        raise Gone("no chat was closed here within a day")
    if last["agent_id"] != agent.id and agent.role not in SUPERVISORS:
        raise NotYours("another agent closed this chat")
    handoff_id = await tx.fetchval(
        "INSERT INTO handoff (conversation_id, line, topic, reason, queued_at)"
        " VALUES ($1, $2, $3, 'reopened', now()) RETURNING id",
        conversation_id,
        last["line"],
        last["topic"],
    )
    await give(tx, conversation, agent, handoff_id)


_LAST = "greatest(c.heard_at, c.said_at, h.assigned_at, h.woken_at)"
_QUIET = f"""
    SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
     WHERE c.state = 'assigned' AND h.snoozed_until IS NULL
       AND {_LAST} < now() - $1::interval
"""


async def warn_idle(tx: Tx, quiet: timedelta, minutes_left: int) -> list[int]:
    """Tell once that the chat closes soon where nobody has written for `quiet`. Returns the conversations."""
    rows = await tx.fetch(
        f"{_QUIET} AND (h.warned_at IS NULL OR h.warned_at < {_LAST}) ORDER BY c.id FOR UPDATE OF c SKIP LOCKED",
        quiet,
    )
    for row in rows:
        conversation = await present(tx, row["id"])
        await tx.execute("UPDATE handoff SET warned_at = now() WHERE id = $1", conversation.handoff_id)
        left = i18n.counted(conversation.language, "bot.in_minutes", minutes_left)
        await announce(tx, conversation, "bot.idle_soon", left=left)
    return [row["id"] for row in rows]


async def close_idle(tx: Tx, idle: timedelta, warned_for: timedelta = timedelta(0)) -> list[int]:
    """Chats in which nobody has written for `idle`, and who were warned so long before. Returns the conversations.

    Nobody is closed unwarned, not even by a process that was down for a day.
    """
    rows = await tx.fetch(
        f"""{_QUIET} AND ($2::interval = interval '0' OR (h.warned_at <= now() - $2::interval
                          AND h.warned_at >= {_LAST}))
                     ORDER BY c.id FOR UPDATE OF c SKIP LOCKED""",
        idle,
        warned_for,
    )
    for row in rows:
        conversation = await present(tx, row["id"])
        await finish(tx, conversation, "unsolved", "idle")
        await move(tx, conversation, "closed")
        await tell_state(tx, conversation.id)
        await announce(tx, conversation, "bot.closed_idle")
    return [row["id"] for row in rows]
