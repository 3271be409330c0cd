"""People in the stand-in Telegram who write at an even pace, and when they hear their answers.

Every second one has shared a number and asks about that account, too; every third one writes Chinese.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass
from time import monotonic

from benchmarks.product import questions
from tests.telegram_people import Person
from tests.telegram_server import TelegramServer

PATIENCE = 20.0  # seconds after the last question; what has no answer then is lost
LINKING = 12.0  # people a second; the bot sends at most 25 messages a second
REST = 4.0  # seconds until every chat may hear three messages at once again


@dataclass(frozen=True)
class Asked:
    chat: int
    at: float
    late: float  # how far behind its plan the question was written: the fault of this script or the machine


class Crowd:
    def __init__(self, telegram: TelegramServer, size: int) -> None:
        self._telegram = telegram
        chinese = [number % 3 == 2 for number in range(size)]
        self.people = [
            telegram.person(10_000 + n, f"Person {n}", "zh-hans" if zh else "ru") for n, zh in enumerate(chinese)
        ]
        self._linked = self.people[::2]
        self._questions = {
            (language, linked): questions(language, "public", *(["personal"] if linked else []))
            for language in ("ru", "zh")
            for linked in (True, False)
        }

    async def link(self) -> None:
        for number, person in enumerate(self._linked):
            await person.shares_contact(f"+7901{number * 77:07}")
            await asyncio.sleep(1 / LINKING)
        await self._heard(Counter(person.id for person in self._linked))
        await asyncio.sleep(REST)
        self._telegram.calls.clear()

    async def ask(self, rate: float, count: int) -> list[Asked]:
        """Open loop: people write when their turn has come, whether or not earlier answers are there."""
        asked = []
        began = monotonic()
        for number in range(count):
            planned = began + number / rate
            await asyncio.sleep(max(0.0, planned - monotonic()))
            person = self.people[number % len(self.people)]
            asked.append(Asked(person.id, monotonic(), monotonic() - planned))
            await person.says(next(self._questions[self._kind(person)]))
        return asked

    def _kind(self, person: Person) -> tuple[str, bool]:
        return ("zh" if person.language_code == "zh-hans" else "ru", person in self._linked)

    async def waits(self, asked: list[Asked]) -> list[float]:
        """Seconds of every answered question, sorted: the k-th answer in a chat is to its k-th question."""
        arrivals = await self._heard(Counter(one.chat for one in asked))
        turns = {chat: iter(times) for chat, times in arrivals.items()}
        answered = ((one.at, next(turns.get(one.chat, iter(())), None)) for one in asked)
        return sorted(heard - at for at, heard in answered if heard is not None)

    async def _heard(self, wanted: Counter[int]) -> dict[int, list[float]]:
        """When each chat got its messages; returns when all are there or patience ends."""
        deadline = monotonic() + PATIENCE
        while True:
            arrivals: defaultdict[int, list[float]] = defaultdict(list)
            for call in self._telegram.called("sendMessage"):
                arrivals[call.parameters["chat_id"]].append(call.at)
            if monotonic() > deadline or all(len(arrivals[chat]) >= count for chat, count in wanted.items()):
                return arrivals
            await asyncio.sleep(0.2)
