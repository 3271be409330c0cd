"""The product behind a webhook, as most installations run it, and bytes posted there that no client could cause."""

from __future__ import annotations

import asyncio

import aiohttp

from handlers.telegram.webhook import PATH, SECRET_HEADER
from tests.telegram_queues import Webhook
from tests.world import World

SECRET = "s3cret_of-the-webhook_0123456789abcdef"
SETTINGS = {"telegram_mode": "webhook", "telegram_webhook_secret": SECRET}


async def opened(world: World) -> None:
    """Show the stand-in the port that the product got: nobody knew it before it listened."""
    for _ in range(500):
        if world.telegram.called("setWebhook"):
            break
        await asyncio.sleep(0.02)
    world.telegram.queues.set_webhook(Webhook(world.url + PATH, SECRET), drop=False)


async def post(http: aiohttp.ClientSession, body: bytes) -> int:
    """One delivery to the webhook of `world.session()`; the status it was answered with."""
    async with http.post(PATH, data=body, headers={SECRET_HEADER: SECRET}) as answer:
        return answer.status
