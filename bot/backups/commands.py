"""`python -m bot db upgrade | backup | restore`: what changes or copies a database as a whole."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from bot.backups import BackupError
from bot.config import Settings

WithDatabase = Callable[[Settings, Callable[[str], Awaitable[int | None]]], int]


def add_commands(actions: Any, with_database: WithDatabase) -> None:
    upgrade = actions.add_parser("upgrade", help="migrate to the code's schema; into BACKUP_DIR before, if set")
    upgrade.set_defaults(run=partial(_run, with_database, _upgrade))
    backup = actions.add_parser("backup", help="copy the database into a folder, while others work with it")
    backup.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="default: BACKUP_DIR")
    backup.set_defaults(run=partial(_run, with_database, _backup))
    restore = actions.add_parser("restore", help="put a backup into an empty database")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="what is in the database now is dropped")
    restore.add_argument(
        "--erased", type=Path, metavar="FOLDER", help="also read there who was erased; default: BACKUP_DIR"
    )
    restore.set_defaults(run=partial(_run, with_database, _restore))


def _run(with_database: WithDatabase, command: Any, settings: Settings, arguments: argparse.Namespace) -> int:
    async def connected(dsn: str) -> int:
        try:
            return int(await command(dsn, settings, arguments) or 0)
        except BackupError as problem:
            words = str(problem)
            print(f"{words[:1].upper()}{words[1:]}", file=sys.stderr)
            return 1

    return with_database(settings, connected)


async def _upgrade(dsn: str, settings: Settings, _arguments: argparse.Namespace) -> None:
    from bot.backups import preparing  # brings Alembic, half a second

    await preparing.upgrade(dsn, settings.backup_dir, keep=settings.backup_keep, now=datetime.now(UTC))
    print("The schema is up to date.")


async def _backup(dsn: str, settings: Settings, arguments: argparse.Namespace) -> int:
    from bot.backups import making

    folder = arguments.folder or settings.backup_dir
    if folder is None:
        print("Where to? Name a folder, or set BACKUP_DIR.", file=sys.stderr)
        return 1
    begun = monotonic()
    made = await making.make(dsn, folder, keep=settings.backup_keep, now=datetime.now(UTC))
    print(f"{made.path}  {made.path.stat().st_size / 1e6:.1f} MB  {monotonic() - begun:.1f} s, read through")
    return 0


async def _restore(dsn: str, settings: Settings, arguments: argparse.Namespace) -> None:
    from bot.backups import restoring

    elsewhere = arguments.erased or settings.backup_dir
    done = await restoring.restore(dsn, arguments.file, also_erased=elsewhere, replace=arguments.replace)
    print(f"Restored: {done.events} events.")
    for table, rows in sorted(done.erased.items()):
        if rows:
            print(f"  erased again: {table:14}{rows}")
    print("Logins and passwords are those of the backup, everybody is logged out: look at `agents list`.")
