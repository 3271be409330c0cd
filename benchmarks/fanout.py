"""From "a subscriber's message is sent" to "the agent's desk has it": 100 desks open, 50 messages a second.

    python -m benchmarks.fanout [--agents 100] [--rate 50] [--seconds 30] [--claims 1000]

Every agent holds one chat over a WebSocket that is cut every 5 to 20 s and resumes by number. Missed and doubled are
counted by the numbers of the desk's events. With --claims, eight agents first race for each of that many waiting chats.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import aiohttp

from benchmarks.product import Caller, Product, a_checkout, load, running

PASSWORD = "benchmark-pass-1"
CUT_AFTER = (5.0, 20.0)  # seconds
RACERS = 8
AT_ONCE = 10
SETTLE = 3.0


@dataclass
class Desk:
    """One agent: a session, one chat, a socket that comes and goes, the numbers it has seen."""

    http: aiohttp.ClientSession
    url: str
    login: str
    conversation: int = 0
    last: int = 0
    numbers: Counter[int] = field(default_factory=Counter)
    heard: dict[str, float] = field(default_factory=dict)  # text -> when
    cuts: int = 0

    async def log_in(self) -> None:
        await self.post("login", login=self.login, password=PASSWORD)
        await self.post("presence", state="online")

    async def post(self, path: str, **body: object) -> tuple[int, dict[str, object]]:
        headers = {"Origin": self.url}
        async with self.http.post(f"{self.url}/api/v1/agent/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else {}

    async def listen(self, until: asyncio.Event, chance: random.Random) -> None:
        while not until.is_set():
            async with self.http.ws_connect(f"{self.url}/ws/v1", headers={"Origin": self.url}) as socket:
                subs = [{"conv": self.conversation, "after": self.last}]
                await socket.send_json({"t": "hello", "v": 1, "subs": subs})
                try:
                    async with asyncio.timeout(chance.uniform(*CUT_AFTER)):
                        await self._read(socket)
                except TimeoutError:
                    self.cuts += 1

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            message = frame.json()
            if message["t"] != "batch" or message["conv"] != self.conversation:
                continue
            now = perf_counter()
            for item in message["items"]:
                self.last = max(self.last, item["n"])
                self.numbers[item["n"]] += 1
                if item["from"]["kind"] == "user":
                    self.heard.setdefault(item["body"]["text"], now)


@asynccontextmanager
async def _desks(product: Product, count: int) -> AsyncIterator[list[Desk]]:
    """Agents made by the supervisor, each with cookies of their own."""
    jars = [aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) for _ in range(count + 1)]
    try:
        olga = Desk(jars[0], product.url, "olga")
        await olga.post("login", login="olga", password=PASSWORD)
        for number in range(count):
            made = {"login": f"a{number}", "name": f"Agent {number}", "languages": ["ru"], "role": "agent"}
            async with jars[0].post(
                f"{product.url}/api/v1/ops/agents",
                json={**made, "capacity": 50, "password": PASSWORD},
                headers={"Origin": product.url},
            ) as answer:
                answer.raise_for_status()
        desks = [Desk(jar, product.url, f"a{number}") for number, jar in enumerate(jars[1:])]
        for desk in desks:
            await desk.log_in()
        yield desks
    finally:
        for jar in jars:
            await jar.close()


async def _calls_human(http: aiohttp.ClientSession, url: str, number: int) -> Caller:
    """A subscriber who waits for a human."""
    caller = Caller(http, url, f"+7901{number * 77:07}")
    await caller.log_in()
    await caller.asks("позовите оператора", str(uuid4()))
    return caller


async def _race(desks: list[Desk], conversation: int) -> tuple[int, list[float]]:
    """How many won one chat, and how long each answer took."""

    async def claim(desk: Desk) -> tuple[int, float]:
        began = perf_counter()
        status, _ = await desk.post(f"conversations/{conversation}/claim")
        return status, perf_counter() - began

    answers = await asyncio.gather(*map(claim, desks))
    others = {status for status, _ in answers} - {200, 409}
    if others:
        raise SystemExit(f"a claim was answered with {others}")
    return sum(status == 200 for status, _ in answers), [spent for _, spent in answers]


async def _claims(http: aiohttp.ClientSession, product: Product, desks: list[Desk], count: int) -> None:
    done, times, winners = 0, [], Counter[int]()
    while done < count:
        size = min(count - done, 40 * RACERS)  # what eight agents may hold together, with room
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, gate: asyncio.Semaphore = gate) -> None:
            async with gate:
                await _calls_human(http, product.url, number)

        await asyncio.gather(*map(one, range(10_000 + done, 10_000 + done + size)))
        rows = await _queue(desks[0])
        for conversation in rows:
            won, spent = await _race(desks[:RACERS], conversation)
            winners[won] += 1
            times += spent
        for desk in desks[:RACERS]:
            for conversation in rows:
                await desk.post(f"conversations/{conversation}/close", reason="benchmark", outcome="solved")
        done += len(rows)
    times.sort()
    print(f"{RACERS} agents for each of {done} chats: winners {dict(winners)}", end="   ")
    print(f"claim p50 {_percentile(times, 0.5):.0f} ms   p99 {_percentile(times, 0.99):.0f} ms", flush=True)


async def _queue(desk: Desk) -> list[int]:
    async with desk.http.get(f"{desk.url}/api/v1/agent/queue") as answer:
        return [row["id"] for row in (await answer.json())["rows"]]


def _percentile(times: list[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * times[min(len(times) - 1, int(share * len(times)))]


async def _talk(desks: list[Desk], callers: list[Caller], rate: float, seconds: float) -> None:
    sent: list[dict[str, float]] = [{} for _ in desks]
    over = asyncio.Event()
    chance = random.Random(1)
    listening = [asyncio.create_task(desk.listen(over, random.Random(n))) for n, desk in enumerate(desks)]
    await asyncio.sleep(SETTLE)
    writing: list[asyncio.Task[None]] = []

    async def write(number: int, text: str) -> None:
        sent[number][text] = perf_counter()
        await callers[number].says(text, str(uuid4()))

    began = perf_counter()
    order = list(range(len(desks)))
    for count in range(int(rate * seconds)):
        if count % len(order) == 0:
            chance.shuffle(order)
        await asyncio.sleep(max(0.0, began + count / rate - perf_counter()))
        writing.append(asyncio.create_task(write(order[count % len(order)], f"message {count}")))
    await asyncio.gather(*writing)
    await asyncio.sleep(max(CUT_AFTER) / 2)
    over.set()
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    _report(desks, sent)


def _report(desks: list[Desk], sent: list[dict[str, float]]) -> None:
    pairs = list(zip(desks, sent, strict=True))
    times = sorted(desk.heard[text] - at for desk, texts in pairs for text, at in texts.items() if text in desk.heard)
    missed = sum(text not in desk.heard for desk, texts in pairs for text in texts)
    doubled = sum(count > 1 for desk in desks for count in desk.numbers.values())
    holes = sum(len(range(min(d.numbers), max(d.numbers) + 1)) - len(d.numbers) for d in desks if d.numbers)
    print(
        f"p50 {_percentile(times, 0.5):.0f} ms   p95 {_percentile(times, 0.95):.0f} ms"
        f"   p99 {_percentile(times, 0.99):.0f} ms   max {_percentile(times, 1):.0f} ms"
        f"   of {len(times)}, missed {missed}, doubled {doubled}, holes {holes}"
        f"   links cut {sum(desk.cuts for desk in desks)}"
    )


async def _measure(agents: int, rate: float, seconds: float, claims: int) -> None:
    with a_checkout() as checkout, tempfile.TemporaryDirectory() as data:
        product = Product(checkout, Path(data), DEMO_PASSWORD=PASSWORD)
        async with (
            running(product),
            aiohttp.ClientSession() as http,
            _desks(product, agents) as desks,
        ):
            print(f"load before: {load()}", flush=True)
            if claims:
                await _claims(http, product, desks, claims)
            callers = []
            for number, desk in enumerate(desks):
                callers.append(await _calls_human(http, product.url, number))
                _, case = await desk.post("next")
                desk.conversation = int(str(case["id"]))
            cpu = product.cpu_seconds()
            await _talk(desks, callers, rate, seconds)
            used = [
                1000 * (now - then) / (rate * seconds) for now, then in zip(product.cpu_seconds(), cpu, strict=True)
            ]
            print(f"CPU a message: bot {used[0]:.1f} ms, database {used[1]:.1f} ms   load after: {load()}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.fanout")
    options.add_argument("--agents", type=int, default=100)
    options.add_argument("--rate", type=float, default=50, help="messages a second, of all subscribers together")
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--claims", type=int, default=0, help="chats to race for beforehand")
    chosen = options.parse_args()
    asyncio.run(_measure(chosen.agents, chosen.rate, chosen.seconds, chosen.claims))
