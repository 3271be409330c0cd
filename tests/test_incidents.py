"""Mass events: a spike raises an alarm, daily rhythm none; one click tells all concerned, another that it is over."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.demo_history.visits import OUTAGE_DAYS_AGO, OUTAGE_HOURS, OUTAGE_TOPICS, visits
from bot.incident import Incident, concerning
from bot.incidents.spikes import AROUND, DAY, WEEKS, WINDOW, chance_of, is_spike, usual
from bot.incidents.watch import IncidentWatch
from tests.world import AtDesk, World

RU, ZH = "В Иркутске авария на линии, чиним, обещаем к 18:00.", "伊尔库茨克线路故障，正在抢修，预计 18:00 前恢复。"
TEXT = {"ru": RU, "zh": ZH}


async def _asked(world: World, people: int, topic: str, ago: timedelta, place: str | None = None) -> None:
    """So many different people asked about it at that moment; `people` of them are the same every time."""
    async with world.bot.db.transaction() as tx:
        for n in range(people):
            contact = await tx.fetchval(
                "INSERT INTO contact (channel, address) VALUES ('inapp', $1)"
                " ON CONFLICT (channel, address) DO UPDATE SET name = NULL RETURNING id",
                f"asker-{n}",
            )
            talk = await tx.fetchval(
                "INSERT INTO conversation (contact_id, language) VALUES ($1, 'ru')"
                " ON CONFLICT (contact_id) DO UPDATE SET language = 'ru' RETURNING id",
                contact,
            )
            await tx.execute(
                "INSERT INTO lesson (conversation_id, channel, language, text, decision, topic, place, at)"
                " VALUES ($1, 'inapp', 'ru', '?', 'answer', $2, $3, now() - $4::interval)",
                talk, topic, place, ago,
            )  # fmt: skip


async def _incidents(olga: AtDesk) -> list[dict[str, Any]]:
    async with olga.http.get("/api/v1/ops/incidents") as answer:
        assert answer.status == 200
        return list((await answer.json())["incidents"])


async def _post(olga: AtDesk, path: str, body: dict[str, Any] | None = None) -> int:
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with olga.http.post(f"/api/v1/ops/incidents{path}", json=body or {}, headers=headers) as answer:
        return answer.status


async def test_a_spike_raises_one_alarm_that_a_supervisor_sees_and_the_usual_crowd_none(world: World) -> None:
    olga = await world.agent("olga")
    watch = IncidentWatch(world.bot)
    minute = timedelta(minutes=1)
    for week in (1, 2, 3, 4):
        await _asked(world, 14, "topup", timedelta(weeks=week))  # each Monday at this hour
    await _asked(world, 14, "topup", minute)  # as usual
    await _asked(world, 7, "sim_blocked", minute)  # unheard of, and too few
    await _asked(world, 12, "thanks", minute)  # no question
    for _ in range(30):
        await _asked(world, 2, "offices", minute)  # the same two people
    await _asked(world, 15, "internet_slow", minute, place="2023469")
    await watch.round()
    await IncidentWatch(world.bot).round()  # another replica
    found = await _incidents(olga)
    assert {(one["topic"], one["place"], one["people"]) for one in found} == {
        ("internet_slow", None, 15),
        (None, "2023469", 15),
    }
    assert await _post(olga, f"/{found[0]['id']}/dismiss") == 204
    await IncidentWatch(world.bot).round()  # the same crowd does not raise it again
    assert [one["id"] for one in await _incidents(olga)] == [found[1]["id"]]
    assert await _post(olga, f"/{found[0]['id']}/announce", {"text": TEXT}) == 409
    assert await _post(olga, f"/{found[1]['id']}/announce", {"text": {"ru": RU, "zh": " "}}) == 400
    assert await _post(olga, f"/{found[1]['id']}/over") == 409  # never told


async def test_everybody_concerned_is_told_in_their_language_and_told_when_it_is_over(world: World) -> None:
    olga = await world.agent("olga")
    waiting = world.subscriber("lina", "telegram")
    await waiting.says("网速很慢")
    await waiting.hears(".")
    await waiting.says("转人工")
    await waiting.hears("人工|客服")
    elsewhere = world.subscriber("pyotr", "inapp")
    await elsewhere.says("позовите человека")
    await elsewhere.hears("специалист")

    assert await _post(olga, "", {"topic": "internet_slow", "text": TEXT}) == 200
    assert await _post(olga, "", {"topic": "internet_slow", "text": TEXT}) == 409
    assert await _post(olga, "", {"topic": "no_such", "text": TEXT}) == 400
    assert await _post(olga, "", {"place": "Зззык", "text": TEXT}) == 400
    await waiting.hears("预计 18:00 前恢复")

    anna = world.subscriber("anna", "inapp")
    await anna.says("почему интернет такой медленный")
    told = await anna.hears("обещаем к 18:00")
    assert "Обычный ответ" in told.labels
    await anna.presses("Обычный ответ")
    usual_answer = await anna.hears(".")
    assert "обещаем" not in usual_answer.text
    await anna.says("сколько стоит тариф Восток")
    assert "обещаем" not in (await anna.hears(".")).text

    (open_one,) = [one for one in await _incidents(olga) if one["over_at"] is None]
    assert (open_one["told"], open_one["waiting"], open_one["announced_by"]) == (2, 0, "Ольга Власова")
    assert await _post(olga, f"/{open_one['id']}/over") == 204
    await anna.hears("закончилось")
    await waiting.hears("恢复。如果")
    await anna.says("почему интернет такой медленный")
    assert "обещаем" not in (await anna.hears(".")).text
    assert not any("обещаем" in text or "закончилось" in text for text in elsewhere.texts())
    async with olga.http.get("/api/v1/ops/audit") as answer:
        kept = [one["action"] for one in (await answer.json())["entries"]]
    assert kept.count("banner_on") == kept.count("banner_off") == 1


def test_an_incident_concerns_its_topic_its_place_or_both_and_the_narrowest_is_told() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    slow, irkutsk, both = (
        Incident(id, topic, place, TEXT, at)
        for id, topic, place in ((1, "internet_slow", None), (2, None, "irk"), (3, "internet_slow", "irk"))
    )
    everything = (slow, irkutsk, both)
    here, nowhere = frozenset({"irk"}), frozenset[str]()
    assert concerning(everything, "internet_slow", here) is both
    assert concerning(everything, "internet_slow", nowhere) is slow
    assert concerning(everything, "offices", here) is irkutsk
    assert concerning(everything, "offices", nowhere) is None


def test_the_chance_of_a_crowd_is_poissons() -> None:
    """Against sums of the tail itself to sixty digits."""
    for people, mean, chance in (
        (3, 2.0, 0.32332358381693654),
        (8, 0.25, 3.0312747228845903e-10),
        (20, 4.0, 1.0200522105968353e-08),
        (150, 90.0, 4.795302327588349e-09),
    ):
        assert chance_of(people, mean) == pytest.approx(chance, rel=1e-6, abs=1e-13)
    assert is_spike(2000, 650.0)
    assert not is_spike(1900, 650.0)


def test_a_simulated_month_has_its_outage_found_in_minutes_and_hardly_a_false_alarm() -> None:
    """400 visits a day over six weeks; every five minutes of the last two the rule looks at every topic."""
    until = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Irkutsk"))
    came: dict[str, list[datetime]] = defaultdict(list)
    for visit in visits(until, days=43, per_day=400):
        came[visit.topic].append(visit.at)
    day = (until - timedelta(days=OUTAGE_DAYS_AGO)).replace(minute=0, second=0)
    began, ended = (day.replace(hour=hour) for hour in (OUTAGE_HOURS[0], OUTAGE_HOURS[-1] + 1))
    found: dict[str, datetime] = {}
    wrong = []
    now = until - timedelta(days=14)
    while now < until:
        for topic, times in came.items():
            if is_spike(_between(times, now - WINDOW, now), _usual(times, now)):
                if topic in OUTAGE_TOPICS and began <= now <= ended + WINDOW:
                    found.setdefault(topic, now)
                else:
                    wrong.append((topic, now))
        now += timedelta(minutes=5)
    assert wrong == []
    assert set(found) == set(OUTAGE_TOPICS)
    assert min(found.values()) - began <= timedelta(minutes=15)


def _usual(times: list[datetime], now: datetime) -> float:
    weeks = [
        _between(times, now - timedelta(weeks=n) - WINDOW - AROUND, now - timedelta(weeks=n) + AROUND)
        for n in range(1, WEEKS + 1)
    ]
    return usual(weeks, _between(times, now - WINDOW - DAY, now - WINDOW))


def _between(times: list[datetime], since: datetime, until: datetime) -> int:
    return bisect_right(times, until) - bisect_right(times, since)
