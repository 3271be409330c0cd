"""Numbers change hands: whoever has one now must not see the old owner's chats, nor the old owner the new one's data.

The operator's contract behind a number is kept with the contact and compared from time to time. Another contract is
another owner: the app's history is put aside and messengers forget the number. Another SIM card of the same contract
may be a stolen one: messengers forget the number until it is proven again; the app, which proves it anyway, goes on.

OwnerUnknown  the operator cannot be asked, and the chat is too old to be shown unasked
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from bot import contacts, handoff, i18n, transcript
from bot.conversation import Conversation
from bot.masking import masked_phone
from bot.messages import IN_APP, Reply
from bot.parts import Bot
from bot.people import linking
from bot.subscribers import Subscriber, SubscribersError

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(hours=1)
PATIENCE = 1.0  # seconds
# Operators give a number to somebody else after months; within this time an old answer is good enough.
TRUSTED_FOR = timedelta(days=30)


class OwnerUnknown(TimeoutError):
    pass


def due(bot: Bot, conversation: Conversation) -> bool:
    """Is it time to ask whose number this is?"""
    if conversation.phone is None:
        return False
    return conversation.checked_at is None or bot.clock() - conversation.checked_at > LOOK_AGAIN


async def of_app_chat(bot: Bot, phone: str) -> None:
    """Before anything of the app's chat is shown or added to: put it aside if its number has a new owner.

    One cheap query while nothing is due. Raises OwnerUnknown.
    """
    row = await bot.db.pool.fetchrow(
        """SELECT c.id, k.checked_at FROM contact k JOIN conversation c ON c.contact_id = k.id
            WHERE k.channel = $1 AND k.address = $2 AND k.phone IS NOT NULL AND c.heard_at IS NOT NULL""",
        IN_APP,
        phone,
    )
    if row is None or (row["checked_at"] and bot.clock() - row["checked_at"] <= LOOK_AGAIN):
        return
    async with bot.db.transaction() as tx:
        conversation = await contacts.load(tx, row["id"])
    if conversation is not None:
        await look(bot, conversation)


async def in_turn(bot: Bot, conversation: Conversation) -> Conversation | None:
    """Before a turn decides: a messenger's number is looked at when due; the app's door does it for the app.

    The first message in the app only learns whose the number is.
    """
    if not due(bot, conversation) or (conversation.channel == IN_APP and conversation.checked_at):
        return conversation
    return await look(bot, conversation)


async def look(bot: Bot, conversation: Conversation) -> Conversation | None:
    """The conversation as it may go on; None when it is another owner's, put aside just now. Raises OwnerUnknown.

    Call it when `due`, outside of any transaction.
    """
    phone = conversation.phone
    if phone is None:
        return conversation
    asked, now = await _ask(bot, phone)
    if not asked:
        seen = conversation.heard_at
        if conversation.channel == IN_APP and seen and bot.clock() - seen > TRUSTED_FOR:
            raise OwnerUnknown("the operator cannot say whose number this is")
        return conversation
    if now is None or not _changed(conversation, now):
        async with bot.db.transaction() as tx:
            await contacts.note_owner(tx, conversation.contact_id, now)
        return replace(conversation, checked_at=bot.clock())
    return await _changed_hands(bot, conversation, now, phone)


async def _ask(bot: Bot, phone: str) -> tuple[bool, Subscriber | None]:
    """Did the operator answer, and whose number it is."""
    try:
        return True, await asyncio.wait_for(bot.subscribers.identify(phone), PATIENCE)
    except (SubscribersError, TimeoutError):
        return False, None
    except Exception:  # whatever is wrong with the operator's side, the chat must open
        log.exception("ownership: not looked at")
        return False, None


def _changed(conversation: Conversation, now: Subscriber) -> bool:
    new_owner = conversation.contract is not None and bool(now.contract) and conversation.contract != now.contract
    new_sim = conversation.sim is not None and bool(now.sim) and conversation.sim != now.sim
    return new_owner or (new_sim and conversation.channel != IN_APP)


async def _changed_hands(bot: Bot, conversation: Conversation, now: Subscriber, phone: str) -> Conversation | None:
    log.warning("ownership: a number has changed hands", extra={"conversation": conversation.id})
    async with bot.db.transaction() as tx:
        locked = await contacts.lock(tx, conversation.id)
        if locked is None or locked.phone != phone:
            return locked
        if locked.channel != IN_APP:
            locked = await contacts.unlink(tx, locked)
            text = i18n.text(locked.language, "bot.number_changed", phone=masked_phone(phone))
            await transcript.say(tx, locked, Reply(text), "system")
            return await contacts.load(tx, locked.id)
        if not locked.held_by_bot:
            await handoff.leave(tx, locked)
        await contacts.detach(tx, locked)
        others = await linking.unlink_messengers(tx, phone)
    bot.db.bell.ring(*handoff.rings(conversation.id))
    await linking.tell(bot, others, "bot.number_changed", phone=masked_phone(phone))
    return None
