"""What monitoring wants to know and only a look tells: the queue's pace, who is at the desk, the FAQ, disk, PostgreSQL.

Alerts on these names stand in docs/monitoring/alerts.yaml, a page of them in docs/monitoring/dashboard.json.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from typing import Any

from prometheus_client import Gauge

from bot.database import TRANSIENT
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.postgres import EmbeddedPostgres
from bot.staff import agents

log = logging.getLogger(__name__)

EVERY = 15.0  # seconds

_wait = Gauge(
    "bot_queue_wait_seconds", "From the call to an agent's first words, of the last hour", ["line", "quantile"]
)
_target = Gauge("bot_queue_target_seconds", "QUEUE_TARGET")
_online = Gauge("bot_agents_online", "Agents at the desk who speak the line's language", ["line"])
_line_open = Gauge("bot_line_open", "1 while the line keeps hours", ["line"])
_faq_entries = Gauge("bot_faq_entries", "Entries of the FAQ that serves")
_faq_problem = Gauge("bot_faq_problem", "1 while the newest edit of the FAQ is not live")
_login_failures = Gauge("bot_login_failures", "Wrong passwords of the last fifteen minutes")
_disk = Gauge("bot_disk_free_ratio", "Free share of the disk that DATA_DIR is on")
_restarts = Gauge("bot_postgres_restarts", "How often the embedded server had to be started again")
_version = Gauge("bot_postgres_version", "server_version_num, such as 180006")
_trouble = Gauge("bot_telegram_trouble", "1 while no updates can come: a refused or taken token (401, 409)")
_pool = Gauge("bot_database_connections", "Connections of the pool", ["state"])

_WAITS = """
    SELECT line, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
             ORDER BY date_part('epoch', coalesce(first_reply_at, closed_at, now()) - queued_at)) AS waits
      FROM handoff WHERE queued_at > now() - interval '1 hour' GROUP BY line
"""
_FAILURES = "SELECT count(*) FROM login_failure WHERE at > now() - interval '15 minutes'"


class Vitals:
    def __init__(self, bot: Bot, postgres: EmbeddedPostgres | None, trouble: Callable[[], str] = lambda: "") -> None:
        self._bot = bot
        self._trouble = trouble
        self._postgres = postgres

    async def run(self) -> None:
        """Supervised for ever."""
        while True:
            try:
                await self.look()
            except TRANSIENT as problem:
                log.warning("vitals: database away", extra={"cause": type(problem).__name__})
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        bot = self._bot
        async with bot.db.transaction() as tx:
            waits = {row["line"]: row["waits"] for row in await tx.fetch(_WAITS)}
            online = {line: await agents.at_desk(tx, line) for line in LANGUAGES}
            _login_failures.set(await tx.fetchval(_FAILURES))
            _version.set(int(await tx.fetchval("SHOW server_version_num")))
        hours, now = bot.knowledge.catalogue.operator.hours, bot.clock()
        for line in LANGUAGES:
            for quantile, seconds in zip(("0.5", "0.95"), waits.get(line) or (0.0, 0.0), strict=True):
                _wait.labels(line, quantile).set(seconds)
            _online.labels(line).set(online[line])
            _line_open.labels(line).set(hours.is_open(line, now))
        _target.set(bot.settings.queue_target.total_seconds())
        _faq_entries.set(len(bot.knowledge.catalogue.entries))
        _faq_problem.set(bot.faq_problem() is not None)
        _restarts.set(self._postgres.restarts if self._postgres else 0)
        _pool.labels("open").set(bot.db.pool.get_size())
        _pool.labels("idle").set(bot.db.pool.get_idle_size())
        _trouble.set(bool(self._trouble()))
        await self._look_at_disk()

    async def _look_at_disk(self) -> None:
        try:
            usage: Any = await asyncio.to_thread(shutil.disk_usage, self._bot.settings.data_dir)
        except OSError:
            return  # with a database elsewhere there may be no such folder
        _disk.set(usage.free / usage.total)
