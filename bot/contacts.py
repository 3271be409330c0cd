"""Whom we talk to: a person at one address of one channel, and the lasting conversation with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.conversation import Conversation, Memory
from bot.database import Tx
from bot.subscribers import Subscriber

_SELECT = """
    SELECT c.id, c.contact_id, k.channel, k.address, k.phone, k.name, k.chosen_language, c.language, c.state,
           c.revision, c.head, c.agent_id, a.name AS agent_name, c.handoff_id, c.memory, c.heard_at,
           k.contract, k.sim, k.checked_at, c.seen
      FROM conversation c JOIN contact k ON k.id = c.contact_id LEFT JOIN agent a ON a.id = c.agent_id
"""
_CONTACT = "SELECT id FROM contact WHERE channel = $1 AND address = $2"


@dataclass(frozen=True)
class Elsewhere:
    """A chat that the same person has with us in another channel."""

    conversation_id: int
    channel: str
    state: str
    heard_at: datetime
    preview: str | None  # what they wrote last


def _conversation(row: Any) -> Conversation:
    fields = dict(row)
    fields["memory"] = Memory.from_json(fields["memory"])
    return Conversation(**fields)


async def open(
    tx: Tx, channel: str, address: str, *, language: str | None, name: str | None = None, phone: str | None = None
) -> Conversation:
    """The conversation of this address, made if need be and locked until the transaction ends.

    `language` is the client's; it decides only until the person has written something.
    """
    guess = "zh" if (language or "").lower().startswith("zh") else "ru"
    contact_id, known = await tx.fetchval(_CONTACT, channel, address), True
    while contact_id is None:  # again if it was erased between the two
        known = False
        await tx.execute(
            "INSERT INTO contact (channel, address, linked_at) VALUES ($1, $2, CASE WHEN $3 THEN now() END)"
            " ON CONFLICT DO NOTHING",
            channel,
            address,
            phone is not None,
        )
        contact_id = await tx.fetchval(_CONTACT, channel, address)
    if not known:
        made = "INSERT INTO conversation (contact_id, language) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await tx.execute(made, contact_id, guess)
    # The conversation first and the contact after it, as everywhere: the other way round two turns could deadlock.
    await tx.execute("SELECT 1 FROM conversation WHERE contact_id = $1 FOR UPDATE", contact_id)
    await tx.execute(
        """UPDATE contact SET name = coalesce($2, name), phone = coalesce($3, phone), unreachable_at = NULL
            WHERE id = $1 AND (unreachable_at IS NOT NULL OR name IS DISTINCT FROM coalesce($2, name)
                               OR phone IS DISTINCT FROM coalesce($3, phone))""",
        contact_id,
        name,
        phone,
    )
    return _conversation(await tx.fetchrow(_SELECT + " WHERE c.contact_id = $1", contact_id))


async def find(tx: Tx, channel: str, address: str) -> Conversation | None:
    """The conversation of this address, if there is one."""
    row = await tx.fetchrow(_SELECT + " WHERE k.channel = $1 AND k.address = $2", channel, address)
    return _conversation(row) if row else None


async def load(tx: Tx, conversation_id: int) -> Conversation | None:
    row = await tx.fetchrow(_SELECT + " WHERE c.id = $1", conversation_id)
    return _conversation(row) if row else None


async def lock(tx: Tx, conversation_id: int) -> Conversation | None:
    """Like load, and nobody else writes to this conversation until the transaction ends."""
    # Two statements: one that waits for the lock would join the agent as they were before it waited.
    await tx.execute("SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE", conversation_id)
    return await load(tx, conversation_id)


async def link(tx: Tx, conversation: Conversation, owner: Subscriber) -> Conversation:
    """The person has proven this phone number to be their own."""
    await tx.execute(
        """UPDATE contact SET phone = $2, linked_at = now(), name = coalesce($3, name), contract = nullif($4, ''),
                  sim = nullif($5, ''), checked_at = now() WHERE id = $1""",
        conversation.contact_id,
        owner.id,
        owner.name or None,
        owner.contract,
        owner.sim,
    )
    return replace(conversation, phone=owner.id, name=owner.name or conversation.name)


async def unlink(tx: Tx, conversation: Conversation) -> Conversation:
    """This chat does not know the number any more; the caller holds the lock."""
    await tx.execute(
        """UPDATE contact SET phone = NULL, linked_at = NULL, contract = NULL, sim = NULL, checked_at = NULL
            WHERE id = $1""",
        conversation.contact_id,
    )
    return replace(conversation, phone=None)


async def note_owner(tx: Tx, contact_id: int, owner: Subscriber | None) -> None:
    """Whose number it was when the operator was asked just now; what the operator does not tell stays as it is."""
    await tx.execute(
        """UPDATE contact SET contract = coalesce(nullif($2, ''), contract), sim = coalesce(nullif($3, ''), sim),
                  checked_at = now() WHERE id = $1""",
        contact_id,
        owner.contract if owner else "",
        owner.sim if owner else "",
    )


async def detach(tx: Tx, conversation: Conversation) -> None:
    """The number has a new owner: the address is free for them, the history stays with nobody's address on it."""
    await tx.execute(
        """UPDATE contact SET address = address || '~' || id, phone = NULL, linked_at = NULL, detached_at = now()
            WHERE id = $1""",
        conversation.contact_id,
    )


async def elsewhere(tx: Tx, conversation: Conversation, limit: int = 5) -> tuple[Elsewhere, ...]:
    """The same person's chats in the other channels, the one heard from last first."""
    rows = await tx.fetch(
        """SELECT c.id AS conversation_id, k.channel, c.state, c.heard_at,
                  (SELECT left(body->>'text', 120) FROM event e WHERE e.conversation_id = c.id AND kind = 'msg'
                      AND author_kind = 'user' ORDER BY n DESC LIMIT 1) AS preview
             FROM contact k JOIN conversation c ON c.contact_id = k.id
            WHERE k.phone = $1 AND k.id <> $2 AND c.heard_at IS NOT NULL ORDER BY c.heard_at DESC LIMIT $3""",
        conversation.phone,
        conversation.contact_id,
        limit,
    )
    return tuple(Elsewhere(**dict(row)) for row in rows)


async def choose_language(tx: Tx, conversation: Conversation, language: str) -> Conversation:
    """From now on this language, whatever the person writes in."""
    await tx.execute("UPDATE contact SET chosen_language = $2 WHERE id = $1", conversation.contact_id, language)
    await tx.execute("UPDATE conversation SET language = $2 WHERE id = $1", conversation.id, language)
    return replace(conversation, chosen_language=language, language=language)


async def read_upto(tx: Tx, conversation_id: int, number: int) -> bool:
    """The person has seen what was said up to this number; True if that is news. Marks never go back."""
    status = await tx.execute(
        """UPDATE conversation SET seen = least($2, head), seen_at = now()
            WHERE id = $1 AND seen < least($2, head)""",
        conversation_id,
        number,
    )
    return str(status) == "UPDATE 1"


async def seen(tx: Tx, conversation_id: int) -> int:
    """The number up to which the person has read."""
    return int(await tx.fetchval("SELECT seen FROM conversation WHERE id = $1", conversation_id) or 0)


async def mark_unreachable(tx: Tx, channel: str, address: str) -> None:
    await tx.execute("UPDATE contact SET unreachable_at = now() WHERE channel = $1 AND address = $2", channel, address)


async def remember(tx: Tx, conversation: Conversation, memory: Memory, language: str) -> None:
    """What the bot keeps in mind after this turn; the caller holds the lock."""
    await tx.execute(
        "UPDATE conversation SET memory = $2, language = $3, revision = revision + 1 WHERE id = $1",
        conversation.id,
        memory.to_json(),
        language,
    )
