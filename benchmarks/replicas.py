"""Replicas as they run in production: `python -m bot run`, one database, an FAQ's folder each; and who asks them."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import IO, Any
from uuid import uuid4

import aiohttp
import jwt

from benchmarks.product import SECRET, Caller, Product
from bot.migrate import upgrade
from bot.postgres import EmbeddedPostgres

KID = "benchmark"
PEOPLE = 6_000  # nobody is asked twice: who was passed on to a human waits, and is told once that words are added
_STARTS_WITHIN = 180.0  # seconds


class Replica(Product):
    """`folder` is its FAQ."""

    def __init__(self, checkout: Path, folder: Path, data: Path, dsn: str) -> None:
        keys = json.dumps({KID: {"alg": "HS256", "key": SECRET}})
        super().__init__(checkout, data, DATABASE_URL=dsn, FAQ_DIR=str(folder), INAPP_KEYS=keys)
        self.folder = folder

    async def start(self) -> float:
        """Seconds until it is ready."""
        began = perf_counter()
        command = (sys.executable, "-m", "bot", "run")
        with tempfile.TemporaryFile() as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=self._checkout, env=self._environment, stdout=log, stderr=log
            )
            return await self._ready(began, log)

    async def _ready(self, began: float, log: IO[bytes]) -> float:
        assert self._process is not None
        async with aiohttp.ClientSession() as http:
            while perf_counter() < began + _STARTS_WITHIN:
                if await self.told(http) is not None:
                    return perf_counter() - began
                if self._process.returncode is not None:
                    break
                await asyncio.sleep(0.2)
            else:
                await self.stop()
        log.seek(0)
        raise RuntimeError(f"the replica does not listen: {log.read()[-2000:].decode()}")

    async def told(self, http: aiohttp.ClientSession) -> dict[str, Any] | None:
        """What /readyz says about the FAQ; None while nobody answers."""
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                found: dict[str, Any] = (await answer.json())["details"]["faq"]
                return found
        except (aiohttp.ClientError, KeyError):
            return None


class Asker(Caller):
    def __init__(self, http: aiohttp.ClientSession, url: str, phone: str) -> None:
        super().__init__(http, url, phone)
        self._phone = phone

    async def asks(self, text: str, cid: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        claims = {"sub": self._phone, "iat": now, "exp": now + timedelta(minutes=5), "lang": "ru"}
        token = jwt.encode(claims, SECRET, algorithm="HS256", headers={"kid": KID})
        self._headers = {"Authorization": f"Bearer {token}"}
        return await super().asks(text, cid)


class Crowd:
    """Asks one replica, each time another person, for one person may send thirty messages a minute."""

    def __init__(self, http: aiohttp.ClientSession, url: str, series: int) -> None:
        self._people = cycle([Asker(http, url, f"+79{series:02}00{n:05}") for n in range(PEOPLE)])

    async def asks(self, text: str) -> str:
        """The bot's words."""
        said: str = (await next(self._people).asks(text, str(uuid4())))["body"]["text"]
        return said


@contextmanager
def a_database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="benchmark-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = EmbeddedPostgres(Path(name) / "data", patience=10)
        server.start()
        try:
            asyncio.run(upgrade(server.dsn))
            yield server.dsn
        finally:
            server.stop()


@asynccontextmanager
async def replicas(*several: Replica) -> AsyncIterator[None]:
    for one in several:  # one after another: the first makes the schema
        await one.start()
    try:
        yield
    finally:
        for one in several:
            await one.stop()
