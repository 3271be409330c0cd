"""What was decided and is not delivered yet.

Rows are written in the transaction that decides them; sender.py delivers. Only the oldest undelivered row of an address
can be claimed, so order within a chat is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import Attachment, Choice, Entity, Reply

LEASE = timedelta(seconds=20)


@dataclass(frozen=True)
class Parcel:
    id: int
    conversation_id: int
    channel: str
    address: str
    payload: dict[str, Any]
    attempts: int


def to_payload(reply: Reply) -> dict[str, Any]:
    return {
        "text": reply.text,
        "entities": [vars(entity) for entity in reply.entities],
        "choices": [vars(choice) for choice in reply.choices],
        "ask_phone": reply.ask_phone,
        "files": [vars(file) for file in reply.files],
        "reply_to": reply.reply_to,
    }


def from_payload(payload: dict[str, Any]) -> Reply:
    return Reply(
        text=payload["text"],
        entities=tuple(Entity(**one) for one in payload["entities"]),
        choices=tuple(Choice(**one) for one in payload["choices"]),
        ask_phone=payload["ask_phone"],
        files=tuple(Attachment(**one) for one in payload.get("files", [])),  # older rows have none
        reply_to=payload.get("reply_to", ""),
    )


async def put(tx: Tx, conversation_id: int, channel: str, address: str, reply: Reply, event_n: int | None) -> None:
    """Decide to deliver; ring `outbox` after the commit."""
    await tx.execute(
        "INSERT INTO outbox (conversation_id, event_n, channel, address, payload) VALUES ($1, $2, $3, $4, $5)",
        conversation_id,
        event_n,
        channel,
        address,
        to_payload(reply),
    )


async def lease_longer(tx: Tx, parcel_id: int, seconds: float) -> None:
    """A file takes longer to deliver than a text; nobody else shall try meanwhile."""
    await tx.execute(
        "UPDATE outbox SET lease_until = now() + $2 * interval '1 second' WHERE id = $1", parcel_id, seconds
    )


async def put_edit(tx: Tx, conversation: Conversation, event_n: int, reply: Reply, *, lasting: bool = False) -> None:
    """Decide to change what event `event_n` said, in its place; a change of it not sent yet is not sent any more.

    `lasting`: an agent's correction, which no later change makes superfluous.
    """
    if not lasting:
        await drop_edits(tx, conversation.id)
    await tx.execute(
        "INSERT INTO outbox (conversation_id, event_n, channel, address, payload) VALUES ($1, $2, $3, $4, $5)",
        conversation.id,
        event_n,
        conversation.channel,
        conversation.address,
        to_payload(reply) | {"edits": event_n} | ({"lasting": True} if lasting else {}),
    )


async def drop_edits(tx: Tx, conversation_id: int) -> None:
    """Changes that nobody needs any more."""
    await tx.execute(
        "DELETE FROM outbox WHERE conversation_id = $1 AND state = 'new' AND payload ? 'edits'"
        " AND NOT payload ? 'lasting'",
        conversation_id,
    )


async def reference_of(tx: Tx, parcel: Parcel) -> str | None:
    """The channel's id of the message that this parcel changes; None if it never arrived."""
    found = await tx.fetchval(
        """SELECT reference FROM outbox WHERE conversation_id = $1 AND event_n = $2 AND state = 'sent'
              AND NOT payload ? 'edits' ORDER BY id DESC LIMIT 1""",
        parcel.conversation_id,
        parcel.payload["edits"],
    )
    return str(found).rpartition(",")[2] if found else None


async def event_of(tx: Tx, conversation_id: int, reference: str) -> int | None:
    """Which event was delivered under this id of the channel's; a long one went in several messages."""
    n: int | None = await tx.fetchval(
        """SELECT event_n FROM outbox WHERE conversation_id = $1 AND reference IS NOT NULL
              AND $2 = ANY(string_to_array(reference, ',')) ORDER BY id DESC LIMIT 1""",
        conversation_id,
        reference,
    )
    return n


async def claim(tx: Tx, owner: str, limit: int, held_back: list[str]) -> list[Parcel]:
    """The oldest undelivered row of up to `limit` addresses, those held back excepted, leased to `owner`.

    Costs the same with twenty parcels and with twenty thousand: what is due is read in order until there are enough.
    """
    await tx.execute(
        """UPDATE outbox SET state = 'new', lease_until = NULL WHERE id IN (
               SELECT id FROM outbox WHERE state = 'sending' AND lease_until < now() FOR UPDATE SKIP LOCKED)"""
    )
    rows = await tx.fetch(
        # A subquery with =, not NOT EXISTS: the planner would join all that waits with itself for each claim.
        """UPDATE outbox SET state = 'sending', owner = $1, lease_until = now() + $2, attempts = attempts + 1
            WHERE id IN (
                SELECT o.id FROM outbox o
                 WHERE o.state = 'new' AND o.next_at <= now() AND o.address <> ALL($4)
                   AND o.id = (SELECT e.id FROM outbox e WHERE e.channel = o.channel AND e.address = o.address
                                  AND e.state IN ('new', 'sending') ORDER BY e.id LIMIT 1)
                 ORDER BY o.next_at, o.id LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING id, conversation_id, channel, address, payload, attempts""",
        owner,
        LEASE,
        limit,
        held_back,
    )
    return sorted((Parcel(**dict(row)) for row in rows), key=lambda parcel: parcel.id)


async def put_off(tx: Tx, parcel: Parcel, seconds: float, why: str, *, in_doubt: bool) -> None:
    """Not now: this parcel is tried again later, and what waits behind it is not even looked at before."""
    await tx.execute(
        """UPDATE outbox SET state = 'new', lease_until = NULL, error = $2, in_doubt = in_doubt + $3 WHERE id = $1""",
        parcel.id,
        why[:500],
        int(in_doubt),
    )
    await tx.execute(
        """UPDATE outbox SET next_at = greatest(next_at, now() + $3 * interval '1 second')
            WHERE channel = $1 AND address = $2 AND state = 'new'""",
        parcel.channel,
        parcel.address,
        seconds,
    )
