"""A backup of a filled database and its restore into an empty one: how long, how large, and are the rows equal?

python -m benchmarks.backups [--messages 200000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import asyncpg

from benchmarks.product import load, questions
from bot import migrate
from bot.backups.making import make
from bot.backups.restoring import restore
from bot.people import erase
from bot.postgres import EmbeddedPostgres
from faq.knowledge import Knowledge

IN_A_CHAT = 40  # half of them answers
ERASED = 100
TABLES = ("contact", "conversation", "event")
HASH = "SELECT sum(hashtextextended(one::text, 0)) || ' of ' || count(*) FROM {} one"


async def _fill(dsn: str, messages: int) -> None:
    """Questions as people ask them, answers as the FAQ gives them, an id and a time to each."""
    chats = messages // IN_A_CHAT
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            """INSERT INTO contact (channel, address, phone, name, created_at)
               SELECT 'telegram', 7000000 + n, '+7902' || lpad(n::text, 7, '0'), 'Абонент ' || n, now() - interval '1y'
                 FROM generate_series(1, $1::int) n""",
            chats,
        )
        await connection.execute(
            """INSERT INTO conversation (contact_id, language, state, head, tail)
               SELECT id, 'ru', 'bot', $1::int, $1::int FROM contact""",
            IN_A_CHAT,
        )
        ids = [row["id"] for row in await connection.fetch("SELECT id FROM conversation")]
        columns = ["conversation_id", "n", "seq", "id", "kind", "author_kind", "body", "at"]
        await connection.copy_records_to_table("event", records=_events(ids), columns=columns)
    finally:
        await connection.close()


def _events(chats: list[int]) -> Iterator[tuple[object, ...]]:
    entries = Knowledge.load(Path("faq")).catalogue.entries.values()
    answers = cycle([text for entry in entries for text in entry.answer.values()])
    asked = [questions(language, "public", "personal") for language in ("ru", "zh")]
    at = datetime.now(UTC) - timedelta(days=90)
    for number, chat in enumerate(chats):
        for n in range(1, IN_A_CHAT + 1):
            kind, text = ("bot", next(answers)) if n % 2 == 0 else ("user", next(asked[number % 2]))
            at += timedelta(seconds=39)
            yield chat, n, n, uuid4(), "msg", kind, json.dumps({"text": text}, ensure_ascii=False), at


async def _hashes(dsn: str) -> dict[str, str]:
    connection = await asyncpg.connect(dsn)
    try:
        return {table: str(await connection.fetchval(HASH.format(table))) for table in TABLES}
    finally:
        await connection.close()


async def _measure(dsn: str, folder: Path, messages: int) -> None:
    await migrate.upgrade(dsn)
    await _fill(dsn, messages)
    keep, now = timedelta(days=30), datetime.now(UTC)
    connection = await asyncpg.connect(dsn)
    size = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.execute("CREATE DATABASE restored")
    elsewhere = dsn.replace("/bot?", "/restored?")
    began = perf_counter()
    made = await make(dsn, folder, keep=keep, now=now)
    print(f"backup, read through  {perf_counter() - began:5.1f} s   {made.bytes / 1e6:.1f} MB of {size / 1e6:.0f} MB")
    before = await _hashes(dsn)
    began = perf_counter()
    await restore(elsewhere, made.path)
    print(f"restore               {perf_counter() - began:5.1f} s   rows equal: {await _hashes(elsewhere) == before}")
    for number in range(1, ERASED + 1):
        async with connection.transaction():
            await erase.everywhere(connection, phone=f"+7902{number:07}")
    await connection.close()
    await make(dsn, folder, keep=keep, now=now + timedelta(hours=1))
    began = perf_counter()
    done = await restore(elsewhere, made.path, replace=True)
    took, equal = perf_counter() - began, await _hashes(elsewhere) == await _hashes(dsn)
    print(f"restore over that     {took:5.1f} s   erased again: {done.erased['contact']}, equal to now: {equal}")
    print(f"load {load()}")


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.backups")
    options.add_argument("--messages", type=int, default=200_000)
    wanted = options.parse_args().messages
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        postgres = EmbeddedPostgres(Path(name, "data"))
        postgres.start()
        try:
            asyncio.run(_measure(postgres.dsn, Path(name, "backups"), wanted))
        finally:
            postgres.stop()
