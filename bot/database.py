"""PostgreSQL: the pool, transactions, wake-ups and migrations.

The hot path is asyncpg with hand-written SQL: 0.15-0.4 ms of client CPU a transaction, against 2.0-2.5 ms by ORM.
NOTIFY only wakes; whoever listens also polls, so that a lost one costs a second and never a message.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import asyncpg
from prometheus_client import Histogram

log = logging.getLogger(__name__)

_waited = Histogram(
    "bot_database_wait_seconds",
    "How long a transaction waited for a connection",
    buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 1, 3),
)

CHANNEL = "bot_bell"
# NOTIFY takes a lock over all commits; one per process and 20 ms keeps it out of the way (measured: -55 % without).
NOTIFY_EVERY = 0.02
MIGRATION_LOCK = 7_315_001

# What a database that is away, restarting or overloaded raises; everything here is worth another try.
TRANSIENT: tuple[type[BaseException], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    ConnectionError,
    OSError,
    TimeoutError,
)

Tx: TypeAlias = asyncpg.Connection


class Ear:
    """Collects the names rung since the last wait; leave it with `with`."""

    def __init__(self, bell: Bell, names: tuple[str, ...]) -> None:
        self._bell, self._names = bell, names
        self._rung: set[str] = set()
        self._event = asyncio.Event()

    def __enter__(self) -> Ear:
        for name in self._names:
            self._bell.ears.setdefault(name, set()).add(self)
        return self

    def __exit__(self, *exc: object) -> None:
        for name in self._names:
            ears = self._bell.ears.get(name, set())
            ears.discard(self)
            if not ears:
                self._bell.ears.pop(name, None)

    def also(self, name: str) -> None:
        """Listen to one more name, from inside the `with`."""
        self._names = (*self._names, name)
        self._bell.ears.setdefault(name, set()).add(self)

    def without(self, name: str) -> None:
        self._names = tuple(known for known in self._names if known != name)
        self._bell.ears.get(name, set()).discard(self)

    def hear(self, name: str) -> None:
        self._rung.add(name)
        self._event.set()

    async def wait(self, seconds: float) -> set[str]:
        """The names rung, as soon as there is one; an empty set when the time is over."""
        try:
            # Not wait_for: in Python 3.11 it can swallow a cancellation that meets the event, and nobody would stop.
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return set()
        self._event.clear()
        rung, self._rung = self._rung, set()
        return rung


class Bell:
    """Wake-ups between the parts of this process, at once, and between processes, by a coalesced NOTIFY."""

    def __init__(self) -> None:
        self.ears: dict[str, set[Ear]] = {}
        self.outward: set[str] = set()
        self.pressed = asyncio.Event()

    def ring(self, *names: str) -> None:
        """Call after the commit: whoever listens here wakes now, other processes within NOTIFY_EVERY."""
        self.sound(names)
        self.outward.update(names)
        self.pressed.set()

    def sound(self, names: tuple[str, ...] | list[str]) -> None:
        """What stands behind a `|` is news for whoever listens to the part before it."""
        for name in names:
            for ear in tuple(self.ears.get(name.partition("|")[0], ())):
                ear.hear(name)

    def sound_all(self) -> None:
        """After a lost connection nobody knows what was missed."""
        self.sound(list(self.ears))

    def listen(self, *names: str) -> Ear:
        return Ear(self, names)


class Database:
    """The pool and the bell; made once by app.py. `owner` marks the leases of this process."""

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        self.dsn = dsn
        self.owner = uuid4().hex[:12]
        self.bell = Bell()
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None

    @property
    def pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=2,
            max_size=self._pool_size,
            command_timeout=10,
            timeout=5,
            init=prepare,
            server_settings={"application_name": f"bot {self.owner}"},
        )

    async def close(self) -> None:
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except TimeoutError:
                self._pool.terminate()
            self._pool = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """One transaction; nothing on the network is awaited inside it."""
        began = perf_counter()
        async with self.pool.acquire(timeout=5) as connection:
            _waited.observe(perf_counter() - began)
            async with connection.transaction():
                yield connection

    async def ping(self) -> None:
        await asyncio.wait_for(self.pool.fetchval("SELECT 1"), 1)

    async def carry_bells(self) -> None:
        """Supervised for ever: send our rings to the other processes and theirs to our ears."""
        while True:
            try:
                connection = await asyncpg.connect(self.dsn, timeout=5, command_timeout=5)
            except TRANSIENT:
                await asyncio.sleep(1)
                continue
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            try:
                await connection.add_listener(CHANNEL, self._from_outside)
                self.bell.sound_all()
                await self._carry_until(connection, lost)
            except TRANSIENT as problem:
                log.warning("bell: connection lost", extra={"cause": type(problem).__name__})
            finally:
                connection.terminate()

    async def _carry_until(self, connection: asyncpg.Connection, lost: asyncio.Event) -> None:
        while not lost.is_set():
            pressed = asyncio.ensure_future(self.bell.pressed.wait())
            gone = asyncio.ensure_future(lost.wait())
            try:
                await asyncio.wait({pressed, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                pressed.cancel()
                gone.cancel()
            await asyncio.sleep(NOTIFY_EVERY)
            self.bell.pressed.clear()
            names, self.bell.outward = sorted(self.bell.outward), set()
            for some in (names[i : i + 80] for i in range(0, len(names), 80)):  # a payload holds less than 8000 bytes
                payload = json.dumps([self.owner, some])
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)

    def _from_outside(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        owner, names = json.loads(str(payload))
        if owner != self.owner:
            self.bell.sound(names)


async def prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=_to_json, decoder=json.loads, schema="pg_catalog")


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def engine_url(dsn: str) -> str:
    """The same database for SQLAlchemy: it must name its driver, and takes a socket folder as a query."""
    scheme, _, rest = dsn.partition("://")
    if scheme not in ("postgresql", "postgres"):
        raise ValueError("not a PostgreSQL address")
    return f"postgresql+asyncpg://{rest}"


def shown(dsn: str) -> str:
    """The address without its password, for people and logs."""
    parts = urlsplit(dsn)
    return f"{parts.hostname or parse_qs(parts.query).get('host', ['?'])[0]}{parts.path}"
