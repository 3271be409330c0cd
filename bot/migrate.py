"""Runs Alembic. Apart from database.py because Alembic costs half a second to import and is needed once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import bot.tables  # noqa: F401  fills SQLModel.metadata
from bot.database import MIGRATION_LOCK, engine_url


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    # Two replicas that start together must not run DDL at once: that ended in a deadlock in trials.
    connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": MIGRATION_LOCK})
    connection.commit()
    try:
        connection.execute(text("SET lock_timeout = '3s'"))
        connection.commit()
        command.upgrade(_config(connection), "head")
        connection.commit()
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": MIGRATION_LOCK})
        connection.commit()


def _is_behind(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() not in (None, head)


def _revision_problem(connection: Connection) -> str | None:
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return None
    return f"the schema is at {current or 'nothing'}, the code needs {head}; run: python -m bot db upgrade"


def _differences(connection: Connection) -> list[str]:
    found = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    return [str(one) for one in found]


async def upgrade(dsn: str) -> None:
    """Forward to the newest revision."""
    engine = create_async_engine(engine_url(dsn))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def check(dsn: str) -> list[str]:
    """What keeps this database from being the code's; empty when nothing does."""
    engine = create_async_engine(engine_url(dsn))
    try:
        async with engine.connect() as connection:
            problem = await connection.run_sync(_revision_problem)
            return [problem] if problem else await connection.run_sync(_differences)
    finally:
        await engine.dispose()


async def is_behind(dsn: str) -> bool:
    """Whether upgrade would change a database that has been used; one that is empty is not behind."""
    engine = create_async_engine(engine_url(dsn))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_is_behind)
    finally:
        await engine.dispose()


def knows(revision: str) -> bool:
    """Whether upgrade can begin at this revision."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}
