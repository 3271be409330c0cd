"""A chat that an agent holds: what they say to the person, note for colleagues, put aside for a while."""

from __future__ import annotations

from datetime import datetime

from bot import outbox, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.moves import Gone, NotYours, back_to_queue, held_by, present, tell_state
from bot.messages import IN_APP, Reply
from bot.staff.agents import VANISHED, Agent
from bot.transcript import Event

ONE_MESSAGE = 4000  # characters; a longer one went out in parts
SUPERVISORS = ("supervisor", "admin")


async def say(tx: Tx, agent: Agent, conversation_id: int, cid: str, said: str | Reply) -> Event:
    """The agent writes to the person; the same cid again changes nothing and returns the first event."""
    await present(tx, conversation_id)  # repeats in parallel wait here for the first
    if first := await transcript.find(tx, conversation_id, "agent", cid):
        return first
    conversation = await held_by(tx, agent, conversation_id)
    await tx.execute(
        "UPDATE handoff SET first_reply_at = coalesce(first_reply_at, now()) WHERE id = $1", conversation.handoff_id
    )
    reply = said if isinstance(said, Reply) else Reply(said)
    return await transcript.say(
        tx, conversation, reply, "agent", author_name=agent.called(conversation.language), agent_id=agent.id, cid=cid
    )


async def edit(tx: Tx, agent: Agent, conversation_id: int, cid: str, change: tuple[str, str]) -> Event:
    """The agent corrects words of their own: in place in the app and in messengers, as an event for everybody.

    `change`: the event's id and the new words. The same cid again changes nothing. Raises Gone when there is no such
    message, NotYours when it is another's, has a file or is too long for one message, and as held_by.
    """
    await present(tx, conversation_id)
    if first := await transcript.find(tx, conversation_id, "agent", cid):
        return first
    conversation = await held_by(tx, agent, conversation_id)
    event_id, text = change
    said = await transcript.load(tx, conversation_id, event_id)
    if said is None or said.kind != "msg":
        raise Gone("no such message")
    by_agent = await transcript.author_of(tx, said)
    if by_agent != agent.id or said.body.get("files") or max(len(text), len(said.body["text"])) > ONE_MESSAGE:
        raise NotYours("only one's own words, as long as one message, can be corrected")
    event = await transcript.append(
        tx,
        conversation_id,
        "edit",
        "agent",
        {"id": event_id, "text": text},
        author_name=agent.called(conversation.language),
        agent_id=agent.id,
        cid=cid,
    )
    if conversation.channel != IN_APP:
        await outbox.put_edit(tx, conversation, said.n, Reply(text), lasting=True)
    return event


async def note(tx: Tx, agent: Agent, conversation_id: int, text: str, **about: str) -> Event:
    """A remark for colleagues, or a supervisor's whisper; it has no public number, so it cannot reach the person."""
    await present(tx, conversation_id)
    body: dict[str, object] = {"text": text, **about}
    if agent.role in SUPERVISORS:
        body["supervisor"] = True
    return await transcript.append(
        tx, conversation_id, "note", "agent", body, author_name=agent.name, agent_id=agent.id
    )


async def snooze(tx: Tx, agent: Agent, conversation_id: int, until: datetime, reason: str) -> None:
    """Put the chat aside: it stays the agent's and leaves room for another one until then, or until the person writes.

    Raises Gone, Held; ValueError when `until` is not in the future.
    """
    conversation = await held_by(tx, agent, conversation_id)
    put = await tx.fetchval(
        "UPDATE handoff SET snoozed_until = $2 WHERE id = $1 AND $2 > now() RETURNING id",
        conversation.handoff_id,
        until,
    )
    if put is None:
        raise ValueError("until: the moment is in the past")
    await note(tx, agent, conversation_id, reason, snoozed_until=until.isoformat(timespec="seconds"))


async def unsnooze(tx: Tx, agent: Agent, conversation_id: int) -> None:
    """The agent takes it up again before its time. Raises Gone, Held."""
    conversation = await held_by(tx, agent, conversation_id)
    await wake(tx, conversation)


async def wake(tx: Tx, conversation: Conversation) -> None:
    """Nobody waits for the clock any more: the person has written, or the agent is back at it. Nothing if awake."""
    await tx.execute(
        "UPDATE handoff SET snoozed_until = NULL WHERE id = $1 AND snoozed_until IS NOT NULL", conversation.handoff_id
    )


async def wake_due(tx: Tx) -> list[int]:
    """Chats put aside until now; one whose agent has left the desk goes back to the queue. Returns them all."""
    rows = await tx.fetch(
        """SELECT c.id, h.id AS handoff_id,
                  a.disabled_at IS NULL AND a.presence <> 'offline' AND a.seen_at > now() - $1::interval AS there
             FROM conversation c JOIN handoff h ON h.id = c.handoff_id JOIN agent a ON a.id = c.agent_id
            WHERE h.snoozed_until <= now() ORDER BY c.id FOR UPDATE OF c SKIP LOCKED""",
        VANISHED,
    )
    for row in rows:
        conversation = await present(tx, row["id"])
        if row["there"]:
            await tx.execute(
                "UPDATE handoff SET snoozed_until = NULL, woken_at = now() WHERE id = $1", row["handoff_id"]
            )
            await tell_state(tx, conversation.id)
        else:
            await back_to_queue(tx, conversation, "bot.agent_left")
    return [row["id"] for row in rows]
