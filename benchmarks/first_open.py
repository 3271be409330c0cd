"""What a phone loads and how soon it can write: /chat.js and /chat at 4x CPU, 1.6 Mbit/s and 150 ms, as Chromium does.

    python -m benchmarks.first_open [--times 3]

Also a chat with a thousand messages: when its newest page is on the screen. Nothing is cached; weights are what went
over the wire, headers included, by the browser's own network log.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import asyncpg
from playwright.async_api import Browser, async_playwright

from benchmarks.product import Product, a_checkout, load, running
from tests.conftest import QUIET, browser_path
from tests.postgres_app import new_folder
from tests.postgres_app import running as postgres_in

PHONE = {"width": 390, "height": 844}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
ANNA, LONG = "+79000000001", "+79000000004"
# Written down by the page itself: what is asked of it over the wire is slowed down, too.
WATCH = """
    window.seen = {};
    new MutationObserver(() => {
        for (const what of %s) {
            if (what in window.seen || !document.querySelector(what)) continue;
            window.seen[what] = 0;
            requestAnimationFrame(() => { window.seen[what] = performance.now(); });
        }
    }).observe(document, { childList: true, subtree: true });
"""
TASKS = """
    window.tasks = [];
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.tasks.push(one.duration);
    }).observe({ type: 'longtask', buffered: true });
"""
FIELD = "textarea"
_HISTORY = """
    WITH moved AS (UPDATE conversation SET head = 1000, tail = 1000 WHERE contact_id =
                     (SELECT id FROM contact WHERE channel = 'inapp' AND address = $1) RETURNING id)
    INSERT INTO event (conversation_id, n, seq, kind, author_kind, body)
    SELECT id, n, n, 'msg', CASE n % 2 WHEN 0 THEN 'bot' ELSE 'user' END,
           jsonb_build_object('text', 'message ' || n || repeat(', and so on', n % 12))
      FROM moved, generate_series(1, 1000) n
"""


@dataclass(frozen=True)
class Opened:
    kib: float
    requests: int
    ready: float  # ms, until one can write
    shown: float  # ms, until what was said is there
    longest: float  # ms, the longest task


async def _token(http: aiohttp.ClientSession, product: Product, phone: str) -> str:
    body, headers = {"phone": phone, "language": "ru"}, {"Origin": product.url}
    async with http.post(f"{product.url}/api/demo/token", json=body, headers=headers) as answer:
        answer.raise_for_status()
        return str((await answer.json())["token"])


async def _open(browser: Browser, address: str, until: str) -> Opened:
    context = await browser.new_context(viewport=PHONE)
    page = await context.new_page()
    await page.add_init_script(WATCH % json.dumps([FIELD, until]))
    await page.add_init_script(TASKS)
    devtools = await context.new_cdp_session(page)
    weights: list[float] = []
    devtools.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", LINE)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(address)
    await page.wait_for_function("(what) => what.every((one) => window.seen[one] > 0)", arg=[FIELD, until])
    seen = await page.evaluate("() => window.seen")
    longest = max(await page.evaluate("() => [0, ...window.tasks]"))
    await context.close()
    return Opened(sum(weights) / 1024, len(weights), seen[FIELD], seen[until], longest)


def _show(name: str, found: list[Opened]) -> None:
    ready, shown, longest = (median(getattr(each, part) for each in found) for part in ("ready", "shown", "longest"))
    weight = f"{found[0].kib:.1f} KiB in {found[0].requests} requests"
    print(
        f"  {name:24} {weight}   ready {ready:.0f} ms   shown {shown:.0f} ms   longest task {longest:.0f} ms",
        flush=True,
    )


async def _measure(times: int) -> None:
    async with AsyncExitStack() as stack:
        checkout = stack.enter_context(a_checkout())
        data = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(postgres_in(stack.enter_context(new_folder()) / "data"))
        product = await stack.enter_async_context(running(Product(checkout, Path(data), DATABASE_URL=server.dsn)))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        async with http.get(
            f"{product.url}/chat.js", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
        ) as got:
            print(f"load before: {load()}\n  /chat.js {len(await got.read()) / 1024:.1f} KiB", flush=True)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=QUIET)
        for name, phone, until in (
            ("/chat, nothing said yet", ANNA, ".suggested button"),
            ("/chat, 1,000 messages", LONG, ".row .said"),
        ):
            token = await _token(http, product, phone)
            if phone == LONG:
                async with http.get(
                    f"{product.url}/api/v1/events?last=1", headers={"Authorization": f"Bearer {token}"}
                ) as made:
                    made.raise_for_status()
                await _write_history(server.dsn)
            address = f"{product.url}/chat?lang=ru#token={token}"
            _show(name, [await _open(browser, address, until) for _ in range(times)])
        print(f"load after: {load()}")
        await browser.close()


async def _write_history(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_HISTORY, LONG)
    finally:
        await connection.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.first_open")
    options.add_argument("--times", type=int, default=3)
    asyncio.run(_measure(options.parse_args().times))
