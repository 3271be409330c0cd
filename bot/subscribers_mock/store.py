"""What the mock operator keeps, in the schema `mock_operator` of the database it is given."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import asyncpg

from bot.subscribers import SubscribersDown
from bot.subscribers_mock.calendar import last_fee, months_after
from bot.subscribers_mock.people import Person
from faq.operator_data import Operator, Service

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
EDITION = 2  # of the schema and the people; another number in the database means: begin anew
LOCK = 7_315_002
SCHEMA = "mock_operator"
_COLUMNS = tuple(field.name for field in fields(Person) if field.name != "services")
_SEEDED_MONTHS = 3  # what the cast has was connected this long ago

# What a database that is away or overloaded raises.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the pool gave a connection that was just dying
    OSError,
    TimeoutError,
)

Tx: TypeAlias = asyncpg.Connection


@dataclass(frozen=True)
class Promised:
    amount: Decimal
    until: date


@dataclass(frozen=True)
class Bought:
    service: str
    amount: Decimal  # left
    until: date


@dataclass(frozen=True)
class Line:
    """All that is known of one phone at one moment, with what fell due since already done."""

    person: Person
    ordered: str | None
    connected: tuple[tuple[str, date], ...]  # service, since
    bought: tuple[Bought, ...]
    promised: Promised | None


@dataclass(frozen=True)
class Spent:
    day: date
    kind: str
    code: str
    amount: Decimal


class Store:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Raises SubscribersDown when the database is away."""
        try:
            async with self._pool.acquire(timeout=5) as connection, connection.transaction():
                yield connection
        except AWAY as away:
            raise SubscribersDown(type(away).__name__) from away

    async def prepare(self, people: Iterable[Person], operator: Operator, today: date) -> None:
        """Make and fill the schema unless it is there; when two start at once, one does it and the other waits."""
        async with self._pool.acquire(timeout=30) as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            if await self._edition(connection) == EDITION:
                return
            await connection.execute("DROP SCHEMA IF EXISTS mock_operator CASCADE")
            await connection.execute("CREATE SCHEMA mock_operator")
            await connection.execute(SCHEMA_FILE.read_text(encoding="utf-8"))
            everybody = await asyncio.to_thread(list, people)  # half a second that nobody else must wait for
            await insert(connection, everybody, operator, today)
            await connection.execute("INSERT INTO mock_operator.edition VALUES ($1)", EDITION)

    async def _edition(self, tx: Tx) -> int | None:
        if await tx.fetchval("SELECT to_regclass('mock_operator.edition')") is None:
            return None
        number: int | None = await tx.fetchval("SELECT number FROM mock_operator.edition")
        return number


async def insert(tx: Tx, people: list[Person], operator: Operator, today: date) -> None:
    """By COPY: ten thousand in a fraction of a second."""
    rows = [tuple(getattr(person, column) for column in _COLUMNS) for person in people]
    await tx.copy_records_to_table("subscriber", schema_name=SCHEMA, records=rows, columns=_COLUMNS)
    connected = [(person.phone, code, person.fee_day) for person in people for code in person.services]
    since = {(code, day): _since(operator.services[code], day, today) for _, code, day in connected}
    rows = [(phone, code, since[code, day]) for phone, code, day in connected]
    await tx.copy_records_to_table("connected", schema_name=SCHEMA, records=rows, columns=("phone", "service", "since"))


def _since(service: Service, fee_day: int, today: date) -> date:
    """So that a monthly service is charged together with the tariff."""
    charged = months_after(last_fee(fee_day, today), -_SEEDED_MONTHS)
    return charged - timedelta(days=service.trial_days)


async def read(tx: Tx, phone: str, today: date, *, lock: bool = False) -> Line | None:
    """One phone; `lock` keeps others from changing it until the transaction ends."""
    query = "SELECT * FROM mock_operator.subscriber WHERE phone = $1" + (" FOR UPDATE" if lock else "")
    row = await tx.fetchrow(query, phone)
    if row is None:
        return None
    promised = await tx.fetchrow("SELECT amount, until FROM mock_operator.promise WHERE phone = $1", phone)
    due = (row["ordered_on"] is not None and row["ordered_on"] <= today) or (promised and promised["until"] < today)
    if due:
        await _settle(tx, phone, today)
        return await read(tx, phone, today, lock=lock)
    connected = await tx.fetch(
        "SELECT service, since FROM mock_operator.connected WHERE phone = $1 ORDER BY since, service", phone
    )
    bought = await tx.fetch(
        "SELECT service, amount, until FROM mock_operator.bought WHERE phone = $1 AND until >= $2 ORDER BY id",
        phone,
        today,
    )
    return Line(
        person=Person(
            **{column: row[column] for column in _COLUMNS}, services=tuple(one["service"] for one in connected)
        ),
        ordered=row["ordered"],
        connected=tuple((one["service"], one["since"]) for one in connected),
        bought=tuple(Bought(**one) for one in bought),
        promised=Promised(promised["amount"], promised["until"]) if promised else None,
    )


async def _settle(tx: Tx, phone: str, today: date) -> None:
    """The ordered tariff takes effect; a promised payment whose time is over is taken back."""
    await tx.execute(
        """
        UPDATE mock_operator.subscriber SET tariff = ordered, ordered = NULL, ordered_on = NULL
        WHERE phone = $1 AND ordered_on <= $2
        """,
        phone,
        today,
    )
    await tx.execute(
        """
        WITH over AS (DELETE FROM mock_operator.promise WHERE phone = $1 AND until < $2 RETURNING amount)
        UPDATE mock_operator.subscriber SET balance = balance - over.amount, blocked = balance < over.amount
        FROM over WHERE phone = $1
        """,
        phone,
        today,
    )


async def pay(tx: Tx, phone: str, amount: Decimal) -> None:
    """Take money off the balance; a negative amount puts it on, and unblocks who is no longer in debt."""
    await tx.execute(
        """
        UPDATE mock_operator.subscriber SET balance = balance - $2, blocked = blocked AND balance - $2 < 0
        WHERE phone = $1
        """,
        phone,
        amount,
    )


async def note(tx: Tx, phone: str, spent: Spent) -> None:
    if spent.amount > 0:
        await tx.execute(
            "INSERT INTO mock_operator.charge (phone, day, kind, code, amount) VALUES ($1, $2, $3, $4, $5)",
            phone,
            spent.day,
            spent.kind,
            spent.code,
            spent.amount,
        )


async def noted(tx: Tx, phone: str, since: date) -> list[Spent]:
    query = """
        SELECT day, kind, code, amount FROM mock_operator.charge WHERE phone = $1 AND day >= $2 ORDER BY day, id
    """
    return [Spent(**row) for row in await tx.fetch(query, phone, since)]


async def answered(tx: Tx, phone: str, change: str, request_id: str) -> str | None:
    query = "SELECT answer FROM mock_operator.request WHERE phone = $1 AND change = $2 AND request_id = $3"
    answer: str | None = await tx.fetchval(query, phone, change, request_id)
    return answer


async def remember(tx: Tx, phone: str, change: str, request_id: str, answer: str) -> None:
    await tx.execute(
        "INSERT INTO mock_operator.request (phone, change, request_id, answer) VALUES ($1, $2, $3, $4)",
        phone,
        change,
        request_id,
        answer,
    )


async def insert_once(tx: Tx, person: Person, operator: Operator, today: date) -> None:
    """Two messages of one new person may arrive together; the first makes the line."""
    await tx.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", LOCK, person.phone)
    known = "SELECT 1 FROM mock_operator.subscriber WHERE phone = $1"
    if await tx.fetchval(known, person.phone) is None:
        await insert(tx, [person], operator, today)


async def switch_on(tx: Tx, phone: str, service: str, today: date) -> None:
    await tx.execute(
        "INSERT INTO mock_operator.connected (phone, service, since) VALUES ($1, $2, $3)", phone, service, today
    )


async def switch_off(tx: Tx, phone: str, service: str) -> None:
    await tx.execute("DELETE FROM mock_operator.connected WHERE phone = $1 AND service = $2", phone, service)


async def fill_china(tx: Tx, phone: str, minutes: Decimal) -> None:
    await tx.execute("UPDATE mock_operator.subscriber SET china = $2 WHERE phone = $1", phone, minutes)


async def buy(tx: Tx, phone: str, bought: Bought) -> None:
    query = "INSERT INTO mock_operator.bought (phone, service, amount, until) VALUES ($1, $2, $3, $4)"
    await tx.execute(query, phone, bought.service, bought.amount, bought.until)


async def order(tx: Tx, phone: str, tariff: str | None, on: date) -> None:
    """None takes the order back."""
    query = "UPDATE mock_operator.subscriber SET ordered = $2, ordered_on = $3 WHERE phone = $1"
    await tx.execute(query, phone, tariff, on if tariff else None)


async def lend(tx: Tx, phone: str, promised: Promised) -> None:
    query = "INSERT INTO mock_operator.promise (phone, amount, until) VALUES ($1, $2, $3)"
    await tx.execute(query, phone, promised.amount, promised.until)
