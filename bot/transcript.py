"""What was said, by whom, in order.

Two numberings, both taken under the conversation's row lock and therefore gap-free: `seq` over what the subscriber may
see, `n` over everything. A cursor over a table-wide id would miss events that commit late (198 of 1,200 in a trial).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot import cards, files, outbox
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import IN_APP, Drawn, Entity, Reply

QUOTE = 300  # characters of what is answered to
ALBUM_WITHIN = 40  # events; ten items at most, and what the bot says between them
INTERNAL = frozenset({"note", "trace", "undelivered"})
_COLUMNS = "conversation_id, n, seq, id::text AS id, kind, author_kind, author_name, body, at, cid"


@dataclass(frozen=True)
class Event:
    conversation_id: int
    n: int
    seq: int | None
    id: str
    kind: str
    author_kind: str
    author_name: str
    body: dict[str, Any]
    at: datetime
    cid: str | None


@dataclass(frozen=True)
class News:
    """Public events after some number, how far the person has read, and the last number of all."""

    events: list[Event]
    seen: int
    head: int


def body_of(reply: Reply) -> dict[str, Any]:
    """A reply as its event carries it."""
    body: dict[str, Any] = {"text": reply.text}
    if reply.entities:
        body["entities"] = _entities(reply.entities)
    if reply.choices:
        body["buttons"] = [{k: v for k, v in vars(choice).items() if v} for choice in reply.choices]
    if reply.mock:
        body["mock"] = True
    if reply.ask_phone:
        body["ask_phone"] = reply.ask_phone
    if reply.files:
        body["files"] = [files.shown(one) for one in reply.files]
    return body


def _entities(entities: Sequence[Entity]) -> list[dict[str, Any]]:
    return [{k: v for k, v in vars(entity).items() if v != ""} for entity in entities]


def _card(drawn: Drawn) -> dict[str, Any]:
    """`beside`: what is said next to the card, in place of the whole text."""
    beside: dict[str, Any] = {"text": drawn.text}
    if drawn.entities:
        beside["entities"] = _entities(drawn.entities)
    return {**cards.shape(drawn.card, drawn.language), "beside": beside}


async def append(
    tx: Tx,
    conversation_id: int,
    kind: str,
    author_kind: str,
    body: dict[str, Any],
    *,
    author_name: str = "",
    agent_id: int | None = None,
    cid: str | None = None,
) -> Event:
    """Write one event and give it its numbers; takes the conversation's row lock."""
    public = 0 if kind in INTERNAL else 1
    row = await tx.fetchrow(
        f"""WITH numbered AS (
                UPDATE conversation SET tail = tail + 1, head = head + $2,
                       heard_at = CASE WHEN $4 = 'user' THEN now() ELSE heard_at END,
                       said_at = CASE WHEN $4 = 'agent' AND $3 = 'msg' THEN now() ELSE said_at END
                 WHERE id = $1 RETURNING head, tail)
            INSERT INTO event (conversation_id, n, seq, kind, author_kind, body, author_name, agent_id, cid)
            SELECT $1, tail, CASE WHEN $2 = 1 THEN head END, $3, $4, $5, $6, $7, $8 FROM numbered
            RETURNING {_COLUMNS}""",
        conversation_id,
        public,
        kind,
        author_kind,
        body,
        author_name,
        agent_id,
        cid,
    )
    return Event(**dict(row))


async def find(tx: Tx, conversation_id: int, author_kind: str, cid: str) -> Event | None:
    """The event that this sender already made under this cid."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND author_kind = $2 AND cid = $3",
        conversation_id,
        author_kind,
        cid,
    )
    return Event(**dict(row)) if row else None


async def load(tx: Tx, conversation_id: int, event_id: str) -> Event | None:
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND id::text = $2", conversation_id, event_id
    )
    return Event(**dict(row)) if row else None


async def reference_of(tx: Tx, event: Event) -> str:
    """The channel's id of the message that this event came by or went out by; empty when there is none."""
    if ref := event.body.get("ref"):
        return str(ref)
    sent: str | None = await tx.fetchval(
        """SELECT reference FROM outbox WHERE conversation_id = $1 AND event_n = $2 AND reference IS NOT NULL
            ORDER BY id LIMIT 1""",
        event.conversation_id,
        event.n,
    )
    return (sent or "").partition(",")[0]


async def author_of(tx: Tx, event: Event) -> int | None:
    """The agent who said it; None for everybody else."""
    agent_id: int | None = await tx.fetchval(
        "SELECT agent_id FROM event WHERE conversation_id = $1 AND n = $2", event.conversation_id, event.n
    )
    return agent_id


async def id_of(tx: Tx, conversation_id: int, reference: str) -> str | None:
    """The event of the person's message that has this id in its channel; what an edit changes."""
    found = await tx.fetchval(
        """SELECT id::text FROM event WHERE conversation_id = $1 AND author_kind = 'user' AND kind = 'msg'
              AND body->>'ref' = $2 ORDER BY n DESC LIMIT 1""",
        conversation_id,
        reference,
    )
    return str(found) if found else None


async def quoted(tx: Tx, conversation_id: int, reference: str) -> Event | None:
    """The event that a message with this id in its channel belongs to, whoever wrote it."""
    row = await tx.fetchrow(
        f"""SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND kind IN ('msg', 'csat')
               AND (n = $2 OR body->>'ref' = $3) ORDER BY n DESC LIMIT 1""",
        conversation_id,
        await outbox.event_of(tx, conversation_id, reference),
        reference,
    )
    return Event(**dict(row)) if row else None


async def has_album(tx: Tx, conversation_id: int, album: str) -> bool:
    """Something that was sent in one go with it is here already."""
    return bool(
        await tx.fetchval(
            """SELECT EXISTS (SELECT 1 FROM event e JOIN conversation c ON c.id = e.conversation_id
                WHERE e.conversation_id = $1 AND e.n > c.tail - $3 AND e.body->>'album' = $2)""",
            conversation_id,
            album,
            ALBUM_WITHIN,
        )
    )


async def label_of(tx: Tx, conversation_id: int, value: str) -> str:
    """What stood on the button with this value when it was shown last; empty if it never was."""
    label = await tx.fetchval(
        """SELECT button->>'label' FROM event, jsonb_array_elements(body->'buttons') AS button
            WHERE conversation_id = $1 AND body ? 'buttons' AND button->>'value' = $2 ORDER BY n DESC LIMIT 1""",
        conversation_id,
        value,
    )
    return str(label or "")


async def since(tx: Tx, conversation_id: int, after: int, limit: int = 200) -> list[Event]:
    """Public events after number `after`, in order."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        conversation_id,
        after,
        limit,
    )
    return [Event(**dict(row)) for row in rows]


async def since_each(tx: Tx, places: Sequence[tuple[int, int]], limit: int) -> list[News]:
    """The same for many: of each (conversation, number) in their order; nothing of one that is no more."""
    rows = await tx.fetch(
        f"""SELECT w.place, c.seen AS c_seen, c.head AS c_head, e.*
              FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w(id, after, place)
              JOIN conversation c ON c.id = w.id
              LEFT JOIN LATERAL (SELECT {_COLUMNS} FROM event WHERE conversation_id = w.id AND seq > w.after
                                  ORDER BY seq LIMIT $3) e ON true
             ORDER BY w.place, e.seq""",
        [conversation_id for conversation_id, _ in places],
        [after for _, after in places],
        limit,
    )
    found = [News([], 0, 0) for _ in places]
    for row in rows:
        event = dict(row)
        at, seen, head = event.pop("place") - 1, event.pop("c_seen"), event.pop("c_head")
        events = [Event(**event)] if event["n"] is not None else []
        found[at] = News(found[at].events + events, seen, head)
    return found


async def before(tx: Tx, conversation_id: int, seq: int, limit: int = 50) -> list[Event]:
    """The page of public events before number `seq`, in order."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
        conversation_id,
        seq,
        limit,
    )
    return [Event(**dict(row)) for row in reversed(rows)]


async def since_all(tx: Tx, conversation_id: int, after: int, limit: int = 500) -> list[Event]:
    """All events after number `after` of the agents' numbering, notes and traces included."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM event WHERE conversation_id = $1 AND n > $2 ORDER BY n LIMIT $3",
        conversation_id,
        after,
        limit,
    )
    return [Event(**dict(row)) for row in rows]


async def heads(tx: Tx, conversation_id: int) -> tuple[int, int]:
    """(last public number, last number of all)."""
    row = await tx.fetchrow("SELECT head, tail FROM conversation WHERE id = $1", conversation_id)
    return (row["head"], row["tail"]) if row else (0, 0)


async def say(
    tx: Tx,
    conversation: Conversation,
    reply: Reply,
    author_kind: str = "bot",
    *,
    author_name: str = "",
    agent_id: int | None = None,
    cid: str | None = None,
) -> Event:
    """Say one thing to the person: into the transcript, which the app reads, and to the outbox if we must push it.

    Ring `conversation:<id>` and `outbox` after the commit.
    """
    body = body_of(reply)
    if reply.drawn and conversation.channel == IN_APP:  # messengers cannot draw, and agents read the text
        body["card"] = _card(reply.drawn)
    if reply.answers and (meant := await load(tx, conversation.id, reply.answers)):
        body["quote"] = {"id": meant.id, "text": str(meant.body.get("text", ""))[:QUOTE]}
        reply = replace(reply, reply_to=await reference_of(tx, meant))
    event = await append(
        tx,
        conversation.id,
        "msg",
        author_kind,
        body,
        author_name=author_name,
        agent_id=agent_id,
        cid=cid,
    )
    await files.sent(tx, [one.id for one in reply.files], event.n)
    if conversation.channel != IN_APP:
        await outbox.put(tx, conversation.id, conversation.channel, conversation.address, reply, event.n)
    return event
