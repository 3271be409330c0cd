"""Our files -> sendPhoto, sendVoice, sendAudio, sendVideo, sendDocument, by multipart from our own bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.messages import Attachment, Refused, Reply
from handlers.telegram.aiogram_parts import types
from handlers.telegram.bot_api import BotApi, SendAudio, SendDocument, SendPhoto, SendVideo, SendVoice

ReadFile = Callable[[str], Awaitable[bytes]]  # the bytes of a file of ours by its id; empty when it is gone
Markup = types.InlineKeyboardMarkup | types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove

CAPTION_LIMIT = 1024  # UTF-16 units
PHOTO_BYTES = 10 * 1024 * 1024
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20
UPLOAD_TIMEOUT = 55.0  # seconds; the sender gives a parcel with files 60


class Files:
    def __init__(self, api: BotApi, read_file: ReadFile) -> None:
        self._api = api
        self._read = read_file

    async def send(
        self,
        chat_id: int,
        said: Reply,
        entities: list[types.MessageEntity],
        markup: Markup | None,
        thread_id: int | None = None,
    ) -> str:
        """The one file of `said` with its words as the caption; the message's id. Raises ChannelError."""
        file = said.files[0]
        content = await self._read(file.id)
        if not content:
            raise Refused("the file is gone")
        about = {
            "chat_id": chat_id,
            "message_thread_id": thread_id,
            "caption": said.text or None,
            "caption_entities": entities or None,
            "reply_markup": markup,
        }
        if file.kind == "photo" and not _fits_photo(file):
            file = replace(file, kind="document")
        try:
            answer = await self._api.call(_method(file, content, about), UPLOAD_TIMEOUT)
        except Refused:
            if file.kind == "document":
                raise
            # A picture or sound that Telegram will not show as one still arrives as a file.
            answer = await self._api.call(_method(replace(file, kind="document"), content, about), UPLOAD_TIMEOUT)
        return message_id_of(answer)


def _fits_photo(file: Attachment) -> bool:
    """Telegram's limits for sendPhoto; beyond them it goes as a document, unscaled."""
    short, long = sorted((max(1, file.width), max(1, file.height)))
    return file.size <= PHOTO_BYTES and short + long <= PHOTO_SIDES and long <= short * PHOTO_RATIO


def _method(file: Attachment, content: bytes, about: dict[str, Any]) -> Any:
    given = types.BufferedInputFile(content, filename=file.name or f"file.{file.type.rpartition('/')[2]}")
    match file.kind:
        case "photo":
            return SendPhoto(photo=given, **about)
        case "voice":
            return SendVoice(voice=given, **about)
        case "audio":
            return SendAudio(audio=given, **about)
        case "video":
            return SendVideo(video=given, **about)
        case _:
            return SendDocument(document=given, **about)


def message_id_of(answer: object) -> str:
    return str(answer.get("message_id", "")) if isinstance(answer, dict) else ""
