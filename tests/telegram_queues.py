"""How the stand-in server delivers updates: getUpdates with its offset, or a webhook with its queues and retries.

As tdlib/telegram-bot-api does (WebhookActor.cpp): one queue per chat for messages, another per person for button
presses; a queue is strictly serial, queues run side by side; after anything but 2xx again at once, then after 2, 4, 8
... 60 s, or as Retry-After says.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict, deque
from dataclasses import dataclass
from time import monotonic
from typing import Any

import aiohttp

from tests.telegram_rules import Json, Refusal

ANSWER_WITHIN = 60.0
LONGEST_RETRY = 60.0
LONGEST_RETRY_AFTER = 3600.0
WEBHOOK_ACTIVE = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
OTHER_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass(frozen=True)
class Update:
    id: int
    kind: str
    body: bytes
    queue: str


@dataclass(frozen=True)
class Delivery:
    """One POST to the webhook; status 0 when there was no answer."""

    update_id: int
    status: int
    seconds: float


@dataclass(frozen=True)
class Webhook:
    url: str
    secret: str = ""
    connections: int = 40


class Queues:
    """`repeats` is the share of updates delivered twice; `haste` shortens every wait between retries."""

    def __init__(self, *, repeats: float = 0.0, haste: float = 1.0, seed: int = 0) -> None:
        self.repeats, self.haste = repeats, haste
        self.webhook: Webhook | None = None
        self.allowed: list[str] = []
        self.deliveries: list[Delivery] = []
        self.last_error = ""
        self._random = random.Random(seed)
        self._next_id = 700_000_000 + self._random.randrange(1_000_000)
        self._pending: deque[Update] = deque()  # for getUpdates
        self._again: list[Update] = []
        self._news = asyncio.Event()
        self._asking: asyncio.Event | None = None
        self._queues: dict[str, deque[Update]] = defaultdict(deque)
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(40)
        self._http: aiohttp.ClientSession | None = None

    @property
    def waiting(self) -> int:
        """Updates that the bot has not confirmed yet."""
        return len(self._pending) + sum(map(len, self._queues.values()))

    def add(self, kind: str, content: Json, queue: str) -> int:
        """An update of this kind; nothing happens if the bot did not ask for such."""
        update_id = self._next_id
        self._next_id += 1
        if not self.allowed or kind in self.allowed:
            body = json.dumps({"update_id": update_id, kind: content}).encode()
            self._post_in(Update(update_id, kind, body, queue))
        return update_id

    def add_raw(self, body: bytes, queue: str = "raw") -> None:
        """Bytes as they are, for updates that no client could cause."""
        self._post_in(Update(0, "raw", body, queue))

    def _post_in(self, update: Update) -> None:
        if self.webhook is None:
            self._pending.append(update)
            self._news.set()
            return
        self._queues[update.queue].append(update)
        self._send_courier(update.queue)

    async def get(self, offset: int, limit: int, seconds: float) -> list[bytes]:
        """getUpdates: confirms what lies before `offset`; a second asker ends the first one's question."""
        if self.webhook is not None:
            raise Refusal(409, WEBHOOK_ACTIVE)
        if self._asking is not None:
            self._asking.set()
        mine = self._asking = asyncio.Event()
        self._confirm(offset)
        deadline = monotonic() + seconds
        try:
            while not self._pending and not self._again and monotonic() < deadline:
                self._news.clear()
                await self._either(mine, deadline - monotonic())
                if mine.is_set():
                    raise Refusal(409, OTHER_POLLER)
        finally:
            if self._asking is mine:
                self._asking = None
        again, self._again = self._again, []
        return [update.body for update in [*again, *self._pending][: max(1, min(limit, 100))]]

    async def _either(self, ended: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (ended, self._news)]
        await asyncio.wait(waits, timeout=max(0, seconds), return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
            return
        while self._pending and self._pending[0].id < offset:
            update = self._pending.popleft()
            if self._random.random() < self.repeats:
                self._again.append(update)

    def set_webhook(self, webhook: Webhook, *, drop: bool) -> None:
        self._forget(drop)
        self.webhook = webhook
        self._places = asyncio.Semaphore(webhook.connections)
        waiting, self._pending = list(self._pending), deque()
        for update in waiting:
            self._post_in(update)

    def delete_webhook(self, *, drop: bool) -> None:
        self._forget(drop)
        self.webhook = None
        left = sorted((update for queue in self._queues.values() for update in queue), key=lambda update: update.id)
        self._queues.clear()
        self._pending.extend(left)
        self._news.set()

    def _forget(self, drop: bool) -> None:
        if drop:
            self._pending.clear()
            self._queues.clear()

    def _send_courier(self, queue: str) -> None:
        if queue not in self._couriers:
            self._couriers[queue] = asyncio.create_task(self._deliver(queue))

    async def _deliver(self, queue: str) -> None:
        failures = 0
        try:
            while self.webhook is not None and self._queues[queue]:
                update = self._queues[queue][0]
                async with self._places:
                    status, retry_after = await self._post(self.webhook, update)
                if 200 <= status < 300:
                    failures = 0
                    if self._random.random() < self.repeats:
                        await self._post(self.webhook, update)
                    if self._queues[queue] and self._queues[queue][0] is update:
                        self._queues[queue].popleft()
                    continue
                failures += 1
                pause = 0.0 if failures == 1 else min(2.0 ** (failures - 1), LONGEST_RETRY)
                await asyncio.sleep((retry_after or pause) / self.haste)
        finally:
            self._couriers.pop(queue, None)
            if self.webhook is None:
                self._queues.pop(queue, None)

    async def _post(self, webhook: Webhook, update: Update) -> tuple[int, float]:
        self._http = self._http or aiohttp.ClientSession()
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        started, status, retry_after = monotonic(), 0, 0.0
        try:
            timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
            async with self._http.post(webhook.url, data=update.body, headers=headers, timeout=timeout) as answer:
                await answer.read()
                status = answer.status
                asked = answer.headers.get("Retry-After", "")
                retry_after = min(float(asked), LONGEST_RETRY_AFTER) if asked.isdigit() else 0.0
        except (aiohttp.ClientError, TimeoutError) as error:
            self.last_error = type(error).__name__
        else:
            self.last_error = "" if status < 300 else f"Wrong response from the webhook: {status}"
        self.deliveries.append(Delivery(update.id, status, monotonic() - started))
        return status, retry_after

    async def close(self) -> None:
        couriers = list(self._couriers.values())
        for courier in couriers:
            courier.cancel()
        await asyncio.gather(*couriers, return_exceptions=True)
        if self._asking is not None:
            self._asking.set()
        if self._http is not None:
            await self._http.close()


class Flood:
    """One message a second in a chat after a burst of three, thirty a second over all chats; 20 a minute in a group."""

    def __init__(self) -> None:
        self._buckets: dict[Any, tuple[float, float]] = {}
        self._in_groups: dict[int, deque[float]] = defaultdict(deque)

    def check_group(self, chat_id: int) -> None:
        """Messages, edits and topics made, in any sixty seconds."""
        made, now = self._in_groups[chat_id], monotonic()
        while made and made[0] <= now - 60:
            made.popleft()
        if len(made) >= 20:
            wait = int(made[0] + 60 - now) + 1
            raise Refusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        made.append(now)

    def check(self, chat_id: int) -> None:
        """Take one from both buckets, or raise 429."""
        both = ((chat_id, 3.0, 1.0), ("all", 30.0, 30.0))
        now = monotonic()
        left = {}
        for key, burst, rate in both:
            had, at = self._buckets.get(key, (burst, now))
            left[key] = min(burst, had + (now - at) * rate)
            if left[key] < 1:
                raise Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        for key, value in left.items():
            self._buckets[key] = (value - 1, now)
