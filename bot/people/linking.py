"""One person in two channels: one-time links from the app into a messenger, and undoing them from either side.

The app knows for certain who its user is, so it may vouch for them: a link with a secret that only its owner has, good
once and for ten minutes. The database keeps no more than the secret's hash.

NoMessenger  none is switched on, or it cannot be reached just now
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from bot import carriage, contacts, i18n, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import IN_APP, Choice, Reply
from bot.outcome import Offer
from bot.parts import Bot

LASTS = timedelta(minutes=10)


class NoMessenger(Exception):
    pass


@dataclass(frozen=True)
class Invitation:
    channel: str
    url: str
    expires: datetime


@dataclass(frozen=True)
class LinkedChat:
    conversation_id: int
    channel: str
    name: str | None
    since: datetime


def messengers(bot: Bot) -> list[str]:
    """Those that a person could be invited to now: switched on, reachable, and allowed to know people."""
    return [name for name, _ in _inviting(bot, "")]


def _inviting(bot: Bot, payload: str) -> Iterator[tuple[str, str]]:
    for name, channel in bot.push.items():
        url = channel.invitation(payload)
        if url and carriage.knows_people(carriage.classes_of(bot.settings, name)):
            yield name, url


async def invite(bot: Bot, conversation: Conversation) -> Invitation:
    """A link that binds the messenger chat in which it is followed to this person; earlier ones end.

    Raises NoMessenger.
    """
    token = secrets.token_urlsafe(16)
    channel, url = next(_inviting(bot, token), ("", ""))
    if not url or conversation.phone is None:
        raise NoMessenger
    async with bot.db.transaction() as tx:
        await tx.execute("DELETE FROM link_token WHERE contact_id = $1 AND used_at IS NULL", conversation.contact_id)
        expires = await tx.fetchval(
            """INSERT INTO link_token (token_sha256, contact_id, phone, expires_at)
               VALUES ($1, $2, $3, now() + $4::interval) RETURNING expires_at""",
            _hash(token),
            conversation.contact_id,
            conversation.phone,
            LASTS,
        )
    return Invitation(channel, url, expires)


async def look_at(bot: Bot, token: str) -> Offer:
    """What the token is good for now; it is used up by redeem alone."""
    row = await bot.db.pool.fetchrow(
        "SELECT phone, used_at IS NOT NULL AS used, expires_at <= now() AS old FROM link_token WHERE token_sha256 = $1",
        _hash(token),
    )
    if row is None:
        return Offer(None, "unknown")
    return Offer(row["phone"], "used" if row["used"] else "old" if row["old"] else None)


async def redeem(tx: Tx, token: str) -> bool:
    """Use the token up; of two who try at once one succeeds."""
    used = await tx.fetchval(
        """UPDATE link_token SET used_at = now()
            WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > now() RETURNING true""",
        _hash(token),
    )
    return bool(used)


async def linked_chats(tx: Tx, phone: str) -> tuple[LinkedChat, ...]:
    """The messenger chats that this phone's owner is known in, the newest first."""
    rows = await tx.fetch(
        """SELECT c.id AS conversation_id, k.channel, k.name, k.linked_at AS since
             FROM contact k JOIN conversation c ON c.contact_id = k.id
            WHERE k.phone = $1 AND k.channel <> $2 ORDER BY k.linked_at DESC""",
        phone,
        IN_APP,
    )
    return tuple(LinkedChat(**dict(row)) for row in rows)


async def chats_of(bot: Bot, phone: str) -> tuple[int, ...]:
    """As linked_chats, the conversations alone."""
    async with bot.db.transaction() as tx:
        return tuple(chat.conversation_id for chat in await linked_chats(tx, phone))


async def unlink_messengers(tx: Tx, phone: str) -> tuple[int, ...]:
    """No messenger chat knows this phone any more; their conversations. Open invitations end as well."""
    chats = await linked_chats(tx, phone)
    await tx.execute(
        """UPDATE contact SET phone = NULL, linked_at = NULL, contract = NULL, sim = NULL, checked_at = NULL
            WHERE phone = $1 AND channel <> $2""",
        phone,
        IN_APP,
    )
    await tx.execute("DELETE FROM link_token WHERE phone = $1 AND used_at IS NULL", phone)
    return tuple(chat.conversation_id for chat in chats)


async def tell(bot: Bot, conversation_ids: Iterable[int], key: str, *choices: str, **values: object) -> None:
    """One of the bot's phrases into each of these chats, with its buttons; each in a transaction of its own.

    For news from another chat: no transaction holds two conversations at once.
    """
    for conversation_id in conversation_ids:
        async with bot.db.transaction() as tx:
            conversation = await contacts.lock(tx, conversation_id)
            if conversation is None:
                continue
            language = conversation.language
            buttons = tuple(Choice(i18n.text(language, f"bot.{one}"), one) for one in choices)
            await transcript.say(tx, conversation, Reply(i18n.text(language, key, **values), choices=buttons), "system")
        bot.db.bell.ring("outbox", f"conversation:{conversation_id}")


async def app_chat(tx: Tx, phone: str) -> int | None:
    """The conversation that this phone's owner has in the app, if there is one."""
    found = await tx.fetchval(
        "SELECT c.id FROM conversation c JOIN contact k ON k.id = c.contact_id WHERE k.channel = $1 AND k.address = $2",
        IN_APP,
        phone,
    )
    return int(found) if found else None


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
