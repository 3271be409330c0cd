"""The mock operator keeps what SubscriberProvider promises, and the cast is who the documentation says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

import faq
from bot.postgres import EmbeddedPostgres
from bot.subscribers import Balance, Denied, SubscriberProvider, SubscribersDown, UnknownProduct, UnknownSubscriber
from bot.subscribers_guard import GuardedSubscribers
from bot.subscribers_mock import MockSubscribers
from faq.operator_data import Operator, load_operator
from tests.conftest import database_of

ANNA, WANG, PYOTR, LI_NA, SLOW, DOWN = (f"+7900000000{n}" for n in range(1, 7))
NOBODY = "+79995550000"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # in Irkutsk
POPULATED = "mock_operator_populated"
_numbers = count(1)


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def operator() -> Operator:
    return load_operator(Path(faq.__file__).with_name("operator"))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture(scope="module")
def populated(postgres: EmbeddedPostgres, operator: Operator) -> str:
    """The name of a database in which the mock operator has all its people; copied for each test."""

    async def fill() -> None:
        await order(postgres, f"CREATE DATABASE {POPULATED}")
        async with asyncpg.create_pool(database_of(postgres, POPULATED), min_size=1) as pool:
            await MockSubscribers(pool, operator, Clock(NOON)).prepare()

    asyncio.run(fill())
    return POPULATED


@pytest_asyncio.fixture
async def pool(postgres: EmbeddedPostgres, populated: str) -> AsyncIterator[asyncpg.Pool]:
    name = f"mock_{next(_numbers)}"
    await order(postgres, f"CREATE DATABASE {name} TEMPLATE {populated}")
    async with asyncpg.create_pool(database_of(postgres, name), min_size=1, max_size=8) as pool:
        yield pool
    await order(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture
async def mock(pool: asyncpg.Pool, operator: Operator, clock: Clock) -> MockSubscribers:
    subscribers = MockSubscribers(pool, operator, clock, slow=60)
    await subscribers.prepare()
    return subscribers


async def order(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def counters(subscribers: SubscriberProvider, phone: str) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    return {one.counts_for: (one.left, one.total) for one in await subscribers.packages(phone)}


async def reason(doing: object) -> str:
    with pytest.raises(Denied) as denied:
        await doing  # type: ignore[misc]
    return denied.value.reason


async def test_the_cast_has_the_facts_that_everybody_quotes(mock: MockSubscribers) -> None:
    anna = await mock.identify(ANNA)
    assert anna is not None
    assert (anna.name, anna.language, anna.blocked) == ("Анна Соколова", "ru", False)
    plan = await mock.tariff(ANNA)
    assert (plan.tariff.code, plan.tariff.fee, plan.next_fee_on) == ("baikal", 550, date(2026, 12, 5))
    assert await counters(mock, ANNA) == {"home": (312, 500), "internet": (Decimal("7.5"), 30), "sms": (48, 50)}
    assert (await mock.balance(ANNA)).amount == Decimal("236.40")
    assert [one.service.code for one in await mock.services(ANNA)] == ["antispam"]

    wang = await mock.identify(WANG)
    assert wang is not None
    assert (wang.name, wang.language) == ("王伟 (Ван Вэй)", "zh")
    assert (await mock.tariff(WANG)).next_fee_on == date(2026, 12, 18)
    left = await counters(mock, WANG)
    assert left == {"home": (90, 300), "internet": (Decimal("1.2"), 15), "sms": (0, 0), "china": (60, 100)}

    pyotr = await mock.balance(PYOTR)
    assert (pyotr.amount, pyotr.blocked) == (Decimal("-35.10"), True)
    assert {one.service.kind for one in await mock.services(PYOTR)} == {"subscription"}
    assert await counters(mock, PYOTR) == {"home": (0, 200), "internet": (0, 3), "sms": (10, 50)}

    assert (await mock.balance(LI_NA)).amount == Decimal("1204.00")
    assert [one.service.code for one in await mock.services(LI_NA)] == ["china_roaming"]
    assert (await mock.tariff(LI_NA)).next_fee_on == date(2026, 12, 22)  # it was taken this morning


async def test_dates_follow_the_clock(mock: MockSubscribers, clock: Clock) -> None:
    clock.now = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)  # 23:00 of the 4th in Irkutsk
    assert (await mock.tariff(ANNA)).next_fee_on == date(2027, 1, 5)
    clock.now += timedelta(hours=2)
    assert (await mock.tariff(ANNA)).next_fee_on == date(2027, 2, 5)


@pytest.mark.parametrize("phone", [ANNA, WANG, PYOTR, LI_NA, "+79010000007"])
async def test_charges_add_up_and_begin_with_the_monthly_fee(mock: MockSubscribers, phone: str) -> None:
    spent, plan = await mock.expenses(phone), await mock.tariff(phone)
    assert spent.total == sum(charge.amount for charge in spent.charges)
    assert (spent.charges[0].on, spent.charges[0].amount) == (spent.since, plan.tariff.fee)
    assert all(spent.since <= charge.on <= date(2026, 11, 22) for charge in spent.charges)
    assert all(charge.what["ru"] and charge.what["zh"] for charge in spent.charges)


async def test_expenses_name_what_was_paid_for(mock: MockSubscribers) -> None:
    spent = await mock.expenses(ANNA)
    assert [(charge.what["ru"], charge.amount) for charge in spent.charges] == [
        ("абонентская плата «Весь Байкал»", 550),
        ("Антиспам", 60),
        ("сверх пакета", Decimal("14.60")),
    ]
    games = {charge.what["ru"]: charge.amount for charge in (await mock.expenses(PYOTR)).charges}
    assert games["Гороскоп"] == 22 * 3  # each day since the 1st


async def test_two_that_start_at_once_make_ten_thousand_people_soon(
    fresh_dsn: str, operator: Operator, clock: Clock
) -> None:
    async with asyncpg.create_pool(fresh_dsn, min_size=2) as pool:
        first, second = MockSubscribers(pool, operator, clock), MockSubscribers(pool, operator, clock)
        began = time.process_time()
        await asyncio.gather(first.prepare(), second.prepare())
        assert time.process_time() - began < 2.0
        assert await pool.fetchval("SELECT count(*) FROM mock_operator.subscriber") == 10_006
        once = await first.identify("+79010001234")
        await pool.execute("DROP SCHEMA mock_operator CASCADE")
        await second.prepare()
        assert once is not None
        assert once == await second.identify("+79010001234")


async def test_what_was_connected_is_still_on_after_a_restart(
    mock: MockSubscribers, pool: asyncpg.Pool, operator: Operator, clock: Clock
) -> None:
    done = await mock.connect(WANG, "antispam", "r1")
    assert (done.charged, done.next_charge_on) == (0, date(2026, 11, 29))  # seven days free
    restarted = MockSubscribers(pool, operator, clock)
    await restarted.prepare()
    assert {one.service.code for one in await restarted.services(WANG)} == {"antispam", "china_calls"}
    await restarted.disconnect(WANG, "antispam", "r2")
    assert {one.service.code for one in await mock.services(WANG)} == {"china_calls"}


async def test_people_fit_an_operator_who_lists_other_products(
    fresh_dsn: str, mock: MockSubscribers, pool: asyncpg.Pool, operator: Operator, clock: Clock
) -> None:
    """An editor took them away while the bot was down, or has lists of their own from the first start on."""
    await mock.connect(WANG, "antispam", "r1")
    await mock.connect(ANNA, "gb5", "r2")
    few = replace(
        operator,
        tariffs={"taiga": operator.tariffs["taiga"]},
        services={"who_called": operator.services["who_called"]},
    )
    restarted = MockSubscribers(pool, few, clock)
    async with asyncpg.create_pool(fresh_dsn, min_size=1) as empty:
        anew = MockSubscribers(empty, few, clock)
        for one in (restarted, anew):
            await one.prepare()
            for phone in (ANNA, WANG, "+79010001234"):
                assert (await one.tariff(phone)).tariff.code == "taiga"
                assert {had.service.code for had in await one.services(phone)} <= {"who_called"}
                assert (await one.expenses(phone)).total >= few.tariffs["taiga"].fee
                assert await one.packages(phone)
            with pytest.raises(UnknownProduct):
                await one.connect(WANG, "antispam", "r3")


async def test_a_change_asked_for_twice_is_made_and_paid_once(mock: MockSubscribers) -> None:
    both = await asyncio.gather(mock.connect(ANNA, "gb5", "same"), mock.connect(ANNA, "gb5", "same"))
    assert both[0] == both[1]
    assert (await mock.balance(ANNA)).amount == Decimal("116.40")
    again = await mock.connect(ANNA, "gb1", "other")
    assert again.charged == 40
    bought = [(one.unit, one.left, one.until) for one in await mock.packages(ANNA)][3:]
    assert bought == [("gb", 5, date(2026, 12, 22)), ("gb", 1, date(2026, 12, 22))]
    assert sum(charge.amount for charge in (await mock.expenses(ANNA)).charges) == Decimal("784.60")


async def test_money_services_and_debts_are_refused_with_their_reason(mock: MockSubscribers) -> None:
    assert await reason(mock.connect(WANG, "china_calls", "1")) == "already_on"
    assert await reason(mock.connect(WANG, "gb5", "2")) == "no_money"
    assert await reason(mock.connect(PYOTR, "who_called", "3")) == "blocked"
    assert await reason(mock.disconnect(ANNA, "tv", "4")) == "not_on"
    assert await reason(mock.quote_tariff(ANNA, "baikal")) == "same_tariff"
    assert await reason(mock.change_tariff(ANNA, "omul", "5")) == "not_for_sale"
    assert await reason(mock.change_tariff(WANG, "taiga", "6")) == "no_money"
    assert (await mock.balance(WANG)).amount == 58
    for unknown in (mock.connect(ANNA, "nothing", "7"), mock.quote_tariff(ANNA, "nothing")):
        with pytest.raises(UnknownProduct):
            await unknown
    with pytest.raises(UnknownSubscriber):
        await mock.balance(NOBODY)
    assert await mock.identify(NOBODY) is None


async def test_a_tariff_is_ordered_for_the_next_fee_and_may_be_taken_back(mock: MockSubscribers, clock: Clock) -> None:
    quote = await mock.quote_tariff(LI_NA, "taiga")
    assert (quote.price, quote.effective_on) == (100, date(2026, 12, 22))
    assert await mock.change_tariff(LI_NA, "taiga", "a") == quote == await mock.change_tariff(LI_NA, "taiga", "a")
    plan = await mock.tariff(LI_NA)
    assert plan.tariff.code == "baikal"
    assert plan.next_tariff is not None
    assert plan.next_tariff.code == "taiga"
    assert (await mock.balance(LI_NA)).amount == 1104
    back = await mock.change_tariff(LI_NA, "baikal", "b")
    assert (back.price, (await mock.tariff(LI_NA)).next_tariff) == (0, None)

    await mock.change_tariff(LI_NA, "bezlimit", "c")
    clock.now += timedelta(days=31)
    plan = await mock.tariff(LI_NA)
    assert (plan.tariff.code, plan.next_tariff) == ("bezlimit", None)
    assert (await counters(mock, LI_NA))["internet"] == (None, None)  # unlimited


async def test_a_promised_payment_unblocks_and_is_taken_back_later(mock: MockSubscribers, clock: Clock) -> None:
    assert await reason(mock.quote_promise(LI_NA)) == "not_needed"
    offer = await mock.quote_promise(PYOTR)
    assert (offer.amount, offer.until) == (300, date(2026, 11, 27))
    assert await mock.take_promise(PYOTR, "p") == offer == await mock.take_promise(PYOTR, "p")
    balance = await mock.balance(PYOTR)
    assert (balance.amount, balance.blocked) == (Decimal("-35.10") + 300 - offer.fee, False)
    assert await reason(mock.take_promise(PYOTR, "q")) == "promise_open"
    clock.now += timedelta(days=6)
    balance = await mock.balance(PYOTR)
    assert (balance.amount, balance.blocked) == (Decimal("-35.10") - offer.fee, True)


async def test_an_unknown_phone_gets_somebody_in_the_demo_and_keeps_them(mock: MockSubscribers) -> None:
    given = await asyncio.gather(mock.assign_demo(NOBODY), mock.assign_demo(NOBODY))
    assert given[0] == given[1] == await mock.identify(NOBODY)
    assert given[0].id == NOBODY
    assert (await mock.tariff(NOBODY)).tariff.fee > 0
    assert (await mock.assign_demo(ANNA)).name == "Анна Соколова"


async def test_coverage_is_stable_better_in_towns_and_marked_as_invented(mock: MockSubscribers) -> None:
    irkutsk, listvyanka, peak = [await mock.coverage(id) for id in ("2023469", "2020744", "munku-sardyk")]
    assert irkutsk.outdoors["5G"] == irkutsk.indoors["4G"] == "good"
    assert (listvyanka.outdoors["4G"], listvyanka.indoors["4G"], listvyanka.outdoors["5G"]) == ("good", "weak", "none")
    assert set(peak.outdoors.values()) == {"none"}
    assert irkutsk.mock
    assert irkutsk == await mock.coverage("2023469")


async def test_who_hangs_or_is_down_troubles_nobody_else(mock: MockSubscribers) -> None:
    seen: list[tuple[str, str]] = []
    guarded = GuardedSubscribers(mock, timeout=0.8, observe=lambda what, how, _: seen.append((what, how)))
    for _ in range(3):
        for phone in (SLOW, DOWN):
            with pytest.raises(SubscribersDown):
                await guarded.balance(phone)
        assert (await guarded.balance(ANNA)).amount == Decimal("236.40")
    hangs = [how for what, how in seen if what == "balance"]
    assert hangs[::3] == ["timeout", "timeout", "skipped"]  # the third time nobody waits
    assert hangs[1::3] == ["down"] * 3
    assert hangs[2::3] == ["ok"] * 3
    assert (await mock.assign_demo(SLOW)).id == SLOW  # linking the slow one is not slow


async def test_a_system_that_hangs_for_everybody_is_left_alone_for_a_while() -> None:
    now, system = [0.0], Hanging()
    guarded = GuardedSubscribers(system, timeout=0.02, clock=lambda: now[0])  # type: ignore[arg-type]
    for phone in [f"+7901000000{n}" for n in range(6)]:
        with pytest.raises(SubscribersDown, match="TimeoutError"):
            await guarded.balance(phone)
    with pytest.raises(SubscribersDown, match="given up on"):
        await guarded.balance(ANNA)
    now[0] = 6.0  # after the pause one call goes through, hangs again, and the pause goes on
    with pytest.raises(SubscribersDown, match="TimeoutError"):
        await guarded.balance(ANNA)
    with pytest.raises(SubscribersDown, match="given up on"):
        await guarded.balance(WANG)
    system.hangs = False
    now[0] = 12.0
    assert (await guarded.balance(WANG)).amount == 58
    assert (await guarded.balance(ANNA)).amount == 58


async def test_a_refusal_is_an_answer_and_reaches_the_asker(mock: MockSubscribers) -> None:
    guarded = GuardedSubscribers(mock)
    assert await reason(guarded.connect(WANG, "gb5", "g1")) == "no_money"
    assert (await guarded.connect(WANG, "forwarding", "g2")).charged == 0


async def test_a_lost_database_is_a_provider_that_is_down(mock: MockSubscribers, pool: asyncpg.Pool) -> None:
    await pool.close()
    with pytest.raises(SubscribersDown):
        await mock.balance(ANNA)


class Hanging:
    """A system on the day when no balance comes."""

    hangs = True

    async def balance(self, phone: str) -> Balance:
        if self.hangs:
            await asyncio.Event().wait()
        return Balance(Decimal(58), blocked=False, at=NOON)
