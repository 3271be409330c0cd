"""SIGKILL in the middle of work: nothing is lost, order is kept, and what is doubled is counted.

The product runs as its own process, `python -m bot demo` with Telegram on; PostgreSQL and the stand-in for Telegram
outlive it, as the real ones do.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.running.sender import AT_ONCE
from faq.knowledge import Knowledge
from tests.telegram_people import Person
from tests.telegram_server import TOKEN, TelegramServer

ROOT = Path(__file__).resolve().parent.parent
KILLS = 10
CHATS = 20
# Ten questions anybody may ask, whose answers are told apart by their first line; ten to a chat, 200 messages.
QUESTIONS = (
    "какие есть тарифы",
    "как пополнить счёт",
    "где ваши офисы",
    "как скрыть свой номер",
    "как сделать переадресацию",
    "какие есть услуги",
    "как перейти к вам со своим номером",
    "как восстановить симку",
    "как настроить интернет на телефоне",
    "как раздать гиги другу",
)


class Product:
    """The bot as a process that can be killed and started again."""

    def __init__(self, dsn: str, telegram: TelegramServer, data: Path) -> None:
        faq = data / "faq-without-phrases"  # a third of the start is reading them, and there are thirteen starts
        shutil.copytree(ROOT / "faq", faq, ignore=shutil.ignore_patterns("phrases", "*.py", "__pycache__"))
        self._faq = faq
        self._environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "DATA_DIR": str(data),
            "FAQ_DIR": str(faq),
            "HTTP_PORT": "0",
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "DEMO_PASSWORD": "only-for-tests-1",
            "LOG_LEVEL": "WARNING",
        }
        self._process: asyncio.subprocess.Process | None = None

    def learn(self) -> None:
        """Once and for all starts: behind a start it would change in the middle how borderline questions are read."""
        Knowledge.load(self._faq)

    async def start(self) -> None:
        """Returns when it says where it listens."""
        command = (sys.executable, "-m", "bot", "demo")
        self._process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            while line := await self._process.stdout.readline():
                if b"/demo" in line:
                    return
        raise AssertionError(f"the product ended with {await self._process.wait()} instead of starting")

    async def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        return await self._process.wait()


@asynccontextmanager
async def a_product(dsn: str, telegram: TelegramServer, data: Path) -> AsyncIterator[Product]:
    product = Product(dsn, telegram, data)
    await asyncio.to_thread(product.learn)
    await product.start()
    try:
        yield product
    finally:
        await product.end(signal.SIGKILL)


async def _quiet(people: list[Person], answers: int, seconds: float) -> None:
    """Wait until everybody has heard that many answers."""
    async with asyncio.timeout(seconds):
        for person in people:
            while len(_firsts(person)) < answers:
                await person.hears(timeout=seconds)


def _firsts(person: Person) -> list[str]:
    """What the person heard, a line each, what was said twice in a row once."""
    lines: list[str] = []
    for heard in person.heard:
        line = heard.text.split("\n")[0]
        if not lines or lines[-1] != line:
            lines.append(line)
    return lines


def _plan(chat: int) -> list[str]:
    questions = list(QUESTIONS)
    random.Random(chat).shuffle(questions)
    return questions


async def test_ten_kills_lose_nothing_and_keep_the_order(fresh_dsn: str, tmp_path: Path) -> None:
    async with TelegramServer() as telegram, a_product(fresh_dsn, telegram, tmp_path) as product:
        control = telegram.person(1, "Контроль")
        expected: dict[str, str] = {}
        for question in QUESTIONS:
            await control.says(question)
            expected[question] = (await control.hears()).text.split("\n")[0]
        assert len(set(expected.values())) == len(QUESTIONS), "answers must be told apart"

        people = [telegram.person(100 + n, f"Абонент {n}") for n in range(CHATS)]
        asking = asyncio.create_task(_ask(people))
        chance = random.Random(7)
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            await product.end(signal.SIGKILL)
            await product.start()
        await asking
        await _quiet(people, len(QUESTIONS), 90)

        doubled = 0
        for chat, person in enumerate(people):
            assert _firsts(person) == [expected[question] for question in _plan(chat)], person.name
            doubled += len(person.heard) - len(QUESTIONS)
        assert doubled <= KILLS * AT_ONCE, f"{doubled} doubled by {KILLS} kills"  # those on their way to Telegram
        assert telegram.refused == []


async def _ask(people: list[Person]) -> None:
    """Everybody writes on, whether the bot is there or not; spread so that every kill meets work under way."""
    for round_ in range(len(QUESTIONS)):
        for chat, person in enumerate(people):
            await person.says(_plan(chat)[round_])
        await asyncio.sleep(4)


async def test_a_polite_stop_answers_what_it_has_begun_and_exits_with_zero(fresh_dsn: str, tmp_path: Path) -> None:
    async with TelegramServer() as telegram, a_product(fresh_dsn, telegram, tmp_path) as product:
        person = telegram.person(1, "Анна")
        await person.says(QUESTIONS[0])
        await person.hears()
        assert await product.end(signal.SIGTERM) == 0
        await person.says(QUESTIONS[1])
        await product.start()
        await person.hears()
        assert len(person.heard) == 2


async def test_a_dead_database_address_is_named_and_not_a_stack_trace(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": "postgresql://bot:geheim@127.0.0.1:1/none", "DATA_DIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode not in (0, None)
    assert b"127.0.0.1" in said
    assert b"geheim" not in said
    assert b"Traceback" not in said
