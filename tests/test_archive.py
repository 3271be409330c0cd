"""Every case there was: found by how it went or by a number, taken home as a table, and never without a trace."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.desk import archive
from faq.knowledge import Knowledge
from tests.world import AtDesk, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _ask(agent: AtDesk, query: str = "") -> tuple[int, Any]:
    async with agent.http.get(f"/api/v1/ops/cases?{query}") as answer:
        return answer.status, await answer.json()


async def _of_number(agent: AtDesk, number: object) -> tuple[int, Any]:
    async with agent.http.post("/api/v1/ops/cases/of_number", json={"number": number}, headers=OURS) as answer:
        return answer.status, await answer.json()


async def _three_cases(office: World) -> tuple[AtDesk, AtDesk]:
    """Anna was helped by Anna and said so with two stars, Wang waits, Pyotr did not wait."""
    anna, olga = await office.agent("anna"), await office.agent("olga")
    person = office.subscriber("anna", "inapp")
    await person.says("позовите человека")
    await person.hears(".")
    taken = await anna.takes_next()
    assert taken is not None
    await anna.says(taken["id"], "Здравствуйте!")
    await anna.closes(taken["id"])
    await office.ask(
        "UPDATE handoff SET rating = 2, rated_at = now(), comment = 'звоните на 8 900 123-45-67',"
        " queued_at = queued_at - interval '5 minutes' RETURNING 1"
    )
    wang, pyotr = office.subscriber("wang", "inapp"), office.subscriber("pyotr", "inapp")
    await wang.says("转人工")
    await wang.hears(".")
    await pyotr.says("позовите человека")
    await pyotr.hears(".")
    await pyotr.presses("Выйти из очереди")
    await pyotr.hears(".")
    return anna, olga


async def test_a_case_is_found_by_every_way_it_may_have_gone_and_rubbish_is_refused_by_name(office: World) -> None:
    anna, olga = await _three_cases(office)
    status, page = await _ask(olga)
    assert status == 200
    pyotr, wang, annas = page["rows"]
    assert [one["state"] for one in (pyotr, wang, annas)] == ["left", "open", "solved"]
    assert (annas["agent"], annas["rating"], annas["wait_s"] >= 300) == ("Анна Белова", 2, True)
    assert annas["handle_s"] is not None
    assert (wang["line"], wang["handle_s"], wang["closed_at"]) == ("zh", None, None)
    assert "123-45-67" not in annas["comment"]
    assert "звоните" in annas["comment"]
    assert page["titles"][annas["topic"]]["ru"]

    by_wish = {
        "language=zh": [wang], "language=ru": [pyotr, annas], "agent=anna": [annas], "agent=ivan": [],
        "state=open": [wang], "state=left": [pyotr], "rating=low": [annas], "rating=any": [annas], "rating=5": [],
        "rating=2": [annas], "late=1": [annas], "channel=inapp": [pyotr, wang, annas], "channel=telegram": [],
        f"topic={annas['topic']}&state=solved": [annas], "topic=nothing": [], f"before={wang['id']}": [annas],
        "since=2020-01-01&until=2020-02-01": [],
    }  # fmt: skip
    for query, expected in by_wish.items():
        found = (await _ask(olga, query))[1]["rows"]
        assert [one["id"] for one in found] == [one["id"] for one in expected], query

    for query, code in {
        "state=gone": "bad_choice", "rating=six": "bad_choice", "before=-1": "bad_number", "since=yesterday": "bad_day",
        "zone=Mars": "bad_zone", "language=fr": "bad_language", "since=2026-11-23&until=2026-11-01": "bad_period",
    }.items():  # fmt: skip
        status, refused = await _ask(olga, query)
        assert (status, refused["error"]["code"]) == (400, code), query
    assert (await _ask(anna))[0] == 403


async def test_the_table_has_a_case_a_row_without_names_and_taking_it_home_is_kept(office: World) -> None:
    anna, olga = await _three_cases(office)
    async with olga.http.get("/api/v1/ops/cases.csv?rating=low&lang=ru") as answer:
        assert answer.status == 200
        heads, *rows = csv.reader(io.StringIO((await answer.text()).removeprefix("\ufeff")))
    assert len(rows) == 1
    row = dict(zip(heads, rows[0], strict=True))
    assert (row["Чем кончилось"], row["Почему"], row["Специалист"]) == ("решено", "просит специалиста", "Анна Белова")
    assert not any("123-45-67" in cell or "+7900" in cell for cell in rows[0])
    async with anna.http.get("/api/v1/ops/cases.csv") as answer:
        assert answer.status == 403
    assert await office.ask("SELECT actor FROM audit WHERE action = 'export' AND about = 'cases'") == "olga"


async def test_the_chats_of_a_number_are_found_however_it_is_typed_and_the_search_is_kept(office: World) -> None:
    anna, olga = await _three_cases(office)
    status, found = await _of_number(olga, "8 (900) 000-00-01")
    assert status == 200
    (chat,) = found["chats"]
    assert (chat["channel"], chat["cases"], chat["state"]) == ("inapp", 1, "closed")
    assert await office.ask("SELECT about FROM audit WHERE action = 'look_up'") == "+7 900 ••• •• 01"
    assert (await _of_number(olga, "+7 999 999-99-99"))[1]["chats"] == []
    for rubbish in ("", "анна", "123", None, 79000000001, "+7900000000100000000", "1; DROP TABLE contact"):
        status, refused = await _of_number(olga, rubbish)
        assert (status, refused["error"]["code"]) == (400, "bad_phone"), rubbish
    assert (await _of_number(anna, "+79000000001"))[0] == 403


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("9000000001", "+79000000001"),
        (" 8 900 000 00 01 ", "+79000000001"),
        ("7-900-000-00-01", "+79000000001"),
        ("+86 139 1234 5678", "+8613912345678"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: str) -> None:
    assert archive.number(typed) == number
