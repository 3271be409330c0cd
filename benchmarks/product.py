"""The product as its own process, started from a copy of the checkout and looked at from outside.

A copy, because an edit of the FAQ or of the code meanwhile would be part of the figure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.telegram_server import TOKEN, TelegramServer

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("bot", "faq", "handlers", "locales")
SECRET = "benchmark-secret-0123456789-abcdefgh"
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def a_checkout(*, cold: bool = False) -> Iterator[Path]:
    """A copy of what runs, with caches or, `cold`, without any: no learned FAQ, no compiled Python of ours."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        copy = Path(name)
        parts = (*PARTS, *(() if cold else (".cache",)))
        for part in parts:
            if (ROOT / part).is_dir():
                ignored = shutil.ignore_patterns("__pycache__") if cold else None
                shutil.copytree(ROOT / part, copy / part, ignore=ignored)
        yield copy


class Product:
    """`python -m bot demo` with an embedded PostgreSQL in `data`; with `telegram`, updates come by webhook."""

    def __init__(self, checkout: Path, data: Path, telegram: TelegramServer | None = None, **settings: str) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._checkout = checkout
        self._environment = {
            **os.environ,
            "DATABASE_URL": "",
            "DATA_DIR": str(data),
            "HTTP_PORT": str(port),
            "PUBLIC_URL": self.url,
            "TELEGRAM_TOKEN": TOKEN if telegram else "",
            "TELEGRAM_API_URL": telegram.url if telegram else "",
            "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": SECRET,
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Seconds from exec until it says where it listens."""
        began = perf_counter()
        command = (sys.executable, "-m", "bot", "demo")
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=self._checkout, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if b"/demo" in line:
                return perf_counter() - began
        raise RuntimeError(f"the product ended with {await self._process.wait()} instead of starting")

    async def stop(self) -> None:
        """Raises RuntimeError if it ended before it was asked to: what was measured is worth nothing then."""
        assert self._process is not None
        if self._process.returncode is not None:
            raise RuntimeError(f"the product ended with {self._process.returncode} in the middle")
        self._process.send_signal(signal.SIGTERM)
        await self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def children(self) -> tuple[list[int], list[int]]:
        """Processes below the bot: the embedded server with its own, and whatever else (learning the FAQ)."""
        parents: dict[int, int] = {}
        servers: list[int] = []
        others: list[int] = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                parents[int(stat.parent.name)] = int(_after_name(stat)[1])
        for pid in parents:
            above = pid
            while above in parents and above != self.pid:
                above = parents[above]
            if above == self.pid != pid:
                (servers if _name(pid) == "postgres" else others).append(pid)
        return servers, others

    def cpu_seconds(self) -> tuple[float, float]:
        """(bot, database) so far; of the server's children that have ended, too."""
        bot = _after_name(Path(f"/proc/{self.pid}/stat"))[11:13]
        database = [_after_name(Path(f"/proc/{pid}/stat"))[11:15] for pid in self.children()[0]]
        return sum(map(int, bot)) / TICK, sum(int(ticks) for one in database for ticks in one) / TICK

    async def metrics(self, http: aiohttp.ClientSession) -> dict[tuple[str, ...], float]:
        """(sample, values of its labels) -> value."""
        async with http.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        families = text_string_to_metric_families(text)
        return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


@asynccontextmanager
async def running(product: Product) -> AsyncIterator[Product]:
    await product.start()
    try:
        yield product
    finally:
        await product.stop()


class Caller:
    """A subscriber of the demo's app, over plain HTTP."""

    def __init__(self, http: aiohttp.ClientSession, url: str, phone: str, language: str = "ru") -> None:
        self._http, self._url, self._who = http, url, {"phone": phone, "language": language}
        self._headers: dict[str, str] = {}
        self._seen = 0

    async def log_in(self) -> None:
        as_page = {"Origin": self._url}
        async with self._http.post(f"{self._url}/api/demo/token", json=self._who, headers=as_page) as answer:
            answer.raise_for_status()
            self._headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}

    async def says(self, text: str, cid: str) -> None:
        """Send; returns when it is kept."""
        body = {"cid": cid, "text": text}
        async with self._http.post(f"{self._url}/api/v1/send", json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            self._seen = (await answer.json())["seq"]

    async def asks(self, text: str, cid: str) -> dict[str, Any]:
        """Send, and wait for the bot's answer."""
        await self.says(text, cid)
        while True:
            after = {"after": str(self._seen)}
            async with self._http.get(f"{self._url}/api/v1/events", params=after, headers=self._headers) as answer:
                answer.raise_for_status()
                events: list[dict[str, Any]] = (await answer.json())["events"]
            for event in events:
                self._seen = event["seq"]
                if event["from"]["kind"] == "bot":
                    return event


def phrases() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))
    return read


def questions(language: str, *kinds: str) -> Iterator[str]:
    """For ever, in turn, each time with another place or tariff in it."""
    table = phrases()
    places, tariffs = cycle(table["places"][language]), cycle(table["tariffs"][language])
    for text in cycle([text for kind in kinds for text in table[language][kind]]):
        if "{place}" in text:
            text = text.replace("{place}", next(places))
        yield text.replace("{tariff}", next(tariffs)) if "{tariff}" in text else text


def load() -> str:
    """For the reader of a figure: what else this machine was doing in the last minute."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _name(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _after_name(stat: Path) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the name before them may contain anything."""
    return stat.read_text().rpartition(")")[2].split()
