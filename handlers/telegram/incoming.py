"""An update as Telegram sends it -> Incoming. Pure, and never raises whatever the bytes are.

Parts with a shape (contact, location, files) are validated by aiogram's types one by one: an exotic or broken part is
dropped, and the person is still answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.messages import Incoming
from handlers.reading import (
    Object,
    Unusable,
    clean,
    clean_name,
    language_tag,
    read_json,
    table,
    whole,
)
from handlers.telegram.content import content_of

CHANNEL = "telegram"
FORUM = "forum"  # the inbox's channel for what is done in the agents' group: no turns of the bot
COMMANDS = ("start", "help", "language", "operator", "stop", "transcript", "unlink", "forget")
# What we ask Telegram to send, and all that we read.
UPDATES = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "inline_query"]
GROUPS = ("group", "supergroup")
QUOTE_LIMIT = 300  # characters
CALLBACK_LIMIT = 64  # bytes of a button's value

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@[A-Za-z0-9_]{1,64})?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Me:
    """The bot itself, as others name it in groups."""

    id: int = 0
    name: str = ""


@dataclass(frozen=True)
class Inline:
    """What somebody types after our name in any chat."""

    id: str
    query: str
    language: str | None


@dataclass(frozen=True)
class Envelope:
    """What the inbox row needs to know; `callback` is the id of a button press that waits for its answer."""

    key: str
    lane: str
    callback: str = ""
    inline: Inline | None = None  # answered at once and never kept: nothing was said to us yet


_NOBODY = Me()


def envelope_of(payload: bytes) -> Envelope:
    """The dedupe key and the lane: everything of one chat is worked on in order. Raises Unusable."""
    update = read_json(payload)
    if not isinstance(update, dict):
        raise Unusable("not a JSON object")
    update_id = whole(update.get("update_id"))
    if update_id is None:
        raise Unusable("no update_id that fits")
    name, about = _about(update)
    if name == "inline_query":
        language = language_tag(table(about.get("from")).get("language_code"))
        inline = Inline(clean(about.get("id"), 128), clean(about.get("query"), 256), language)
        return Envelope(str(update_id), f"{CHANNEL}:elsewhere", inline=inline)
    chat_id = _chat_id(about)
    if chat_id is None and name:
        raise Unusable(f"{name} without a chat")
    callback = clean(about.get("id"), 128) if name == "callback_query" else ""
    return Envelope(str(update_id), f"{CHANNEL}:{chat_id if name else 'elsewhere'}", callback)


def lane_of(payload: bytes) -> str:
    return envelope_of(payload).lane


def key_of(payload: bytes) -> str:
    return envelope_of(payload).key


def normalise(payload: bytes, me: Me = _NOBODY) -> Incoming | None:
    """What the person did, or None for what is politely ignored: channels, bots, service messages, others' talk.

    In a group only what is addressed to us counts: an answer to us, our name, or a button of ours.
    """
    try:
        update = read_json(payload)
    except Unusable:
        return None
    update_id = whole(table(update).get("update_id"))
    if update_id is None:
        return None
    name, about = _about(update)
    said = _sender(about, str(update_id)) if name and name != "inline_query" else None
    if said is None:
        return None
    if name == "callback_query":
        return _press(said, about)
    if said.shared:
        return in_group(said, about, me) if name == "message" else None
    if name == "my_chat_member":
        return _membership(said, about)
    if name == "message_reaction":
        return _reaction(said, about)
    return _message(replace(said, edited=name == "edited_message"), about)


def _about(update: Object) -> tuple[str, Object]:
    """The kind of update and its content; an empty name for kinds we did not ask for."""
    for name in UPDATES:
        if name in update:
            return name, table(update[name])
    return "", {}


def _chat(about: Object) -> Object:
    """The chat; of a press, the chat of the message that carried the button."""
    if "chat" in about:
        return table(about["chat"])
    return table(table(about.get("message")).get("chat"))


def _chat_id(about: Object) -> int | None:
    """A press on a message that Telegram no longer shows us has no chat: in private its id is the person's."""
    chat_id = whole(_chat(about).get("id"))
    if chat_id is None and "data" in about:
        return whole(table(about.get("from")).get("id"))
    return chat_id


def _sender(about: Object, key: str) -> Incoming | None:
    """Who writes and where to answer; None unless it is a person in a private chat or in a group."""
    chat_id = _chat_id(about)
    kind = _chat(about).get("type")
    if chat_id is None or not isinstance(kind, str | None):
        return None
    shared = kind in GROUPS and chat_id < 0
    if not shared and (chat_id <= 0 or kind not in (None, "private")):
        return None
    person = table(about.get("from") or about.get("user"))
    if person.get("is_bot") is True:
        return None
    names = (clean_name(person.get("first_name")), clean_name(person.get("last_name")))
    return Incoming(
        channel=CHANNEL,
        address=str(chat_id),
        key=key,
        kind="other",
        language=language_tag(person.get("language_code")),
        name=None if shared else " ".join(filter(None, names)) or None,  # a group is nobody
        shared=shared,
    )


def _message(said: Incoming, message: Object) -> Incoming | None:
    said = replace(said, reference=str(whole(message.get("message_id")) or ""))
    said = _with_quote(said, message)
    if "text" not in message:
        return content_of(said, message)
    text = clean(message["text"]).strip()
    command = _COMMAND.fullmatch(text)
    if command and command[1].lower() in COMMANDS:
        name = command[1].lower()
        return replace(said, kind="command", text=f"/{name}", command=name, argument=(command[2] or "").strip())
    return replace(said, kind="text" if text else "other", text=text)


def _with_quote(said: Incoming, message: Object) -> Incoming:
    """What was answered to: the stretch that the person marked, else the whole message."""
    to = table(message.get("reply_to_message"))
    if not to:
        return said
    marked = clean(table(message.get("quote")).get("text")) or clean(to.get("text")) or clean(to.get("caption"))
    return replace(said, quote=marked.strip()[:QUOTE_LIMIT], quoted=str(whole(to.get("message_id")) or ""))


def in_group(said: Incoming, message: Object, me: Me) -> Incoming | None:
    """Words addressed to us, without our name in them; anything else in a group is not ours to read."""
    text = clean(message.get("text")).strip()
    said = replace(said, kind="text", reference=str(whole(message.get("message_id")) or ""))
    command = _COMMAND.fullmatch(text)
    if command:
        if not me.name or not text.lower().partition(" ")[0].endswith(f"@{me.name.lower()}"):
            return None
        name = command[1].lower()
        return replace(said, kind="command", text=f"/{name}", command=name, argument=(command[2] or "").strip())
    called = re.compile(rf"@{re.escape(me.name)}(?![A-Za-z0-9_])", re.I) if me.name else None
    named = called is not None and called.search(text) is not None
    to_us = whole(table(table(message.get("reply_to_message")).get("from")).get("id")) == me.id != 0
    if not (named or to_us):
        return None
    words = called.sub(" ", text).strip(" ,:，：") if called else text
    return replace(said, text=words) if words else replace(said, kind="command", command="help")


def _reaction(said: Incoming, change: Object) -> Incoming | None:
    """The sign that a person has put on a message; taken back, it says nothing."""
    given = change.get("new_reaction")
    signs = [clean(table(one).get("emoji"), 8) for one in given] if isinstance(given, list) else []
    emoji = "".join(filter(None, signs))
    reference = str(whole(change.get("message_id")) or "")
    return replace(said, kind="reaction", text=emoji, reference=reference) if emoji and reference else None


def _press(said: Incoming, query: Object) -> Incoming:
    """A button; `text` is its label, when the message that carried it is still shown to us."""
    message = table(query.get("message"))
    said = replace(said, reference=str(whole(message.get("message_id")) or ""))
    value = query.get("data")
    if not isinstance(value, str) or not value or len(value.encode("utf-8", "replace")) > CALLBACK_LIMIT:
        return said
    return replace(said, kind="button", button=clean(value), text=_label(message, value))


def _label(message: Object, value: str) -> str:
    rows = table(message.get("reply_markup")).get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if table(button).get("callback_data") == value:
                return clean_name(button.get("text"))
    return ""


def _membership(said: Incoming, change: Object) -> Incoming | None:
    """The person blocked the bot, or let it write again."""
    now, before = (table(change.get(name)).get("status") for name in ("new_chat_member", "old_chat_member"))
    if now == "kicked":
        return replace(said, kind="command", command="blocked")
    if now == "member" and before == "kicked":
        return replace(said, kind="command", command="returned")
    return None
