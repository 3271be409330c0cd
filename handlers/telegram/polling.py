"""Our own getUpdates loop: a batch is committed to the inbox, and only then confirmed to Telegram.

One process polls, the one that holds the advisory lock; the batch is written over the very connection that holds it,
so that a process which lost the lock cannot confirm anything.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
from time import monotonic
from typing import TYPE_CHECKING, Any

from bot.messages import ChannelError, InDoubt, SlowDown, Unauthorized
from handlers.reading import table, whole
from handlers.telegram.aiogram_parts import methods
from handlers.telegram.arrivals import Arrivals
from handlers.telegram.bot_api import BotApi, Conflict, RawUpdates
from handlers.telegram.incoming import UPDATES

if TYPE_CHECKING:
    from bot.database import Database, Tx

log = logging.getLogger(__name__)

LONG_POLL = 25  # seconds Telegram may hold the question
STANDBY = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
# A server that answers "nothing" at once instead of holding the question must not be asked in a tight loop.
AT_LEAST_BETWEEN = 0.3


class Poller:
    """`trouble` says why no updates can come, until they can again; it is empty while all is well."""

    def __init__(self, api: BotApi, arrivals: Arrivals, db: Database) -> None:
        self._api = api
        self._arrivals = arrivals
        self._db = db
        digest = hashlib.sha256(f"telegram poller {api.source}".encode()).digest()
        self._lock = int.from_bytes(digest[:8], signed=True)
        self.trouble = ""

    async def run(self) -> None:
        """Supervised for ever: poll while we hold the lock, stand by while another process does."""
        while True:
            try:
                async with self._db.pool.acquire(timeout=5) as connection:
                    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", self._lock):
                        await self._poll(connection)
            except Exception as problem:  # the delivery loop: nothing is confirmed, so everything comes again
                log.warning("telegram: polling interrupted", extra={"cause": type(problem).__name__})
            await asyncio.sleep(STANDBY)

    async def _poll(self, connection: Tx) -> None:
        """Until the database fails; Telegram's failures are waited out here."""
        await self._delete_webhook()
        offset: int | None = None
        failures = 0
        while True:
            asked_at = monotonic()
            try:
                updates = await self._ask(offset)
                if updates:
                    offset = await self._keep(connection, updates)
                self.trouble, failures = "", 0
            except ChannelError as error:
                failures += 1
                await self._wait_out(error, failures)
                continue
            if not updates and monotonic() - asked_at < AT_LEAST_BETWEEN:
                await asyncio.sleep(AT_LEAST_BETWEEN)

    async def _ask(self, offset: int | None) -> list[Any]:
        question = RawUpdates(offset=offset, timeout=LONG_POLL, allowed_updates=UPDATES)
        return await self._api.call(question, LONG_POLL + 10)

    async def _keep(self, connection: Tx, updates: list[Any]) -> int:
        """Commit the batch; the offset that confirms it. After a quiet week ids may jump down: the last one counts."""
        ids = [one for update in updates if (one := whole(table(update).get("update_id"))) is not None]
        if not ids:
            raise InDoubt("a batch without update ids")
        async with connection.transaction():
            stored = [await self._arrivals.store(connection, _raw(update)) for update in updates]
        self._arrivals.stored(stored)
        return ids[-1] + 1

    async def _wait_out(self, error: ChannelError, failures: int) -> None:
        if isinstance(error, Unauthorized):
            self.trouble = f"{type(error).__name__}: {error}"
        log.warning("telegram: no updates", extra={"cause": type(error).__name__, "why": str(error)})
        pause = min(FIRST_PAUSE * 2.0 ** (failures - 1), LONGEST_PAUSE) * random.uniform(1, 1.3)
        await asyncio.sleep(max(pause, error.seconds if isinstance(error, SlowDown) else 0))
        if isinstance(error, Conflict) and "webhook" in str(error):
            await self._delete_webhook()

    async def _delete_webhook(self) -> None:
        """A webhook set before forbids polling. If this fails, getUpdates tells why."""
        try:
            await self._api.call(methods.DeleteWebhook(drop_pending_updates=False))
        except ChannelError as error:
            log.warning("telegram: webhook not deleted", extra={"why": str(error)})


def _raw(update: Any) -> bytes:
    """The update as a webhook would have brought it; surrogates stay escaped."""
    try:
        return json.dumps(update, separators=(",", ":")).encode()
    except RecursionError:
        return b""
