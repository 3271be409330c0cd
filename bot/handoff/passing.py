"""From an agent to another one, back to the queue, back to the bot; what a supervisor may take and give."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.cases import Case, case_of
from bot.handoff.chat import SUPERVISORS, note
from bot.handoff.moves import (
    Absent,
    Gone,
    NotYours,
    announce,
    back_to_queue,
    check_room,
    finish,
    give,
    held_by,
    lock_agent,
    move,
    present,
    tell_state,
)
from bot.staff.agents import Agent, is_at_desk


async def transfer(
    tx: Tx, agent: Agent, conversation_id: int, *, to: Agent | None, line: str | None, reason: str
) -> None:
    """Back into the queue for another agent or line, place and reason kept. Raises Gone, Held, Absent, Full."""
    if to is not None:
        await _check_takes(tx, to)
    conversation = await held_by(tx, agent, conversation_id)
    await tx.execute(
        "UPDATE handoff SET line = coalesce($2, line), for_agent_id = $3 WHERE id = $1",
        conversation.handoff_id,
        line,
        to.id if to else None,
    )
    await note(tx, agent, conversation_id, reason)
    await back_to_queue(tx, conversation, "bot.transferred")


async def _check_takes(tx: Tx, to: Agent) -> None:
    """Somebody is there to take it, with room. Raises Absent, Full."""
    await check_room(tx, to, theirs=True)
    if not await is_at_desk(tx, to):
        raise Absent(to.name)


async def hand_back(tx: Tx, agent: Agent, conversation_id: int) -> None:
    """The bot takes over again. Raises Gone, Held."""
    conversation = await held_by(tx, agent, conversation_id)
    await finish(tx, conversation, "returned", "handed back to the bot")
    await move(tx, conversation, "bot")
    await tell_state(tx, conversation_id)
    await announce(tx, conversation, "bot.handed_back", name=agent.called(conversation.language))


async def take_over(tx: Tx, supervisor: Agent, conversation_id: int) -> Case:
    """The supervisor writes from now on, whoever had it: an agent, the queue, the bot. Their limit does not count.

    What the old agent sends late is refused with Held. Raises Gone, NotYours.
    """
    _check_supervises(supervisor)
    await lock_agent(tx, supervisor)
    conversation = await present(tx, conversation_id)
    if conversation.held_by_bot:
        await give(tx, conversation, supervisor, await _opened(tx, conversation, "taken_over"))
    elif conversation.agent_id != supervisor.id:
        await give(tx, conversation, supervisor)
    return await _case(tx, conversation_id)


async def reassign(tx: Tx, supervisor: Agent, conversation_id: int, to: Agent) -> Case:
    """Into the hands of this agent, from another one or from the queue. Raises Gone, NotYours, Absent, Full."""
    _check_supervises(supervisor)
    await lock_agent(tx, to)
    conversation = await present(tx, conversation_id)
    if conversation.held_by_bot:
        raise Gone("no human is asked for in this conversation")
    if conversation.agent_id != to.id:
        await _check_takes(tx, to)
        await give(tx, conversation, to)
    return await _case(tx, conversation_id)


async def _case(tx: Tx, conversation_id: int) -> Case:
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    return case


def _check_supervises(agent: Agent) -> None:
    if agent.role not in SUPERVISORS:
        raise NotYours("only a supervisor may do this")


async def _opened(tx: Tx, conversation: Conversation, reason: str) -> int:
    """A handoff that nobody asked for: an agent comes by themselves."""
    return int(
        await tx.fetchval(
            "INSERT INTO handoff (conversation_id, line, topic, reason, queued_at) VALUES ($1, $2, $3, $4, now())"
            " RETURNING id",
            conversation.id,
            conversation.language,
            conversation.memory.topic or "human",
            reason,
        )
    )


async def return_silent(tx: Tx, silence: timedelta, vanished: timedelta) -> list[int]:
    """Cases whose agent has not answered for `silence`, or is gone from the desk, go back to the queue.

    Whoever may not log in any more gives back all of theirs. The cases keep the time they were queued at, and with it
    their place. Returns the conversations.
    """
    rows = await tx.fetch(
        """SELECT c.id, c.agent_id
             FROM conversation c JOIN handoff h ON h.id = c.handoff_id JOIN agent a ON a.id = c.agent_id
            WHERE c.state = 'assigned' AND (a.disabled_at IS NOT NULL
               OR h.snoozed_until IS NULL AND c.heard_at > coalesce(c.said_at, '-infinity')
                  AND (a.presence = 'offline' OR a.seen_at < now() - $2::interval
                       OR greatest(c.heard_at, h.assigned_at, h.woken_at) < now() - $1::interval))
            ORDER BY c.id FOR UPDATE OF c SKIP LOCKED""",
        silence,
        vanished,
    )
    for row in rows:
        conversation = await present(tx, row["id"])
        slipped = "UPDATE handoff SET slipped_from_id = $2 WHERE id = $1"
        await tx.execute(slipped, conversation.handoff_id, row["agent_id"])
        await back_to_queue(tx, conversation, "bot.agent_silent")
    return [row["id"] for row in rows]
