"""What is new in the app's open chats, read for many of them at once.

An announcement wakes every open chat in the same moment. Each reading for itself, two thousand would stand in line for
ten connections until the last ones time out; together they are a few dozen queries.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot import transcript
from bot.database import Database
from bot.transcript import News

MOST = 64  # chats a query


@dataclass(eq=False)
class _Wish:
    conversation_id: int
    after: int
    news: News | None = None


class Streams:
    def __init__(self, db: Database, limit: int) -> None:
        self._db, self._limit = db, limit
        self._wishes: list[_Wish] = []
        self._reading = asyncio.Lock()

    async def since(self, conversation_id: int, after: int) -> News:
        """At most `limit` events after that number, as they are now.

        Whoever has the lock reads for those who wait for it. One who is cancelled or fails leaves the others
        unanswered, and the next of them reads.
        """
        wish = _Wish(conversation_id, after)
        self._wishes.append(wish)
        try:
            async with self._reading:
                if wish.news is None:
                    await self._read_for([wish, *(one for one in self._wishes if one is not wish)][:MOST])
        finally:
            if wish in self._wishes:
                self._wishes.remove(wish)
        return wish.news or News([], 0, 0)

    async def _read_for(self, wishes: list[_Wish]) -> None:
        async with self._db.transaction() as tx:
            found = await transcript.since_each(tx, [(one.conversation_id, one.after) for one in wishes], self._limit)
        for wish, news in zip(wishes, found, strict=True):
            wish.news = news
        answered = set(map(id, wishes))
        self._wishes = [one for one in self._wishes if id(one) not in answered]
