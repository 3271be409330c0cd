"""What supervisors do with chats that are not theirs: take one over, give one to an agent.

Every function runs inside the caller's transaction and locks as handoff.py does: the agent, then the conversation.
The old agent's late writes get Held. Ring handoff.rings(conversation_id) after the commit.

Away      the agent it should go to is not at the desk (a HandoffError)
"""

from __future__ import annotations

from bot import agents, audit, contacts, handoff
from bot.agents import Agent
from bot.cases import Case, case_of
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff import Full, Gone, HandoffError


class Away(HandoffError):
    pass


async def take_over(tx: Tx, supervisor: Agent, conversation_id: int) -> Case:
    """The supervisor has the chat now, whoever had it: an agent, the queue, or the bot. Raises Gone.

    No limit of chats stands in the way of whoever steps in.
    """
    await handoff.lock_agent(tx, supervisor)
    conversation = await _locked(tx, conversation_id)
    if conversation.agent_id == supervisor.id:
        return await _case(tx, conversation_id)
    before = conversation.state
    if conversation.handoff_id is None:
        await handoff.ask(tx, conversation, topic="human", reason="taken_over")
    case = await handoff.assign(tx, supervisor, conversation_id)
    await audit.keep(
        tx, supervisor, "take_over", conversation_id=conversation_id, about=conversation.agent_name or "", was=before
    )
    return case


async def reassign(tx: Tx, supervisor: Agent, conversation_id: int, to: Agent) -> Case:
    """The chat of an agent or of the queue is `to`'s now. Raises Away, Full, Gone."""
    await handoff.lock_agent(tx, to)
    conversation = await _locked(tx, conversation_id)
    if conversation.handoff_id is None:
        raise Gone("nobody asks for a human in this conversation")
    if conversation.agent_id == to.id:
        return await _case(tx, conversation_id)
    if not await agents.is_at_desk(tx, to):
        raise Away(f"{to.login} is not at the desk")
    if await agents.load_of(tx, to) >= to.capacity:
        raise Full(f"{to.capacity} chats at once is the limit of {to.login}")
    case = await handoff.assign(tx, to, conversation_id)
    await audit.keep(tx, supervisor, "reassign", conversation_id=conversation_id, about=to.login)
    return case


async def _locked(tx: Tx, conversation_id: int) -> Conversation:
    conversation = await contacts.lock(tx, conversation_id)
    if conversation is None:
        raise Gone("no such conversation")
    return conversation


async def _case(tx: Tx, conversation_id: int) -> Case:
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    return case
