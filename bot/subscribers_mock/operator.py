"""SubscriberProvider over the mock operator's own tables."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

import asyncpg

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
    SubscribersDown,
    Tariff,
    TariffChange,
    UnknownProduct,
    UnknownSubscriber,
)
from bot.subscribers_mock import changes, products, store
from bot.subscribers_mock.calendar import last_fee, next_charge, next_fee
from bot.subscribers_mock.changes import Changed
from bot.subscribers_mock.coverage import CoverageMap
from bot.subscribers_mock.people import fitting, generated, invent, read_cast
from bot.subscribers_mock.spending import expenses
from bot.subscribers_mock.store import Line, Store, Tx
from faq.operator_data import Operator

SLOW = 8.0  # seconds that the slow subscriber's facts take


class MockSubscribers:
    """Several may run over one database; `slow` is for tests that will not wait 8 seconds."""

    def __init__(
        self, pool: asyncpg.Pool, operator: Operator, clock: Callable[[], datetime], *, slow: float = SLOW
    ) -> None:
        self._store = Store(pool)
        self._clock = clock
        self._slow = slow
        self._cast = read_cast()
        self._map = CoverageMap(self._cast.coverage)
        self._sell(operator, set(operator.services))

    def adopt(self, operator: Operator) -> None:
        """The products as an editor has just changed them; what is gone from the list stays with those who have it."""
        gone = {code: replace(one, on_sale=False) for code, one in self._operator.tariffs.items()}
        services = {**self._operator.services, **operator.services}
        self._sell(replace(operator, tariffs={**gone, **operator.tariffs}, services=services), set(operator.services))

    def _sell(self, operator: Operator, offered: Collection[str]) -> None:
        self._operator, self._offered = operator, offered
        self._tariffs = {code: products.tariff(one) for code, one in operator.tariffs.items()}
        self._services = {code: products.service(one) for code, one in operator.services.items()}

    async def prepare(self) -> None:
        """Make and fill the schema `mock_operator` unless another start has done it."""
        cast = (fitting(person, self._operator) for person in self._cast.people)
        people = chain(cast, generated(self._cast, self._operator))
        await self._store.prepare(people, self._operator, self._today())

    async def assign_demo(self, phone: str) -> Subscriber:
        """Who has this phone; an unknown one is given to an invented subscriber for good. Never slow."""
        async with self._store.transaction() as tx:
            line = await store.read(tx, phone, self._today())
            if line is None:
                person = replace(invent(phone, self._cast, self._operator), blocked=False)
                await store.insert_once(tx, person, self._operator, self._today())
                line = await self._known(tx, phone)
        return _subscriber(line)

    async def identify(self, phone: str) -> Subscriber | None:
        await self._reach(phone)
        async with self._store.transaction() as tx:
            line = await store.read(tx, phone, self._today())
        return _subscriber(line) if line else None

    async def tariff(self, subscriber_id: str) -> CurrentTariff:
        line = await self._line(subscriber_id)
        ordered = self._tariffs[line.ordered] if line.ordered else None
        return CurrentTariff(self._tariffs[line.person.tariff], self._next_fee(line), ordered)

    async def packages(self, subscriber_id: str) -> tuple[Package, ...]:
        line = await self._line(subscriber_id)
        return products.packages(line, self._operator, self._next_fee(line))

    async def balance(self, subscriber_id: str) -> Balance:
        person = (await self._line(subscriber_id)).person
        return Balance(person.balance, person.blocked, self._clock())

    async def expenses(self, subscriber_id: str) -> Expenses:
        await self._reach(subscriber_id)
        today = self._today()
        async with self._store.transaction() as tx:
            line = await self._known(tx, subscriber_id)
            since = last_fee(line.person.fee_day, today)
            noted = await store.noted(tx, subscriber_id, since)
        return expenses(line, noted, self._operator, self._cast.charges, since, today)

    async def services(self, subscriber_id: str) -> tuple[ConnectedService, ...]:
        line, today = await self._line(subscriber_id), self._today()
        return tuple(
            ConnectedService(self._services[code], since, next_charge(self._operator.services[code], since, today))
            for code, since in line.connected
        )

    async def tariff_catalogue(self) -> tuple[Tariff, ...]:
        return tuple(self._tariffs.values())

    async def service_catalogue(self) -> tuple[Service, ...]:
        return tuple(one for code, one in self._services.items() if code in self._offered)

    async def coverage(self, place_id: str) -> Coverage:
        return self._map.at(place_id, self._today())

    async def connect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange:
        known = self._operator.services.get(service_code)
        if known is None or service_code not in self._offered:
            raise UnknownProduct(service_code)
        done = await self._once(
            subscriber_id,
            f"connect {service_code}",
            request_id,
            lambda tx, line: changes.connect(tx, line, known, self._today()),
        )
        return ServiceChange(self._services[service_code], done.charged, done.on)

    async def disconnect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange:
        known = self._operator.services.get(service_code)
        if known is None:
            raise UnknownProduct(service_code)
        done = await self._once(
            subscriber_id,
            f"disconnect {service_code}",
            request_id,
            lambda tx, line: changes.disconnect(tx, line, known, self._today()),
        )
        return ServiceChange(self._services[service_code], done.charged, done.on)

    async def quote_tariff(self, subscriber_id: str, tariff_code: str) -> TariffChange:
        if tariff_code not in self._tariffs:
            raise UnknownProduct(tariff_code)
        return changes.quote_tariff(await self._line(subscriber_id), tariff_code, self._operator, self._today())

    async def change_tariff(self, subscriber_id: str, tariff_code: str, request_id: str) -> TariffChange:
        if tariff_code not in self._tariffs:
            raise UnknownProduct(tariff_code)
        done = await self._once(
            subscriber_id,
            f"tariff {tariff_code}",
            request_id,
            lambda tx, line: changes.change_tariff(tx, line, tariff_code, self._operator, self._today()),
        )
        return TariffChange(self._tariffs[tariff_code], done.charged, done.on or self._today())

    async def quote_promise(self, subscriber_id: str) -> Promise:
        return changes.quote_promise(await self._line(subscriber_id), self._operator, self._today())

    async def take_promise(self, subscriber_id: str, request_id: str) -> Promise:
        done = await self._once(
            subscriber_id,
            "promise",
            request_id,
            lambda tx, line: changes.take_promise(tx, line, self._operator, self._today()),
        )
        return Promise(done.charged, changes.PROMISE_FEE, done.on or self._today())

    async def _once(
        self, phone: str, change: str, request_id: str, make: Callable[[Tx, Line], Awaitable[Changed]]
    ) -> Changed:
        """Make a change under the line's lock, or give the answer it had when it was made."""
        await self._reach(phone)
        async with self._store.transaction() as tx:
            line = await self._known(tx, phone, lock=True)
            answer = await store.answered(tx, phone, change, request_id)
            if answer is not None:
                charged, on = json.loads(answer)
                return Changed(Decimal(charged), date.fromisoformat(on) if on else None)
            done = await make(tx, line)
            kept = json.dumps([str(done.charged), done.on.isoformat() if done.on else None])
            await store.remember(tx, phone, change, request_id, kept)
            return done

    async def _line(self, phone: str) -> Line:
        await self._reach(phone)
        async with self._store.transaction() as tx:
            return await self._known(tx, phone)

    async def _known(self, tx: Tx, phone: str, *, lock: bool = False) -> Line:
        line = await store.read(tx, phone, self._today(), lock=lock)
        if line is None:
            raise UnknownSubscriber(phone)
        return self._fitting(line)

    def _fitting(self, line: Line) -> Line:
        """Without what an editor has taken from the lists since it was connected, bought or ordered."""
        services, tariffs = self._operator.services, self._operator.tariffs
        return replace(
            line,
            person=fitting(line.person, self._operator),
            ordered=line.ordered if line.ordered in tariffs else None,
            connected=tuple(one for one in line.connected if one[0] in services),
            bought=tuple(one for one in line.bought if one.service in services),
        )

    async def _reach(self, phone: str) -> None:
        """Two of the cast show what a bad day of the operator's system looks like."""
        behaviour = self._cast.behaviour.get(phone)
        if behaviour == "slow":
            await asyncio.sleep(self._slow)
        elif behaviour == "down":
            raise SubscribersDown("the cast's subscriber whom nobody reaches")

    def _today(self) -> date:
        return self._clock().astimezone(self._operator.hours.timezone).date()

    def _next_fee(self, line: Line) -> date:
        return next_fee(line.person.fee_day, self._today())


def _subscriber(line: Line) -> Subscriber:
    person = line.person
    contract, sim = f"{person.phone}/{person.owner}", f"{person.phone}/{person.owner}/{person.sim}"
    return Subscriber(person.phone, person.name, person.language, person.blocked, contract, sim)
