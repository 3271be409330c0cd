"""What a person did -> their event in the transcript: words, files, places, what they answered to, thumbs."""

from __future__ import annotations

from bot import i18n, transcript
from bot.applinks import is_invitation
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import Incoming
from bot.parts import Bot
from bot.turn import attached, reactions


async def hear(bot: Bot, tx: Tx, conversation: Conversation, incoming: Incoming) -> transcript.Event:
    if incoming.kind == "reaction":
        return await reactions.keep(tx, conversation, incoming)
    body: dict[str, object] = {"text": shown(incoming, conversation)}
    if incoming.kind != "text":
        body["kind"] = incoming.kind
    if incoming.kind == "button":
        body["button"] = incoming.button
        if not incoming.text:
            body["text"] = await transcript.label_of(tx, conversation.id, incoming.button)
    if incoming.place:
        body["place"] = {"lat": incoming.place[0], "lon": incoming.place[1]}
    body |= await attached.body_of(bot, tx, conversation, incoming)
    if incoming.quoted or incoming.quote:
        body["quote"] = await _quote(tx, conversation, incoming)
    if incoming.reference:
        body["ref"] = incoming.reference
        if incoming.edited:
            body["id"] = await transcript.id_of(tx, conversation.id, incoming.reference)
    kind = "edit" if incoming.edited else "msg"
    event = await transcript.append(tx, conversation.id, kind, "user", body, cid=incoming.key)
    await attached.settle(tx, conversation, event)
    return event


async def _quote(tx: Tx, conversation: Conversation, incoming: Incoming) -> dict[str, str]:
    """What the person answered to: its event, when we know it, and its words."""
    meant = await transcript.quoted(tx, conversation.id, incoming.quoted) if incoming.quoted else None
    text = incoming.quote or (str(meant.body.get("text", "")) if meant else "")
    return {"text": text[: transcript.QUOTE]} | ({"id": meant.id} if meant else {})


def shown(incoming: Incoming, conversation: Conversation) -> str:
    """How the person's own bubble reads in the transcript."""
    if incoming.kind == "command":
        argument = "" if is_invitation(incoming.argument) else incoming.argument  # a secret while it is unused
        return f"/{incoming.command} {argument}".strip()
    if incoming.kind in ("text", "button") or incoming.text:
        return incoming.text
    return i18n.text(conversation.language, f"heard.{incoming.kind}")
