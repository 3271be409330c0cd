"""Open chats on one process: what 2,000 that say nothing cost, and how soon all of them have a word said to all.

    python -m benchmarks.sockets [--sockets 2000]

The word is written by another client of the same database, as a second replica would: one transaction, one NOTIFY.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import aiohttp
import asyncpg
import jwt

from benchmarks.memory import Memory
from benchmarks.product import Product, a_checkout, load, running
from bot.database import CHANNEL
from tests.postgres_app import new_folder
from tests.postgres_app import running as postgres_in

KEY = "benchmark-inapp-key-0123456789-abcdefgh"
AT_ONCE = 50
SETTLE = 5.0
IDLE = 16.0  # seconds; a chat looks for lost wake-ups every 15
PATIENCE = 30.0
ROUNDS = 3
NOTIFIED = 200  # names in one NOTIFY, whose payload is 8,000 bytes at most

# As transcript.append does for one: the next number of each conversation, and the event under it.
_SAY_TO_ALL = """
    WITH numbered AS (UPDATE conversation SET head = head + 1, tail = tail + 1
                       WHERE contact_id IN (SELECT id FROM contact WHERE channel = 'inapp' AND address LIKE '+7901%')
                   RETURNING id, head, tail)
    INSERT INTO event (conversation_id, n, seq, kind, author_kind, body)
    SELECT id, tail, head, 'msg', 'system', jsonb_build_object('text', $1::text) FROM numbered RETURNING conversation_id
"""


@dataclass
class OpenChat:
    socket: aiohttp.ClientWebSocketResponse
    heard: dict[str, float]  # text -> when
    listening: asyncio.Task[None] | None = None  # from the first moment: it also answers the server's pings

    async def listen(self) -> None:
        async for frame in self.socket:
            if frame.type is aiohttp.WSMsgType.TEXT and '"batch"' in frame.data:
                now = perf_counter()
                for event in json.loads(frame.data)["items"]:
                    self.heard.setdefault(event["body"].get("text", ""), now)


async def _open(http: aiohttp.ClientSession, url: str, number: int) -> OpenChat:
    now = int(time.time())
    claims = {"sub": f"+7901{number * 77:07}", "iat": now, "exp": now + 600, "lang": "ru"}
    token = jwt.encode(claims, KEY, algorithm="HS256", headers={"kid": "demo"})
    socket = await http.ws_connect(f"{url}/ws/v1?as=chat", max_msg_size=0, compress=15)  # as browsers offer
    await socket.send_json({"t": "hello", "v": 1, "token": token})
    frame = await asyncio.wait_for(socket.receive_json(), PATIENCE)
    if frame["t"] != "ready":
        raise SystemExit(f"not greeted: {frame}")
    chat = OpenChat(socket, {})
    chat.listening = asyncio.create_task(chat.listen())
    return chat


async def _open_all(http: aiohttp.ClientSession, url: str, count: int) -> list[OpenChat]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> OpenChat:
        async with gate:
            return await _open(http, url, number)

    return await asyncio.gather(*map(one, range(count)))


async def _say_to_all(dsn: str, text: str) -> float:
    """When it was committed."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            told = [row["conversation_id"] for row in await connection.fetch(_SAY_TO_ALL, text)]
        committed = perf_counter()
        for start in range(0, len(told), NOTIFIED):
            names = [f"conversation:{one}" for one in told[start : start + NOTIFIED]]
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, _ring(names))
        return committed
    finally:
        await connection.close()


def _ring(names: list[str]) -> str:
    """As database.py carries the bells of one process to the others."""
    return json.dumps(["benchmark", names])


async def _until_heard(chats: list[OpenChat], text: str) -> None:
    for _ in range(int(PATIENCE * 10)):
        if all(text in chat.heard for chat in chats):
            return
        await asyncio.sleep(0.1)


def _show(name: str, times: list[float], wanted: int) -> None:
    times.sort()
    p50, p95, last = (1000 * times[int(share * (len(times) - 1))] for share in (0.5, 0.95, 1))
    print(
        f"  {name}: p50 {p50:.0f} ms   p95 {p95:.0f} ms   last {last:.0f} ms   missed {wanted - len(times)}", flush=True
    )


async def _measure(count: int) -> None:
    async with AsyncExitStack() as stack:
        checkout = stack.enter_context(a_checkout())
        data = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(postgres_in(stack.enter_context(new_folder()) / "data"))
        settings = {"DATABASE_URL": server.dsn, "DEMO_INAPP_KEY": KEY}
        product = await stack.enter_async_context(running(Product(checkout, Path(data), **settings)))
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        print(f"load before: {load()}", flush=True)
        await _open(http, product.url, count)  # what the first one costs is not the others' price
        await asyncio.sleep(SETTLE)
        chats = await _many(http, product, count)
        for number in range(ROUNDS):
            text, cpu = f"word {number}", product.cpu_seconds()[0]
            committed = await _say_to_all(server.dsn, text)
            await _until_heard(chats, text)
            _show("a word to all", [one.heard[text] - committed for one in chats if text in one.heard], count)
            print(f"    CPU of the bot: {product.cpu_seconds()[0] - cpu:.2f} s", flush=True)
            await asyncio.sleep(SETTLE)
        Memory.of(product).show("after that")
        print(f"load after: {load()}")
        await asyncio.gather(*(chat.socket.close() for chat in chats))


async def _many(http: aiohttp.ClientSession, product: Product, count: int) -> list[OpenChat]:
    """Opened, and what they cost while nothing is said."""
    before = Memory.of(product)
    before.show("one socket")
    began = perf_counter()
    chats = await _open_all(http, product.url, count)
    print(f"  {count} opened in {perf_counter() - began:.1f} s", flush=True)
    await asyncio.sleep(SETTLE)
    after = Memory.of(product)
    after.show(f"{count} sockets")
    cpu = product.cpu_seconds()[0]
    await asyncio.sleep(IDLE)
    idle = (product.cpu_seconds()[0] - cpu) / IDLE
    more = after.bot - before.bot
    print(f"  {more:.0f} MB more, {1024 * more / count:.0f} KiB a socket   idle: {idle:.2f} of a core", flush=True)
    return chats


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.sockets")
    options.add_argument("--sockets", type=int, default=2000)
    asyncio.run(_measure(options.parse_args().sockets))
