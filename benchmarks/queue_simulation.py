"""The human line over a day, event by event: how long people wait, and whether what they are told comes true.

    python -m benchmarks.queue_simulation [--load escalated|peak] [--hours 24] [--from 0] [--seed 1] [--by hand]

The clock is simulated and nothing else of the queue: ask, hand out (or, by hand, claim_next), close, the order, the
places and the measured pace are the product's own functions on a real embedded database. People come by the centre's
numbers: 4.6 million contacts a year, 2 % of them to a human, spread over the day as its hours are (`escalated`), or all
of them at three times the mean, as on a peak without any bot (`peak`: 88 chats in progress); besides 1.1 an hour in
Chinese, which rise likewise. Each takes 200 s of an agent. Nobody gives up waiting.

Everything is run twice with the same people: as it is, and `even`, without the two rules that keep whoever speaks
Chinese for the Chinese line.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from math import log
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.product import load
from bot import contacts, handoff
from bot.database import prepare
from bot.demo_history.visits import COMES_BACK, HOURS
from bot.handoff import assignment, cases, reception
from bot.handoff.cases import AtDesk, Case, Waiting
from bot.migrate import upgrade
from bot.staff import agents
from bot.staff.agents import Agent
from tests.clock import Clock
from tests.postgres_app import new_folder, running

MIDNIGHT = datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Irkutsk"))
CONTACTS_A_YEAR = 4_600_000
ESCALATED = 0.02
CHINESE_AN_HOUR = 1.1
HANDLE_MEAN, HANDLE_SIGMA = 200.0, 0.8  # seconds; of a lognormal
CUT_OFF, EMERGENCY = 0.05, 0.002  # shares
IN_TIME = 200.0  # seconds
# load -> (from hour, to hour, agents of Russian, agents of both); chats at once
SHIFTS = {
    "escalated": ((0, 8, 1, 1), (8, 16, 1, 1), (16, 24, 1, 1)),
    "peak": ((0, 24, 27, 2),),
}
CAPACITY = {"escalated": 1, "peak": 3}
PEAK = 3.0  # times the mean
# At this instant of the simulation, whatever the machine's clock says.
_CLOCK = """
    CREATE OR REPLACE FUNCTION fake.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS $$SELECT current_setting('fake.at')::timestamptz$$
"""


@dataclass(frozen=True)
class Person:
    number: int
    language: str
    priority: int
    handling: float  # seconds
    comes_back: float | None  # seconds after the end


@dataclass
class Told:
    """One asking: when, what was announced, who was there before, and what came of it."""

    person: Person
    at: float
    place: int
    seconds: float | None
    before: set[int]  # conversations of the same line that waited already
    passed: int = 0  # of those, given to somebody sooner
    wait: float | None = None


@dataclass
class Day:
    """All that happened, for the report."""

    told: list[Told] = field(default_factory=list)
    called_from: Counter[int] = field(default_factory=Counter)  # place at the moment of the call -> times
    in_progress: int = 0  # at most


class Line:
    """The queue under one simulated clock."""

    def __init__(self, db: asyncpg.Connection, by_hand: bool) -> None:
        self._db, self._by_hand = db, by_hand
        self._team: list[Agent] = []
        self._there: list[Agent] = []
        self._waiting: dict[int, Told] = {}
        self._events: list[tuple[float, int, str, object]] = []
        self._made = 0
        self.day = Day()

    def later(self, at: float, kind: str, what: object) -> None:
        self._made += 1
        heappush(self._events, (at, self._made, kind, what))

    async def run(self, team: list[Agent], until: float) -> Day:
        """Everything planned and what follows from it; who still waits at the end is served without newcomers."""
        self._team = team
        deeds = {"shift": self._shift, "comes": self._comes, "ends": self._ends}
        while self._events:
            at, _, kind, what = heappop(self._events)
            if at > until and not self._waiting and kind != "ends":
                continue
            await self._db.execute("SELECT set_config('fake.at', $1, false)", str(MIDNIGHT + timedelta(seconds=at)))
            await deeds[kind](at, what)
            await self._hand_out(at)
            self.day.in_progress = max(self.day.in_progress, sum(one[2] == "ends" for one in self._events))
        return self.day

    async def _shift(self, _at: float, what: object) -> None:
        assert isinstance(what, tuple)
        russian, both = what
        speak_both = [one for one in self._team if "zh" in one.languages]
        others = [one for one in self._team if "zh" not in one.languages]
        self._there = [*others[:russian], *speak_both[:both]]
        async with self._db.transaction():
            for one in self._team:
                await agents.set_presence(self._db, one, "online" if one in self._there else "offline")
            # Their pages are open and heard of all the time.
            await self._db.execute("UPDATE agent SET seen_at = 'infinity' WHERE presence = 'online'")

    async def _comes(self, at: float, what: object) -> None:
        assert isinstance(what, Person)
        async with self._db.transaction():
            person = await contacts.open(self._db, "app", f"{what.number}", language=what.language)
            if person.state not in ("bot", "closed"):
                return  # is here already
            topic = "emergency" if what.priority >= cases.EMERGENCY else "human"
            place = await handoff.ask(self._db, person, topic=topic, reason="asked", priority=what.priority)
            minutes = reception.minutes(await cases.pace(self._db, what.language), place)
        same = {one for one, told in self._waiting.items() if told.person.language == what.language}
        told = Told(what, at, place, None if minutes is None else 60.0 * minutes, same)
        self._waiting[person.id] = told
        self.day.told.append(told)

    async def _ends(self, at: float, what: object) -> None:
        assert isinstance(what, tuple)
        agent, conversation_id, person = what
        async with self._db.transaction():
            await handoff.close(self._db, agent, conversation_id, reason="answered", outcome="solved")
        if person.comes_back is not None:
            again = Person(person.number, person.language, 0, person.handling, None)
            self.later(at + person.comes_back, "comes", again)

    async def _hand_out(self, at: float) -> None:
        while self._waiting:
            async with self._db.transaction():
                places = await cases.all_places(self._db)
                case = await (self._next_by_hand() if self._by_hand else handoff.auto_assign(self._db))
            if case is None or case.agent_id is None:
                return
            self._called(at, case, places[case.id])

    async def _next_by_hand(self) -> Case | None:
        """Whoever has been idle longest asks first."""
        for one in await cases.desk(self._db):
            agent = next(known for known in self._team if known.id == one.id)
            if one.load < one.capacity and (case := await handoff.claim_next(self._db, agent)):
                return case
        return None

    def _called(self, at: float, case: Case, place: int) -> None:
        told = self._waiting.pop(case.id)
        told.wait = at - told.at
        self.day.called_from[place] += 1
        for other in self._waiting.values():
            other.passed += case.id in other.before
        agent = next(one for one in self._team if one.id == case.agent_id)
        self.later(at + told.person.handling, "ends", (agent, case.id, told.person))


def _plan(line: Line, chosen: argparse.Namespace) -> None:
    """Shifts and people of the hours asked for; the same for the same seed."""
    random = Random(chosen.seed)
    begins, ends = 3600.0 * chosen.begin, 3600.0 * (chosen.begin + chosen.hours)
    peak = chosen.load == "peak"
    day = CONTACTS_A_YEAR * (1.0 if peak else ESCALATED) / 365
    number = 0
    for hour in range(chosen.begin, chosen.begin + chosen.hours):
        of_day = PEAK / 24 if peak else HOURS[hour % 24] / sum(HOURS)
        for language, many in (("ru", day * of_day), ("zh", 24 * CHINESE_AN_HOUR * of_day)):
            at = 3600.0 * hour + random.expovariate(many / 3600)
            while at < 3600.0 * (hour + 1):
                number += 1
                line.later(at, "comes", _person(random, number, language))
                at += random.expovariate(many / 3600)
        shift = next(one for one in SHIFTS[chosen.load] if one[0] <= hour % 24 < one[1])
        line.later(max(begins, 3600.0 * hour) - 1, "shift", shift[2:])
    line.later(ends, "shift", shift[2:])


def _person(random: Random, number: int, language: str) -> Person:
    die = random.random()
    priority = cases.EMERGENCY if die < EMERGENCY else cases.CUT_OFF if die < EMERGENCY + CUT_OFF else 0
    handling = random.lognormvariate(log(HANDLE_MEAN) - HANDLE_SIGMA**2 / 2, HANDLE_SIGMA)
    back = random.uniform(600, 72 * 3600) if random.random() < COMES_BACK else None
    return Person(number, language, priority, handling, back)


@asynccontextmanager
async def _team(
    dsn: str, chosen: argparse.Namespace, even: bool
) -> AsyncIterator[tuple[asyncpg.Connection, list[Agent]]]:
    """A connection under the simulated clock, and all agents of all shifts.

    `even`: colleagues who never come speak Chinese too, which ends the scarcity that the order goes by.
    """
    await upgrade(dsn)
    await Clock.of(dsn)
    db = await asyncpg.connect(dsn, server_settings={"synchronous_commit": "off", "fake.at": str(MIDNIGHT)})
    try:
        await prepare(db)
        await db.execute(_CLOCK)
        russian = max(one[2] for one in SHIFTS[chosen.load])
        both = max(one[3] for one in SHIFTS[chosen.load])
        people = [(f"r{n}", ["ru"]) for n in range(russian)] + [(f"b{n}", ["ru", "zh"]) for n in range(both)]
        absent = [(f"x{n}", ["zh"]) for n in range(russian)] if even else []
        await db.executemany(
            "INSERT INTO agent (login, name, password_hash, languages, role, capacity)"
            " VALUES ($1, $1, 'x', $2, 'agent', $3)",
            [(login, languages, CAPACITY[chosen.load]) for login, languages in people + absent],
        )
        found = await agents.everyone(db)
        yield db, [one for one in found if not one.login.startswith("x")]
    finally:
        await db.close()


def _evenly(waiting: Waiting, fitting: list[AtDesk], _there: list[AtDesk]) -> int:
    """`fittest` without its rule for who speaks another line too."""
    return min(fitting, key=lambda one: (one.id == waiting.slipped_from, one.load / one.capacity)).id


async def _simulate(chosen: argparse.Namespace, *, even: bool) -> Day:
    kept = assignment.fittest
    with new_folder() as folder, running(folder / "data") as server:
        async with _team(server.dsn, chosen, even) as (db, team):
            line = Line(db, chosen.by == "hand")
            _plan(line, chosen)
            try:
                assignment.fittest = _evenly if even else kept
                return await line.run(team, 3600.0 * (chosen.begin + chosen.hours))
            finally:
                assignment.fittest = kept


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def _report(day: Day) -> None:
    for line in ("ru", "zh"):
        served = [one for one in day.told if one.person.language == line and one.wait is not None]
        waits = [one.wait for one in served if one.wait is not None]
        off = [one.wait - one.seconds for one in served if one.seconds is not None and one.wait]
        print(
            f"  {line}: {len(served)} people   wait p50 {_at(waits, 0.5):.0f} s   p90 {_at(waits, 0.9):.0f} s"
            f"   p99 {_at(waits, 0.99):.0f} s   within {IN_TIME:.0f} s {_share([one <= IN_TIME for one in waits])}"
            f"   announced and waited for {len(off)}: actual minus announced p10 {_at(off, 0.1):+.0f} s"
            f"   p50 {_at(off, 0.5):+.0f} s   p90 {_at(off, 0.9):+.0f} s"
        )
    wrong = sum(times for place, times in day.called_from.items() if place > 2)
    passed = [one.passed + 1 - one.place for one in day.told if one.wait is not None]
    print(
        f"  in progress at most {day.in_progress}   called from place {dict(sorted(day.called_from.items()))},"
        f" wrong by more than one: {wrong}   of those already waiting, more or fewer went first than told:"
        f" by one {_share([abs(one) == 1 for one in passed])}, by more {_share([abs(one) > 1 for one in passed])}"
    )


def _share(true: list[bool]) -> str:
    return f"{100 * sum(true) / max(1, len(true)):.1f} %"


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.queue_simulation")
    options.add_argument("--load", choices=tuple(SHIFTS), default="escalated")
    options.add_argument("--hours", type=int, default=24)
    options.add_argument("--from", type=int, default=0, dest="begin", help="hour of the day to begin with")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--by", choices=("clock", "hand"), default="clock", help="ASSIGNMENT=auto, or agents take")
    wanted = options.parse_args()
    for even in (False, True):
        began = perf_counter()
        day = asyncio.run(_simulate(wanted, even=even))
        print(f"{'even' if even else 'as it is'}: {perf_counter() - began:.0f} s, load {load()}")
        _report(day)
