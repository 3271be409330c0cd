"""Keeps the operator's system at arm's length: a time-out on every call, and no waiting for one that is known to hang.

What hangs is told apart. One subscriber whose facts never come is given up on for a few seconds alone; only when calls
for several subscribers hang in a row, with not one success between, is the whole system taken for down. After the
pause one call is let through to see.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal, TypeVar

from bot.subscribers import (
    Balance,
    ConnectedService,
    Coverage,
    CurrentTariff,
    Expenses,
    Package,
    Promise,
    Service,
    ServiceChange,
    Subscriber,
    SubscriberProvider,
    SubscribersDown,
    SubscribersError,
    Tariff,
    TariffChange,
)

T = TypeVar("T")
Outcome = Literal["ok", "refused", "down", "timeout", "skipped"]
Observe = Callable[[str, Outcome, float], None]  # operation, how it went, seconds

TIMEOUT = 3.0  # seconds
PAUSE = 5.0  # seconds without calls once a circuit is open
HANGS_FOR_ONE = 2  # time-outs in a row of one subscriber
HANGS_FOR_ALL = 6  # time-outs in a row of anybody ...
HANGING_PEOPLE = 3  # ... of at least so many subscribers
REMEMBERED = 1_000  # subscribers whose hangs are kept


@dataclass
class _Circuit:
    """Open for a pause after enough hangs; then one call goes through and decides."""

    hangs: int = 0
    open_until: float = 0.0
    people: set[str] = field(default_factory=set)

    def lets_through(self, now: float) -> bool:
        if self.open_until == 0.0:
            return True
        if now < self.open_until:
            return False
        self.open_until = now + PAUSE  # this call is the one that looks; the others wait for what it finds
        return True

    def hung(self, who: str, now: float, *, hangs: int, people: int) -> None:
        self.hangs += 1
        self.people.add(who)
        if self.hangs >= hangs and len(self.people) >= people:
            self.open_until = now + PAUSE

    def answered(self) -> None:
        self.hangs, self.open_until = 0, 0.0
        self.people.clear()


class GuardedSubscribers:
    """A SubscriberProvider around another. Every call may raise SubscribersDown."""

    def __init__(
        self,
        inner: SubscriberProvider,
        *,
        timeout: float = TIMEOUT,
        observe: Observe = lambda operation, outcome, seconds: None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._inner = inner
        self._timeout = timeout
        self._observe = observe
        self._clock = clock
        self._everybody = _Circuit()
        self._one: OrderedDict[str, _Circuit] = OrderedDict()

    async def identify(self, phone: str) -> Subscriber | None:
        return await self._call("identify", phone, lambda: self._inner.identify(phone))

    async def tariff(self, subscriber_id: str) -> CurrentTariff:
        return await self._call("tariff", subscriber_id, lambda: self._inner.tariff(subscriber_id))

    async def packages(self, subscriber_id: str) -> tuple[Package, ...]:
        return await self._call("packages", subscriber_id, lambda: self._inner.packages(subscriber_id))

    async def balance(self, subscriber_id: str) -> Balance:
        return await self._call("balance", subscriber_id, lambda: self._inner.balance(subscriber_id))

    async def expenses(self, subscriber_id: str) -> Expenses:
        return await self._call("expenses", subscriber_id, lambda: self._inner.expenses(subscriber_id))

    async def services(self, subscriber_id: str) -> tuple[ConnectedService, ...]:
        return await self._call("services", subscriber_id, lambda: self._inner.services(subscriber_id))

    async def tariff_catalogue(self) -> tuple[Tariff, ...]:
        return await self._call("tariff_catalogue", "", self._inner.tariff_catalogue)

    async def service_catalogue(self) -> tuple[Service, ...]:
        return await self._call("service_catalogue", "", self._inner.service_catalogue)

    async def connect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange:
        ask = self._inner.connect
        return await self._call("connect", subscriber_id, lambda: ask(subscriber_id, service_code, request_id))

    async def disconnect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange:
        ask = self._inner.disconnect
        return await self._call("disconnect", subscriber_id, lambda: ask(subscriber_id, service_code, request_id))

    async def quote_tariff(self, subscriber_id: str, tariff_code: str) -> TariffChange:
        ask = self._inner.quote_tariff
        return await self._call("quote_tariff", subscriber_id, lambda: ask(subscriber_id, tariff_code))

    async def change_tariff(self, subscriber_id: str, tariff_code: str, request_id: str) -> TariffChange:
        ask = self._inner.change_tariff
        return await self._call("change_tariff", subscriber_id, lambda: ask(subscriber_id, tariff_code, request_id))

    async def quote_promise(self, subscriber_id: str) -> Promise:
        return await self._call("quote_promise", subscriber_id, lambda: self._inner.quote_promise(subscriber_id))

    async def take_promise(self, subscriber_id: str, request_id: str) -> Promise:
        ask = self._inner.take_promise
        return await self._call("take_promise", subscriber_id, lambda: ask(subscriber_id, request_id))

    async def coverage(self, place_id: str) -> Coverage:
        return await self._call("coverage", "", lambda: self._inner.coverage(place_id))

    async def _call(self, operation: str, who: str, ask: Callable[[], Awaitable[T]]) -> T:
        began = self._clock()
        mine = self._of(who)
        if not mine.lets_through(began) or not self._everybody.lets_through(began):
            self._observe(operation, "skipped", 0.0)
            raise SubscribersDown("given up on for a few seconds")
        outcome: Outcome = "down"
        try:
            async with asyncio.timeout(self._timeout):
                answer = await ask()
            outcome = "ok"
        except (TimeoutError, OSError) as hung:
            outcome = "timeout"
            raise SubscribersDown(type(hung).__name__) from hung
        except SubscribersDown:
            raise
        except SubscribersError:
            outcome = "refused"
            raise
        finally:
            self._learn(who, mine, outcome)
            self._observe(operation, outcome, self._clock() - began)
        return answer

    def _learn(self, who: str, mine: _Circuit, outcome: Outcome) -> None:
        """A prompt failure costs nobody any time, so only hanging opens a circuit; any answer closes it."""
        now = self._clock()
        if outcome == "timeout":
            mine.hung(who, now, hangs=HANGS_FOR_ONE, people=1)
            self._everybody.hung(who, now, hangs=HANGS_FOR_ALL, people=HANGING_PEOPLE)
        elif outcome in ("ok", "refused"):
            mine.answered()
            self._everybody.answered()
            self._one.pop(who, None)

    def _of(self, who: str) -> _Circuit:
        circuit = self._one.setdefault(who, _Circuit())
        self._one.move_to_end(who)
        if len(self._one) > REMEMBERED:
            self._one.popitem(last=False)
        return circuit
