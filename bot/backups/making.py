"""One backup: dumped, read through, put in its place, the old ones gone."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import asyncpg

from bot.backups import Busy, CannotDump, CannotRestore, dumping, erasures, folder
from bot.backups.folder import Dump
from bot.database import TRANSIENT, shown

log = logging.getLogger(__name__)

PATIENCE = 120.0  # seconds


async def make(dsn: str, into: Path, *, keep: timedelta, now: datetime) -> Dump:
    """Begun `now`; there when it is whole, or not at all. Dumps older than `keep` are removed. Raises CannotDump.

    Waits for another process that writes there: nobody's upgrade fails because it is four in the morning.
    """
    patient_until = monotonic() + PATIENCE
    while True:
        try:
            with ExitStack() as stack:
                # In a thread, because a network's folder that hangs must not hold up whoever waits for an answer.
                await asyncio.to_thread(stack.enter_context, folder.alone(into))
                return await make_alone(dsn, into, keep=keep, now=now)
        except Busy:
            if monotonic() > patient_until:
                raise
        await asyncio.sleep(0.2)


async def make_alone(dsn: str, into: Path, *, keep: timedelta, now: datetime) -> Dump:
    """The same, for who is alone in the folder already."""
    try:
        await copy_erasures(dsn, into)
        server = await dumping.server_of(dsn)
        folder.sweep(into)
        path = folder.path_for(into, now)
        with folder.whole(path) as part:
            await dumping.dump(server, part)  # pg_dump has it synced; doing so again takes no time
            await dumping.revision_of(part, server)
        gone = folder.forget_old(into, keep, now)
        made = folder.dump_at(path)
    except (CannotRestore, asyncpg.PostgresError, *TRANSIENT) as problem:
        raise CannotDump(f"no backup of {shown(dsn)}: {problem}") from problem
    log.info("backup: made", extra={"file": path.name, "bytes": made.bytes, "removed": len(gone)})
    return made


async def copy_erasures(dsn: str, into: Path) -> None:
    """Let the folder know of everybody the database knows to be erased. Raises BackupError."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        known = await erasures.of_database(connection)
    finally:
        await connection.close()
    await asyncio.to_thread(erasures.copy, known, into)
