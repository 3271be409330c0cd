"""All of Telegram as app.py holds it: a channel to send by, a route to mount, one task to supervise."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from bot import files
from bot.config import Settings
from bot.messages import Incoming
from handlers.telegram.arrivals import Arrivals, Suggest
from handlers.telegram.bot_api import BotApi
from handlers.telegram.incoming import FORUM, Me, normalise
from handlers.telegram.introduction import Phrases, introduce, learn_name, set_webhook
from handlers.telegram.outgoing import TelegramChannel
from handlers.telegram.polling import Poller
from handlers.telegram.webhook import PATH, Webhook

if TYPE_CHECKING:
    from bot.database import Database
    from bot.parts import Bot
    from handlers.telegram.forum import Forum


class Telegram:
    """Made by app.py when there is a token. `trouble` is empty while updates can reach us."""

    def __init__(self, settings: Settings, db: Database, phrases: Phrases, suggest: Suggest) -> None:
        if not settings.telegram_token:
            raise ValueError("Telegram is off: TELEGRAM_TOKEN is not set")
        self._by_webhook = settings.telegram_mode == "webhook"
        if self._by_webhook and not settings.telegram_webhook_secret:
            raise ValueError("TELEGRAM_WEBHOOK_SECRET is required when TELEGRAM_MODE=webhook")
        self._url = settings.public_url + PATH
        # While polling nobody may post updates: a secret that nobody is told keeps the route shut.
        own = settings.telegram_webhook_secret if self._by_webhook else None
        self._secret = own or secrets.token_urlsafe(32)
        self._phrases = phrases
        self._api = BotApi(settings.telegram_token, settings.telegram_api_url)
        self._arrivals = Arrivals(self._api, db, suggest)
        self._poller = Poller(self._api, self._arrivals, db)
        self._webhook = Webhook(self._arrivals, db, self._secret)
        self._forum: Forum | None = None
        self._webhook_trouble = "the webhook is not set yet"
        self.channel = TelegramChannel(self._api, partial(files.content, db))

    def with_forum(self, bot: Bot) -> Telegram:
        """Itself; with FORUM_CHAT also the desk in that group, whose updates are its own from now on."""
        if bot.settings.forum_chat is not None:
            from handlers.telegram.forum import Forum  # few have one, and its imports are the desk's

            self._forum = forum = Forum(bot, self._api)
            self._arrivals.of_forum = forum.envelope
            bot.letters[FORUM], bot.troubles[FORUM] = forum.take, lambda: forum.trouble
        return self

    @property
    def trouble(self) -> str:
        return self._webhook_trouble if self._by_webhook else self._poller.trouble

    def normalise(self, payload: bytes) -> Incoming | None:
        return normalise(payload, Me(int(self._api.source), self._api.name))

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self._webhook.handle)]

    async def run(self) -> None:
        """Supervised for ever; start it when the socket listens, for a webhook set earlier is refused at first."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(learn_name(self._api))
            tasks.create_task(introduce(self._api, self._phrases))
            if self._forum is not None:
                tasks.create_task(self._forum.run(), name="forum")
            if self._by_webhook:
                tasks.create_task(set_webhook(self._api, self._url, self._secret, self._tell))
                await asyncio.Event().wait()
            await self._poller.run()

    def leave(self) -> None:
        """From now on updates are left to our successor: 503 with Retry-After by webhook; cancel `run` for polling."""
        self._webhook.leaving = True

    async def close(self) -> None:
        """After the last send."""
        await self._arrivals.close()
        await self._api.close()

    def _tell(self, trouble: str) -> None:
        self._webhook_trouble = trouble
