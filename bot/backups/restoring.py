"""A backup goes into an empty database, and nobody is served before those who were erased since are erased again.

The file and the mark UNFINISHED go in as one transaction; migrations follow, then the erasures and the end of the mark
as another. Whoever finds the mark must not serve.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bot import migrate
from bot.backups import CannotRestore, dumping, erasures
from bot.backups.erasures import Erasures
from bot.database import Tx, shown
from bot.people import erase

UNFINISHED = "restore_unfinished"

_MARK = f"CREATE TABLE public.{UNFINISHED} ()"
_SCHEMAS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
_TABLES = f"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND {_SCHEMAS}"
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'bot %'
"""
# What extensions brought stays, as does the schema public with the rights somebody gave to it.
_DROP = f"""
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT nspname FROM pg_namespace n WHERE {_SCHEMAS} AND nspname <> 'public' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one.nspname);
  END LOOP;
  FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('DROP TABLE IF EXISTS public.%I CASCADE', one.relname);
  END LOOP;
  FOR one IN SELECT oid::regprocedure AS name FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
  END LOOP;
END $$
"""


@dataclass(frozen=True)
class Restored:
    events: int
    erased: Counter[str]  # rows by table that had come back


async def restore(dsn: str, file: Path, *, also_erased: Path | None = None, replace: bool = False) -> Restored:
    """Into an empty database, or with `replace` instead of what is there. Raises BackupError and has changed nothing.

    Who was erased is read from beside the file, from the folder `also_erased` and from the database that is replaced.
    """
    if not file.is_file():
        raise CannotRestore(f"there is no file {file}")
    server = await dumping.server_of(dsn)
    revision = await dumping.revision_of(file, server)
    if not migrate.knows(revision):
        raise CannotRestore(f"{file} is at revision {revision}, which this version of the product does not know yet")
    folders = {file.parent, also_erased or file.parent}
    noted = erasures.united(*[await asyncio.to_thread(erasures.beside, one) for one in folders])
    noted = erasures.united(noted, await _replaced(dsn, replace))
    await dumping.load(server, file, before=_DROP if replace else "SELECT", after=_MARK)
    await migrate.upgrade(dsn)
    return await _finish(dsn, noted)


async def unfinished(dsn: str) -> bool:
    """Whether a restore stopped before those who were erased were erased again."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    try:
        return await connection.fetchval(f"SELECT to_regclass('public.{UNFINISHED}')") is not None
    finally:
        await connection.close()


async def _replaced(dsn: str, replace: bool) -> Erasures:
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        if await connection.fetchval(_OTHERS):
            raise CannotRestore(f"the product works on {shown(dsn)}: stop it first")
        if not await connection.fetchval(_TABLES):
            return {}
        if not replace:
            raise CannotRestore(f"{shown(dsn)} is not empty: give an empty database, or --replace what is in it")
        return await erasures.of_database(connection)
    finally:
        await connection.close()


async def _finish(dsn: str, noted: Erasures) -> Restored:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        async with connection.transaction():
            erased = await _erase_again(connection, noted)
            # A cookie that was revoked after the backup must not open the desk again.
            await connection.execute("DELETE FROM agent_session")
            await connection.execute(f"DROP TABLE public.{UNFINISHED}")
        rows = await connection.fetchval("SELECT count(*) FROM event")
    finally:
        await connection.close()
    return Restored(int(rows), erased)


async def _erase_again(tx: Tx, noted: Erasures) -> Counter[str]:
    own = await erasures.of_database(tx)
    erased: Counter[str] = Counter()
    for key, some in erasures.united(own, noted).items():
        erased += await erase.again(tx, key, some)
        if key in own:
            await erase.keep(tx, some)
    return erased
