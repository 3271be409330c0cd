"""All of MAX as app.py holds it: a channel to send by, a route to mount, one task to supervise.

With MAX_WEBHOOK_SECRET updates come by webhook, as MAX recommends; without it they are polled, as it allows for trying
things out. Either way an update is committed to the inbox before MAX is told that we have it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot import files, inbox
from bot.config import Settings
from bot.messages import ChannelError, Incoming, SlowDown, Unauthorized
from handlers.max.api import MaxApi
from handlers.max.incoming import CHANNEL, UPDATES, apart, envelope_of, normalise
from handlers.max.outgoing import MaxChannel
from handlers.reading import Unusable

if TYPE_CHECKING:
    from bot.database import Database, Tx

log = logging.getLogger(__name__)

PATH = "/max/webhook"
SECRET_HEADER = "X-Max-Bot-Api-Secret"
LONG_POLL = 25  # seconds
AT_LEAST_BETWEEN = 0.3  # as MAX asks of pollers
STANDBY = 1.0
LONGEST_PAUSE = 30.0
COMMIT_TIMEOUT = 5.0


class Max:
    """Made by app.py when there is a token. `trouble` is empty while updates can reach us."""

    def __init__(self, settings: Settings, db: Database) -> None:
        if not settings.max_token:
            raise ValueError("MAX is off: MAX_TOKEN is not set")
        self._token, self._db = settings.max_token, db
        self._secret = (settings.max_webhook_secret or "").encode()
        self._url = settings.public_url + PATH
        self._api = MaxApi(settings.max_token, settings.max_api_url)
        digest = hashlib.sha256(b"max poller " + self._token.encode()).digest()
        self._lock = int.from_bytes(digest[:8], signed=True)
        self._leaving = False
        self.channel = MaxChannel(self._api, partial(files.content, db))
        self.trouble = ""

    def normalise(self, payload: bytes) -> Incoming | None:
        return normalise(payload, self._token)

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self._take)] if self._secret else []

    def leave(self) -> None:
        """From now on updates are our successor's."""
        self._leaving = True

    async def close(self) -> None:
        await self._api.close()

    async def run(self) -> None:
        """Supervised for ever: learn our name, then subscribe or poll; what fails is tried again."""
        failures = 0
        while True:
            try:
                self._api.name = str((await self._api.call("GET", "me")).get("username") or "")
                if not self._secret:
                    await self._stand_by_and_poll()
                else:
                    body = {"url": self._url, "secret": self._secret.decode(), "update_types": list(UPDATES)}
                    await self._api.call("POST", "subscriptions", body=body)
                    self.trouble = ""
                    await asyncio.Event().wait()
            except ChannelError as error:
                failures += 1
                self.trouble = f"{type(error).__name__}: {error}"
                log.warning("max: no updates", extra={"why": str(error)})
                await asyncio.sleep(min(2.0**failures, LONGEST_PAUSE))

    async def _stand_by_and_poll(self) -> None:
        """One process polls, the one that holds the lock; the others stand by. Raises Unauthorized."""
        while True:
            try:
                async with self._db.pool.acquire(timeout=5) as connection:
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
                        await self._poll(connection)
            except Unauthorized:
                raise
            except Exception as problem:  # the delivery loop: nothing is confirmed, so everything comes again
                log.warning("max: polling interrupted", extra={"cause": type(problem).__name__})
            await asyncio.sleep(STANDBY)

    async def _poll(self, connection: Tx) -> None:
        marker: dict[str, int] = {}
        while not self._leaving:
            asked_at = monotonic()
            query: dict[str, str | int] = {"timeout": LONG_POLL, "limit": 100, "types": ",".join(UPDATES), **marker}
            try:
                batch = await self._api.call("GET", "updates", query=query, seconds=LONG_POLL + 10)
            except SlowDown as asked:
                await asyncio.sleep(asked.seconds)
                continue
            self.trouble = ""
            updates: list[Any] = batch.get("updates") or []
            async with connection.transaction():
                for update in updates:
                    await self._store(connection, json.dumps(update).encode())
            if updates:
                self._db.bell.ring("inbox")
            if isinstance(batch.get("marker"), int):
                marker = {"marker": batch["marker"]}
            await asyncio.sleep(max(0.0, AT_LEAST_BETWEEN - (monotonic() - asked_at)))

    async def _take(self, request: web.Request) -> web.Response:
        """POST /max/webhook: 401 wrong secret, 503 while we leave or cannot store, else 200 after the commit."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=401)
        if self._leaving:
            return web.Response(status=503)
        body = await request.read()
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT), self._db.transaction() as tx:
                await self._store(tx, body)
        except Exception as problem:  # the HTTP edge: MAX keeps the update and brings it again
            log.warning("max: update not stored", extra={"cause": type(problem).__name__})
            return web.Response(status=503)
        self._db.bell.ring("inbox")
        return web.Response()

    async def _store(self, tx: Tx, payload: bytes) -> None:
        source = hashlib.sha256(self._token.encode()).hexdigest()[:12]
        try:
            letters = [(envelope_of(piece), piece) for piece in apart(payload)]
        except Unusable as why:
            await inbox.bury(tx, channel=CHANNEL, source=source, payload=payload, error=str(why))
            return
        for envelope, piece in letters:
            await inbox.put(tx, channel=CHANNEL, source=source, key=envelope.key, lane=envelope.lane, payload=piece)
