"""Put aside, closed with a reason, opened again, over the agents' API; the figures of the shift that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from faq.knowledge import Knowledge
from tests.world import World, a_world


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


def _in(hours: float) -> int:
    return int((datetime.now(UTC) + timedelta(hours=hours)).timestamp() * 1000)


async def test_a_chat_put_aside_takes_no_place_and_is_taken_up_again(office: World) -> None:
    person, anna, ivan = office.subscriber("anna", "inapp"), await office.agent("anna"), await office.agent("ivan")
    await person.says("позовите человека")
    await person.hears(".")
    chat = f"conversations/{(await anna.must('POST', 'next'))['id']}"

    for wrong in (_in(-1), _in(24 * 15), "tomorrow", True, None):
        status, refused = await anna.call("POST", f"{chat}/snooze", {"until": wrong})
        assert (status, refused["error"]["code"]) == (400, "bad_until"), wrong
    status, refused = await ivan.call("POST", f"{chat}/snooze", {"until": _in(1)})
    assert (status, refused["error"]["code"]) == (409, "held")

    until = _in(1)
    await anna.must("POST", f"{chat}/snooze", {"until": until, "reason": "ждём техников"})
    lists = await anna.must("GET", "queue")
    assert (lists["mine"][0]["snoozed_until"], lists["me"]["load"]) == (until, 0)
    await anna.must("POST", f"{chat}/unsnooze", {})
    lists = await anna.must("GET", "queue")
    assert (lists["mine"][0]["snoozed_until"], lists["me"]["load"]) == (None, 1)
    await person.fetch()
    assert "техников" not in str(person.events)


async def test_a_chat_is_closed_by_a_reason_of_the_list_and_opened_again_by_whoever_closed_it(office: World) -> None:
    person, anna, ivan = office.subscriber("anna", "inapp"), await office.agent("anna"), await office.agent("ivan")
    await person.says("почему у меня не работает вай-фай роутер")
    await person.says("позовите человека")
    await person.hears(".")
    chat = f"conversations/{(await anna.must('POST', 'next'))['id']}"
    groups = (await anna.must("GET", "close_reasons"))["groups"]
    code = groups[0]["reasons"][0]["code"]

    status, refused = await anna.call("POST", f"{chat}/close", {"reason": "made up", "outcome": "solved"})
    assert (status, refused["error"]["code"]) == (400, "bad_reason")
    await anna.must("POST", f"{chat}/close", {"reason": code, "outcome": "solved", "candidate": True})
    assert await office.ask("SELECT candidate FROM handoff WHERE close_reason = $1", code) is True

    shift = await anna.must("GET", "shift")
    assert (shift["taken"], shift["closed"], shift["solved"], len(shift["chats"])) == (1, 1, 1, 1)
    assert (await ivan.must("GET", "shift"))["chats"] == []
    status, refused = await ivan.call("POST", f"{chat}/reopen", {})
    assert (status, refused["error"]["code"]) == (403, "not_yours")
    row = await anna.must("POST", f"{chat}/reopen", {})
    assert (row["state"], row["reason"]) == ("assigned", "reopened")
    assert (await anna.must("GET", "shift"))["chats"] == []
