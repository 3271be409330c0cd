"""Who came, when, about what. The same seed and the same end give the same visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random

SEED = 20
# Messages of a day by its hours, local time: a morning, a lunch, a long evening.
HOURS = (3, 2, 1, 1, 1, 2, 5, 10, 17, 24, 28, 27, 25, 24, 24, 23, 22, 23, 26, 28, 26, 20, 13, 7)
WEEKDAYS = (1.12, 1.06, 1.03, 1.02, 1.08, 0.86, 0.78)
# Of a million and more subscribers a few thousand read Chinese; here enough of them that their line is seen at work.
CHINESE = 0.12
IN_APP = {"ru": 0.46, "zh": 0.62}
COMES_BACK = 0.09  # within three days, about the same
APART = timedelta(hours=14)  # a case of the night is over by then
# topic: weight two months ago, weight now, share that a human has to finish
TOPICS: dict[str, tuple[float, float, float]] = {
    "balance_packages": (20, 19, 0.05),
    "balance_money": (12, 12, 0.06),
    "internet_slow": (10, 10, 0.22),
    "tariff_change": (8, 9, 0.15),
    "tariff_current": (6, 6, 0.05),
    "service_disconnect": (7, 6, 0.18),
    "roaming_abroad": (3, 9, 0.12),
    "calls_abroad": (3, 5, 0.08),
    "topup": (7, 5, 0.06),
    "promised_payment": (5, 5, 0.07),
    "coverage_place": (5, 4, 0.06),
    "coverage_none": (3, 3, 0.34),
    "balance_history": (4, 4, 0.30),
    "sim_blocked": (3, 3, 0.48),
    "sim_replace": (3, 2, 0.35),
    "antispam": (2, 3, 0.04),
    "offices": (3, 2, 0.03),
    "number_port": (2, 2, 0.25),
    "app_login": (2, 2, 0.20),
    "complaint": (2, 2, 0.70),
    "out_of_scope": (5, 6, 0.90),
}
ABROAD = {"roaming_abroad": 2.5, "calls_abroad": 4.0}  # how much more often Chinese readers ask it
OUTAGE_DAYS_AGO, OUTAGE_HOURS, OUTAGE_TOPICS = 12, range(14, 18), ("coverage_none", "internet_slow")
OUTAGE_TIMES = 5.0  # as many as usual


@dataclass(frozen=True)
class Visit:
    person: int
    at: datetime
    language: str
    channel: str
    topic: str
    outage: bool


@dataclass(frozen=True)
class Person:
    language: str
    channel: str


def visits(until: datetime, *, days: int, per_day: int, seed: int = SEED) -> Iterator[Visit]:
    """In order of time up to `until`, whose zone gives the days their hours; nobody comes twice within APART."""
    random = Random(seed)
    people = [_person(random) for _ in range(max(50, days * per_day // 3))]
    busy: dict[int, datetime] = {}
    again: list[tuple[datetime, int, str]] = []
    for at, outage in _moments(random, until, days, per_day):
        while again and again[0][0] <= at:
            back_at, person, topic = heappop(again)
            if back_at >= busy[person]:
                busy[person] = back_at + APART
                yield Visit(person, back_at, people[person].language, people[person].channel, topic, outage=False)
        person = random.randrange(len(people))
        if at < busy.get(person, at):
            continue
        busy[person] = at + APART
        visit = _visit(random, person, people[person], at, (until - at).days / days, outage)
        if random.random() < COMES_BACK:
            heappush(again, (at + APART + timedelta(hours=54 * random.random()), person, visit.topic))
        yield visit


def _person(random: Random) -> Person:
    language = "zh" if random.random() < CHINESE else "ru"
    return Person(language, "inapp" if random.random() < IN_APP[language] else "telegram")


def _moments(random: Random, until: datetime, days: int, per_day: int) -> Iterator[tuple[datetime, bool]]:
    """When somebody comes, in order, and whether it is for the outage."""
    midnight = until.replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(days, -1, -1):
        day = midnight - timedelta(days=ago)
        for hour, weight in enumerate(HOURS):
            usual = per_day * WEEKDAYS[day.weekday()] * weight / sum(HOURS)
            down = ago == OUTAGE_DAYS_AGO and hour in OUTAGE_HOURS
            came = [(3600 * random.random(), False) for _ in range(_whole(random, usual))]
            if down:
                came += [(3600 * random.random(), True) for _ in range(_whole(random, usual * (OUTAGE_TIMES - 1)))]
            for seconds, outage in sorted(came):
                if (at := day + timedelta(hours=hour, seconds=seconds)) < until:
                    yield at, outage


def _whole(random: Random, expected: float) -> int:
    """A count with this mean; its spread is a crowd's, near the square root."""
    return max(0, round(random.gauss(expected, expected**0.5)))


def _visit(random: Random, number: int, person: Person, at: datetime, age: float, outage: bool) -> Visit:
    """`age` is 1 for the oldest visit, 0 for the newest."""
    names = OUTAGE_TOPICS if outage else tuple(TOPICS)
    weights = [TOPICS[name][0] * age + TOPICS[name][1] * (1 - age) for name in names]
    if person.language == "zh":
        weights = [weight * ABROAD.get(name, 1) for name, weight in zip(names, weights, strict=True)]
    topic = random.choices(names, weights)[0]
    return Visit(number, at, person.language, person.channel, topic, outage)
