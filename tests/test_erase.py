"""Erasing a person leaves no row that tells of them, and nobody else loses one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot import contacts, handoff, inbox, transcript
from bot.database import Database
from bot.messages import Reply
from bot.people import erase

PHONE, OTHER = "+79021112233", "+79024445566"


@pytest_asyncio.fixture
async def db(fresh_dsn: str) -> AsyncIterator[Database]:
    database = Database(fresh_dsn)
    await database.open()
    yield database
    await database.close()


async def _talk(db: Database, channel: str, address: str, phone: str) -> None:
    async with db.transaction() as tx:
        opened = await contacts.open(tx, channel, address, language="ru", name=f"Имя {phone}", phone=phone)
        await transcript.append(tx, opened.id, "msg", "user", {"text": f"мой номер {phone}"})
        await transcript.say(tx, opened, Reply(f"Ваш номер {phone}"))
        await handoff.ask(tx, opened, topic="human", reason="asked")
        await tx.execute(
            """INSERT INTO lesson (conversation_id, channel, language, text, decision, handoff_id)
               SELECT id, $2, 'ru', $3, 'handoff', handoff_id FROM conversation WHERE id = $1""",
            opened.id,
            channel,
            f"номер {phone}",
        )
        lane = f"{channel}:{address}"
        await inbox.put(tx, channel=channel, source="1", key=f"{channel}{phone}", lane=lane, payload=phone.encode())
        retry = f"retry:{await tx.fetchval('SELECT max(id) FROM inbox')}"
        await inbox.put(tx, channel="retry", source="1", key=retry, lane=retry, payload=phone.encode())
        await tx.execute("UPDATE inbox SET done_at = now() WHERE lane NOT LIKE 'retry:%'")


async def _everything(db: Database) -> str:
    tables = ("contact", "conversation", "event", "handoff", "inbox", "outbox", "lesson")
    async with db.transaction() as tx:
        rows = [str(dict(row)) for table in tables for row in await tx.fetch(f"SELECT * FROM {table}")]
    return "\n".join(rows)


async def test_who_is_erased_is_nowhere_and_the_others_stay(db: Database) -> None:
    await _talk(db, "telegram", "555", PHONE)
    await _talk(db, "inapp", PHONE, PHONE)
    await _talk(db, "telegram", "777", OTHER)
    async with db.transaction() as tx:
        removed = await erase.everywhere(tx, phone=PHONE)
    assert removed["contact"] == 2
    assert removed["handoff"] == removed["lesson"] == 2
    left = await _everything(db)
    assert PHONE not in left
    assert left.count(OTHER) >= 4
    async with db.transaction() as tx:
        assert not await erase.everywhere(tx, phone=PHONE)


async def test_ones_own_chat_is_forgotten_but_can_still_be_answered(db: Database) -> None:
    await _talk(db, "telegram", "555", PHONE)
    async with db.transaction() as tx:
        opened = await contacts.open(tx, "telegram", "555", language="ru")
        await erase.said(tx, opened.id, "telegram:555")
        again = await contacts.lock(tx, opened.id)
        assert again
        assert (again.phone, again.name, again.state) == (None, None, "bot")
        await transcript.say(tx, again, Reply("Стёр"))
    assert PHONE not in await _everything(db)
