"""POST /telegram/webhook: the update is committed before Telegram hears 200, and never refused for what is in it.

401 wrong secret · 413 over 1 MB · 415 encoded body · 503 + Retry-After when the database is away or we are leaving ·
200 otherwise, also for an update nobody can use: Telegram would repeat it for 24 h and hold that chat's queue.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING

from aiohttp import web

from handlers.telegram.arrivals import Arrivals

if TYPE_CHECKING:
    from bot.database import Database

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_LIMIT = 1024 * 1024
COMMIT_TIMEOUT = 5.0  # Telegram itself waits 60 s


class Webhook:
    """The route's handler. `leaving` turns it to 503, so that Telegram keeps what comes for our successor."""

    def __init__(self, arrivals: Arrivals, db: Database, secret: str) -> None:
        if not secret:
            raise ValueError("a webhook without a secret would accept updates from anybody")
        self._arrivals = arrivals
        self._db = db
        self._secret = secret.encode()
        self.leaving = False

    async def handle(self, request: web.Request) -> web.Response:
        # As bytes: comparing str in constant time raises on signs beyond ASCII, which a stranger may send.
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return _refusal(401)
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return _refusal(415)
        if self.leaving:
            return _not_now()
        body = await _read(request)
        if body is None:
            return _refusal(413)
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT), self._db.transaction() as tx:
                stored = await self._arrivals.store(tx, body)
        except Exception as problem:  # the HTTP edge: whatever it is, Telegram keeps the update and brings it again
            log.warning("telegram: update not stored", extra={"cause": type(problem).__name__})
            return _not_now()
        self._arrivals.stored([stored])
        return web.Response()


async def _read(request: web.Request) -> bytes | None:
    """The body, or None as soon as it is known to be too long."""
    if (request.content_length or 0) > BODY_LIMIT:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)


def _refusal(status: int) -> web.Response:
    response = web.Response(status=status)
    response.force_close()  # the rest of the body is not worth reading
    return response


def _not_now() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "1"})
