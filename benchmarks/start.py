"""From `python -m bot demo` to the first answer in the app: cold, with a new database, and once more.

python -m benchmarks.start [--times 3]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import aiohttp

from benchmarks.product import Caller, Product, a_checkout, load, questions

PHONE = "+79000000001"


async def _start(what: str, checkout: Path, data: Path) -> None:
    product = Product(checkout, data)
    began = perf_counter()
    listens = await product.start()
    try:
        async with aiohttp.ClientSession() as http:
            caller = Caller(http, product.url, PHONE)
            await caller.log_in()
            await caller.asks(next(questions("ru", "personal")), str(uuid4()))
        answered = perf_counter() - began
        bot, database = product.cpu_seconds()
    finally:
        await product.stop()
    print(f"{what:34} listens {listens:5.1f} s   first answer {answered:5.1f} s", end="   ")
    print(f"CPU: bot {bot:.1f} s, database {database:.1f} s   load {load()}", flush=True)


async def _measure(times: int) -> None:
    with a_checkout(cold=True) as checkout, tempfile.TemporaryDirectory() as folder:
        await _start("nothing there, FAQ to be learned", checkout, Path(folder, "cold"))
        for number in range(times):
            data = Path(folder, str(number))
            await _start("FAQ learned, new database", checkout, data)
            await _start("FAQ learned, database there", checkout, data)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.start")
    options.add_argument("--times", type=int, default=3)
    asyncio.run(_measure(options.parse_args().times))
