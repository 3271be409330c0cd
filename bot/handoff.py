"""THE QUEUE: ask for a human, claim, say, transfer, hand back, close, return after silence, rate.

Every function runs inside the caller's transaction, locks the conversation's row first, and changes state only along
conversation.MOVES. Ring rings(conversation_id) after the commit.

HandoffError
├── Gone      no such conversation, or nobody waits in it any more
├── Held      another agent has it; `agent` is their name
├── Full      the agent holds as many chats as they may
└── NotYours  the agent neither holds it nor may do this (language, role)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import contacts, i18n, outbox, transcript
from bot.agents import VANISHED, Agent, load_of
from bot.cases import Case, case_of, expected_wait, position
from bot.conversation import MOVES, Conversation, State
from bot.database import Tx
from bot.messages import IN_APP, Choice, Reply
from bot.transcript import Event

EMERGENCY = 100
REPEAT_CONTACT = 10
RATING_WINDOW = timedelta(hours=24)


class HandoffError(Exception):
    pass


class Gone(HandoffError):
    pass


class Held(HandoffError):
    def __init__(self, agent: str) -> None:
        super().__init__(f"held by {agent}")
        self.agent = agent


class Full(HandoffError):
    pass


class NotYours(HandoffError):
    pass


def rings(conversation_id: int) -> tuple[str, ...]:
    return ("queue", f"conversation:{conversation_id}", "outbox")


async def _move(
    tx: Tx, conversation: Conversation, state: State, *, agent_id: int | None = None, handoff_id: int | None = None
) -> None:
    if (conversation.state, state) not in MOVES and conversation.state != state:
        raise Gone(f"{conversation.state} cannot become {state}")
    await tx.execute(
        "UPDATE conversation SET state = $2, agent_id = $3, handoff_id = $4, revision = revision + 1 WHERE id = $1",
        conversation.id,
        state,
        agent_id,
        handoff_id,
    )


async def tell_state(tx: Tx, conversation_id: int) -> Event:
    """A numbered event that says who holds the conversation now, for the app's page and the desk."""
    conversation = await _present(tx, conversation_id)
    body: dict[str, Any] = {"state": conversation.state}
    if conversation.state == "queued":
        place = await position(tx, conversation_id)
        wait = await expected_wait(tx, conversation.language, place)
        body |= {"position": place} | ({"wait_s": int(wait.total_seconds())} if wait else {})
    if conversation.agent_name:
        body["agent"] = conversation.agent_name.split()[0]
    return await transcript.append(tx, conversation_id, "state", "system", body)


async def _present(tx: Tx, conversation_id: int) -> Conversation:
    conversation = await contacts.lock(tx, conversation_id)
    if conversation is None:
        raise Gone("no such conversation")
    return conversation


async def _announce(tx: Tx, conversation: Conversation, key: str, **values: object) -> None:
    text = i18n.text(conversation.language, key, **values)
    await transcript.say(tx, conversation, Reply(text), "system")


async def ask(tx: Tx, conversation: Conversation, *, topic: str, reason: str, priority: int = 0) -> int:
    """Put the person into the queue of their language and return their place; the caller holds the lock.

    Someone who was closed within a day and is back comes before first-time askers.
    """
    again = await tx.fetchval(
        "SELECT count(*) FROM handoff WHERE conversation_id = $1 AND closed_at > now() - interval '24 hours'"
        " AND outcome IN ('solved', 'unsolved')",
        conversation.id,
    )
    handoff_id = await tx.fetchval(
        "INSERT INTO handoff (conversation_id, line, topic, reason, priority) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        conversation.id,
        conversation.language,
        topic,
        reason,
        max(priority, REPEAT_CONTACT if again else 0),
    )
    await _move(tx, conversation, "queued", handoff_id=handoff_id)
    await tell_state(tx, conversation.id)
    return await position(tx, conversation.id)


async def raise_priority(tx: Tx, conversation: Conversation, *, topic: str, priority: int) -> None:
    """What the person wrote while waiting makes the case more urgent."""
    await tx.execute(
        "UPDATE handoff SET topic = $2, reason = $2, priority = greatest(priority, $3) WHERE id = $1",
        conversation.handoff_id,
        topic,
        priority,
    )


async def reopen(tx: Tx, conversation: Conversation) -> None:
    """The person writes after a chat was closed: the bot answers again; the caller holds the lock."""
    await _move(tx, conversation, "bot")
    await tell_state(tx, conversation.id)


async def leave(tx: Tx, conversation: Conversation) -> None:
    """The person leaves the queue, or ends a chat that an agent holds; the caller holds the lock."""
    outcome = "left" if conversation.state == "queued" else "unsolved"
    await _finish(tx, conversation, outcome, "left by the subscriber")
    await _move(tx, conversation, "bot")
    await tell_state(tx, conversation.id)


async def _finish(tx: Tx, conversation: Conversation, outcome: str, reason: str) -> None:
    await tx.execute(
        "UPDATE handoff SET closed_at = now(), outcome = $2, close_reason = $3 WHERE id = $1",
        conversation.handoff_id,
        outcome,
        reason,
    )


_NEXT = """
    SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
     WHERE c.state = 'queued' AND (
           h.for_agent_id = $2
           OR (h.line = ANY($1) AND NOT EXISTS (
                 SELECT 1 FROM agent a WHERE a.id = h.for_agent_id AND a.presence = 'online'
                    AND a.disabled_at IS NULL AND a.seen_at > now() - $3::interval)))
     ORDER BY h.priority DESC, (h.for_agent_id IS NOT DISTINCT FROM $2) DESC,
              (SELECT count(*) FROM agent a WHERE h.line = ANY(a.languages) AND a.disabled_at IS NULL),
              h.queued_at, h.id
     LIMIT 1 FOR UPDATE OF c """


async def claim_next(tx: Tx, agent: Agent) -> Case | None:
    """Give the longest-waiting subscriber to one agent who speaks the language; two agents never get the same one.

    Urgent cases come first, then what was handed to this very agent, then the language that fewer agents speak. What
    was handed to a colleague waits for them only while they are at the desk.
    """
    await _check_room(tx, agent)
    # First past what others hold for a moment; if that leaves nobody, wait for them: somebody may be writing just now.
    for patience in ("SKIP LOCKED", ""):
        conversation_id = await tx.fetchval(_NEXT + patience, list(agent.languages), agent.id, VANISHED)
        if conversation_id:
            return await assign(tx, agent, conversation_id)
    return None


async def claim(tx: Tx, agent: Agent, conversation_id: int) -> Case:
    """Take one particular waiting case. Raises Gone, Held, Full, NotYours."""
    await lock_agent(tx, agent)  # the agent before the conversation, here as in claim_next
    conversation = await _present(tx, conversation_id)
    if conversation.state == "assigned" and conversation.agent_id != agent.id:
        raise Held(conversation.agent_name or "")
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    if conversation.state == "assigned":
        return case
    if case.line not in agent.languages and agent.role not in ("supervisor", "admin"):
        raise NotYours(f"this case is on the {case.line} line")
    await _check_room(tx, agent)
    return await assign(tx, agent, conversation_id)


async def lock_agent(tx: Tx, agent: Agent) -> None:
    await tx.execute("SELECT 1 FROM agent WHERE id = $1 FOR UPDATE", agent.id)


async def _check_room(tx: Tx, agent: Agent) -> None:
    """Serialises the claims of one agent, so that two tabs cannot pass the limit together."""
    await lock_agent(tx, agent)
    if await load_of(tx, agent) >= agent.capacity:
        raise Full(f"{agent.capacity} chats at once is the limit")


async def assign(tx: Tx, agent: Agent, conversation_id: int) -> Case:
    """The chat is the agent's, whoever had it; the person is told who writes now. The caller has locked the agent."""
    conversation = await _present(tx, conversation_id)
    await tx.execute(
        "UPDATE handoff SET assigned_at = now(), agent_id = $2, for_agent_id = NULL WHERE id = $1",
        conversation.handoff_id,
        agent.id,
    )
    await _move(tx, conversation, "assigned", agent_id=agent.id, handoff_id=conversation.handoff_id)
    await tell_state(tx, conversation_id)
    await _announce(tx, conversation, "bot.agent_joined", name=agent.first_name)
    case = await case_of(tx, conversation_id)
    if case is None:
        raise Gone("nobody waits in this conversation")
    return case


async def _held_by(tx: Tx, agent: Agent, conversation_id: int) -> Conversation:
    conversation = await _present(tx, conversation_id)
    if conversation.state != "assigned":
        raise Gone("this chat is not with an agent any more")
    if conversation.agent_id != agent.id:
        raise Held(conversation.agent_name or "")
    return conversation


async def say(tx: Tx, agent: Agent, conversation_id: int, cid: str, said: str | Reply) -> Event:
    """The agent writes to the person; the same cid again changes nothing and returns the first event."""
    await _present(tx, conversation_id)  # repeats in parallel wait here for the first
    if first := await transcript.find(tx, conversation_id, "agent", cid):
        return first
    conversation = await _held_by(tx, agent, conversation_id)
    await tx.execute(
        "UPDATE handoff SET first_reply_at = coalesce(first_reply_at, now()) WHERE id = $1", conversation.handoff_id
    )
    reply = said if isinstance(said, Reply) else Reply(said)
    return await transcript.say(
        tx, conversation, reply, "agent", author_name=agent.first_name, agent_id=agent.id, cid=cid
    )


async def note(tx: Tx, agent: Agent, conversation_id: int, text: str) -> Event:
    """A remark for colleagues; it has no public number, so it cannot reach the person."""
    await _present(tx, conversation_id)
    return await transcript.append(
        tx, conversation_id, "note", "agent", {"text": text}, author_name=agent.name, agent_id=agent.id
    )


async def transfer(
    tx: Tx, agent: Agent, conversation_id: int, *, to: Agent | None, line: str | None, reason: str
) -> None:
    """Back into the queue for another agent or line, place and reason kept."""
    conversation = await _held_by(tx, agent, conversation_id)
    await tx.execute(
        "UPDATE handoff SET line = coalesce($2, line), for_agent_id = $3, assigned_at = NULL, agent_id = NULL"
        " WHERE id = $1",
        conversation.handoff_id,
        line,
        to.id if to else None,
    )
    await _move(tx, conversation, "queued", handoff_id=conversation.handoff_id)
    await note(tx, agent, conversation_id, reason)
    await tell_state(tx, conversation_id)
    await _announce(tx, conversation, "bot.transferred")


async def hand_back(tx: Tx, agent: Agent, conversation_id: int) -> None:
    """The bot takes over again."""
    conversation = await _held_by(tx, agent, conversation_id)
    await _finish(tx, conversation, "returned", "handed back to the bot")
    await _move(tx, conversation, "bot")
    await tell_state(tx, conversation_id)
    await _announce(tx, conversation, "bot.handed_back")


async def close(
    tx: Tx, agent: Agent, conversation_id: int, *, reason: str, outcome: str, remark: str | None = None
) -> None:
    """The chat is over; the person is asked to rate it."""
    conversation = await _held_by(tx, agent, conversation_id)
    if remark:
        await note(tx, agent, conversation_id, remark)
    await _finish(tx, conversation, outcome, reason)
    await _move(tx, conversation, "closed")
    await tell_state(tx, conversation_id)
    await _ask_rating(tx, conversation)


async def _ask_rating(tx: Tx, conversation: Conversation) -> None:
    """The app shows stars for the csat event; a messenger gets the same as a message with buttons."""
    stars = tuple(Choice("★" * n, f"rate:{n}:{conversation.handoff_id}") for n in range(1, 6))
    asked = Reply(i18n.text(conversation.language, "bot.rate_please"), choices=stars)
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


async def return_silent(tx: Tx, silence: timedelta, vanished: timedelta) -> list[int]:
    """Cases whose agent has not answered for `silence`, or is gone from the desk, go back to the queue.

    Whoever may not log in any more gives back all of theirs.

    They keep the time they were queued at, and with it their place. Returns the conversations.
    """
    rows = await tx.fetch(
        """SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id JOIN agent a ON a.id = c.agent_id
            WHERE c.state = 'assigned' AND (a.disabled_at IS NOT NULL OR c.heard_at > coalesce(c.said_at, '-infinity')
              AND (a.presence = 'offline' OR a.seen_at < now() - $2::interval
                   OR greatest(c.heard_at, h.assigned_at) < now() - $1::interval))
            FOR UPDATE OF c SKIP LOCKED""",
        silence,
        vanished,
    )
    for row in rows:
        conversation = await _present(tx, row["id"])
        await tx.execute(
            "UPDATE handoff SET assigned_at = NULL, agent_id = NULL WHERE id = $1", conversation.handoff_id
        )
        await _move(tx, conversation, "queued", handoff_id=conversation.handoff_id)
        await tell_state(tx, conversation.id)
        await _announce(tx, conversation, "bot.agent_silent")
    return [row["id"] for row in rows]


async def close_idle(tx: Tx, idle: timedelta) -> list[int]:
    """Chats with an agent in which nobody has written for `idle` are closed. Returns the conversations."""
    rows = await tx.fetch(
        """SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
            WHERE c.state = 'assigned' AND greatest(c.heard_at, c.said_at, h.assigned_at) < now() - $1::interval
            FOR UPDATE OF c SKIP LOCKED""",
        idle,
    )
    for row in rows:
        conversation = await _present(tx, row["id"])
        await _finish(tx, conversation, "unsolved", "idle")
        await _move(tx, conversation, "closed")
        await tell_state(tx, conversation.id)
        await _announce(tx, conversation, "bot.closed_idle")
    return [row["id"] for row in rows]
