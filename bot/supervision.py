"""What supervisors do with chats that are not theirs, kept in the audit: take one over, give one to an agent.

Inside the caller's transaction; ring handoff.rings(conversation_id) after the commit.
"""

from __future__ import annotations

from bot import audit, contacts, handoff
from bot.agents import Agent
from bot.cases import Case, case_of
from bot.database import Tx
from bot.handoff import Gone


async def take_over(tx: Tx, supervisor: Agent, conversation_id: int) -> Case:
    """The supervisor has the chat now, whoever had it: an agent, the queue, or the bot. Raises like handoff's."""
    before = await contacts.load(tx, conversation_id)
    await handoff.take_over(tx, supervisor, conversation_id)
    if before is not None and before.agent_id != supervisor.id:
        had, was = before.agent_name or "", before.state
        await audit.keep(tx, supervisor, "take_over", conversation_id=conversation_id, about=had, was=was)
    return await _case(tx, conversation_id)


async def reassign(tx: Tx, supervisor: Agent, conversation_id: int, to: Agent) -> Case:
    """The chat of an agent or of the queue is `to`'s now. Raises like handoff's."""
    before = await contacts.load(tx, conversation_id)
    await handoff.reassign(tx, supervisor, conversation_id, to)
    if before is not None and before.agent_id != to.id:
        await audit.keep(tx, supervisor, "reassign", conversation_id=conversation_id, about=to.login)
    return await _case(tx, conversation_id)


async def _case(tx: Tx, conversation_id: int) -> Case:
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    return case
