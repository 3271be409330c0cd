"""What a turn changes about whose number a chat knows, and what the person's other chats hear of it."""

from __future__ import annotations

from bot import contacts
from bot.conversation import Conversation
from bot.database import Tx
from bot.masking import masked_phone
from bot.messages import IN_APP
from bot.outcome import Linked, Moved, Outcome, Unlinked
from bot.parts import Bot
from bot.people import linking


async def change(tx: Tx, conversation: Conversation, wanted: Linked | Unlinked) -> Conversation:
    """The caller holds the lock. Raises Moved when somebody else has followed the one-time link meanwhile."""
    if isinstance(wanted, Linked):
        if wanted.token and not await linking.redeem(tx, wanted.token):
            raise Moved
        return await contacts.link(tx, conversation, wanted.owner)
    if conversation.channel == IN_APP:
        if conversation.phone:
            await linking.unlink_messengers(tx, conversation.phone)
        return conversation
    return await contacts.unlink(tx, conversation)


async def tell_elsewhere(bot: Bot, outcome: Outcome) -> None:
    """After the commit: a messenger that knows the number now is shown in the app, where its owner can undo it."""
    for one in outcome.changes:
        if isinstance(one, Unlinked):
            await linking.tell(bot, one.chats, "bot.unlinked_from_app")
        elif isinstance(one, Linked) and one.token:
            async with bot.db.transaction() as tx:
                app = await linking.app_chat(tx, one.owner.id)
            if app is not None:
                await linking.tell(bot, (app,), "bot.linked_in_messenger", "unlink", phone=masked_phone(one.owner.id))
