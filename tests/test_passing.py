"""A chat in an agent's hands: put aside, opened again, passed on, taken over; what a shift comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import contacts, handoff, transcript
from bot.database import Database
from bot.handoff import cases
from bot.knowledge import lessons
from bot.staff import agents
from bot.staff.shift import shift
from tests.queue_people import newcomer, takes, waits

SILENCE, VANISHED = timedelta(minutes=2), timedelta(seconds=90)


def _in(**ahead: float) -> datetime:
    return datetime.now(UTC) + timedelta(**ahead)


async def test_a_chat_put_aside_leaves_room_and_comes_back_by_the_clock_or_when_the_person_writes(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"], capacity=1), await newcomer(db, "ivan", ["ru"])
    aside, other = await waits(db, waited=60), await waits(db)
    assert await takes(db, anna) == aside.id
    with pytest.raises(handoff.Full):
        await takes(db, anna)
    async with db.transaction() as tx:
        with pytest.raises(handoff.Held, match="Anna"):
            await handoff.snooze(tx, ivan, aside.id, _in(hours=1), "ждём склад")
        with pytest.raises(ValueError, match="past"):
            await handoff.snooze(tx, anna, aside.id, _in(hours=-1), "ждём склад")
        await handoff.snooze(tx, anna, aside.id, _in(hours=1), "ждём склад")
        assert await agents.load_of(tx, anna) == 0
    assert await takes(db, anna) == other.id
    async with db.transaction() as tx:
        assert [bool(one.snoozed_until) for one in await cases.mine(tx, anna)] == [False, True]
        assert await handoff.return_silent(tx, timedelta(0), VANISHED) == [other.id]
        assert await handoff.wake_due(tx) == []
        await tx.execute("UPDATE handoff SET snoozed_until = now() WHERE snoozed_until IS NOT NULL")
    async with db.transaction() as tx:
        assert await handoff.wake_due(tx) == [aside.id]
        assert await handoff.wake_due(tx) == []
        assert await agents.load_of(tx, anna) == 1
        await handoff.snooze(tx, anna, aside.id, _in(hours=1), "ещё раз")
        await handoff.unsnooze(tx, anna, aside.id)
        assert await agents.load_of(tx, anna) == 1


async def test_what_was_put_aside_by_somebody_who_has_gone_home_goes_back_to_the_queue(db: Database) -> None:
    anna, case = await newcomer(db, "anna", ["ru"]), await waits(db)
    await takes(db, anna)
    async with db.transaction() as tx:
        await handoff.say(tx, anna, case.id, "c", "узнаю и напишу")
        await handoff.snooze(tx, anna, case.id, _in(hours=1), "узнать")
        await agents.set_presence(tx, anna, "offline")
        await tx.execute("UPDATE handoff SET snoozed_until = now()")
        assert await handoff.wake_due(tx) == [case.id]
        waiting = await cases.case_of(tx, case.id)
    assert waiting
    assert (waiting.state, waiting.position) == ("queued", 1)


async def test_whoever_closed_a_chat_may_open_it_again_within_a_day_and_nobody_else(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"]), await newcomer(db, "ivan", ["ru"])
    case, never = await waits(db), await waits(db, waited=5)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
        await handoff.close(tx, anna, case.id, reason="answered", outcome="solved")
        with pytest.raises(handoff.NotYours):
            await handoff.reopen(tx, ivan, case.id)
        with pytest.raises(handoff.Gone):
            await handoff.reopen(tx, anna, never.id)
        await handoff.reopen(tx, anna, case.id)
        await handoff.reopen(tx, anna, case.id)  # twice is once
        assert await tx.fetchval("SELECT count(*) FROM handoff WHERE conversation_id = $1", case.id) == 2
        with pytest.raises(handoff.Held, match="Anna"):
            await handoff.reopen(tx, ivan, case.id)
        await handoff.close(tx, anna, case.id, reason="answered", outcome="solved")
        await tx.execute("UPDATE handoff SET closed_at = now() - interval '25 hours' WHERE closed_at IS NOT NULL")
        with pytest.raises(handoff.Gone):
            await handoff.reopen(tx, anna, case.id)


async def test_who_is_back_within_a_day_waits_for_the_same_agent_only_while_that_one_is_there(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"]), await newcomer(db, "ivan", ["ru"])
    back, first = await waits(db), await waits(db, waited=60)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, back.id)
        await handoff.close(tx, anna, back.id, reason="answered", outcome="solved")
        again = await contacts.lock(tx, back.id)
        assert again
        await handoff.ask(tx, again, topic="human", reason="asked")
        assert [one.id for one in await cases.waiting(tx, anna)] == [back.id, first.id]
    assert await takes(db, ivan) == first.id
    assert await takes(db, ivan) is None
    async with db.transaction() as tx:
        await agents.set_presence(tx, anna, "away")
    assert await takes(db, ivan) == back.id


async def test_a_supervisor_takes_any_chat_and_the_old_agent_writes_too_late(db: Database) -> None:
    anna, olga = await newcomer(db, "anna", ["ru"]), await newcomer(db, "olga", ["ru"], 1, "supervisor")
    held, queued = await waits(db, waited=9), await waits(db)
    async with db.transaction() as tx:
        with_bot = await contacts.open(tx, "telegram", "500", language="zh")
        await handoff.claim(tx, anna, held.id)
        with pytest.raises(handoff.NotYours):
            await handoff.take_over(tx, anna, queued.id)
        for one in (held, queued, with_bot):
            await handoff.take_over(tx, olga, one.id)
            await handoff.take_over(tx, olga, one.id)
        with pytest.raises(handoff.Held, match="Olga"):
            await handoff.say(tx, anna, held.id, "late", "я ещё тут")
        told = [await transcript.since(tx, one.id, 0) for one in (held, queued, with_bot)]
        assert len(await cases.mine(tx, olga)) == 3
    last = [[event.body["text"] for event in some if event.kind == "msg"][-1] for some in told]
    assert last[0].startswith("Дальше с вами Olga")
    assert last[1].startswith("На связи Olga")
    assert last[2].startswith("客服 Olga")


async def test_nobody_is_handed_to_somebody_who_is_away_or_has_no_room(db: Database) -> None:
    anna, olga = await newcomer(db, "anna", ["ru"]), await newcomer(db, "olga", ["ru"], role="supervisor")
    away = await newcomer(db, "away", ["ru"], presence="away")
    full = await newcomer(db, "full", ["ru"], capacity=1)
    case, queued = await waits(db, waited=9), await waits(db, waited=5)
    await waits(db, waited=100)
    await takes(db, full)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
        for to, refusal in ((away, handoff.Absent), (full, handoff.Full)):
            with pytest.raises(refusal) as refused:
                await handoff.transfer(tx, anna, case.id, to=to, line=None, reason="x")
            assert refused.value.agent == to.name
            with pytest.raises(refusal):
                await handoff.reassign(tx, olga, case.id, to)
        with pytest.raises(handoff.NotYours):
            await handoff.reassign(tx, anna, queued.id, olga)
        await handoff.reassign(tx, olga, queued.id, anna)
        await handoff.reassign(tx, olga, case.id, olga)
        with pytest.raises(handoff.Held, match="Olga"):
            await handoff.close(tx, anna, case.id, reason="answered", outcome="solved")
        assert {one.agent for one in [*await cases.mine(tx, anna), *await cases.mine(tx, olga)]} == {
            anna.name,
            olga.name,
        }


async def test_a_supervisors_whisper_reaches_the_agent_and_never_the_person(db: Database) -> None:
    anna, olga = await newcomer(db, "anna", ["ru"]), await newcomer(db, "olga", ["ru"], role="supervisor")
    case = await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, case.id)
        whisper = await handoff.note(tx, olga, case.id, "предложи перерасчёт")
        remark = await handoff.note(tx, anna, case.id, "хорошо")
    assert whisper.seq is None
    assert (whisper.body["supervisor"], whisper.author_name) == (True, olga.name)
    assert "supervisor" not in remark.body


async def test_what_an_agent_marks_as_missing_becomes_a_lesson_even_if_nothing_was_asked_before(db: Database) -> None:
    anna, case, plain = await newcomer(db, "anna", ["ru"]), await waits(db, waited=5), await waits(db)
    async with db.transaction() as tx:
        for one in (case, plain):
            await handoff.claim(tx, anna, one.id)
            await transcript.append(tx, one.id, "msg", "user", {"text": "можно ли eSIM на часы? мой +79021234567"})
        await handoff.close(tx, anna, case.id, reason="answered", outcome="solved", candidate=True)
        await handoff.close(tx, anna, plain.id, reason="answered", outcome="solved")
        kept = [row async for row in lessons.since(tx, timedelta(days=1))]
    assert [(row["person"], row["candidate"]) for row in kept] == [(case.id, True)]
    assert "eSIM" in kept[0]["text"]
    assert "9021234567" not in kept[0]["text"]


async def test_a_shift_counts_what_the_agent_did_since_they_came(db: Database) -> None:
    anna = await newcomer(db, "anna", ["ru"])
    midnight = datetime.now(UTC) - timedelta(hours=3)
    for stars in (5, 2):
        case = await waits(db)
        await takes(db, anna)
        async with db.transaction() as tx:
            await handoff.say(tx, anna, case.id, "c", "Здравствуйте")
            await handoff.close(tx, anna, case.id, reason="answered", outcome="solved" if stars > 2 else "unsolved")
            last = await tx.fetchval("SELECT max(id) FROM handoff")
            await handoff.rate(tx, case, last, stars)
    await waits(db)
    await takes(db, anna)
    async with db.transaction() as tx:
        await tx.execute("UPDATE agent SET presence_at = now() - interval '1 hour'")
        await tx.execute(
            "UPDATE handoff SET assigned_at = now() - interval '10 min', first_reply_at = now() - interval '9 min'"
            " WHERE closed_at IS NOT NULL"
        )
        figures = await shift(tx, anna, midnight)
        await tx.execute("UPDATE agent SET presence_at = now()")
        fresh = await shift(tx, anna, midnight)
    assert (figures.taken, figures.closed, figures.solved) == (3, 2, 1)
    assert (figures.first_answer_s, figures.csat, figures.rated) == (60, 3.5, 2)
    assert figures.handle_s is not None
    assert 590 <= figures.handle_s <= 610
    assert figures.since > midnight
    assert (fresh.taken, fresh.first_answer_s) == (0, None)
