"""The sender: everything once and in order per chat; faults are waited out, what was in doubt is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from bot import contacts, outbox, transcript
from bot.database import Database
from bot.messages import ChannelError, InDoubt, Refused, Reply, SlowDown, Unauthorized, Unreachable
from bot.running import sender
from bot.running.sender import Sender


@pytest_asyncio.fixture
async def db(fresh_dsn: str) -> AsyncIterator[Database]:
    database = Database(fresh_dsn)
    await database.open()
    yield database
    await database.close()


class Messenger:
    """A channel that keeps what it was given and fails as planned: `plan(address, text)` returns an error or None."""

    name = "telegram"

    def __init__(self, plan: Callable[[str, str], ChannelError | None] = lambda _a, _t: None) -> None:
        self.delivered: list[tuple[str, str]] = []
        self.tried: list[str] = []
        self._plan = plan
        self._numbers = count(1)

    async def send(self, address: str, reply: Reply) -> str:
        self.tried.append(reply.text)
        await asyncio.sleep(0)
        if problem := self._plan(address, reply.text):
            raise problem
        self.delivered.append((address, reply.text))
        return str(next(self._numbers))

    async def edit(self, address: str, reference: str, reply: Reply) -> None: ...

    async def typing(self, address: str) -> None: ...


async def _say(db: Database, address: str, *texts: str) -> None:
    async with db.transaction() as tx:
        conversation = await contacts.open(tx, "telegram", address, language="ru")
        for text in texts:
            await transcript.say(tx, conversation, Reply(text))
    db.bell.ring("outbox")


@asynccontextmanager
async def _sending(db: Database, messenger: Messenger) -> AsyncIterator[Sender]:
    running = Sender(db, {"telegram": messenger})
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _until(db: Database, statement: str, expected: Any) -> None:
    async with asyncio.timeout(20):
        while True:
            async with db.transaction() as tx:
                if await tx.fetchval(statement) == expected:
                    return
            await asyncio.sleep(0.02)


SENT = "SELECT count(*) FROM outbox WHERE state = 'sent'"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram's limits and our patience, a hundred times faster."""
    monkeypatch.setattr(sender, "PER_CHAT", 100.0)
    monkeypatch.setattr(sender, "PER_SECOND", 2500.0)
    monkeypatch.setattr(sender, "_back_off", lambda _attempts: 0.01)


async def test_every_reply_arrives_once_and_in_order_within_its_chat(db: Database) -> None:
    for chat in range(5):
        await _say(db, str(chat), *(f"{chat}-{n}" for n in range(10)))
    messenger = Messenger()
    async with _sending(db, messenger):
        await _until(db, SENT, 50)
    for chat in range(5):
        mine = [text for address, text in messenger.delivered if address == str(chat)]
        assert mine == [f"{chat}-{n}" for n in range(10)]


async def test_a_request_to_slow_down_holds_that_chat_back_and_no_other(db: Database) -> None:
    asked = {"left": 2}

    def plan(address: str, _text: str) -> ChannelError | None:
        if address == "1" and asked["left"]:
            asked["left"] -= 1
            return SlowDown(0.05)
        return None

    await _say(db, "1", "a", "b")
    await _say(db, "2", "x", "y")
    messenger = Messenger(plan)
    async with _sending(db, messenger):
        await _until(db, SENT, 4)
    assert [text for address, text in messenger.delivered if address == "1"] == ["a", "b"]
    assert messenger.delivered.index(("2", "y")) < messenger.delivered.index(("1", "a"))


async def test_what_waits_behind_a_failed_parcel_waits_too_and_nothing_else_does(db: Database) -> None:
    """Two messengers may know two people by one number; whose process died with a parcel in hand gives it up."""
    async with db.transaction() as tx:
        for channel in ("telegram", "max"):
            conversation = await contacts.open(tx, channel, "1", language="ru")
            for text in ("a", "b"):
                await transcript.say(tx, conversation, Reply(text))

    async def claimed(limit: int = 9) -> list[tuple[str, str]]:
        async with db.transaction() as tx:
            taken[:] = await outbox.claim(tx, "me", limit, [])
        return [(one.channel, one.payload["text"]) for one in taken]

    taken: list[outbox.Parcel] = []
    assert await claimed(1) == [("telegram", "a")]
    async with db.transaction() as tx:
        await outbox.put_off(tx, taken[0], 60, "later", in_doubt=False)
    assert await claimed() == [("max", "a")]
    assert await claimed() == []
    async with db.transaction() as tx:
        await tx.execute("UPDATE outbox SET lease_until = now() - interval '1 second' WHERE state = 'sending'")
    assert await claimed() == [("max", "a")]
    async with db.transaction() as tx:
        await tx.execute("UPDATE outbox SET next_at = now()")
    assert await claimed() == [("telegram", "a")]


async def test_a_send_in_doubt_is_repeated_and_counted(db: Database) -> None:
    failing = iter([InDoubt("reset"), None])
    await _say(db, "1", "a")
    messenger = Messenger(lambda _a, _t: next(failing))
    async with _sending(db, messenger):
        await _until(db, SENT, 1)
    assert messenger.tried == ["a", "a"]
    await _until(db, "SELECT sum(in_doubt) FROM outbox", 1)


async def test_who_blocked_the_bot_is_written_to_no_more(db: Database) -> None:
    await _say(db, "1", "a", "b", "c")
    await _say(db, "2", "x")
    messenger = Messenger(lambda address, _t: Unreachable("blocked") if address == "1" else None)
    async with _sending(db, messenger):
        await _until(db, "SELECT count(*) FROM outbox WHERE state = 'failed'", 3)
        await _until(db, SENT, 1)
    assert messenger.tried.count("b") == 0
    await _until(db, "SELECT count(*) FROM contact WHERE unreachable_at IS NOT NULL", 1)


async def test_a_message_that_will_never_be_accepted_is_set_aside_and_the_next_goes(db: Database) -> None:
    await _say(db, "1", "bad", "good")
    messenger = Messenger(lambda _a, text: Refused("message is too long") if text == "bad" else None)
    async with _sending(db, messenger):
        await _until(db, SENT, 1)
    await _until(db, "SELECT error FROM outbox WHERE state = 'dead'", "message is too long")
    assert messenger.delivered == [("1", "good")]


async def test_a_refused_token_turns_health_off_and_loses_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _say(db, "1", "a")
    messenger = Messenger(lambda _a, _t: Unauthorized("401"))
    async with _sending(db, messenger) as running:
        await _until(db, "SELECT count(*) FROM outbox WHERE error = '401'", 1)
        assert not running.healthy
        messenger._plan = lambda _a, _t: None
        async with db.transaction() as tx:
            await tx.execute("UPDATE outbox SET next_at = now()")
        db.bell.ring("outbox")
        await _until(db, SENT, 1)
        assert running.healthy
