"""What every room of the queue stands on: the errors, the lock, the move from one holder to the next, who is told."""

from __future__ import annotations

from typing import Any

from bot import contacts, i18n, outbox, transcript
from bot.conversation import MOVES, Conversation, State
from bot.database import Tx
from bot.handoff.cases import case_of, expected_wait
from bot.messages import Reply
from bot.staff.agents import Agent, load_of
from bot.transcript import Event


class HandoffError(Exception):
    pass


class Gone(HandoffError):
    pass


class Held(HandoffError):
    def __init__(self, agent: str) -> None:
        super().__init__(f"held by {agent}")
        self.agent = agent


class Full(HandoffError):
    """`agent` is whose hands are full, when they are somebody else's."""

    def __init__(self, limit: int, agent: str = "") -> None:
        super().__init__(f"{limit} chats at once is the limit")
        self.agent = agent


class Absent(HandoffError):
    def __init__(self, agent: str) -> None:
        super().__init__(f"{agent} is not at the desk")
        self.agent = agent


class NotYours(HandoffError):
    pass


def rings(conversation_id: int) -> tuple[str, ...]:
    return ("queue", f"conversation:{conversation_id}", "outbox")


async def present(tx: Tx, conversation_id: int) -> Conversation:
    """The conversation, locked. Raises Gone."""
    conversation = await contacts.lock(tx, conversation_id)
    if conversation is None:
        raise Gone("no such conversation")
    return conversation


async def held_by(tx: Tx, agent: Agent, conversation_id: int) -> Conversation:
    """The conversation, locked, if this agent holds it. Raises Gone, Held."""
    conversation = await present(tx, conversation_id)
    if conversation.state != "assigned":
        raise Gone("this chat is not with an agent any more")
    if conversation.agent_id != agent.id:
        raise Held(conversation.agent_name or "")
    return conversation


async def move(
    tx: Tx, conversation: Conversation, state: State, *, agent_id: int | None = None, handoff_id: int | None = None
) -> None:
    if (conversation.state, state) not in MOVES and conversation.state != state:
        raise Gone(f"{conversation.state} cannot become {state}")
    if conversation.state == "queued":
        await outbox.drop_edits(tx, conversation.id)  # of the place told
    await tx.execute(
        "UPDATE conversation SET state = $2, agent_id = $3, handoff_id = $4, revision = revision + 1 WHERE id = $1",
        conversation.id,
        state,
        agent_id,
        handoff_id,
    )


async def give(tx: Tx, conversation: Conversation, agent: Agent, handoff_id: int | None = None) -> None:
    """Into this agent's hands; the person learns by first name who writes now. The caller checks that it may be."""
    handoff_id = handoff_id or conversation.handoff_id
    await tx.execute(
        "UPDATE handoff SET assigned_at = now(), agent_id = $2, for_agent_id = NULL, snoozed_until = NULL"
        " WHERE id = $1",
        handoff_id,
        agent.id,
    )
    await move(tx, conversation, "assigned", agent_id=agent.id, handoff_id=handoff_id)
    await tell_state(tx, conversation.id)
    changed = conversation.state == "assigned"
    await announce(
        tx,
        conversation,
        "bot.agent_changed" if changed else "bot.agent_joined",
        name=agent.called(conversation.language),
    )


async def back_to_queue(tx: Tx, conversation: Conversation, announced: str) -> None:
    """Away from its agent, on the old place: queued_at stays."""
    await tx.execute(
        "UPDATE handoff SET assigned_at = NULL, agent_id = NULL, snoozed_until = NULL WHERE id = $1",
        conversation.handoff_id,
    )
    await move(tx, conversation, "queued", handoff_id=conversation.handoff_id)
    await tell_state(tx, conversation.id)
    await announce(tx, conversation, announced)


async def finish(tx: Tx, conversation: Conversation, outcome: str, reason: str, *, candidate: bool = False) -> None:
    await tx.execute(
        "UPDATE handoff SET closed_at = now(), outcome = $2, close_reason = $3, candidate = $4, snoozed_until = NULL"
        " WHERE id = $1",
        conversation.handoff_id,
        outcome,
        reason,
        candidate,
    )


async def lock_agent(tx: Tx, agent: Agent) -> None:
    """The agent before the conversation, wherever both are locked: so nobody can deadlock."""
    await tx.execute("SELECT 1 FROM agent WHERE id = $1 FOR UPDATE", agent.id)


async def check_room(tx: Tx, agent: Agent, *, theirs: bool = False) -> None:
    """Serialises the claims of one agent, so that two tabs cannot pass the limit together. Raises Full."""
    await lock_agent(tx, agent)
    if await load_of(tx, agent) >= agent.capacity:
        raise Full(agent.capacity, agent.name if theirs else "")


async def tell_state(tx: Tx, conversation_id: int) -> Event:
    """A numbered event that says who holds the conversation now, for the app's page and the desk."""
    conversation = await present(tx, conversation_id)
    body: dict[str, Any] = {"state": conversation.state}
    if conversation.state == "queued" and (case := await case_of(tx, conversation_id)):
        wait = await expected_wait(tx, case.line, case.position)
        body |= {"position": case.position} | ({"wait_s": int(wait.total_seconds())} if wait else {})
    if conversation.agent_name:
        body["agent"] = i18n.called(conversation.agent_name, conversation.language)
    return await transcript.append(tx, conversation_id, "state", "system", body)


async def announce(tx: Tx, conversation: Conversation, key: str, **values: object) -> None:
    text = i18n.text(conversation.language, key, **values)
    await transcript.say(tx, conversation, Reply(text), "system")
