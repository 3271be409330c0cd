"""What happens by the clock: cases back from silent agents, chats put aside woken, idle ones warned and closed.

Also leases of the dead freed and old rows gone. Every rule is a query over stored times, so a restart or a second
replica fires nothing twice and forgets nothing; the one clock is the database's now(), on which replicas agree.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Any

from prometheus_client import Gauge

from bot import files, handoff, inbox, unread
from bot.config import Settings
from bot.database import TRANSIENT, Database
from bot.knowledge import lessons
from bot.staff import agents, audit, sessions

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds
LAG_EVERY = 0.5

_depth = Gauge("bot_waiting", "Rows that wait", ["what"])
_age = Gauge("bot_oldest_seconds", "Age of the oldest waiting row", ["what"])
_lag = Gauge("bot_loop_lag_seconds", "How late the event loop was, worst of the last seconds")

_DEPTHS = """
    SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL) AS inbox,
           (SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')) AS outbox,
           (SELECT count(*) FROM handoff WHERE closed_at IS NULL AND assigned_at IS NULL) AS queue,
           (SELECT count(*) FROM inbox WHERE error IS NOT NULL AND done_at IS NOT NULL)
             + (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead_letters,
           (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float FROM inbox
             WHERE done_at IS NULL AND next_at <= now()) AS inbox_age,
           (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float FROM outbox
             WHERE state IN ('new', 'sending')) AS outbox_age,
           (SELECT coalesce(extract(epoch FROM now() - min(queued_at)), 0)::float FROM handoff
             WHERE closed_at IS NULL AND assigned_at IS NULL) AS queue_age
"""


class Housekeeping:
    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self.lag = 0.0  # seconds, the worst of the last measuring
        self.depths: dict[str, Any] = {}

    async def run(self) -> None:
        """Supervised for ever."""
        swept = 0.0
        while True:
            try:
                await self._freed()
                await self._sweep()
                await self._measure()
                if monotonic() - swept > 3600:
                    async with self._db.transaction() as tx:
                        await inbox.forget_old(tx)
                        await unread.forget_old(tx)
                        await lessons.forget_old(tx)
                        await sessions.forget_old(tx)
                        await audit.forget_old(tx, self._settings.audit_keep)
                        await files.forget_old(tx, self._settings.files_keep)
                    swept = monotonic()
            except TRANSIENT as problem:
                log.warning("housekeeping: database away", extra={"cause": type(problem).__name__})
            await asyncio.sleep(EVERY)

    async def _freed(self) -> None:
        async with self._db.transaction() as tx:
            freed = [await inbox.free_leases_of_the_dead(tx, table) for table in ("inbox", "outbox")]
        if any(freed):
            log.warning("housekeeping: took over from a process that is gone", extra={"rows": sum(freed)})
            self._db.bell.ring("inbox", "outbox")

    async def _sweep(self) -> None:
        async with self._db.transaction() as tx:
            moved = await handoff.return_silent(tx, self._settings.agent_silence, agents.VANISHED)
            moved += await handoff.wake_due(tx)
            warning = self._settings.idle_warning
            quiet = self._settings.idle_close - warning
            moved += await handoff.warn_idle(tx, quiet, max(1, round(warning.total_seconds() / 60)))
            moved += await handoff.close_idle(tx, self._settings.idle_close, warning)
        for conversation_id in moved:
            self._db.bell.ring(*handoff.rings(conversation_id))

    async def _measure(self) -> None:
        async with self._db.transaction() as tx:
            self.depths = dict(await tx.fetchrow(_DEPTHS))
        for what in ("inbox", "outbox", "queue", "dead_letters"):
            _depth.labels(what).set(self.depths[what])
        for what in ("inbox", "outbox", "queue"):
            _age.labels(what).set(self.depths[f"{what}_age"])

    async def watch_loop(self) -> None:
        """Supervised for ever: how late does this loop wake up?"""
        while True:
            began = monotonic()
            await asyncio.sleep(LAG_EVERY)
            self.lag = max(monotonic() - began - LAG_EVERY, self.lag * 0.8)
            _lag.set(self.lag)
