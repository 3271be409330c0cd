"""A thousand broken writes to the FAQ's folder of a running product, while people ask it.

python -m benchmarks.broken_writes [--writes 1000] [--seed 1]

A small FAQ, so that a write takes a second and not five. After each write either it is live, or what was live before
answers on and /readyz tells what is wrong with it; then the folder is mended and must be live again.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter

import aiohttp
import asyncpg

from benchmarks.product import ROOT, a_checkout, load
from benchmarks.replicas import Crowd, Replica, a_database, replicas
from faq.snapshot import snapshot_of
from tests.broken_writes import a_mishap, mend

QUESTION = "как пополнить счёт"
PATIENCE = 30.0  # seconds until a write has been seen


class Trial:
    def __init__(self, replica: Replica, http: aiohttp.ClientSession, dsn: str, seed: int) -> None:
        self.counted: Counter[str] = Counter()
        self._replica, self._http, self._dsn = replica, http, dsn
        self._random, self._good = Random(seed), snapshot_of(replica.folder)
        self._crowd = Crowd(http, replica.url, 1)

    async def run(self, writes: int) -> None:
        self._connection = await asyncpg.create_pool(self._dsn, min_size=2, max_size=2)
        answer = await self._crowd.asks(QUESTION)
        asking = asyncio.create_task(self._ask(answer))
        try:
            for number in range(writes):
                await self._one()
                if number % 100 == 99:
                    print(f"{number + 1} writes: {dict(self.counted)}   load {load()}", flush=True)
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            await self._connection.close()

    async def _one(self) -> None:
        folder = self._replica.folder
        kind, path = a_mishap(folder, self._random)
        case = f"{kind}: {path.relative_to(folder)}"
        here = snapshot_of(folder).digest
        if here != self._good.digest or kind in ("loop", "folder instead"):
            live = await self._settled(here, case)
            self.counted["live" if live else "refused"] += 1
        else:
            self.counted["changed nothing"] += 1
        mend(folder, self._good.files)
        await self._healed(case)

    async def _settled(self, digest: str, case: str) -> bool:
        """The write is live; False: it is refused, with a reason that names a file and a line."""
        until = perf_counter() + PATIENCE
        while perf_counter() < until:
            told = await self._replica.told(self._http)
            if told is None:
                raise SystemExit(f"{case}: /readyz does not answer")
            if told["problem"]:
                named = f"{self._replica.folder}/" in told["problem"] and told["findings"] > 0
                self.counted["named"] += named
                if not named:
                    print(f"{case}: refused without a place: {told['problem']}", flush=True)
                return False
            if await self._live() == digest:
                return True
            await asyncio.sleep(0.05)
        raise SystemExit(f"{case}: not seen within {PATIENCE} s")

    async def _healed(self, case: str) -> None:
        until = perf_counter() + PATIENCE
        while perf_counter() < until:
            told = await self._replica.told(self._http)
            if told is not None and not told["problem"] and await self._live() == self._good.digest:
                return
            await asyncio.sleep(0.05)
        raise SystemExit(f"{case}: not healed within {PATIENCE} s")

    async def _live(self) -> str:
        return str(await self._connection.fetchval("SELECT digest FROM faq_edition ORDER BY id DESC LIMIT 1"))

    async def _ask(self, answer: str) -> None:
        """People go on asking; while the good edition serves, they hear its answer."""
        while True:
            before = await self._live()
            said = await self._crowd.asks(QUESTION)
            self.counted["answers"] += 1
            if said != answer and before == await self._live() == self._good.digest:
                self.counted["WRONG ANSWERS"] += 1
            await asyncio.sleep(0.05)


async def _measure(dsn: str, writes: int, seed: int) -> None:
    with a_checkout() as checkout, tempfile.TemporaryDirectory() as name:
        folder = Path(shutil.copytree(ROOT / "tests" / "faq_sample", Path(name, "faq")))
        replica = Replica(checkout, folder, Path(name, "data"), dsn)
        async with aiohttp.ClientSession() as http, replicas(replica):
            trial = Trial(replica, http, dsn, seed)
            began = perf_counter()
            await trial.run(writes)
            print(f"{writes} writes in {perf_counter() - began:.0f} s: {dict(trial.counted)}   load {load()}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.broken_writes")
    options.add_argument("--writes", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with a_database() as database:
        asyncio.run(_measure(database, given.writes, given.seed))
