"""Sentences that editors want kept: what each must find. They prove every edit, and go out as faq/tests/saved.yaml.

A sentence may wait for an entry that is still being written: until that serves, it is one that misses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.database import Database, Tx
from faq.knowledge import Knowledge
from faq.proof import Sentence as Proof
from faq.proof import as_yaml, holds, sentences_of
from faq.snapshot import Snapshot

FILE = "tests/saved.yaml"
MOST = 2_000
Kind: TypeAlias = Literal["find", "nothing", "misses"]


@dataclass(frozen=True)
class Case:
    id: int
    text: str
    language: str
    kind: Kind
    topic: str | None  # None: it must find nothing
    author: str


async def every(tx: Tx, most: int = MOST) -> list[Case]:
    """The newest first."""
    rows = await tx.fetch(
        "SELECT id, text, language, kind, topic, author FROM faq_case ORDER BY id DESC LIMIT $1", most
    )
    return [Case(**row) for row in rows]


async def keep(db: Database, author: str, knowledge: Knowledge, said: tuple[str, str], topic: str | None) -> None:
    """A sentence and its language; said again, it is judged again."""
    text, language = said
    kind = "nothing" if topic is None else await asyncio.to_thread(_kind, knowledge, text, language, topic)
    async with db.transaction() as tx:
        await tx.execute(
            """INSERT INTO faq_case (text, language, kind, topic, author) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (text, language) DO UPDATE
                  SET kind = excluded.kind, topic = excluded.topic, author = excluded.author, at = now()""",
            text,
            language,
            kind,
            topic,
            author,
        )


async def found_now(db: Database, knowledge: Knowledge) -> None:
    """Those that missed and do no longer are ones to be found from now on."""
    async with db.transaction() as tx:
        missing = [one for one in await every(tx) if one.kind == "misses"]
    found = await asyncio.to_thread(_found, knowledge, missing)
    async with db.transaction() as tx:
        await tx.execute("UPDATE faq_case SET kind = 'find' WHERE kind = 'misses' AND id = ANY($1)", found)


def _found(knowledge: Knowledge, cases: Iterable[Case]) -> list[int]:
    return [one.id for one in cases if one.topic and _kind(knowledge, one.text, one.language, one.topic) == "find"]


def _kind(knowledge: Knowledge, text: str, language: str, topic: str) -> Kind:
    wanted = Proof(text, language, "find", topic, FILE, 0)
    return "find" if holds(wanted, knowledge.match(text, language)) else "misses"


def as_file(snapshot: Snapshot, cases: Iterable[Case]) -> dict[str, bytes]:
    """The file for this FAQ, with what stands in it already; nothing if there is nothing to keep."""
    there = sentences_of(FILE, snapshot.files.get(FILE, b""))
    own = [Proof(one.text, one.language, one.kind, one.topic or "", FILE, 0) for one in cases]
    mine = {(one.text, one.language) for one in own}
    every_one = [*(one for one in there if (one.text, one.language) not in mine), *own]
    return {FILE: as_yaml(every_one).encode()} if every_one else {}
