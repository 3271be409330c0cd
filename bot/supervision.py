"""What supervisors do with chats that are not theirs, on the record: take one over, give one to an agent.

Every function runs inside the caller's transaction. Ring handoff.rings(conversation_id) after the commit.
"""

from __future__ import annotations

from bot import audit, contacts, handoff
from bot.agents import Agent
from bot.cases import Case
from bot.database import Tx


async def take_over(tx: Tx, supervisor: Agent, conversation_id: int) -> Case:
    """As handoff.take_over; the audit keeps who had it."""
    before = await contacts.load(tx, conversation_id)
    case = await handoff.take_over(tx, supervisor, conversation_id)
    if before is not None and before.agent_id != supervisor.id:
        about, was = before.agent_name or "", before.state
        await audit.keep(tx, supervisor, "take_over", conversation_id=conversation_id, about=about, was=was)
    return case


async def reassign(tx: Tx, supervisor: Agent, conversation_id: int, to: Agent) -> Case:
    """As handoff.reassign; the audit keeps whom it went to."""
    before = await contacts.load(tx, conversation_id)
    case = await handoff.reassign(tx, supervisor, conversation_id, to)
    if before is not None and before.agent_id != to.id:
        await audit.keep(tx, supervisor, "reassign", conversation_id=conversation_id, about=to.login)
    return case
