"""From a write to the FAQ's folder until people hear it: two replicas, each with a folder, one database.

python -m benchmarks.edits [--times 8]

One replica's folder is edited; the other one's is not, it follows by the database. Both are asked all the time, and
whatever is neither the old answer nor the new one is counted as torn.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from time import perf_counter

import aiohttp

from benchmarks.product import a_checkout, load
from benchmarks.replicas import Crowd, Replica, a_database, replicas

PATIENCE = 60.0  # seconds
MARKS = ["".join(letters) for letters in product("бвгджз", repeat=3)]  # words that nobody has written
TOPUP = "Быстрее всего картой или по СБП"


@dataclass(frozen=True)
class Kind:
    """`edit` writes the folder with a mark of this round in it; then the answer to `question` holds `expected`."""

    name: str
    edit: Callable[[Path, str, int], None]
    question: Callable[[str], str]
    expected: Callable[[str, int], str]


def _answer(folder: Path, mark: str, _round: int) -> None:
    _write(folder / "areas" / "account.yaml", TOPUP, f"{TOPUP} и {mark}")


def _phrases(folder: Path, mark: str, _round: int) -> None:
    words = ("раз", "два", "три", "четыре", "пять", "шесть", "семь")
    rows = "".join(f"    - подскажи {mark} кракозябру {word}\n" for word in words)
    rows += "".join(f"    - {mark} кракозябру {word} надо\n" for word in words[:3])
    (folder / "phrases" / "benchmark.yaml").write_text(f"topup:\n  ru:\n{rows}", encoding="utf-8")


def _price(folder: Path, _mark: str, number: int) -> None:
    _write(folder / "operator" / "tariffs.yaml", "fee: 550\n", f"fee: {551 + number}\n")


# New phrases last: they are learned in the background for half a minute.
KINDS = (
    Kind("text of an answer", _answer, lambda _mark: "пополнить счёт", lambda mark, _n: f"и {mark}"),
    Kind("a price", _price, lambda _mark: "сколько стоит тариф байкал", lambda _mark, n: f"{551 + n}"),
    Kind("ten new phrases", _phrases, lambda mark: f"подскажи {mark} кракозябру раз", lambda _mark, _n: TOPUP),
)
_original: dict[Path, str] = {}


def _write(path: Path, old: str, new: str) -> None:
    """`old` of the file as it was at first becomes `new`."""
    text = _original.setdefault(path, path.read_text(encoding="utf-8"))
    if old not in text:
        raise SystemExit(f"{path.name} has no {old!r} any more: the benchmark is to be mended")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def _heard(crowd: Crowd, question: str, expected: str, began: float) -> tuple[float, set[str]]:
    """Seconds until it is answered as expected, and what was answered until then."""
    before: set[str] = set()
    while perf_counter() < began + PATIENCE:
        said = await crowd.asks(question)
        if expected in said:
            return perf_counter() - began, before
        before.add(said)
    raise SystemExit(f"not heard within {PATIENCE} s: {question}")


async def _measure(dsn: str, times: int) -> None:
    with a_checkout() as checkout, tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        several = [
            Replica(checkout, Path(shutil.copytree(checkout / "faq", desk / f"faq-{n}")), desk / f"data-{n}", dsn)
            for n in "ab"
        ]
        async with aiohttp.ClientSession() as http, replicas(*several):
            crowds = [Crowd(http, one.url, number) for number, one in enumerate(several, start=1)]
            marks, torn = iter(MARKS), 0
            for kind in KINDS:
                took: tuple[list[float], ...] = ([], [])
                for number in range(times):
                    mark = next(marks)
                    began = perf_counter()
                    kind.edit(several[0].folder, mark, number)
                    question, expected = kind.question(mark), kind.expected(mark, number)
                    found = await asyncio.gather(*(_heard(crowd, question, expected, began) for crowd in crowds))
                    for seconds, (spent, before) in zip(took, found, strict=True):
                        seconds.append(spent)
                        torn += len(before) > 1
                    await asyncio.sleep(1.0)
                for name, seconds in zip(("edited", "other"), took, strict=True):
                    print(f"{kind.name:18} {name:7} {_shown(seconds)}", flush=True)
            print(f"torn {torn}   load {load()}")


def _shown(seconds: list[float]) -> str:
    ranked = sorted(seconds)
    high = ranked[min(len(ranked) - 1, round(0.95 * len(ranked)))]
    return f"p50 {statistics.median(ranked):5.2f} s   p95 {high:5.2f} s   most {ranked[-1]:5.2f} s   of {len(ranked)}"


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.edits")
    options.add_argument("--times", type=int, default=8)
    with a_database() as database:
        asyncio.run(_measure(database, options.parse_args().times))
