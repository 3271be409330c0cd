"""Who gets whom: the scarce line, ageing, what is reserved, and cases that reach agents by themselves."""

from __future__ import annotations

import asyncio

from bot import contacts, handoff
from bot.database import Database
from bot.handoff import cases
from bot.handoff.assigning import assign_waiting
from bot.staff import agents
from tests.queue_people import newcomer, takes, waits
from tests.world import World


async def _holders(db: Database) -> dict[int, str]:
    async with db.transaction() as tx:
        rows = await tx.fetch("SELECT c.id, a.login FROM conversation c JOIN agent a ON a.id = c.agent_id")
    return {row["id"]: row["login"] for row in rows}


async def test_waiting_makes_a_case_more_urgent_but_never_as_urgent_as_danger(db: Database) -> None:
    anna = await newcomer(db, "anna", ["ru"])
    old, repeat = await waits(db, waited=35 * 60), await waits(db, priority=cases.REPEAT_CONTACT, waited=60)
    blocked, ancient = await waits(db, priority=cases.CUT_OFF, waited=60), await waits(db, waited=40 * 3600)
    danger = await waits(db, priority=cases.EMERGENCY)
    async with db.transaction() as tx:
        listed = [one.id for one in await cases.waiting(tx, anna)]
        places = await cases.all_places(tx)
    expected = [danger.id, ancient.id, old.id, repeat.id, blocked.id]
    assert listed == expected
    assert sorted(places, key=places.__getitem__) == expected
    assert [await takes(db, anna) for _ in expected] == expected


async def test_no_place_moves_while_nobody_comes_or_goes(db: Database) -> None:
    for priority, waited in ((0, 700), (1, 430), (2, 70), (cases.CUT_OFF, 15), (cases.REPEAT_CONTACT, 0)):
        await waits(db, priority=priority, waited=waited)
    async with db.transaction() as tx:
        first = await cases.all_places(tx)
        for _ in range(40):
            await tx.execute("UPDATE handoff SET queued_at = queued_at - interval '37 seconds'")
            assert await cases.all_places(tx) == first


async def test_the_place_told_is_the_place_in_which_one_is_taken(db: Database) -> None:
    """Only Li is at the desk: whoever waits for Chinese is taken before all Russian cases but the dangerous."""
    li = await newcomer(db, "li", ["ru", "zh"])
    anna = await newcomer(db, "anna", ["ru"], presence="away")
    ru, zh = await waits(db, waited=500), await waits(db, "zh")
    danger, back = await waits(db, priority=cases.EMERGENCY), await waits(db)
    async with db.transaction() as tx:
        await tx.execute("UPDATE handoff SET for_agent_id = $1 WHERE conversation_id = $2", li.id, back.id)
        alone = await cases.all_places(tx)
        await agents.set_presence(tx, anna, "online")
        together = await cases.all_places(tx)
        await agents.set_presence(tx, anna, "away")
    assert alone == {danger.id: 1, back.id: 2, zh.id: 3, ru.id: 4}
    assert (together[danger.id], together[ru.id], together[back.id]) == (1, 2, 2)
    assert [await takes(db, li) for _ in alone] == sorted(alone, key=alone.__getitem__)


async def test_cases_go_to_the_least_loaded_and_who_speaks_the_scarce_language_is_spared(db: Database) -> None:
    await newcomer(db, "li", ["ru", "zh"])
    await newcomer(db, "anna", ["ru"], capacity=2)
    await newcomer(db, "ivan", ["ru"], capacity=4)
    await newcomer(db, "olga", ["ru", "zh"], role="supervisor")
    russian = [(await waits(db, waited=100 - n)).id for n in range(6)]
    assert await assign_waiting(db) == 6
    by_agent = list((await _holders(db)).values())
    assert (by_agent.count("anna"), by_agent.count("ivan"), by_agent.count("li")) == (2, 4, 0)
    overflow, chinese = await waits(db), await waits(db, "zh")
    assert await assign_waiting(db) == 2
    holders = await _holders(db)
    assert (holders[overflow.id], holders[chinese.id]) == ("li", "li")  # Li only when no other Russian has room
    assert set(russian) < set(holders)


async def test_nobody_is_given_more_than_their_limit_by_any_number_of_replicas(db: Database) -> None:
    await newcomer(db, "anna", ["ru"], capacity=3)
    await newcomer(db, "ivan", ["ru"], capacity=3)
    await newcomer(db, "gone", ["ru"], capacity=9, presence="away")
    order = [(await waits(db, waited=100 - n)).id for n in range(9)]
    replicas = [Database(db.dsn, pool_size=3) for _ in range(3)]
    for one in replicas:
        await one.open()
    given = await asyncio.gather(*(assign_waiting(one) for one in replicas))
    for one in replicas:
        await one.close()
    holders = await _holders(db)
    assert sum(given) == 6
    assert sorted(holders) == sorted(order[:6])
    assert sorted(holders.values()).count("anna") == 3


async def test_a_case_that_slipped_from_somebody_goes_to_another_if_there_is_one(db: Database) -> None:
    anna = await newcomer(db, "anna", ["ru"])
    case = await waits(db)
    assert await assign_waiting(db) == 1
    async with db.transaction() as tx:
        await tx.execute("UPDATE conversation SET heard_at = now() - interval '1 hour'")
        await tx.execute("UPDATE handoff SET assigned_at = now() - interval '1 hour'")
        assert await handoff.return_silent(tx, cases.PACE_OVER / 10, agents.VANISHED) == [case.id]
    ivan = await newcomer(db, "ivan", ["ru"], capacity=1)
    for _ in range(1):
        await waits(db, waited=3600)  # fills Ivan, who is the least loaded and has waited longest
    assert await assign_waiting(db) == 2
    holders = await _holders(db)
    assert holders[case.id] in (anna.login, ivan.login)
    async with db.transaction() as tx:
        assert (await agents.load_of(tx, anna), await agents.load_of(tx, ivan)) == (1, 1)


async def test_who_is_cut_off_for_debt_waits_less_and_a_slow_operator_holds_nobody_up(
    world: World,
) -> None:
    for who in ("pyotr", "anna", "slow"):
        person = world.subscriber(who, "inapp")
        await person.says("позовите оператора")
        await person.hears("очеред|никого нет")
    found = await world.ask(
        "SELECT json_object_agg(k.phone, h.priority)::text FROM handoff h"
        " JOIN conversation c ON c.handoff_id = h.id JOIN contact k ON k.id = c.contact_id"
    )
    assert '"+79000000003" : 3' in found
    assert '"+79000000001" : 0' in found
    assert '"+79000000005" : 0' in found


async def test_with_automatic_assignment_a_case_reaches_an_agent_who_comes_online(fresh_dsn: str, knowledge) -> None:  # type: ignore[no-untyped-def]
    async with World(fresh_dsn, knowledge, telegram=False, assignment="auto") as world:
        anna = world.subscriber("anna", "inapp")
        await anna.says("позовите оператора")
        await anna.hears("никого нет")
        await world.agent("ivan")
        await anna.hears("На связи Иван")


async def test_a_reserved_case_is_kept_for_its_agent_only_while_that_one_has_room(db: Database) -> None:
    anna, ivan = await newcomer(db, "anna", ["ru"], capacity=1), await newcomer(db, "ivan", ["ru"], capacity=1)
    back = await waits(db)
    async with db.transaction() as tx:
        await handoff.claim(tx, anna, back.id)
        await handoff.close(tx, anna, back.id, reason="answered", outcome="solved")
        again = await contacts.lock(tx, back.id)
        assert again
        await handoff.ask(tx, again, topic="human", reason="asked")
    other = await waits(db, priority=cases.EMERGENCY)
    assert await takes(db, anna) == other.id  # danger first, and now Anna is full
    assert await assign_waiting(db) == 1
    assert (await _holders(db))[back.id] == ivan.login
