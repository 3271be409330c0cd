"""What a message brings besides words: its file into the table, the file's card into the event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot import files, render, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import Incoming, Kind
from bot.parts import Bot
from bot.transcript import Event

_HEARD_AS: dict[str, Kind] = {"photo": "photo", "voice": "voice"}


async def with_upload(tx: Tx, conversation: Conversation, incoming: Incoming) -> Incoming:
    """The file that the message names by id, as it was taken in. Raises NoSuchFile if it is not theirs to send."""
    if incoming.attachment is None:
        return incoming
    attachment = await files.uploaded(tx, conversation.id, "user", incoming.attachment.id)
    return replace(incoming, kind=_HEARD_AS.get(attachment.kind, "file"), attachment=attachment)


async def body_of(bot: Bot, tx: Tx, conversation: Conversation, incoming: Incoming) -> dict[str, Any]:
    """The event's part that tells of the file. An edit changes words only; the file stays with what it edits."""
    attachment, limit = incoming.attachment, None
    if attachment is None or incoming.edited:
        return {}
    if not attachment.id:
        channel = bot.push.get(incoming.channel)
        limit = channel.fetch_limit if channel else 0
        attachment = await files.remote(tx, conversation.id, attachment, limit)
    body: dict[str, Any] = {"files": [files.shown(attachment, limit)]}
    if not incoming.text:
        body["unnamed"] = True  # the text says only what it is, and need not stand beside a picture
    if incoming.album:
        body["album"] = incoming.album
    return body


async def settle(tx: Tx, conversation: Conversation, event: Event) -> None:
    """The files belong to this event now. What can never be had is said at once, while a smaller one may be sent."""
    told = event.body.get("files", [])
    await files.sent(tx, [one["id"] for one in told], event.n)
    if any("problem" in one for one in told):
        await transcript.say(tx, conversation, render.notice(conversation.language, "bot.file_too_big"), "system")


async def continues_album(tx: Tx, conversation: Conversation, incoming: Incoming) -> bool:
    """An album is many messages and one question: only the first of them is answered."""
    return bool(incoming.album) and await transcript.has_album(tx, conversation.id, incoming.album)
