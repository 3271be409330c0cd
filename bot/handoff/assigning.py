"""ASSIGNMENT=auto: waiting cases go by themselves to whoever is online and has room.

Woken when the queue or the desk changes, and by the clock behind it. Any number of replicas may run it, see
handoff.auto_assign.
"""

from __future__ import annotations

import asyncio
import logging

from bot import handoff
from bot.database import TRANSIENT, Database

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds, should a ring be lost


async def assign_for_ever(db: Database) -> None:
    """Supervised for ever."""
    with db.bell.listen("queue", "agents") as ear:
        while True:
            try:
                await assign_waiting(db)
            except TRANSIENT as problem:
                log.warning("assigning: database away", extra={"cause": type(problem).__name__})
                await asyncio.sleep(0.5)
            await ear.wait(EVERY)


async def assign_waiting(db: Database) -> int:
    """Give out all that can be given now, a case a transaction; how many it was."""
    given = 0
    while True:
        async with db.transaction() as tx:
            case = await handoff.auto_assign(tx)
        if case is None:
            return given
        given += 1
        db.bell.ring(*handoff.rings(case.id))
