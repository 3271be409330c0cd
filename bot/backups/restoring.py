"""A backup goes into an empty database, and nobody is served before those who were erased since are erased again.

The file and the table UNFINISHED, which holds the erasures that are due, go in as one transaction; migrations follow,
then the erasures and the end of that table as another. Whoever finds the table has to finish() before serving.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy.exc import DBAPIError

from bot import migrate
from bot.backups import CannotRestore, Unfinished, dumping, erasures
from bot.backups.erasures import Erasures
from bot.database import MIGRATION_LOCK, TRANSIENT, Tx, shown
from bot.people import erase
from bot.people.erase import Erasure

UNFINISHED = "restore_unfinished"
LONGEST = 600.0  # seconds for a statement: erasing reads everybody

_DUE = f"CREATE TABLE IF NOT EXISTS public.{UNFINISHED} (key bytea, who bytea, what text, at timestamptz);\n"
_SCHEMAS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
_TABLES = f"""
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND {_SCHEMAS}
"""
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
    """Into an empty database, or with `replace` instead of what is there. Raises BackupError.

    Who was erased is read from beside the file, from the folder `also_erased` and from the database that is replaced.
    """
    noted = await asyncio.to_thread(_beside, file, also_erased)
    try:
        server = await dumping.server_of(dsn)
        revision = await dumping.revision_of(file, server)
        if not await asyncio.to_thread(migrate.knows, revision):
            raise CannotRestore(f"{file} is at revision {revision}, which this version of the product does not know")
        noted = erasures.united(noted, await _replaced(dsn, replace))
    except (asyncpg.PostgresError, *TRANSIENT) as problem:
        raise CannotRestore(f"{shown(dsn)} takes no backup, nothing was changed: {problem}") from problem
    await dumping.load(server, file, before=_DROP if replace else "SELECT", after=_due(noted))
    try:
        await migrate.upgrade(dsn)
        return await finish(dsn) or Restored(0, Counter())
    except (DBAPIError, asyncpg.PostgresError, *TRANSIENT) as problem:
        cause = type(problem.orig if isinstance(problem, DBAPIError) else problem).__name__
        raise Unfinished(f"{file} is in, but its restore was interrupted ({cause}): run db upgrade") from problem


async def finish(dsn: str) -> Restored | None:
    """Erase again who is due, in a database at the code's schema; None when no restore has begun there."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=LONGEST)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            if not await _has(connection, UNFINISHED):
                return None
            due = await connection.fetch(f"SELECT key, who, what, at FROM {UNFINISHED}")
            erased = await _erase_again(
                connection, erasures.grouped((row["key"], Erasure(row["who"], row["what"], row["at"])) for row in due)
            )
            # A cookie that was revoked after the backup must not open the desk again.
            await connection.execute("DELETE FROM agent_session")
            await connection.execute(f"DROP TABLE {UNFINISHED}")
            return Restored(await connection.fetchval("SELECT count(*) FROM event"), erased)
    finally:
        await connection.close()


async def is_unfinished(dsn: str) -> bool:
    """Whether a restore stopped before those who were erased were erased again."""
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=5)
    try:
        return await _has(connection, UNFINISHED)
    finally:
        await connection.close()


async def catch_up(dsn: str, folder: Path) -> Counter[str]:
    """For a database that somebody put back by other means: erase whom the folder knows to be erased and it does not.

    Raises CannotRestore when the folder cannot be read. The schema must be the code's.
    """
    noted = await asyncio.to_thread(erasures.beside, folder)
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=LONGEST)
    try:
        async with connection.transaction():
            own = await erasures.of_database(connection)
            if all(some <= own.get(key, frozenset()) for key, some in noted.items()):
                return Counter()
            return await _erase_again(connection, noted)
    finally:
        await connection.close()


def _beside(file: Path, also: Path | None) -> Erasures:
    if not file.is_file():
        raise CannotRestore(f"there is no file {file}")
    return erasures.united(erasures.beside(file.parent), erasures.beside(also) if also else {})


async def _replaced(dsn: str, replace: bool) -> Erasures:
    connection = await asyncpg.connect(dsn, timeout=5, command_timeout=60)
    try:
        if await connection.fetchval(_OTHERS):
            raise CannotRestore(f"the product works on {shown(dsn)}: stop it first")
        if not await connection.fetchval(_TABLES):
            return {}
        if not replace and await _has(connection, UNFINISHED):
            raise CannotRestore(f"a restore into {shown(dsn)} was interrupted: end it by db upgrade, or --replace it")
        if not replace:
            raise CannotRestore(f"{shown(dsn)} is not empty: give an empty database, or --replace what is in it")
        return await erasures.of_database(connection)
    finally:
        await connection.close()


def _due(noted: Erasures) -> bytes:
    rows = [
        f"INSERT INTO public.{UNFINISHED} VALUES "
        f"('\\x{key.hex()}', '\\x{one.who.hex()}', '{one.what}', '{one.at.isoformat()}');\n"
        for key, some in noted.items()
        for one in some
    ]
    return "".join([_DUE, *rows]).encode()


async def _has(tx: Tx, table: str) -> bool:
    return await tx.fetchval("SELECT to_regclass($1)", f"public.{table}") is not None


async def _erase_again(tx: Tx, noted: Erasures) -> Counter[str]:
    own = await erasures.of_database(tx)
    erased: Counter[str] = Counter()
    for key, some in erasures.united(own, noted).items():
        erased += await erase.again(tx, key, some)
        if key in own:
            await erase.keep(tx, some)
    return erased
