"""The shapes of the in-app API: an event as JSON out, a message in; rubbish is refused by name.

BadMessage    the message cannot be taken as it is; `code` is a key under error. of the locales
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, TypeGuard
from uuid import UUID

from bot.messages import IN_APP, Attachment, Incoming
from bot.transcript import Event
from handlers.auth import Caller

TEXT_LIMIT = 4096  # as Telegram's, so that both channels carry the same
BUTTON_LIMIT = 64  # bytes
# Line breaks and tabs are text; other control characters are not, and PostgreSQL refuses U+0000.
_KEPT = frozenset("\n\t")


class BadMessage(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def millis(at: datetime) -> int:
    """UTC milliseconds, as browsers count."""
    return int(at.timestamp() * 1000)


def event_json(event: Event) -> dict[str, Any]:
    """A public event as subscribers' clients get it."""
    shape: dict[str, Any] = {
        "seq": event.seq,
        "id": event.id,
        "t": event.kind,
        "from": {"kind": event.author_kind, "name": event.author_name},
        "body": event.body,
        "ts": millis(event.at),
    }
    if event.cid:
        shape["cid"] = event.cid
    return shape


def incoming_of(caller: Caller, cid: object, body: dict[str, Any]) -> Incoming:
    """{"text"}, {"file", "text"?, "album"?}, {"button", "text"?} or {"place": {"lat", "lon"}} in the core's words.

    Raises BadMessage.
    """
    if body.get("button") is not None:
        fields = _button(body["button"]) | {"text": _label(body.get("text"))}
    elif body.get("place") is not None:
        fields = _place(body["place"])
    elif body.get("file") is not None:
        fields = _file(body["file"], body.get("text")) | _album(body.get("album"))
    else:
        fields = _text(body.get("text"))
    return Incoming(
        channel=IN_APP,
        address=caller.subscriber,
        key=_cid(cid),
        phone=caller.phone,
        language=caller.language,
        name=caller.name,
        **fields,
    )


def _cid(value: object) -> str:
    try:
        return str(UUID(value)) if isinstance(value, str) else str(UUID(""))
    except ValueError:
        raise BadMessage("bad_cid") from None


def _text(value: object) -> dict[str, Any]:
    if not isinstance(value, str):
        raise BadMessage("empty")
    text = clean(value).strip()
    if not text:
        raise BadMessage("empty")
    if len(text) > TEXT_LIMIT:
        raise BadMessage("too_long")
    return {"kind": "text", "text": text}


def _button(value: object) -> dict[str, Any]:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value.encode()) <= BUTTON_LIMIT:
        raise BadMessage("bad_button")
    return {"kind": "button", "button": value}


def _file(value: object, caption: object) -> dict[str, Any]:
    if not is_file_id(value):
        raise BadMessage("no_such_file")
    text = clean(caption).strip() if isinstance(caption, str) else ""
    if len(text) > TEXT_LIMIT:
        raise BadMessage("too_long")
    return {"kind": "file", "text": text, "attachment": Attachment("document", id=value)}


def _album(value: object) -> dict[str, str]:
    """What files sent in one go have in common, so that they are answered once."""
    return {} if value is None else {"album": _cid(value)}


def is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15


def is_file_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{22}", value) is not None


def _label(value: object) -> str:
    """What the pressed button said, as the person's bubble shows it; it decides nothing."""
    return " ".join(clean(value).split())[:BUTTON_LIMIT] if isinstance(value, str) else ""


def _place(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadMessage("bad_place")
    latitude, longitude = (_degrees(value.get(name), limit) for name, limit in (("lat", 90), ("lon", 180)))
    return {"kind": "location", "place": (latitude, longitude)}


def _degrees(value: object, limit: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage("bad_place")
    if abs(value) > limit or not math.isfinite(value):  # a number of 400 digits is no float, so size comes first
        raise BadMessage("bad_place")
    return float(value)


def clean(text: str) -> str:
    """The text as UTF-8 can carry it: lone surrogates replaced, control characters left out."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(sign for sign in whole if sign in _KEPT or not (sign < " " or "\x7f" <= sign <= "\x9f"))
