"""The queue on a real database: who is next, who may take, what is refused, what comes back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import contacts, handoff, transcript
from bot.database import Database
from bot.handoff import cases
from bot.staff.agents import Agent
from tests.queue_people import newcomer, takes, waits


async def test_eight_agents_never_take_the_same_subscriber(db: Database) -> None:
    team = [await newcomer(db, f"agent{n}", ["ru"]) for n in range(8)]
    waiting = [(await waits(db)).id for _ in range(40)]

    async def work(agent: Agent) -> list[int]:
        taken = []
        while (case := await takes(db, agent)) is not None:
            taken.append(case)
        return taken

    taken = [case for cases_ in await asyncio.gather(*(work(agent) for agent in team)) for case in cases_]
    assert sorted(taken) == sorted(waiting)


async def test_of_eight_claims_on_one_case_one_wins_and_seven_learn_who(db: Database) -> None:
    team = [await newcomer(db, f"agent{n}", ["ru"]) for n in range(8)]
    case = await waits(db)

    async def claim(agent: Agent) -> str:
        try:
            async with db.transaction() as tx:
                await handoff.claim(tx, agent, case.id)
            return "won"
        except handoff.Held as held:
            return held.agent

    results = await asyncio.gather(*(claim(agent) for agent in team))
    assert results.count("won") == 1
    winner = team[results.index("won")].name
    assert all(result in ("won", winner) for result in results)


async def test_the_longest_waiting_is_next_but_danger_comes_first_and_each_line_has_its_agents(db: Database) -> None:
    anna, li = await newcomer(db, "anna", ["ru"]), await newcomer(db, "li", ["ru", "zh"])
    short, long = await waits(db, waited=10), await waits(db, waited=100)
    danger = await waits(db, priority=cases.EMERGENCY)
    chinese = await waits(db, "zh", waited=5)
    async with db.transaction() as tx:
        assert [one.id for one in await cases.waiting(tx, anna)] == [danger.id, long.id, short.id]
        assert await cases.position(tx, short.id) == 3
        with pytest.raises(handoff.NotYours):
            await handoff.claim(tx, anna, chinese.id)
    assert await takes(db, anna) == danger.id
    # A bilingual agent is kept for the language that fewer speak.
    assert await takes(db, li) == chinese.id
    assert await takes(db, li) == long.id
    assert await takes(db, anna) == short.id
    assert await takes(db, anna) is None


async def test_an_agent_takes_no_more_than_they_may_hold_even_with_two_tabs(db: Database) -> None:
    anna = await newcomer(db, "anna", ["ru"], capacity=2)
    for _ in range(5):
        await waits(db)

    async def grab() -> str:
        try:
            return "took" if await takes(db, anna) else "none"
        except handoff.Full:
            return "full"

    results = await asyncio.gather(*(grab() for _ in range(5)))
    assert sorted(results) == ["full", "full", "full", "took", "took"]


async def test_who_does_not_hold_the_chat_can_neither_write_nor_close_it(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"]), await newcomer(db, "ivan", ["ru"])
    case = await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
    for deed in (
        lambda tx: handoff.say(tx, ivan, case.id, "c1", "я"),
        lambda tx: handoff.close(tx, ivan, case.id, reason="x", outcome="solved"),
        lambda tx: handoff.hand_back(tx, ivan, case.id),
        lambda tx: handoff.transfer(tx, ivan, case.id, to=None, line="zh", reason="x"),
        lambda tx: handoff.claim(tx, ivan, case.id),
    ):
        async with db.transaction() as tx:
            with pytest.raises(handoff.Held, match="Anna"):
                await deed(tx)
    async with db.transaction() as tx:
        await handoff.say(tx, anna, case.id, "c1", "Здравствуйте")


async def test_the_same_words_sent_twice_are_said_once(db: Database) -> None:
    anna, case = await newcomer(db, "anna", ["ru"]), await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)

    async def say() -> int:
        async with db.transaction() as tx:
            return (await handoff.say(tx, anna, case.id, "same", "Здравствуйте")).n

    first = await say()
    assert set(await asyncio.gather(*(say() for _ in range(5)))) == {first}


async def test_a_note_never_gets_a_public_number_and_leaves_no_hole(db: Database) -> None:
    anna, case = await newcomer(db, "anna", ["ru"]), await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
        await handoff.note(tx, anna, case.id, "злится")
        await handoff.say(tx, anna, case.id, "c1", "Здравствуйте")
        public = await transcript.since(tx, case.id, 0)
        everything = await transcript.since_all(tx, case.id, 0)
    assert "злится" not in str([event.body for event in public])
    assert [event.seq for event in public] == list(range(1, len(public) + 1))
    assert [event.n for event in everything] == list(range(1, len(everything) + 1))
    assert any(event.kind == "note" for event in everything)


async def test_a_transferred_case_keeps_its_place_and_waits_for_whom_it_was_meant(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"]), await newcomer(db, "ivan", ["ru"])
    meant, other = await waits(db, waited=100), await waits(db, waited=10)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, meant.id)
        await handoff.transfer(tx, anna, meant.id, to=ivan, line=None, reason="знает про роуминг")
    assert await takes(db, anna) == other.id
    assert await takes(db, ivan) == meant.id


async def test_a_silent_or_vanished_agent_loses_the_case_and_the_person_keeps_the_place(db: Database) -> None:
    anna, case = await newcomer(db, "anna", ["ru"]), await waits(db, waited=300)
    younger = await waits(db, waited=30)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
        await transcript.append(tx, case.id, "msg", "user", {"text": "вы тут?"})
        assert await handoff.return_silent(tx, timedelta(minutes=2), timedelta(seconds=90)) == []
        await tx.execute("UPDATE conversation SET heard_at = now() - interval '3 minutes'")
        await tx.execute("UPDATE handoff SET assigned_at = now() - interval '3 minutes' WHERE assigned_at IS NOT NULL")
    async with db.transaction() as tx:
        assert await handoff.return_silent(tx, timedelta(minutes=2), timedelta(seconds=90)) == [case.id]
        assert await handoff.return_silent(tx, timedelta(minutes=2), timedelta(seconds=90)) == []
        assert await cases.position(tx, case.id) == 1
        assert await cases.position(tx, younger.id) == 2
        with pytest.raises(handoff.Gone):
            await handoff.say(tx, anna, case.id, "late", "я здесь")


async def test_the_first_rating_counts_and_only_in_ones_own_chat(db: Database) -> None:
    anna, case, stranger = await newcomer(db, "anna", ["ru"]), await waits(db), await waits(db)
    async with db.transaction() as tx:
        taken = await handoff.claim(tx, anna, case.id)
        await handoff.close(tx, anna, case.id, reason="answered", outcome="solved")
    async with db.transaction() as tx:
        assert not await handoff.rate(tx, stranger, taken.handoff_id, 1)
        assert await handoff.rate(tx, case, taken.handoff_id, 5)
        assert not await handoff.rate(tx, case, taken.handoff_id, 1)
        assert await tx.fetchval("SELECT rating FROM handoff WHERE id = $1", taken.handoff_id) == 5


async def test_the_expected_wait_is_the_measured_pace_or_nothing(db: Database) -> None:
    anna = await newcomer(db, "anna", ["ru"])
    async with db.transaction() as tx:
        assert await cases.expected_wait(tx, "ru", 3) is None
    for _ in range(6):
        await waits(db, waited=3600)
        assert await takes(db, anna)
    async with db.transaction() as tx:
        await tx.execute(
            "UPDATE handoff SET assigned_at = now() - (id - (SELECT min(id) FROM handoff)) * interval '1 min'"
        )
        wait = await cases.expected_wait(tx, "ru", 3)
    assert wait == timedelta(minutes=3)


async def test_who_returns_within_a_day_comes_before_first_timers(db: Database) -> None:
    anna, back = await newcomer(db, "anna", ["ru"]), await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, back.id)
        await handoff.close(tx, anna, back.id, reason="answered", outcome="solved")
    first = await waits(db, waited=60)
    async with db.transaction() as tx:
        again = await contacts.lock(tx, back.id)
        assert again
        await handoff.ask(tx, again, topic="human", reason="asked")
        assert [one.id for one in await cases.waiting(tx, anna)] == [back.id, first.id]
