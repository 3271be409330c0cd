"""What a message holds besides text: a contact, a place, a photo, a voice, a file, a sticker, or something else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.messages import Attachment, Incoming, Kind
from handlers.reading import NAME_LIMIT, Object, clean, clean_name, part, table, whole
from handlers.telegram.aiogram_parts import types

# Told to both sides of a private chat by Telegram itself; nobody waits for an answer.
SERVICE = frozenset(
    re.findall(
        r"\w+",
        """pinned_message message_auto_delete_timer_changed successful_payment refunded_payment users_shared chat_shared
    gift unique_gift gift_upgrade_sent connected_website write_access_allowed passport_data proximity_alert_triggered
    boost_added chat_background_set forum_topic_created forum_topic_edited forum_topic_closed forum_topic_reopened
    general_forum_topic_hidden general_forum_topic_unhidden checklist_tasks_done checklist_tasks_added
    paid_message_price_changed direct_message_price_changed poll_option_added poll_option_deleted
    suggested_post_approved suggested_post_approval_failed suggested_post_declined suggested_post_paid
    suggested_post_refunded video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited
    new_chat_members left_chat_member migrate_to_chat_id migrate_from_chat_id managed_bot_created""",
    )
)

ALBUM_LIMIT = 64  # characters of an album's id
TYPE_LIMIT = 100  # of a MIME type

# Where a contact can come from other than the sender's own hand.
_SECOND_HAND = ("forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date", "via_bot")
_E164_DIGITS = re.compile(r"[1-9]\d{7,14}")


def content_of(said: Incoming, message: Object) -> Incoming | None:
    """The message in the core's words; None for a service message and for each step of a moving live location."""
    album = clean(message.get("media_group_id"), ALBUM_LIMIT)
    said = replace(said, text=clean(message.get("caption")).strip(), album=album)
    for name, read in _READERS.items():
        if name in message:
            return read(said, message)
    return None if SERVICE & message.keys() else said


def _contact(said: Incoming, message: Object) -> Incoming:
    """Anybody can send any card: only the sender's own, from their own hand, proves a number.

    Telegram fills `user_id` itself, clients cannot forge it (levlam, tdlib/td issue 2575).
    """
    said = replace(said, kind="contact")
    card = part(types.Contact, message["contact"])
    sender = whole(table(message.get("from")).get("id"))
    own = card is not None and sender is not None and card.user_id == sender and said.address == str(sender)
    if card is None or not own or any(mark in message for mark in _SECOND_HAND):
        return said
    return replace(said, phone=e164(card.phone_number))


def e164(number: str) -> str | None:
    """Telegram writes numbers with or without `+`; Russia's home form 89.. is mended, for no country has code 89."""
    digits = re.sub(r"[\s()+.-]", "", number)
    if re.fullmatch(r"89\d{9}", digits):
        digits = "7" + digits[1:]
    return f"+{digits}" if _E164_DIGITS.fullmatch(digits) else None


def _place(said: Incoming, message: Object) -> Incoming | None:
    where = table(message.get("venue")).get("location") or message.get("location")
    if said.edited:
        return None
    point = part(types.Location, where)
    if point is None or not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        return said
    return replace(said, kind="location", place=(point.latitude, point.longitude))


def _photo(said: Incoming, message: Object) -> Incoming:
    sizes = message["photo"] if isinstance(message["photo"], list) else []
    known = [size for one in sizes[:20] if (size := part(types.PhotoSize, one))]
    if not known:
        return replace(said, kind="photo")
    largest = max(known, key=lambda size: size.width * size.height)
    return _with_file(said, "photo", "photo", largest)


def _sticker(said: Incoming, message: Object) -> Incoming:
    return replace(said, kind="sticker", text=clean(table(message["sticker"]).get("emoji"), 16))


_FileModel = type[types.Voice | types.VideoNote | types.Video | types.Animation | types.Audio | types.Document]


def _file(name: str, kind: Kind, attachment: str, model: _FileModel) -> Callable[[Incoming, Object], Incoming]:
    def read(said: Incoming, message: Object) -> Incoming:
        file = part(model, message[name])
        return _with_file(said, kind, attachment, file) if file else replace(said, kind=kind)

    return read


def _with_file(said: Incoming, kind: Kind, attachment: str, file: object) -> Incoming:
    reference = clean(getattr(file, "file_id", ""), 512)
    if not reference:
        return replace(said, kind=kind)
    name = clean_name(getattr(file, "file_name", "")).replace("/", "_").replace("\\", "_")[:NAME_LIMIT]
    size, width, height = (_count(getattr(file, field, 0)) for field in ("file_size", "width", "height"))
    type = clean_name(getattr(file, "mime_type", ""))[:TYPE_LIMIT]
    return replace(
        said, kind=kind, attachment=Attachment(attachment, reference, name, size, type, width=width, height=height)
    )


def _count(value: object) -> int:
    return max(0, whole(value) or 0)


def _nothing_we_know(said: Incoming, _message: Object) -> Incoming:
    return said


# An animation also carries `document`, a venue `location`, a game `photo`: the first found decides.
_READERS: dict[str, Callable[[Incoming, Object], Incoming | None]] = {
    **dict.fromkeys(("game", "story", "poll", "dice", "checklist", "paid_media", "invoice"), _nothing_we_know),
    "contact": _contact,
    "venue": _place,
    "location": _place,
    "photo": _photo,
    "voice": _file("voice", "voice", "voice", types.Voice),
    "video_note": _file("video_note", "file", "video", types.VideoNote),
    "animation": _file("animation", "file", "video", types.Animation),
    "video": _file("video", "file", "video", types.Video),
    "audio": _file("audio", "file", "audio", types.Audio),
    "document": _file("document", "file", "document", types.Document),
    "sticker": _sticker,
}
