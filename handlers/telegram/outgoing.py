"""A Reply -> calls of the Bot API; files go before the words, or with them as their caption.

Styles go as entities, never as markup that a stray `<` could break.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from bot.messages import Abilities, ChannelError, Choice, Entity, Refused, Reply
from handlers.keyboard import rows_of
from handlers.splitting import split, units
from handlers.telegram.aiogram_parts import methods, types
from handlers.telegram.bot_api import DOWNLOAD_LIMIT, BotApi, EditText, SendText
from handlers.telegram.files import CAPTION_LIMIT, Files, Markup, ReadFile, message_id_of
from handlers.telegram.incoming import CHANNEL

log = logging.getLogger(__name__)

TYPING_TIMEOUT = 3.0
_ENTITY_NAMES = {"bold": "bold", "code": "code", "link": "text_link"}
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass
class _Progress:
    """How far a reply of several parts got before something failed; the next try goes on from there."""

    reply: Reply
    sent: list[str] = field(default_factory=list)


class TelegramChannel:
    """PushChannel for Telegram."""

    name = CHANNEL
    abilities = Abilities()
    fetch_limit = DOWNLOAD_LIMIT

    def __init__(self, api: BotApi, read_file: ReadFile) -> None:
        self._api = api
        self._files = Files(api, read_file)
        self._unfinished: dict[str, _Progress] = {}

    async def send(self, address: str, reply: Reply) -> str:
        """Deliver in as many messages as it takes; their ids, joined by commas. Raises ChannelError."""
        chat_id = _chat(address)
        # Each unsendable sign becomes one other, so that the entities' offsets stay true.
        parts = _parts(_spelt_out(replace(reply, text=_UNSENDABLE.sub("\ufffd", reply.text))))
        progress = self._unfinished.get(address)
        if progress is None or progress.reply != reply:
            progress = _Progress(reply)
        if len(parts) > 1:
            self._unfinished[address] = progress
        for part in parts[len(progress.sent) :]:
            progress.sent.append(await self._send_part(chat_id, part, markup_of(part) if part is parts[-1] else None))
        self._unfinished.pop(address, None)
        return ",".join(progress.sent)

    def invitation(self, payload: str) -> str | None:
        return f"https://t.me/{self._api.name}?start={payload}" if self._api.name else None

    async def edit(self, address: str, reference: str, reply: Reply) -> None:
        """Of one message; buttons stand under it or go."""
        markup = markup_of(reply)
        change = EditText(
            chat_id=_chat(address),
            message_id=int(reference),
            text=_UNSENDABLE.sub("\ufffd", reply.text),
            entities=[entity_of(entity) for entity in reply.entities],
            reply_markup=markup if isinstance(markup, types.InlineKeyboardMarkup) else None,
            link_preview_options=types.LinkPreviewOptions(is_disabled=True),
        )
        try:
            await self._api.call(change)
        except Refused as refused:
            if "not modified" not in str(refused).lower():
                raise

    async def typing(self, address: str) -> None:
        try:
            await self._api.call(methods.SendChatAction(chat_id=_chat(address), action="typing"), TYPING_TIMEOUT)
        except ChannelError as error:
            log.debug("telegram: typing not shown", extra={"cause": str(error)})

    async def fetch(self, reference: str) -> bytes:
        return await self._api.download(reference)

    async def _send_part(self, chat_id: int, part: Reply, markup: Markup | None) -> str:
        if part.files:
            return await self._files.send(chat_id, part, [entity_of(entity) for entity in part.entities], markup)
        message = SendText(
            chat_id=chat_id,
            text=part.text,
            entities=[entity_of(entity) for entity in part.entities],
            reply_markup=markup,
            link_preview_options=types.LinkPreviewOptions(is_disabled=True),
            reply_parameters=_answering(part),
        )
        try:
            answer = await self._api.call(message)
        except Refused as refused:
            if not part.entities or "entit" not in str(refused).lower():
                raise
            log.warning("telegram: styles refused, sent as plain text", extra={"why": str(refused)})
            answer = await self._api.call(message.model_copy(update={"entities": None}))
        return message_id_of(answer)


def _parts(reply: Reply) -> tuple[Reply, ...]:
    """A message for each file; the words under the last one if they fit there, else in messages of their own."""
    if not reply.files:
        return split(reply)
    alone = [Reply("", files=(file,)) for file in reply.files]
    if units(reply.text) <= CAPTION_LIMIT:
        return (*alone[:-1], replace(reply, files=reply.files[-1:]))
    return (*alone, *split(replace(reply, files=())))


def _answering(reply: Reply) -> dict[str, Any] | None:
    """A message that is gone meanwhile must not keep the answer to it from being sent."""
    if not reply.reply_to.isdigit():
        return None
    return {"message_id": int(reply.reply_to), "allow_sending_without_reply": True}


def _spelt_out(reply: Reply) -> Reply:
    """A button to a host without a dot, such as a developer's localhost, is refused: it stands in the text."""
    local = [choice for choice in reply.choices if choice.url and "." not in (urlsplit(choice.url).hostname or "")]
    if not local:
        return reply
    kept = tuple(choice for choice in reply.choices if choice not in local)
    return replace(reply, text="\n".join([reply.text, *(choice.url for choice in local)]), choices=kept)


def markup_of(reply: Reply) -> Markup | None:
    """Buttons under the message; or the key that shares the number; else whatever key is still shown goes away."""
    if reply.ask_phone:
        key = types.KeyboardButton(text=reply.ask_phone, request_contact=True)
        return types.ReplyKeyboardMarkup(keyboard=[[key]], resize_keyboard=True, one_time_keyboard=True)
    if reply.choices:
        rows = [[_button(choice) for choice in row] for row in rows_of(reply.choices)]
        return types.InlineKeyboardMarkup(inline_keyboard=rows)
    return None if reply.reply_to else types.ReplyKeyboardRemove(remove_keyboard=True)


def _button(choice: Choice) -> types.InlineKeyboardButton:
    if choice.url:
        return types.InlineKeyboardButton(text=choice.label, url=choice.url)
    return types.InlineKeyboardButton(text=choice.label, callback_data=choice.value)


def entity_of(entity: Entity) -> types.MessageEntity:
    return types.MessageEntity(
        type=_ENTITY_NAMES[entity.type], offset=entity.offset, length=entity.length, url=entity.url or None
    )


def _chat(address: str) -> int:
    try:
        return int(address)
    except ValueError:
        raise Refused("not a Telegram chat") from None
