"""An update as MAX sends it -> Incoming. Pure, and never raises whatever the bytes are. Only private chats are read."""

from __future__ import annotations

import base64
import hmac
import json
import re
from dataclasses import dataclass, replace
from hashlib import sha256

from bot.messages import Attachment, Incoming, Kind
from handlers.reading import Object, Unusable, clean, clean_name, language_tag, read_json, table, whole

CHANNEL = "max"
UPDATES = ("message_created", "message_edited", "message_callback", "bot_started", "bot_stopped")
BUTTON_LIMIT = 64  # bytes; MAX takes more, but ours are never longer
QUOTE_LIMIT = 300  # characters
REFERENCE_LIMIT = 4096
VIDEO = "video:"  # before the token of a video, whose links are asked for when somebody opens it
_PHONE = re.compile(r"^TEL[^:]*:(\+?[\d\s()-]{7,20})\s*$", re.M)
_KINDS: dict[str, Kind] = {"image": "photo", "audio": "voice", "video": "file", "file": "file", "sticker": "sticker"}
_SHOWN_AS = {"image": "photo", "audio": "voice", "video": "video"}


@dataclass(frozen=True)
class Envelope:
    """What the inbox row needs to know."""

    key: str
    lane: str


def envelope_of(payload: bytes) -> Envelope:
    """MAX gives updates no number: what they are about and when tells repeats. Raises Unusable."""
    update = table(read_json(payload))
    kind, person, at = update.get("update_type"), _person(update), whole(update.get("timestamp"))
    about = _message_id(update) or clean(table(update.get("callback")).get("callback_id"), 256)
    user_id = whole(person.get("user_id"))
    if not isinstance(kind, str) or user_id is None:
        raise Unusable("no kind or nobody")
    when = "" if kind == "message_created" and about else f":{at}"
    return Envelope(f"{kind}:{user_id}:{about}{when}"[:500], f"{CHANNEL}:{user_id}")


def normalise(payload: bytes, token: str) -> Incoming | None:
    """What the person did, or None for what is politely ignored: groups, bots, kinds we did not ask for."""
    try:
        update = table(read_json(payload))
        envelope = envelope_of(payload)
    except Unusable:
        return None
    person = _person(update)
    if person.get("is_bot") is True or not _private(update):
        return None
    said = Incoming(
        channel=CHANNEL,
        address=str(whole(person.get("user_id"))),
        key=envelope.key,
        kind="other",
        language=language_tag(update.get("user_locale")),
        name=clean_name(person.get("name")) or clean_name(person.get("first_name")) or None,
    )
    match update.get("update_type"):
        case "message_created" | "message_edited" as kind:
            return _message(replace(said, edited=kind == "message_edited"), table(update.get("message")), token)
        case "message_callback":
            return _press(said, update)
        case "bot_started":
            start = clean(update.get("payload"), 128)
            return replace(said, kind="command", command="start", text="/start", argument=start)
        case "bot_stopped":
            return replace(said, kind="command", command="blocked")
    return None


def _person(update: Object) -> Object:
    """Who did it: the sender, whoever pressed, or whoever started the bot."""
    if "callback" in update:
        return table(table(update["callback"]).get("user"))
    return table(table(update.get("message")).get("sender")) or table(update.get("user"))


def _private(update: Object) -> bool:
    chat = table(table(update.get("message")).get("recipient")).get("chat_type")
    return chat in (None, "dialog")


def _message_id(update: Object) -> str:
    return clean(table(table(update.get("message")).get("body")).get("mid"), 256) if "callback" not in update else ""


def _message(said: Incoming, message: Object, token: str) -> Incoming:
    body = table(message.get("body"))
    text = clean(body.get("text")).strip()
    said = replace(said, reference=clean(body.get("mid"), 256), text=text, kind="text" if text else "other")
    link = table(message.get("link"))
    to = table(link.get("message"))
    if link.get("type") == "forward" and not text:
        text = clean(to.get("text")).strip()
        said = replace(said, text=text, kind="text" if text else "other")
    if link.get("type") == "reply":
        said = replace(said, quote=clean(to.get("text"), QUOTE_LIMIT).strip(), quoted=clean(to.get("mid"), 256))
    for one in _attachments(body):
        kind = one.get("type")
        if kind == "contact":
            return replace(said, kind="contact", phone=_own_phone(table(one.get("payload")), said.address, token))
        if kind == "location":
            return _place(said, one)
        if isinstance(kind, str) and kind in _KINDS:
            return _with_file(said, kind, one, clean(body.get("album"), 256))
    return said


def _with_file(said: Incoming, kind: str, one: Object, album: str) -> Incoming:
    """A sticker says nothing; of all else the link is kept, of a video the token that its links are asked with."""
    said, payload = replace(said, kind=_KINDS[kind], album=album), table(one.get("payload"))
    token, link = clean(payload.get("token"), REFERENCE_LIMIT), clean(payload.get("url"), REFERENCE_LIMIT)
    reference = f"{VIDEO}{token}" if kind == "video" and token else link
    if kind == "sticker" or not reference:
        return said
    name = clean_name(one.get("filename")).replace("/", "_").replace("\\", "_")
    size, width, height = (max(0, whole(one.get(key)) or 0) for key in ("size", "width", "height"))
    file = Attachment(_SHOWN_AS.get(kind, "document"), reference, name, size, width=width, height=height)
    return replace(said, attachment=file)


def apart(payload: bytes) -> list[bytes]:
    """Several files of one message as messages of an album, as other messengers send them. Raises Unusable."""
    update = table(read_json(payload))
    message, body = table(update.get("message")), table(table(update.get("message")).get("body"))
    files = [one for one in _attachments(body) if one.get("type") in _SHOWN_AS or one.get("type") == "file"]
    mid = clean(body.get("mid"), 200)
    if len(files) < 2 or not mid or update.get("update_type") != "message_created":
        return [payload]
    pieces = []
    for number, file in enumerate(files):
        first = number == 0
        own = {"mid": mid if first else f"{mid}#{number}", "album": mid, "attachments": [file]}
        piece = {**body, **own, "text": body.get("text") if first else None}
        pieces.append(json.dumps({**update, "message": {**message, "body": piece}}).encode())
    return pieces


def _attachments(body: Object) -> list[Object]:
    given = body.get("attachments")
    return [table(one) for one in given[:20]] if isinstance(given, list) else []


def _place(said: Incoming, one: Object) -> Incoming:
    latitude, longitude = one.get("latitude"), one.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return said
    if abs(latitude) > 90 or abs(longitude) > 180:
        return said
    return replace(said, kind="location", place=(float(latitude), float(longitude)))


def _own_phone(card: Object, address: str, token: str) -> str | None:
    """The number of a card that MAX itself vouches for: signed with the bot's token, and the sender's own.

    The hash is HMAC-SHA256 of the card with the token as key; of a card without one nothing is believed.
    """
    written = card.get("vcf_info")
    # Signed as it is, line ends and all; the documentation's examples write those as two signs each.
    vcf = written[:4096].replace("\\r\\n", "\r\n") if isinstance(written, str) else ""
    given = clean(card.get("hash"), 128)
    digest = hmac.digest(token.encode(), vcf.encode("utf-8", "replace"), sha256)
    signed = any(
        hmac.compare_digest(given.encode(), known) for known in (digest.hex().encode(), base64.b64encode(digest))
    )
    owner = whole(table(card.get("max_info")).get("user_id"))
    found = _PHONE.search(vcf.replace("\r", ""))
    if not signed or owner != int(address) or found is None:
        return None
    digits = re.sub(r"\D", "", found[1])
    digits = "7" + digits[1:] if re.fullmatch(r"8\d{10}", digits) else digits
    return f"+{digits}" if re.fullmatch(r"[1-9]\d{7,14}", digits) else None


def _press(said: Incoming, update: Object) -> Incoming:
    value = table(update["callback"]).get("payload")
    body = table(table(update.get("message")).get("body"))
    said = replace(said, reference=clean(body.get("mid"), 256))
    if not isinstance(value, str) or not value or len(value.encode("utf-8", "replace")) > BUTTON_LIMIT:
        return said
    return replace(said, kind="button", button=clean(value), text=_label(body, value))


def _label(body: Object, value: str) -> str:
    for one in _attachments(body):
        rows = table(one.get("payload")).get("buttons")
        for row in rows if isinstance(rows, list) else []:
            for button in row if isinstance(row, list) else []:
                if table(button).get("payload") == value:
                    return clean_name(table(button).get("text"))
    return ""
