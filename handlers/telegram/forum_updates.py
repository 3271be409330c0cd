"""An update of the desk's group, or a code sent to us in private -> what somebody did. Pure, and never raises."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Literal

from bot.messages import Attachment, Incoming
from bot.staff.telegram_ids import CODE
from handlers.reading import Object, Unusable, clean, read_json, table, whole
from handlers.telegram.content import content_of
from handlers.telegram.incoming import CALLBACK_LIMIT, FORUM, Envelope

_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
Kind = Literal["words", "edit", "press", "code", "closed", "moved", "member", "nothing"]


@dataclass(frozen=True)
class Done:
    """`thread_id` is None in the group's general topic and in private."""

    kind: Kind
    chat_id: int
    thread_id: int | None
    user_id: int
    key: str
    message_id: int = 0
    text: str = ""
    attachment: Attachment | None = None
    callback: str = ""
    moved_to: int = 0


def envelope_of(payload: bytes, groups: Container[int]) -> Envelope | None:
    """The lane of the topic it belongs to; None for what is not the desk's."""
    done = read(payload, groups)
    if done is None:
        return None
    return Envelope(done.key, f"{FORUM}:{done.chat_id}:{done.thread_id or 0}")


def read(payload: bytes, groups: Container[int]) -> Done | None:
    try:
        update = table(read_json(payload))
    except Unusable:
        return None
    name = next((kind for kind in _KINDS if kind in update), "")
    about, key = table(update.get(name)), whole(update.get("update_id"))
    message = table(about.get("message")) if name == "callback_query" else about
    chat_id, user_id = whole(table(message.get("chat")).get("id")), whole(table(about.get("from")).get("id"))
    if not name or key is None or chat_id is None:
        return None
    if chat_id not in groups:
        return _code(about, chat_id, user_id, str(key)) if name == "message" else None
    thread_id = whole(message.get("message_thread_id")) if message.get("is_topic_message") is True else None
    done = Done("nothing", chat_id, thread_id, user_id or 0, str(key), whole(message.get("message_id")) or 0)
    match name:
        case "callback_query":
            return replace(done, kind="press", text=_value(about), callback=clean(about.get("id"), 128))
        case "my_chat_member":
            return replace(done, kind="member")
        case _:
            return _message(done, about, edited=name == "edited_message")


def _code(message: Object, chat_id: int, user_id: int | None, key: str) -> Done | None:
    """A code alone in a private chat, or behind /start: it must not stand in anybody's transcript."""
    said = clean(message.get("text")).strip().removeprefix("/start").strip()
    if user_id != chat_id or not CODE.fullmatch(said):
        return None
    return Done("code", chat_id, None, chat_id, key, text=said)


def _value(query: Object) -> str:
    value = clean(query.get("data"))
    return value if len(value.encode()) <= CALLBACK_LIMIT else ""


def _message(done: Done, message: Object, *, edited: bool) -> Done:
    moved_to = whole(message.get("migrate_to_chat_id"))
    if moved_to:
        return replace(done, kind="moved", moved_to=moved_to)
    # Whoever writes as the group itself is nobody in particular, though `from` says it is a bot.
    if table(message.get("from")).get("is_bot") is True and "sender_chat" not in message:
        return done
    if "forum_topic_closed" in message:
        return replace(done, kind="closed")
    text = clean(message.get("text")).strip()
    said = Incoming(FORUM, str(done.chat_id), done.key, kind="other")
    content = None if text else content_of(said, message)
    if not text and content is None:
        return done
    attachment = content.attachment if content else None
    words = text or (content.text if content and attachment else "")
    return replace(done, kind="edit" if edited else "words", text=words, attachment=attachment)
