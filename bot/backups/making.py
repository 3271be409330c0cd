"""One backup: dumped, read through, put in its place, the old ones gone."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from bot.backups import CannotDump, CannotRestore, dumping, erasures, folder
from bot.backups.folder import Dump
from bot.database import TRANSIENT, shown

log = logging.getLogger(__name__)


async def make(dsn: str, into: Path, *, keep: timedelta, now: datetime) -> Dump:
    """Begun `now`; there when it is whole, or not at all. Dumps older than `keep` are removed. Raises CannotDump."""
    try:
        await copy_erasures(dsn, into)
        server = await dumping.server_of(dsn)
        with folder.alone(into):
            folder.sweep(into)
            made = Dump(folder.path_for(into, now), now)
            with folder.whole(made.path) as part:
                await dumping.dump(server, part)
                await dumping.revision_of(part, server)
            gone = folder.forget_old(into, keep, now)
    except (CannotRestore, asyncpg.PostgresError, *TRANSIENT) as problem:
        raise CannotDump(f"no backup of {shown(dsn)}: {problem}") from problem
    log.info("backup: made", extra={"file": made.path.name, "bytes": made.path.stat().st_size, "removed": len(gone)})
    return made


async def copy_erasures(dsn: str, into: Path) -> None:
    """Let the folder know of everybody the database knows to be erased. Raises BackupError."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        known = await erasures.of_database(connection)
    finally:
        await connection.close()
    await asyncio.to_thread(erasures.copy, known, into)
