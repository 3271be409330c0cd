"""Up to where a person has read: told by the page in the app, shown at the desk, and the end of an unread notice."""

from __future__ import annotations

from bot import contacts
from bot.parts import Bot


async def has_read(bot: Bot, conversation_id: int, number: int) -> None:
    """The newest message was on the person's screen; a mark that is not new wakes nobody."""
    async with bot.db.transaction() as tx:
        news = await contacts.read_upto(tx, conversation_id, number)
    if news:
        bot.db.bell.ring(f"conversation:{conversation_id}")
