"""The part of aiogram we use, at a third of its cost; everybody else imports `types` and `methods` from here.

aiogram builds the validators of its 450 types while it is imported: 5 s of CPU and 130 MB. Here they are put off
during the import (1.2 s and 25 MB) and built for the types named below. A type not named says, when used, that it is
"not fully defined": add it to USED, after the types it is made of.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

_original = BaseModel.__dict__["model_rebuild"]


def _build_later(model: type[BaseModel], /, **options: Any) -> bool | None:
    if model.__module__.startswith("aiogram."):
        return None
    return _original.__func__(model, **options)  # type: ignore[no-any-return]


BaseModel.model_rebuild = classmethod(_build_later)  # type: ignore[assignment]
try:
    from aiogram import Bot, exceptions, methods, types
    from aiogram.client.default import Default
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.methods import TelegramMethod
finally:
    BaseModel.model_rebuild = _original  # type: ignore[method-assign]

__all__ = ("AiohttpSession", "Bot", "TelegramAPIServer", "TelegramMethod", "exceptions", "methods", "types")

USED: tuple[type[BaseModel], ...] = (
    types.ResponseParameters,
    types.User,
    types.Contact,
    types.Location,
    types.PhotoSize,
    types.VideoQuality,
    types.Voice,
    types.VideoNote,
    types.Video,
    types.Animation,
    types.Audio,
    types.Document,
    types.MessageEntity,
    types.LinkPreviewOptions,
    types.InlineKeyboardButton,
    types.InlineKeyboardMarkup,
    types.KeyboardButton,
    types.ReplyKeyboardMarkup,
    types.ReplyKeyboardRemove,
    types.BotCommand,
    types.BotCommandScopeAllPrivateChats,
)
_names = {**vars(types), "List": list, "Default": Default}


def build(*models: type[BaseModel]) -> None:
    """Make these models usable; for aiogram's methods and our own variants of them."""
    for model in models:
        model.model_rebuild(_types_namespace=_names)


build(*USED)
