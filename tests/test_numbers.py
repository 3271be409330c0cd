"""Figures that supervisors can trust: counted again in plain Python, across a change of the clocks, as page and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import pytest_asyncio

from bot.app import DEMO_AGENTS
from bot.demo_history import fill
from bot.demo_history.visits import visits
from bot.numbers import report
from bot.numbers.figures import Family
from bot.numbers.wanted import BadWish, Wanted, read
from faq.knowledge import Knowledge
from tests import counted_again as again
from tests.counted_again import Rows, percentile
from tests.world import AtDesk, World, a_world

IRKUTSK, NEW_YORK = ZoneInfo("Asia/Irkutsk"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 8, 18, 40, tzinfo=UTC)  # a week after New York's clocks went back
# Each holds the night of the change, and ends today or before.
WISHES = [
    Wanted(date(2026, 10, 25), date(2026, 11, 3), NEW_YORK),
    Wanted(date(2026, 11, 1), date(2026, 11, 1), NEW_YORK),
    Wanted(date(2026, 10, 28), date(2026, 11, 9), IRKUTSK),
    Wanted(date(2026, 10, 25), date(2026, 11, 7), IRKUTSK, channel="telegram", language="zh"),
    Wanted(date(2026, 10, 25), date(2026, 11, 7), NEW_YORK, channel="inapp", language="ru"),
]


@pytest_asyncio.fixture(scope="module")
async def office(postgres: Any, migrated: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """A product with three weeks behind it, whose clock stands; these tests only read."""
    connection = await asyncpg.connect(postgres.dsn)
    await connection.execute(f"CREATE DATABASE numbers TEMPLATE {migrated} STRATEGY wal_log")
    await connection.close()
    dsn = postgres.dsn.replace("/bot?", "/numbers?")
    async with a_world(dsn, knowledge, telegram=False) as world:
        world.now = lambda: NOW
        await fill(dsn, knowledge.catalogue, NOW.astimezone(IRKUTSK), {}, days=21, per_day=70)
        await _at_the_edges(world)
        yield world


async def _at_the_edges(world: World) -> None:
    """What the invented traffic has too little of: midnights, silences of half an hour, an open call, transfers."""
    async with world.bot.db.transaction() as tx:
        talks = [row["id"] for row in await tx.fetch("SELECT id FROM conversation WHERE state = 'bot' LIMIT 8")]
        for talk, moment in zip(talks, ("2026-11-01 03:59:59.9", "2026-11-01 04:00", "2026-11-01 05:30"), strict=False):
            for minutes in (0, 30, 61, 24 * 60 + 60, 96 * 60):
                at = datetime.fromisoformat(moment).replace(tzinfo=UTC) + timedelta(minutes=minutes)
                await _say(tx, talk, "user", at)
                await _say(tx, talk, "bot", at + timedelta(seconds=0.25))
        for talk, hours in zip(talks[3:6], (2, 5, 80), strict=False):
            queued = NOW - timedelta(hours=hours)
            await _say(tx, talk, "user", queued)
            handoff = await tx.fetchval(
                "INSERT INTO handoff (conversation_id, line, queued_at, first_reply_at, assigned_at, agent_id)"
                " VALUES ($1, 'zh', $2, $3, $4, (SELECT min(id) FROM agent)) RETURNING id",
                talk, queued, queued + timedelta(seconds=199), queued + timedelta(hours=1),
            )  # fmt: skip
            await _say(tx, talk, "user", queued + timedelta(hours=1.5))  # still the same contact
            await tx.execute("UPDATE conversation SET state = 'queued', handoff_id = $2 WHERE id = $1", talk, handoff)


async def _say(tx: Any, talk: int, author: str, at: datetime) -> None:
    await tx.execute(
        """WITH next AS (UPDATE conversation SET tail = tail + 1, head = head + 1 WHERE id = $1 RETURNING head, tail)
           INSERT INTO event (conversation_id, n, seq, kind, author_kind, body, at)
           SELECT $1, tail, head, 'msg', $2, '{"text": "?"}', $3 FROM next""",
        talk, author, at,
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module")
async def rows(office: World) -> Rows:
    async with office.bot.db.transaction() as tx:
        events, handoffs, lessons = [await tx.fetch(f"SELECT * FROM {name}") for name in ("event", "handoff", "lesson")]
        talks = await tx.fetch(
            "SELECT c.id, c.language, k.channel FROM conversation c JOIN contact k ON k.id = contact_id"
        )
    return Rows(events, handoffs, lessons, talks)


def _table(family: Family, name: str) -> list[dict[str, Any]]:
    table = next(one for one in family.tables if one.name == name)
    return [dict(zip([one.name for one in table.columns], row, strict=True)) for row in table.rows]


def _tile(family: Family, name: str) -> Any:
    return next(one for one in family.tiles if one.name == name)


@pytest.mark.parametrize("wanted", WISHES, ids=lambda one: f"{one.zone.key} {one.since} {one.channel}{one.language}")
async def test_contacts_are_what_a_plain_count_over_all_rows_finds(office: World, rows: Rows, wanted: Wanted) -> None:
    counted = again.contacts(rows, wanted, NOW)
    family = await report.family(office.bot, "contacts", wanted)
    by_day = counted["day"]
    volume = _table(family, "volume")
    assert [one["day"] for one in volume] == [day.isoformat() for day in wanted.every_day()]
    for one in volume:
        day = date.fromisoformat(one["day"])
        assert (one["bot"], one["human"]) == (by_day[day, False], by_day[day, True]), day
    for one in _table(family, "hours"):
        assert [one[f"{hour:02}"] for hour in range(24)] == [
            counted["hour"][one["weekday"], hour] for hour in range(24)
        ]
    for one in _table(family, "doors"):
        key = one["channel"], one["line"]
        assert one["contacts"] == counted["door"][*key, False] + counted["door"][*key, True]

    ends = counted["ending"]
    everything = sum(ends.values())
    assert everything > 0
    decided = sum(n for (_, how), n in ends.items() if how != "early")
    endings = {one["ending"]: one["contacts"] for one in _table(family, "endings")}
    assert endings == {
        **{how: ends[False, how] for how in ("confirmed", "assumed", "repeat")},
        "escalated": sum(n for (human, how), n in ends.items() if human and how != "early"),
        "early": ends[False, "early"] + ends[True, "early"],
    }
    after = {one["ending"]: one["contacts"] for one in _table(family, "after_human")}
    assert after == {how: ends[True, how] for how in after}
    alone = sum(n for (human, _), n in ends.items() if not human)
    sure = ends[False, "confirmed"] + ends[True, "confirmed"]
    assert [(tile.value, tile.n) for tile in family.tiles] == [
        (everything, everything),
        (round(alone / everything, 4), everything),
        (round(sure / decided, 4) if decided else None, decided),
    ]
    earlier = again.contacts(rows, wanted.before(NOW), NOW)["ending"]
    assert _tile(family, "contacts").before == sum(earlier.values())
    # Whatever the cut, every contact is in each table once.
    for name in ("volume", "doors", "endings"):
        assert sum(one["contacts"] for one in _table(family, name)) == everything, name


@pytest.mark.parametrize("wanted", WISHES, ids=lambda one: f"{one.zone.key} {one.since} {one.channel}{one.language}")
async def test_the_line_of_humans_is_timed_as_by_a_watch(office: World, rows: Rows, wanted: Wanted) -> None:
    hours = office.bot.knowledge.catalogue.operator.hours
    family = await report.family(office.bot, "people", wanted)
    calls = again.calls(rows, wanted)
    lost = [one for one in calls if one["outcome"] == "left" and one["first_reply_at"] is None]
    replied, due = [], 0
    for one in calls:
        taken = min((at for at in (one["assigned_at"], one["first_reply_at"]) if at), default=None)
        waited = again.waited(hours, one["line"], one["queued_at"], taken or one["closed_at"] or NOW)
        if one["first_reply_at"]:
            replied.append(again.waited(hours, one["line"], one["queued_at"], one["first_reply_at"]))
        due += bool(one["first_reply_at"]) or waited > again.TARGET
    handled = [
        (one["closed_at"] - min(one["assigned_at"], one["first_reply_at"])).total_seconds()
        for one in calls
        if one["closed_at"] and one["assigned_at"] and one not in lost
    ]
    stars = [one["rating"] for one in calls if one["rating"]]
    in_time = sum(value <= again.TARGET for value in replied)
    assert (_tile(family, "replied").value, _tile(family, "replied").also) == _near(replied)
    assert (_tile(family, "handled").value, _tile(family, "handled").also) == _near(handled)
    assert _tile(family, "in_time").value == (round(in_time / due, 4) if due else None)
    assert _tile(family, "lost").value == (round(len(lost) / len(calls), 4) if calls else None)
    assert _tile(family, "stars").value == (pytest.approx(sum(stars) / len(stars), abs=0.006) if stars else None)
    assert _tile(family, "stars").n == len(stars)
    for one in _table(family, "response"):
        day = date.fromisoformat(one["day"])
        assert one["calls"] == sum(call["queued_at"].astimezone(wanted.zone).date() == day for call in calls), day
    for one in _table(family, "lines"):
        assert one["calls"] == sum(call["line"] == one["line"] for call in calls)
    assert sum(one["taken"] for one in _table(family, "agents")) == sum(bool(one["agent_id"]) for one in calls)
    assert [one["ratings"] for one in _table(family, "ratings")] == [stars.count(n) for n in (5, 4, 3, 2, 1)]


def _near(values: list[float]) -> tuple[Any, Any]:
    found = tuple(percentile(values, part) for part in (0.5, 0.9))
    return tuple(None if one is None else pytest.approx(one, abs=0.06) for one in found)  # type: ignore[return-value]


@pytest.mark.parametrize("wanted", WISHES[:3], ids=lambda one: f"{one.zone.key} {one.since}")
async def test_topics_and_the_bots_speed_are_counted_right(office: World, rows: Rows, wanted: Wanted) -> None:
    topics = await report.family(office.bot, "topics", wanted)
    asked: dict[str, list[Any]] = {}
    for one in rows.lessons:
        topic = one["chosen"] or one["topic"] or "unclear"
        if again.in_period(wanted, one["at"]) and topic not in ("thanks", "asked"):
            asked.setdefault(topic, []).append(one)
    found = _table(topics, "topics")
    assert {one["topic"]: one["asked"] for one in found} == {topic: len(several) for topic, several in asked.items()}
    for one in found:
        several = asked[one["topic"]]
        assert one["people"] == len({lesson["conversation_id"] for lesson in several})
        answered = [lesson for lesson in several if lesson["decision"] != "handoff"]
        doubted = sum(lesson["doubt"] for lesson in answered)
        assert one["doubted"] == (round(doubted / len(answered), 4) if answered else None)
        assert one["to_human"] == round(sum(bool(lesson["handoff_id"]) for lesson in several) / len(several), 4)
    speed = await report.family(office.bot, "speed", wanted)
    seconds = again.speeds(rows, wanted)
    assert (_tile(speed, "speed").value, _tile(speed, "speed").also) == _near(seconds)
    assert sum(one["contacts"] for one in _table(speed, "speed")) == len(seconds) == _tile(speed, "speed").n


async def test_page_and_csv_hold_the_same_numbers_and_only_supervisors_get_them(office: World) -> None:
    olga, anna = await office.agent("olga"), await office.agent("anna")
    period = "since=2026-10-25&until=2026-11-03&zone=America/New_York"
    for family, table in product(report.FAMILIES, range(5)):
        page = await _get(olga, f"{family}?{period}")
        if table >= len(page["tables"]):
            continue
        shown = page["tables"][table]
        async with olga.http.get(f"/api/v1/ops/numbers/{family}/{shown['name']}.csv?{period}&lang=zh") as answer:
            assert answer.status == 200
            text = (await answer.read()).decode("utf-8-sig")
        head, *lines = csv.reader(io.StringIO(text))
        assert len(head) == len(shown["columns"])
        assert not any("page." in cell for line in (head, *lines) for cell in line)
        numbers = [[cell for cell in row if not isinstance(cell, str)] for row in shown["rows"]]
        plain = [at for at, one in enumerate(shown["columns"]) if one["kind"] in ("count", "share", "seconds", "stars")]
        for line, row in zip(lines, shown["rows"], strict=True):
            assert [line[at] for at in plain] == ["" if row[at] is None else str(row[at]) for at in plain]
        assert numbers
    for path, status in (
        (f"contacts?{period}", 403),
        (f"contacts/volume.csv?{period}", 403),
    ):
        async with anna.http.get(f"/api/v1/ops/numbers/{path}") as answer:
            assert answer.status == status
    for wrong in ("contacts?zone=Mars/Base", "contacts?since=soon", "people?since=2026-11-03&until=2026-11-01",
                  "topics?language=de", "speed?channel=%27x"):  # fmt: skip
        async with olga.http.get(f"/api/v1/ops/numbers/{wrong}") as answer:
            assert answer.status == 400, wrong
    for nothing in ("money", "contacts/agents.csv"):
        async with olga.http.get(f"/api/v1/ops/numbers/{nothing}") as answer:
            assert answer.status == 404, nothing


async def _get(agent: AtDesk, path: str) -> Any:
    async with agent.http.get(f"/api/v1/ops/numbers/{path}") as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def test_a_wish_is_whole_days_of_a_real_zone() -> None:
    now = datetime(2026, 11, 1, 20, 0, tzinfo=UTC)  # already the second in Irkutsk
    assert read({}, now, IRKUTSK) == Wanted(date(2026, 10, 27), date(2026, 11, 2), IRKUTSK)
    assert read({"zone": "America/New_York", "since": "2026-11-01"}, now, IRKUTSK).days == 1
    week = read({}, now, IRKUTSK)
    # Today runs since four hours: of the week before, too, only four hours of the last day count.
    assert week.before(now) == Wanted(date(2026, 10, 20), date(2026, 10, 26), IRKUTSK, cut=datetime(2026, 10, 26, 4, 0))
    assert week.before(now + timedelta(days=1)) == Wanted(date(2026, 10, 20), date(2026, 10, 26), IRKUTSK)
    for query, code in (
        ({"zone": "../etc/passwd"}, "bad_zone"),
        ({"zone": "/etc/passwd"}, "bad_zone"),
        ({"until": "2026-13-01"}, "bad_day"),
        ({"since": "2024-01-01", "until": "2026-01-01"}, "bad_period"),
        ({"since": "0001-01-01", "until": "0001-01-02"}, "bad_period"),
        ({"language": "xx"}, "bad_language"),
        ({"channel": "\0"}, "bad_channel"),
    ):
        with pytest.raises(BadWish) as wrong:
            read(query, now, IRKUTSK)
        assert wrong.value.code == code


async def test_the_demos_history_is_the_same_for_a_seed_and_leaves_nothing_open(office: World, rows: Rows) -> None:
    until = NOW.astimezone(IRKUTSK)
    assert list(visits(until, days=5, per_day=30)) == list(visits(until, days=5, per_day=30))
    assert await fill(office.app.dsn, office.bot.knowledge.catalogue, until, {}) == 0  # once is enough
    async with office.bot.db.transaction() as tx:
        invented = await tx.fetch(
            """SELECT c.state, c.head, c.tail, k.phone, k.channel, max(e.at) AS last, count(e.n) AS events
                 FROM contact k JOIN conversation c ON c.contact_id = k.id JOIN event e ON e.conversation_id = c.id
                WHERE k.address LIKE 'demo-history:%' AND c.handoff_id IS NULL GROUP BY c.id, k.id"""
        )
    assert len(invented) > 100
    for one in invented:
        assert one["state"] in ("bot", "closed")
        assert one["phone"] is None
        assert one["head"] == one["tail"] == one["events"]
        assert one["last"] < NOW
    assert {one["channel"] for one in invented} == {"telegram", "inapp"}
    assert {login for login, *_ in DEMO_AGENTS} >= {"anna", "ivan", "li", "olga"}
