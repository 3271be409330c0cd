"""The database made fit to serve: kept before it changes, migrated, and whoever was erased stays erased."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from bot import migrate
from bot.backups import CannotRestore, making, restoring

log = logging.getLogger(__name__)


async def upgrade(dsn: str, backups: Path | None, *, keep: timedelta, now: datetime) -> None:
    """To the code's schema; data in an older one go into `backups` before. Raises CannotDump with nothing changed."""
    if backups is not None and await migrate.is_behind(dsn):
        await making.make(dsn, backups, keep=keep, now=now)
    await migrate.upgrade(dsn)
    if await restoring.finish(dsn):
        log.warning("restore: ended what was interrupted")


async def catch_up(dsn: str, backups: Path | None) -> None:
    """Erase again whom somebody brought back by putting an older copy of the disk in place."""
    if backups is None:
        return
    try:
        erased = await restoring.catch_up(dsn, backups)
    except CannotRestore as problem:
        log.error("backups: who was erased cannot be read", extra={"cause": str(problem)})
        return
    if erased:
        log.warning("backups: people had come back and were erased again", extra={"rows": erased.total()})


async def problems(dsn: str) -> list[str]:
    """What keeps this database from serving; empty when nothing does."""
    if await restoring.is_unfinished(dsn):
        return ["a restore was interrupted here; run: python -m bot db upgrade"]
    return await migrate.check(dsn)
