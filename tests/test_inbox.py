"""The inbox: stored once, answered in order, one at a time per lane, taken over from the dead."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest_asyncio

from bot import inbox
from bot.database import Database


@pytest_asyncio.fixture
async def db(fresh_dsn: str) -> AsyncIterator[Database]:
    database = Database(fresh_dsn)
    await database.open()
    yield database
    await database.close()


async def _put(db: Database, key: str, lane: str = "a") -> bool:
    async with db.transaction() as tx:
        return await inbox.put(tx, channel="telegram", source="1", key=key, lane=lane, payload=key.encode())


async def _claim(db: Database, limit: int = 10) -> list[inbox.Letter]:
    async with db.transaction() as tx:
        return await inbox.claim(tx, db.owner, limit)


async def _done(db: Database, letter: inbox.Letter) -> bool:
    async with db.transaction() as tx:
        return await inbox.done(tx, letter.id, db.owner)


async def test_the_same_update_delivered_ten_times_at_once_is_stored_once(db: Database) -> None:
    stored = await asyncio.gather(*(_put(db, "7") for _ in range(10)))
    assert stored.count(True) == 1


async def test_only_the_oldest_of_a_lane_can_be_claimed_and_the_next_when_it_is_done(db: Database) -> None:
    for key in ("1", "2", "3"):
        await _put(db, key)
    await _put(db, "other", lane="b")
    first, other = await _claim(db)
    assert (first.payload, other.payload) == (b"1", b"other")
    assert await _claim(db) == []
    assert await _done(db, first)
    assert [letter.payload for letter in await _claim(db)] == [b"2"]


async def test_many_workers_keep_the_order_of_every_lane(db: Database) -> None:
    lanes = [f"lane{n}" for n in range(12)]
    for number in range(10):
        for lane in lanes:
            await _put(db, f"{lane}:{number}", lane)
    answered: dict[str, list[int]] = {lane: [] for lane in lanes}
    chance = random.Random(1)

    async def work() -> None:
        while True:
            letters = await _claim(db, 2)
            if not letters and all(len(done) == 10 for done in answered.values()):
                return
            for letter in letters:
                await asyncio.sleep(chance.uniform(0, 0.003))
                lane, number = letter.payload.decode().split(":")
                answered[lane].append(int(number))
                await _done(db, letter)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work() for _ in range(6)))
    assert all(done == list(range(10)) for done in answered.values())


async def test_what_a_dead_process_had_claimed_is_taken_over_at_once(db: Database, fresh_dsn: str) -> None:
    await _put(db, "1")
    other = Database(fresh_dsn)
    await other.open()
    (claimed,) = await _claim(other)
    async with db.transaction() as tx:
        assert await inbox.free_leases_of_the_dead(tx, "inbox") == 0, "it is still alive"
    await other.close()
    async with asyncio.timeout(10):
        while True:
            async with db.transaction() as tx:
                if await inbox.free_leases_of_the_dead(tx, "inbox"):
                    break
            await asyncio.sleep(0.02)
    (again,) = await _claim(db)
    assert again.id == claimed.id
    async with db.transaction() as tx:
        assert not await inbox.done(tx, again.id, other.owner), "who lost the lease may not answer"
    assert await _done(db, again)


async def test_a_poisonous_message_is_set_aside_after_three_tries_and_the_lane_goes_on(db: Database) -> None:
    await _put(db, "bad")
    await _put(db, "good")
    for attempt in range(1, inbox.ATTEMPTS + 1):
        (letter,) = await _claim(db)
        assert (letter.payload, letter.attempts) == (b"bad", attempt)
        async with db.transaction() as tx:
            assert await inbox.failed(tx, letter, "ValueError: bad") == (attempt == inbox.ATTEMPTS)
            await tx.execute("UPDATE inbox SET next_at = now()")
    (letter,) = await _claim(db)
    assert letter.payload == b"good"


async def test_a_database_that_was_away_costs_no_attempt(db: Database) -> None:
    await _put(db, "1")
    (letter,) = await _claim(db)
    async with db.transaction() as tx:
        await inbox.postpone(tx, letter, 0)
    (again,) = await _claim(db)
    assert again.attempts == 1
