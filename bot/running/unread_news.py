"""Tells the operator's backend who has something unread in the app, until it has heard it."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Protocol

from prometheus_client import Counter, Gauge

from bot import unread
from bot.database import TRANSIENT, Database
from bot.unread import Backlog, Notice

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds
AT_ONCE = 8
# At the start: what was said while no process looked. Later: back to the last look, and what was committed late.
FIRST_LOOK = timedelta(hours=1)
OVERLAP = 60.0
LONGEST_PAUSE = 900.0

_notices = Counter("bot_unread_notices", "Calls of the unread webhook by what became of them", ["result"])
_waiting = Gauge("bot_unread_waiting", "Unread notices that the operator's backend has not taken yet")
_oldest = Gauge("bot_unread_oldest_seconds", "Age of the oldest of them")


@dataclass(frozen=True)
class Answer:
    """What the backend said. told: taken; gone: not for this person; else `problem` says why to try again."""

    result: str  # told, gone, failed
    problem: str = ""
    wait: float = 0.0  # seconds that it asked for


class Backend(Protocol):
    async def tell(self, notice: Notice) -> Answer:
        """One call, within its own time limit; never raises."""


class UnreadNews:
    """One task per process. `after`: how long something may stay unread."""

    def __init__(self, db: Database, backend: Backend, after: timedelta) -> None:
        self._db, self._backend, self._after = db, backend, after
        self._looked: float | None = None
        self._backlog = Backlog(0, 0.0, 0)
        self._problem = ""

    def details(self) -> dict[str, object]:
        """For /readyz."""
        waiting, oldest = self._backlog.waiting, round(self._backlog.oldest)
        return {"waiting": waiting, "oldest_s": oldest, "dead": self._backlog.dead, "problem": self._problem or None}

    async def run(self) -> None:
        """Supervised for ever."""
        while True:
            try:
                busy = await self._round()
            except TRANSIENT as problem:
                log.warning("unread: database away", extra={"cause": type(problem).__name__})
                busy = False
            if not busy:
                await asyncio.sleep(EVERY)

    async def _round(self) -> bool:
        """Find, tell, note; True when there is more to tell at once."""
        now = monotonic()
        within = FIRST_LOOK
        if self._looked is not None:
            within = min(FIRST_LOOK, self._after + timedelta(seconds=now - self._looked + OVERLAP))
        async with self._db.transaction() as tx:
            await unread.find(tx, self._after, within)
            notices = await unread.claim(tx, AT_ONCE, self._after)
            self._backlog = await unread.backlog(tx)
        self._looked = now
        _waiting.set(self._backlog.waiting)
        _oldest.set(self._backlog.oldest)
        await asyncio.gather(*(self._tell(notice) for notice in notices))
        return len(notices) == AT_ONCE

    async def _tell(self, notice: Notice) -> None:
        answer = await self._backend.tell(notice)
        given_up = answer.result == "failed" and notice.last_try
        _notices.labels("given_up" if given_up else answer.result).inc()
        self._problem = answer.problem
        async with self._db.transaction() as tx:
            if answer.result != "failed":
                await unread.ended(tx, notice, answer.result)
            elif given_up:
                log.error("unread: given up", extra={"notice": notice.id, "why": answer.problem})
                await unread.ended(tx, notice, "dead", answer.problem)
            else:
                log.warning("unread: not taken", extra={"notice": notice.id, "why": answer.problem})
                await unread.again(tx, notice, max(answer.wait, _back_off(notice.attempts)), answer.problem)


def _back_off(attempts: int) -> float:
    """2, 4, 8 ... 900 s, with up to half of it more by chance."""
    return min(2.0 ** min(attempts, 10), LONGEST_PAUSE) * random.uniform(1, 1.5)
