"""The queue read once for all desks that are open in this process: a hundred pages look at the same moment of it."""

from __future__ import annotations

import asyncio
from time import monotonic

from bot.database import Database
from bot.handoff import cases
from bot.handoff.cases import Board

REST = 0.25  # seconds between two readings


class SharedBoard:
    def __init__(self, db: Database) -> None:
        self._db = db
        self._reading = asyncio.Lock()
        self._board: Board | None = None
        self._begun = 0.0

    async def since(self, moment: float) -> Board:
        """Read at or after this moment (of time.monotonic); whoever asks meanwhile gets the same reading."""
        async with self._reading:
            if self._board is None or self._begun < moment:
                await asyncio.sleep(max(0.0, self._begun + REST - monotonic()))
                self._begun = monotonic()
                async with self._db.transaction() as tx:
                    self._board = await cases.board(tx)
            return self._board
