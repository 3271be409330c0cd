"""Whoever writes in the app before signing in: a visitor under a random name, merged into their own chat when they do.

Busy  the visitor's last message is being answered just now; try again in a moment
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from bot import contacts, handoff, inbox
from bot.conversation import Conversation, Memory
from bot.database import Tx
from bot.messages import IN_APP, Incoming
from bot.parts import Bot
from bot.turn import to_bytes

PREFIX = "visitor:"
KID = "visitor"  # of the key that signs their tokens; ours alone
LASTS = timedelta(days=30)  # of the visitor's token; their chat is found by it alone


class Busy(Exception):
    pass


def new_address() -> str:
    """A name that nobody can guess: 128 bits."""
    return PREFIX + secrets.token_urlsafe(16)


def is_visitor(address: str) -> bool:
    return address.startswith(PREFIX)


async def join(bot: Bot, visitor: str, phone: str, *, language: str | None, name: str | None) -> int:
    """The visitor has signed in: what was said goes on in their own chat; how many events came along. Raises Busy.

    Nothing is lost: a waiting case waits on, what could not be answered without a number is answered now.
    """
    async with bot.db.transaction() as tx:
        theirs = await contacts.find(tx, IN_APP, visitor)
        if theirs is None or theirs.phone is not None:
            return 0
        own = await contacts.find(tx, IN_APP, phone)
        for conversation_id in sorted(one.id for one in (theirs, own) if one):
            await contacts.lock(tx, conversation_id)
        if await tx.fetchval("SELECT 1 FROM inbox WHERE lane = $1 AND done_at IS NULL", f"{IN_APP}:{visitor}"):
            raise Busy
        moved = await tx.fetchval("SELECT tail FROM conversation WHERE id = $1", theirs.id)
        if own is None:
            await tx.execute(
                """UPDATE contact SET address = $2, phone = $2, linked_at = now(), name = coalesce($3, name)
                    WHERE id = $1""",
                theirs.contact_id,
                phone,
                name,
            )
        else:
            await _move(tx, theirs, own)
        known = await contacts.open(tx, IN_APP, phone, language=language, name=name, phone=phone)
        await _ask_again(tx, known, theirs.memory, visitor)
    bot.db.bell.ring("inbox", *handoff.rings(theirs.id), *handoff.rings(known.id))
    return int(moved)


async def _move(tx: Tx, theirs: Conversation, own: Conversation) -> None:
    """The visitor's events after the person's own, in both numberings; then the visitor is no more."""
    row = await tx.fetchrow("SELECT head, tail FROM conversation WHERE id = $1", own.id)
    head, tail = row["head"], row["tail"]
    await _hand_over_case(tx, theirs, own)
    await tx.execute(
        # The cids told repeats of one sender apart; in the other conversation they could meet their like.
        "UPDATE event SET conversation_id = $2, n = n + $3, seq = seq + $4, cid = NULL WHERE conversation_id = $1",
        theirs.id,
        own.id,
        tail,
        head,
    )
    await tx.execute(
        "UPDATE file SET conversation_id = $2, event_n = event_n + $3, cid = NULL WHERE conversation_id = $1",
        theirs.id,
        own.id,
        tail,
    )
    await tx.execute("UPDATE lesson SET conversation_id = $2 WHERE conversation_id = $1", theirs.id, own.id)
    await tx.execute(
        """UPDATE conversation c SET head = c.head + v.head, tail = c.tail + v.tail, language = v.language,
                  heard_at = greatest(c.heard_at, v.heard_at), said_at = greatest(c.said_at, v.said_at),
                  memory = CASE WHEN c.state IN ('bot', 'closed') THEN v.memory ELSE c.memory END,
                  revision = c.revision + 1
             FROM conversation v WHERE c.id = $2 AND v.id = $1""",
        theirs.id,
        own.id,
    )
    await tx.execute("DELETE FROM conversation WHERE id = $1", theirs.id)
    await tx.execute("DELETE FROM contact WHERE id = $1", theirs.contact_id)


async def _hand_over_case(tx: Tx, theirs: Conversation, own: Conversation) -> None:
    """A case that is open goes along, with its place and its agent; into a chat that has one already, it ends."""
    goes_along = not theirs.held_by_bot and own.held_by_bot
    if not theirs.held_by_bot and not own.held_by_bot:
        await tx.execute(
            "UPDATE handoff SET closed_at = now(), outcome = 'left', close_reason = 'joined' WHERE id = $1",
            theirs.handoff_id,
        )
    empty: dict[str, Any] = {"state": "bot", "agent_id": None, "handoff_id": None}
    await _set_holder(tx, theirs.id, **empty)
    await tx.execute("UPDATE handoff SET conversation_id = $2 WHERE conversation_id = $1", theirs.id, own.id)
    if goes_along:
        await _set_holder(tx, own.id, state=theirs.state, agent_id=theirs.agent_id, handoff_id=theirs.handoff_id)


async def _set_holder(
    tx: Tx, conversation_id: int, *, state: str, agent_id: int | None, handoff_id: int | None
) -> None:
    await tx.execute(
        "UPDATE conversation SET state = $2, agent_id = $3, handoff_id = $4 WHERE id = $1",
        conversation_id,
        state,
        agent_id,
        handoff_id,
    )


async def _ask_again(tx: Tx, known: Conversation, memory: Memory, visitor: str) -> None:
    """The question that waited for the person to sign in."""
    if not memory.unasked or not known.held_by_bot:
        return
    kind, _, asked = memory.unasked.partition(":")
    words = {"kind": "button", "button": asked} if kind == "button" else {"kind": "text", "text": asked}
    again = Incoming(IN_APP, known.address, f"join:{visitor}", **words)  # type: ignore[arg-type]
    tail = await tx.fetchval("SELECT tail FROM conversation WHERE id = $1", known.id)
    await inbox.put(
        tx,
        channel=IN_APP,
        source=IN_APP,
        key=f"{known.address}:{again.key}",
        lane=f"{IN_APP}:{known.address}",
        payload=to_bytes(again),
        heard_n=tail,
    )
