"""What Telegram shows before a person writes: commands and descriptions, per language; and where updates shall go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol

from bot.messages import LANGUAGES, ChannelError
from handlers.telegram.aiogram_parts import TelegramMethod, methods, types
from handlers.telegram.bot_api import BotApi
from handlers.telegram.incoming import COMMANDS, UPDATES

log = logging.getLogger(__name__)

CONNECTIONS = 40  # at once, from Telegram to the webhook


class Phrases(Protocol):
    def text(self, language: str, key: str, /) -> str: ...


async def introduce(api: BotApi, phrases: Phrases) -> None:
    """Best effort: the bot works without. The first language is also that of people whose language we do not speak."""
    for language in LANGUAGES:
        code = None if language == LANGUAGES[0] else language
        for method in _introduction(phrases, language, code):
            try:
                await api.call(method)
            except ChannelError as error:
                log.warning("telegram: not introduced", extra={"call": type(method).__name__, "why": str(error)})


def _introduction(phrases: Phrases, language: str, code: str | None) -> list[TelegramMethod[Any]]:
    def say(key: str) -> str:
        return phrases.text(language, f"telegram.{key}")

    commands = [types.BotCommand(command=name, description=say(f"command.{name}")) for name in COMMANDS]
    return [
        methods.SetMyCommands(commands=commands, scope=types.BotCommandScopeAllPrivateChats(), language_code=code),
        methods.SetMyDescription(description=say("description"), language_code=code),
        methods.SetMyShortDescription(short_description=say("short_description"), language_code=code),
    ]


async def learn_name(api: BotApi) -> None:
    """Ask for our own @name until Telegram tells it: links to us and mentions in groups need it."""
    pause = 1.0
    while not api.name:
        try:
            api.name = (await api.call(methods.GetMe())).username or ""
        except ChannelError as error:
            log.warning("telegram: our name is not known yet", extra={"why": str(error)})
        else:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, 60)


async def set_webhook(api: BotApi, url: str, secret: str, tell: Callable[[str], None]) -> None:
    """Again with a growing pause until it is set; `tell` hears what is wrong, then an empty text."""
    method = methods.SetWebhook(url=url, secret_token=secret, allowed_updates=UPDATES, max_connections=CONNECTIONS)
    pause = 1.0
    while True:
        try:
            await api.call(method)
        except ChannelError as error:
            tell(f"{type(error).__name__}: {error}")
            log.warning("telegram: webhook not set", extra={"why": str(error)})
            await asyncio.sleep(pause)
            pause = min(pause * 2, 30)
        else:
            return tell("")
