"""What every test may ask for: a real PostgreSQL, a database of its own, a real browser."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from bot.postgres import EmbeddedPostgres
from tests.postgres_app import new_folder, running

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from bot.database import Database
    from faq.knowledge import Knowledge
    from tests.world import World

FAQ = Path(__file__).resolve().parent.parent / "faq"
TEMPLATE = "template_bot"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_numbers = count(1)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder outside of the project that every user may enter, unlike pytest's own."""
    with new_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One embedded server for the whole session, outside of the project."""
    with new_folder() as folder, running(folder / "data") as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def migrated(postgres: EmbeddedPostgres) -> str:
    """A database with the schema, no rows of ours, and the mock's people; copied for each test, never opened by one."""
    from bot.database import prepare
    from bot.knowledge import published
    from bot.migrate import upgrade  # half a second to import, for those who need it
    from bot.subscribers_mock import MockSubscribers
    from faq.operator_data import load_operator
    from faq.snapshot import snapshot_of

    await _order(postgres, f"CREATE DATABASE {TEMPLATE}")
    await upgrade(database_of(postgres, TEMPLATE))
    async with asyncpg.create_pool(database_of(postgres, TEMPLATE), min_size=1) as pool:
        await MockSubscribers(pool, load_operator(FAQ / "operator"), lambda: datetime.now(UTC)).prepare()
        async with pool.acquire() as connection, connection.transaction():
            await prepare(connection)
            await published.publish(connection, snapshot_of(FAQ), author="tests")
    return TEMPLATE


@pytest_asyncio.fixture
async def fresh_dsn(postgres: EmbeddedPostgres, migrated: str) -> AsyncIterator[str]:
    """A database of this test's own, with the schema and no rows."""
    name = f"test_{next(_numbers)}"
    # wal_log takes 40 ms where file_copy takes 150 ms, for its two checkpoints.
    await _order(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY wal_log")
    yield database_of(postgres, name)
    for _ in range(50):
        try:
            await _order(postgres, f"DROP DATABASE {name} WITH (FORCE)")
            return
        except asyncpg.InsufficientPrivilegeError:  # autovacuum is in there, and we may not end it
            await asyncio.sleep(0.1)


@pytest.fixture
def fresh_dsns(postgres: EmbeddedPostgres, migrated: str) -> Callable[[], str]:
    """As many databases as asked for, for a test with a loop of its own; the server takes them with it."""

    def one() -> str:
        name = f"test_{next(_numbers)}"
        asyncio.run(_order(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY wal_log"))
        return database_of(postgres, name)

    return one


@pytest_asyncio.fixture
async def db(fresh_dsn: str) -> AsyncIterator[Database]:
    """The core alone, on a database of its own."""
    from bot.database import Database

    database = Database(fresh_dsn)
    await database.open()
    yield database
    await database.close()


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the session; take a context or a page of your own from it."""
    from playwright.async_api import async_playwright  # as above

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        yield browser
        await browser.close()


def browser_path() -> str:
    """CHROMIUM, or what the system has; without one the test fails, because a page nobody opened is not tested."""
    for name in (os.environ.get("CHROMIUM", ""), *BROWSERS):
        if name and (found := shutil.which(name)):
            return found
    pytest.fail("no Chromium: run `apt-get install chromium`, or set CHROMIUM to the path of one", pytrace=False)


def database_of(server: EmbeddedPostgres, name: str) -> str:
    return server.dsn.replace("/bot?", f"/{name}?")


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The FAQ that ships, loaded once."""
    from faq.knowledge import Knowledge

    return Knowledge.load(FAQ)


@pytest_asyncio.fixture
async def world(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """The whole product with both doors open."""
    from tests.world import World

    async with World(fresh_dsn, knowledge) as world:
        yield world


async def _order(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
