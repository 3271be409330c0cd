"""Memory of the bot and its embedded PostgreSQL: after the start, after 2,000 messages, while an edit is learned.

    python -m benchmarks.memory [--messages 2000]

PSS: a page that several processes share counts for each by its part, so that the sum is what the machine spends.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from uuid import uuid4

import aiohttp

from benchmarks.crowd import Crowd
from benchmarks.product import Caller, Product, a_checkout, phrases, questions, running
from tests.telegram_server import TelegramServer

AT_ONCE = 6
EACH = 15  # messages of one subscriber; the door takes 20 at once, then one a second
SETTLE = 3.0  # seconds
RATE = 20.0  # messages a second by Telegram
LEARNING_STARTS = 30.0  # seconds after an edit at the latest


@dataclass(frozen=True)
class Memory:
    """Megabytes of PSS, unless said otherwise."""

    bot: float
    database: float
    learner: float
    resident: float  # of the bot, shared pages counted in full

    @property
    def together(self) -> float:
        return self.bot + self.database + self.learner

    @classmethod
    def of(cls, product: Product) -> Memory:
        servers, others = product.children()
        resident = _megabytes(product.pid, "Rss")
        return cls(_megabytes(product.pid), sum(map(_megabytes, servers)), sum(map(_megabytes, others)), resident)

    def show(self, when: str) -> None:
        bot = f"bot {self.bot:.0f} (RSS {self.resident:.0f})"
        others = f"PostgreSQL {self.database:.0f}   learner {self.learner:.0f}"
        print(f"  {when:24} {bot}   {others}   together {self.together:.0f} MB", flush=True)


def _megabytes(pid: int, field: str = "Pss") -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)


async def _by_telegram(checkout: Path, messages: int) -> None:
    with tempfile.TemporaryDirectory() as data:
        async with (
            TelegramServer(flood=False) as telegram,
            running(Product(checkout, Path(data), telegram)) as product,
        ):
            await asyncio.sleep(SETTLE)
            Memory.of(product).show("after the start")
            crowd = Crowd(telegram, 120)
            await crowd.link()
            asked = await crowd.ask(RATE, messages)
            answered = len(await crowd.waits(asked))
            await asyncio.sleep(SETTLE)
            Memory.of(product).show(f"after {answered} answers")


async def _by_app(checkout: Path, messages: int) -> None:
    with tempfile.TemporaryDirectory() as data:
        async with running(Product(checkout, Path(data))) as product, aiohttp.ClientSession() as http:
            await asyncio.sleep(SETTLE)
            Memory.of(product).show("after the start")
            subscribers = iter(range(-(-messages // EACH)))
            await asyncio.gather(*(_talk(http, product, subscribers) for _ in range(AT_ONCE)))
            await asyncio.sleep(SETTLE)
            Memory.of(product).show(f"after {-(-messages // EACH) * EACH} answers")
            await _edit(checkout, product)


async def _talk(http: aiohttp.ClientSession, product: Product, subscribers: Iterator[int]) -> None:
    """One subscriber after another, each with a few questions."""
    for number in subscribers:
        language = "zh" if number % 3 == 2 else "ru"
        caller = Caller(http, product.url, f"+7901{number * 77:07}", language)
        await caller.log_in()
        asking = questions(language, "public", "personal")
        for _ in range(EACH):
            await caller.asks(next(asking), str(uuid4()))


async def _edit(checkout: Path, product: Product) -> None:
    """An editor adds a way to ask; it counts at once, and a process beside the bot learns it."""
    area = checkout / "faq" / "areas" / "balance.yaml"
    head, first, rest = area.read_text(encoding="utf-8").partition("    ru:\n      - ")
    area.write_text(f"{head}{first}{phrases()['edit']}\n      - {rest}", encoding="utf-8")
    peak = Memory.of(product)
    quiet = monotonic() + LEARNING_STARTS
    while monotonic() < quiet:
        now = Memory.of(product)
        quiet = monotonic() + SETTLE if now.learner else quiet
        peak = max(peak, now, key=lambda memory: memory.together)
        await asyncio.sleep(0.2)
    peak.show("while it learns an edit")
    Memory.of(product).show("after that")


async def _measure(messages: int) -> None:
    with a_checkout() as checkout:
        print("Telegram on")
        await _by_telegram(checkout, messages)
        print("Telegram off")
        await _by_app(checkout, messages)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    options.add_argument("--messages", type=int, default=2000)
    asyncio.run(_measure(options.parse_args().messages))
