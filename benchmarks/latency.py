"""From "the update goes to the webhook" to "sendMessage arrives at Telegram", under an even load by many people.

python -m benchmarks.latency [--rate 20] [--seconds 60] [--people 120]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

import aiohttp

from benchmarks.crowd import Asked, Crowd
from benchmarks.product import Product, a_checkout, load, running
from tests.telegram_server import TelegramServer


def _stages(before: dict[tuple[str, ...], float], after: dict[tuple[str, ...], float]) -> dict[str, float]:
    """Mean milliseconds of what the product itself measures."""
    wanted = {
        "webhook": ("bot_http_seconds", "POST", "/telegram/webhook", "200"),
        **{stage: ("bot_turn_seconds", stage) for stage in ("wait", "hear", "decide", "write")},
        "send": ("bot_send_seconds", "telegram"),
    }
    means = {}
    for name, (metric, *labels) in wanted.items():
        seconds, count = (
            after.get((f"{metric}_{part}", *labels), 0.0) - before.get((f"{metric}_{part}", *labels), 0.0)
            for part in ("sum", "count")
        )
        means[name] = 1000 * seconds / max(count, 1)
    return means


def _report(asked: list[Asked], waits: list[float]) -> None:
    def percentile(share: float) -> float:
        return 1000 * waits[min(len(waits) - 1, int(share * len(waits)))]

    print(f"p50 {percentile(0.50):.0f} ms   p95 {percentile(0.95):.0f} ms   p99 {percentile(0.99):.0f} ms", end="   ")
    print(f"max {percentile(1):.0f} ms   lost {len(asked) - len(waits)} of {len(asked)}")
    print(f"questions were written at most {1000 * max(one.late for one in asked):.0f} ms behind their plan")


async def _measure(rate: float, seconds: float, size: int) -> None:
    with a_checkout() as checkout, tempfile.TemporaryDirectory() as data:
        async with (
            TelegramServer(flood=False) as telegram,
            running(Product(checkout, Path(data), telegram)) as product,
            aiohttp.ClientSession() as http,
        ):
            crowd = Crowd(telegram, size)
            await crowd.link()
            print(f"load before: {load()}")
            metrics, cpu = await product.metrics(http), product.cpu_seconds()
            asked = await crowd.ask(rate, int(rate * seconds))
            waits = await crowd.waits(asked)
            used = [1000 * (now - then) / len(asked) for now, then in zip(product.cpu_seconds(), cpu, strict=True)]
            later = await product.metrics(http)
            _report(asked, waits)
            means = _stages(metrics, later)
            print("mean ms:", "   ".join(f"{stage} {mean:.1f}" for stage, mean in means.items()), end="   ")
            print(f"all {1000 * sum(waits) / len(waits):.1f}")
            print(f"CPU a message: bot {used[0]:.1f} ms, database {used[1]:.1f} ms")
            queue = later["bot_waiting", "queue"]
            print(f"given to people {queue:.0f}, calls that Telegram refused {len(telegram.refused)}")
            print(f"load after: {load()}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.latency")
    options.add_argument("--rate", type=float, default=20, help="messages a second")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--people", type=int, default=120)
    chosen = options.parse_args()
    asyncio.run(_measure(chosen.rate, chosen.seconds, chosen.people))
