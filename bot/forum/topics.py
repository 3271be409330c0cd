"""The rows of the desk in a group: which topic needs something written, and what is known of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.database import Tx
from bot.handoff.cases import EMERGENCY

TAIL_AGAIN = 12  # events repeated in a topic that replaces a deleted one
AT_ONCE = 30  # topics looked at in one pass; Telegram takes 20 messages a minute


@dataclass(frozen=True)
class Topic:
    """The topic of one case as it is, and the case as it is now."""

    handoff_id: int
    conversation_id: int
    chat_id: int
    thread_id: int | None
    pack_id: int | None
    title: str
    shown: str
    offered: list[str]  # entries whose answers stand in the pack
    mirrored_n: int
    made: int
    quiet_s: float  # since it was written to last
    language: str  # the person's
    name: str | None
    state: str  # queued, assigned:<agent's id>, over
    until: int  # the last event of the transcript that belongs to the case
    urgent: bool

    @property
    def over(self) -> bool:
        return self.state == "over"


_STATE = """CASE WHEN h.closed_at IS NOT NULL THEN 'over' WHEN c.state = 'assigned' THEN 'assigned:' || c.agent_id
                 ELSE c.state END"""
# A case ends with events of its closing transaction, which carry the same now(); what follows is the bot's again.
_UNTIL = """CASE WHEN h.closed_at IS NULL THEN c.tail ELSE
                 (SELECT coalesce(max(e.n), 0) FROM event e
                   WHERE e.conversation_id = c.id AND e.at <= h.closed_at) END"""
_TOPIC = f"""
    SELECT t.handoff_id, t.conversation_id, t.chat_id, t.thread_id, t.pack_id, t.title, t.shown, t.offered,
           t.mirrored_n, t.made,
           coalesce(extract(epoch FROM now() - t.written_at), 86400)::float AS quiet_s, c.language, k.name,
           {_STATE} AS state, {_UNTIL} AS until, h.priority >= {EMERGENCY} AS urgent
      FROM forum_topic t JOIN handoff h ON h.id = t.handoff_id JOIN conversation c ON c.id = t.conversation_id
           JOIN contact k ON k.id = c.contact_id
"""


async def group_of(tx: Tx, configured: int) -> int:
    """The group's id now; another than the configured one after Telegram gave it a new one."""
    moved: int | None = await tx.fetchval("SELECT chat_id FROM forum_group WHERE configured = $1", configured)
    return moved or configured


async def group_moved(tx: Tx, configured: int, chat_id: int) -> None:
    """Telegram has given the group another id; the topics of the old one are gone with it."""
    await tx.execute(
        "INSERT INTO forum_group (configured, chat_id) VALUES ($1, $2)"
        " ON CONFLICT (configured) DO UPDATE SET chat_id = excluded.chat_id",
        configured,
        chat_id,
    )
    await tx.execute(
        "UPDATE forum_topic SET chat_id = $1, thread_id = NULL, pack_id = NULL, made = 0"
        " WHERE closed_at IS NULL AND chat_id <> $1",
        chat_id,
    )


async def open_new(tx: Tx, chat_id: int) -> None:
    """A row for each case that waits and has none; what was taken elsewhere before needs no topic."""
    await tx.execute(
        """INSERT INTO forum_topic (handoff_id, conversation_id, chat_id)
           SELECT h.id, c.id, $1 FROM handoff h JOIN conversation c ON c.handoff_id = h.id
            WHERE h.closed_at IS NULL AND c.state = 'queued'
              AND NOT EXISTS (SELECT 1 FROM forum_topic t WHERE t.handoff_id = h.id)
           ON CONFLICT DO NOTHING""",
        chat_id,
    )
    # Over before anything of it was written: there is nothing to close.
    await tx.execute(
        """UPDATE forum_topic t SET closed_at = now() FROM handoff h
            WHERE h.id = t.handoff_id AND h.closed_at IS NOT NULL AND t.closed_at IS NULL AND t.thread_id IS NULL"""
    )


async def due(tx: Tx) -> list[Topic]:
    """Topics that do not show what is: danger first, then who was written to longest ago."""
    rows = await tx.fetch(
        f"""SELECT * FROM ({_TOPIC} WHERE t.closed_at IS NULL) AS topic
             WHERE thread_id IS NULL OR pack_id IS NULL OR until > mirrored_n OR shown <> state
             ORDER BY urgent DESC, quiet_s DESC, handoff_id LIMIT $1""",
        AT_ONCE,
    )
    return [Topic(**dict(row)) for row in rows]


async def by_thread(tx: Tx, chat_id: int, thread_id: int) -> Topic | None:
    row = await tx.fetchrow(f"{_TOPIC} WHERE t.chat_id = $1 AND t.thread_id = $2", chat_id, thread_id)
    return Topic(**dict(row)) if row else None


async def by_case(tx: Tx, chat_id: int, handoff_id: int) -> Topic | None:
    row = await tx.fetchrow(f"{_TOPIC} WHERE t.chat_id = $1 AND t.handoff_id = $2", chat_id, handoff_id)
    return Topic(**dict(row)) if row else None


async def made(tx: Tx, topic: Topic, thread_id: int, title: str) -> None:
    await tx.execute(
        "UPDATE forum_topic SET thread_id = $2, title = $3, made = made + 1, written_at = now() WHERE handoff_id = $1",
        topic.handoff_id,
        thread_id,
        title,
    )


async def named(tx: Tx, topic: Topic, title: str) -> None:
    await tx.execute("UPDATE forum_topic SET title = $2 WHERE handoff_id = $1", topic.handoff_id, title)


async def packed(tx: Tx, topic: Topic, pack_id: int, upto: int) -> None:
    """The first message stands there, with the buttons of the topic's state and the events up to `upto`."""
    await tx.execute(
        """UPDATE forum_topic SET pack_id = $2, shown = $3, mirrored_n = greatest(mirrored_n, $4), offered = $5,
                  written_at = now() WHERE handoff_id = $1""",
        topic.handoff_id,
        pack_id,
        topic.state,
        upto,
        topic.offered,
    )


async def mirrored(tx: Tx, topic: Topic, upto: int, message_id: int | None = None, shows: Sequence[int] = ()) -> None:
    """Up to this event all is written; those of `shows` stand in this message and can be corrected there."""
    await tx.execute(
        "UPDATE forum_topic SET mirrored_n = greatest(mirrored_n, $2), written_at = now() WHERE handoff_id = $1",
        topic.handoff_id,
        upto,
    )
    if message_id is not None:
        for n in shows:
            await note_message(tx, topic, message_id, n, ours=True)


async def note_message(tx: Tx, topic: Topic, message_id: int, event_n: int, *, ours: bool) -> None:
    await tx.execute(
        """INSERT INTO forum_message (chat_id, message_id, event_n, conversation_id, ours)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING""",
        topic.chat_id,
        message_id,
        event_n,
        topic.conversation_id,
        ours,
    )


async def shows(tx: Tx, topic: Topic) -> None:
    """The buttons are those of the state."""
    await tx.execute("UPDATE forum_topic SET shown = $2 WHERE handoff_id = $1", topic.handoff_id, topic.state)


async def closed(tx: Tx, topic: Topic) -> None:
    await tx.execute(
        "UPDATE forum_topic SET closed_at = now(), shown = $2 WHERE handoff_id = $1", topic.handoff_id, topic.state
    )


async def gone(tx: Tx, topic: Topic) -> bool:
    """Somebody deleted it. It is made once more, with the end of the transcript; False if that was done before."""
    again = topic.made < 2 and not topic.over
    await tx.execute(
        "DELETE FROM forum_message WHERE conversation_id = $1 AND chat_id = $2 AND ours",
        topic.conversation_id,
        topic.chat_id,
    )
    await tx.execute(
        """UPDATE forum_topic SET thread_id = NULL, pack_id = NULL, closed_at = CASE WHEN $2 THEN NULL ELSE now() END
            WHERE handoff_id = $1""",
        topic.handoff_id,
        again,
    )
    return again


async def tell_once(tx: Tx, topic: Topic, telegram_id: int) -> bool:
    """True the first time for this person in this topic."""
    told = await tx.fetchval(
        """UPDATE forum_topic SET told = array_append(told, $2) WHERE handoff_id = $1 AND NOT $2 = ANY(told)
            RETURNING handoff_id""",
        topic.handoff_id,
        telegram_id,
    )
    return told is not None


async def event_in(tx: Tx, topic: Topic, message_id: int) -> int | None:
    """The event that an agent's own message became."""
    n: int | None = await tx.fetchval(
        "SELECT min(event_n) FROM forum_message WHERE chat_id = $1 AND message_id = $2 AND NOT ours",
        topic.chat_id,
        message_id,
    )
    return n


async def erased(tx: Tx, chat_id: int) -> list[int]:
    """Topics of people who are forgotten."""
    rows = await tx.fetch("SELECT thread_id FROM forum_erased WHERE chat_id = $1 LIMIT 5", chat_id)
    return [row["thread_id"] for row in rows]


async def erased_done(tx: Tx, chat_id: int, thread_id: int) -> None:
    await tx.execute("DELETE FROM forum_erased WHERE chat_id = $1 AND thread_id = $2", chat_id, thread_id)
