"""A backup a night by the running product, and who was erased written beside it within a minute.

What is due follows from the folder alone: a night is done when a dump begun since 04:00 lies there. So a restart
neither skips nor doubles one, replicas that share the folder make one between them, a missed night is made up for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta

import asyncpg
from prometheus_client import Gauge

from bot.backups import BackupError, Busy, folder, making
from bot.backups.folder import Dump
from bot.config import Settings
from bot.database import TRANSIENT

log = logging.getLogger(__name__)

AT = time(4)  # of the operator's day, when the fewest write
EVERY = 60.0  # seconds
PAUSE = timedelta(minutes=15)  # after a backup that failed

_age = Gauge("bot_backup_age_seconds", "Since the newest good backup was begun; 0 while BACKUP_DIR is not set")
_bytes = Gauge("bot_backup_bytes", "Size of the newest good backup")


class Nightly:
    """One task per process; only with BACKUP_DIR set."""

    def __init__(self, dsn: str, settings: Settings, clock: Callable[[], datetime]) -> None:
        assert settings.backup_dir
        self._dsn, self._settings, self._clock = dsn, settings, clock
        self._folder = settings.backup_dir
        self._newest: Dump | None = None
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._problem = ""

    def details(self) -> dict[str, object]:
        """For /readyz: a backup that fails is no reason to serve nobody."""
        at = self._newest.at.isoformat() if self._newest else None
        return {"newest": at, "problem": self._problem or None}

    async def run(self) -> None:
        """Supervised for ever."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Make what is due, and tell how it stands; never raises for what a disk or a database can do."""
        try:
            await self._do_what_is_due()
        except Busy:
            pass  # a replica is at it
        except BackupError as problem:
            if str(problem) != self._problem:
                log.error("backup: failed", extra={"cause": str(problem)})
            self._problem = str(problem)
            self._not_before = self._clock() + PAUSE
        except (asyncpg.PostgresError, *TRANSIENT) as problem:
            log.warning("backup: database away", extra={"cause": type(problem).__name__})
        newest = self._newest
        _age.set((self._clock() - newest.at).total_seconds() if newest else float("inf"))
        _bytes.set(newest.bytes if newest else 0)

    async def _do_what_is_due(self) -> None:
        due = await self._is_due()
        await making.copy_erasures(self._dsn, self._folder)
        if self._clock() < self._not_before:
            return
        if due:
            await self._make()
        self._problem = ""

    async def _is_due(self) -> bool:
        self._newest = next(reversed(await asyncio.to_thread(folder.dumps, self._folder)), None)
        return self._newest is None or self._newest.at < _last_night(self._clock().astimezone(self._settings.timezone))

    async def _make(self) -> None:
        with ExitStack() as stack:
            await asyncio.to_thread(stack.enter_context, folder.alone(self._folder))
            if await self._is_due():  # a replica may have made it while we came here
                keep = self._settings.backup_keep
                self._newest = await making.make_alone(self._dsn, self._folder, keep=keep, now=self._clock())


def _last_night(now: datetime) -> datetime:
    """The last 04:00 that was, in the zone of `now`."""
    today = now.replace(hour=AT.hour, minute=AT.minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)
