"""What the bot's start and its memory are made of: one part after another, CPU and PSS that each adds.

    python -m benchmarks.parts

In one process and one after another, so a part that an earlier one has brought along costs nothing here.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

FAQ = Path(__file__).resolve().parent.parent / "faq"


def _imports(*names: str) -> None:
    for name in names:
        importlib.import_module(name)


def _call(module: str, name: str, *arguments: Any) -> Any:
    target: Any = importlib.import_module(module)
    for part in name.split("."):
        target = getattr(target, part)
    return target(*arguments)


PARTS: dict[str, Callable[[], Any]] = {
    "Python's own modules": partial(_imports, "asyncio", "argparse", "json", "logging", "ssl", "email", "http.client"),
    "numpy": partial(_imports, "numpy"),
    "faq's modules": partial(_imports, "faq.knowledge"),
    "pymorphy's dictionary": partial(_call, "faq.russian", "dictionary"),
    "sentence encoder": partial(_call, "faq.encoder", "load_encoder"),
    "catalogue, read and checked": partial(_call, "faq.catalogue", "load_catalogue", FAQ),
    "the rest of the FAQ": partial(_call, "faq.knowledge", "Knowledge.load", FAQ),
    "aiohttp, asyncpg, PyJWT": partial(_imports, "aiohttp.web", "asyncpg", "jwt"),
    "SQLAlchemy, SQLModel, Alembic": partial(_imports, "bot.migrate", "bot.staff.roster"),
    "the bot's modules": partial(_imports, "bot.app"),
    "aiogram and the Telegram door": partial(_imports, "handlers.telegram"),
}


def _megabytes() -> float:
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    kept = []
    before = _megabytes()
    print(f"{'Python':32} {'':8} {before:6.0f} MB")
    for name, work in PARTS.items():
        began = process_time()
        kept.append(work())
        used, now = process_time() - began, _megabytes()
        print(f"{name:32} {used:6.2f} s {now - before:6.0f} MB", flush=True)
        before = now
    print(f"{'together':32} {'':8} {before:6.0f} MB")


if __name__ == "__main__":
    main()
