"""A thumb on one of our messages: what the bot learns from it, and what the agent sees."""

from __future__ import annotations

from bot import transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.feelings import feeling
from bot.knowledge import lessons
from bot.messages import Incoming
from bot.transcript import Event


async def keep(tx: Tx, conversation: Conversation, incoming: Incoming) -> Event:
    """Into the transcript, with the message it is on; a thumb down on an answer of the bot casts doubt on it."""
    meant = await transcript.quoted(tx, conversation.id, incoming.reference)
    felt = feeling(incoming.text)
    if meant is not None and meant.author_kind == "bot" and felt is not None:
        await lessons.judged(tx, conversation.id, meant.at, doubt=felt == "disliked")
    body = {"text": incoming.text} | ({"id": meant.id} if meant else {})
    return await transcript.append(tx, conversation.id, "react", "user", body, cid=incoming.key)
