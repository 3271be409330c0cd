"""The whole human line as a state machine: any order of deeds, time and restarts keeps what reliability promises.

A short walk runs with the suite; MODEL_STEPS and MODEL_WALKS make it as long as one likes:
MODEL_STEPS=2000 MODEL_WALKS=5 python -m pytest tests/test_queue_model.py
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot import contacts, handoff, transcript
from bot.conversation import Conversation
from bot.database import Database
from bot.handoff import cases
from bot.handoff.assigning import assign_waiting
from bot.staff import agents
from bot.staff.agents import VANISHED, Agent
from tests.clock import Clock
from tests.queue_people import newcomer

T = TypeVar("T")

# How often each deed is drawn. One rule draws them all: hypothesis leaves rules out of a walk at random, and a short
# walk without the asking or the taking would see nothing.
OFTEN = {
    "writes": 4, "asks": 6, "leaves": 1, "rather_russian": 1, "takes_next": 6, "claims": 1, "all_claim_at_once": 1,
    "says": 4, "closes": 2, "opens_again": 2, "hands_on": 2, "hands_back": 1, "puts_aside": 3, "is_supervised": 2,
    "comes_or_goes": 2, "time_passes": 4, "two_replicas_hand_out": 2, "restarts": 1,
}  # fmt: skip
DEEDS = [name for name, times in OFTEN.items() for _ in range(times)]
SILENCE, IDLE, WARNING, LIMIT = (timedelta(minutes=n) for n in (2, 40, 10, 30))
REFUSALS = (handoff.HandoffError,)


class Line(RuleBasedStateMachine):
    """Five people, three agents and a supervisor on a real database under a clock that only this machine turns."""

    dsn = ""
    loop: asyncio.AbstractEventLoop

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())

    async def _begin(self) -> None:
        self.clock = await Clock.of(self.dsn)
        self.db = await self._opened()
        self.team = [
            await newcomer(self.db, "anna", ["ru"], 2),
            await newcomer(self.db, "ivan", ["ru"], 1),
            await newcomer(self.db, "li", ["ru", "zh"], 2),
            await newcomer(self.db, "olga", ["ru", "zh"], 1, "supervisor"),
        ]
        async with self.db.transaction() as tx:
            languages = ("ru", "ru", "ru", "zh", "zh")
            opened = [
                await contacts.open(tx, "telegram", f"{n}", language=one, name=f"{n}")
                for n, one in enumerate(languages)
            ]
        self.people = [one.id for one in opened]
        self.missed: dict[int, int] = {}
        self.steps = 0

    async def _opened(self) -> Database:
        db = Database(self.dsn, pool_size=2)
        await db.open()
        return db

    def run(self, deed: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(deed)

    async def _does(self, deed: Any, *values: Any, **more: Any) -> Any:
        """In a transaction of its own; what the queue refuses changes nothing."""
        try:
            async with self.db.transaction() as tx:
                return await deed(tx, *values, **more)
        except REFUSALS:
            return None

    async def _with_lock(self, states: tuple[str, ...], deed: Any, **more: Any) -> None:
        async with self.db.transaction() as tx:
            conversation = await contacts.lock(tx, self.people[self.person])
            assert conversation
            if conversation.state in states:
                await deed(tx, conversation, **more)

    @rule(seed=st.integers(0, 2**32))
    def happens(self, seed: int) -> None:
        """Something, done by somebody to somebody; as even as a die, which hypothesis alone is not."""
        self.steps += 1
        die = Random(seed * 10_007 + self.steps)
        self.person, self.agent, self.to = die.randrange(5), die.randrange(4), die.randrange(4)
        self.flag, self.n = die.random() < 0.5, die.randrange(10**9)
        self.deed = die.choice(DEEDS)
        note(f"{self.deed}: person {self.person}, agent {self.agent}, to {self.to}, {self.flag}, n {self.n}")
        getattr(self, self.deed)()

    # the person

    def writes(self) -> None:
        async def hear(tx: Any, conversation: Conversation) -> None:
            await transcript.append(tx, conversation.id, "msg", "user", {"text": "слово"})
            if conversation.state == "assigned":
                await handoff.wake(tx, conversation)
            elif conversation.state == "closed":
                await handoff.resume(tx, conversation)

        self.run(self._with_lock(("bot", "queued", "assigned", "closed"), hear))

    def asks(self) -> None:
        priority = (0, 0, 0, cases.CUT_OFF, cases.EMERGENCY)[self.n % 5]
        more = {"topic": "human", "reason": "asked", "priority": priority}
        self.run(self._with_lock(("bot", "closed"), handoff.ask, **more))

    def leaves(self) -> None:
        self.run(self._with_lock(("queued", "assigned"), handoff.leave))

    def rather_russian(self) -> None:
        self.run(self._with_lock(("queued",), handoff.change_line, line="ru"))

    # the agents

    def _chat(self) -> int:
        """Mostly one that the agent holds, else whoever's: most deeds are those of a chat's own agent."""

        async def held() -> list[int]:
            async with self.db.transaction() as tx:
                return [one.id for one in await cases.mine(tx, self.team[self.agent])]

        own = self.run(held())
        return own[self.person % len(own)] if own and self.person else self.people[self.person]

    def takes_next(self) -> None:
        first = self.run(self._first_for(self.team[self.agent]))
        taken = self.run(self._does(handoff.claim_next, self.team[self.agent]))
        assert taken is None or taken.id == first, "the list shows who is next"

    async def _first_for(self, agent: Agent) -> int | None:
        async with self.db.transaction() as tx:
            mine = [one for one in await cases.lineup(tx) if one.reserved == agent.id or one.reserved is None]
            listed = [one.id for one in await cases.waiting(tx, agent) if one.id in {two.id for two in mine}]
            listed = [one for one in listed if await self._may(tx, agent, one)]
        return listed[0] if listed else None

    async def _may(self, tx: Any, agent: Agent, conversation_id: int) -> bool:
        case = await cases.case_of(tx, conversation_id)
        return case is not None and case.line in agent.languages

    def claims(self) -> None:
        self.run(self._does(handoff.claim, self.team[self.agent], self.people[self.person]))

    def all_claim_at_once(self) -> None:
        async def race() -> list[Any]:
            tries = (self._does(handoff.claim, one, self.people[self.person]) for one in self.team)
            return await asyncio.gather(*tries)

        before = self.run(self._holder(self.people[self.person]))
        winners = [one for one in self.run(race()) if one]
        assert len(winners) <= 1 or before is not None

    async def _holder(self, chat: int) -> int | None:
        async with self.db.transaction() as tx:
            conversation = await contacts.load(tx, chat)
        assert conversation
        return conversation.agent_id

    def says(self) -> None:
        chat = self._chat()
        holder = self.run(self._holder(chat))
        said = self.run(self._does(handoff.say, self.team[self.agent], chat, f"{self.agent}:{self.n}", "ответ"))
        assert (said is not None) == (holder == self.team[self.agent].id), "only who holds it writes"

    def closes(self) -> None:
        outcome = "solved" if self.flag else "unsolved"
        deed, chat = handoff.close, self._chat()
        self.run(self._does(deed, self.team[self.agent], chat, reason="answered", outcome=outcome, candidate=self.flag))

    def opens_again(self) -> None:
        self.run(self._does(handoff.reopen, self.team[self.agent], self.people[self.person]))

    def hands_on(self) -> None:
        other = None if self.to == self.agent else self.team[self.to]
        deed, chat = handoff.transfer, self._chat()
        self.run(self._does(deed, self.team[self.agent], chat, to=other, line=None, reason="x"))

    def hands_back(self) -> None:
        self.run(self._does(handoff.hand_back, self.team[self.agent], self._chat()))

    def puts_aside(self) -> None:
        until = self.clock() + timedelta(minutes=1 + self.n % 60)
        self.run(self._does(handoff.snooze, self.team[self.agent], self._chat(), until, "ждём"))

    def is_supervised(self) -> None:
        if self.flag:
            self.run(self._does(handoff.take_over, self.team[3], self.people[self.person]))
        else:
            self.run(self._does(handoff.reassign, self.team[3], self.people[self.person], self.team[self.to]))

    def comes_or_goes(self) -> None:
        presence = ("online", "online", "away", "offline")[self.n % 4]
        self.run(self._does(agents.set_presence, self.team[self.agent], presence))

    # the clock

    def time_passes(self) -> None:
        minutes = (0.1, 1, 3, 15, 45)[self.n % 5]
        self.run(self.clock.passes(minutes=minutes))
        self.run(self._sweep())

    async def _sweep(self) -> None:
        async with self.db.transaction() as tx:
            await handoff.return_silent(tx, SILENCE, VANISHED)
            await handoff.wake_due(tx)
            await handoff.warn_idle(tx, IDLE - WARNING, 10)
            await handoff.close_idle(tx, IDLE, WARNING)
            missed = await handoff.mark_missed(tx, ["ru", "zh"], LIMIT)
            handoffs = [await tx.fetchval("SELECT handoff_id FROM conversation WHERE id = $1", one) for one in missed]
        for one in handoffs:
            self.missed[one] = self.missed.get(one, 0) + 1
        # A second replica, or the same one a moment later, finds nothing left to do.
        async with self.db.transaction() as tx:
            assert await handoff.return_silent(tx, SILENCE, VANISHED) == []
            assert await handoff.wake_due(tx) == []
            assert await handoff.warn_idle(tx, IDLE - WARNING, 10) == []
            assert await handoff.close_idle(tx, IDLE, WARNING) == []
            assert await handoff.mark_missed(tx, ["ru", "zh"], LIMIT) == []

    def two_replicas_hand_out(self) -> None:
        async def both() -> None:
            await asyncio.gather(assign_waiting(self.db), assign_waiting(self.db))

        self.run(both())

    def restarts(self) -> None:
        async def again() -> None:
            await self.db.close()
            self.db = await self._opened()

        self.run(again())

    # what holds at any time

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "people"):
            self.run(self._check())

    async def _check(self) -> None:
        async with self.db.transaction() as tx:
            broken = await tx.fetch(
                """SELECT c.id FROM conversation c LEFT JOIN handoff h ON h.id = c.handoff_id
                    WHERE (c.state = 'assigned') <> (c.agent_id IS NOT NULL)
                       OR (c.state IN ('queued', 'assigned')) <> (h.id IS NOT NULL AND h.closed_at IS NULL)
                       OR c.agent_id IS DISTINCT FROM h.agent_id
                       OR (c.state = 'queued' AND h.assigned_at IS NOT NULL)
                       OR c.head <> (SELECT count(*) FROM event e WHERE e.conversation_id = c.id AND e.seq IS NOT NULL)
                       OR c.tail <> (SELECT max(n) FROM event e WHERE e.conversation_id = c.id)"""
            )
            assert broken == [], broken
            open_ones = "SELECT count(*) FROM handoff WHERE closed_at IS NULL GROUP BY conversation_id"
            assert all(row["count"] == 1 for row in await tx.fetch(open_ones))
            for agent in self.team[:3]:
                unforced = await tx.fetchval(
                    """SELECT count(*) FROM conversation c JOIN handoff h ON h.id = c.handoff_id
                        WHERE c.agent_id = $1 AND h.snoozed_until IS NULL AND NOT EXISTS (
                              SELECT 1 FROM event e WHERE e.conversation_id = c.id AND e.body ? 'snoozed_until')""",
                    agent.id,
                )
                assert unforced <= agent.capacity, "nobody is given more than they may hold; what wakes is their own"
            places = await cases.all_places(tx)
            waiting = {one.id for one in await cases.lineup(tx)}
        assert set(places) == waiting, "everybody who waits has a place"
        assert all(place >= 1 for place in places.values())
        assert all(times == 1 for times in self.missed.values()), "told once"

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.run(self.db.close())


def test_any_order_of_deeds_time_and_restarts_keeps_the_promises(fresh_dsns: Any) -> None:
    loop = asyncio.new_event_loop()

    class OnAFreshDatabase(Line):
        def __init__(self) -> None:
            super().__init__()
            self.loop = loop
            self.dsn = fresh_dsns()

    walks, steps = int(os.environ.get("MODEL_WALKS", "5")), int(os.environ.get("MODEL_STEPS", "60"))
    try:
        run_state_machine_as_test(
            OnAFreshDatabase,
            settings=settings(
                max_examples=walks,
                stateful_step_count=steps,
                deadline=None,
                derandomize="MODEL_STEPS" not in os.environ,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate] if walks < 10 else [Phase.generate, Phase.shrink],
            ),
        )
    finally:
        loop.close()
