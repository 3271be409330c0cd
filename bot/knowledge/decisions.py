"""What editors decided about questions without an answer: a new entry, phrases of one that is there, or not ours.

A decision knows the messages it was made about by their fingerprints, and takes in those that join them later: it
holds for the same question in other words. What is undecided has no row.

Decided    somebody else has decided it; `author` did
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias

from bot.database import Tx
from faq.asked import Asked

State: TypeAlias = Literal["accepted", "merged", "ignored"]  # a new entry; phrases for one that was there; not ours
MOST_MEMBERS = 1_000
_COLUMNS = "fingerprint, members, typical, state, entry, edition_id, author, people, messages, at"


class Decided(Exception):
    def __init__(self, author: str) -> None:
        super().__init__(f"decided by {author}")
        self.author = author


@dataclass(frozen=True)
class Subject:
    """The question that a decision is about, as it was asked by then."""

    fingerprint: str
    members: frozenset[str]
    typical: Mapping[str, tuple[str, ...]]
    people: int
    messages: int


@dataclass(frozen=True)
class Decision:
    subject: Subject
    state: State
    entry: str | None
    edition: int | None
    author: str
    at: datetime


def fingerprint_of(asked: Asked) -> str:
    """The same for messages that say the same; nobody reads a message out of it."""
    return sha256(asked.key.encode()).hexdigest()[:16]


async def every(tx: Tx) -> list[Decision]:
    """The newest first."""
    return [_decision(row) for row in await tx.fetch(f"SELECT {_COLUMNS} FROM faq_gap ORDER BY id DESC LIMIT 1000")]


async def decide(
    tx: Tx, author: str, subject: Subject, state: State, answered: tuple[str, int] | None = None
) -> Decision:
    """`answered`: by which entry, from which edition on. Raises Decided."""
    entry, edition = answered or (None, None)
    row = await tx.fetchrow(
        f"""INSERT INTO faq_gap (fingerprint, members, typical, state, entry, edition_id, author, people, messages)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (fingerprint) DO NOTHING RETURNING {_COLUMNS}""",
        subject.fingerprint,
        _some(subject.members, subject.fingerprint),
        {language: list(texts) for language, texts in subject.typical.items()},
        state,
        entry,
        edition,
        author,
        subject.people,
        subject.messages,
    )
    if row is None:
        raise Decided(await tx.fetchval("SELECT author FROM faq_gap WHERE fingerprint = $1", subject.fingerprint))
    return _decision(row)


async def reopen(tx: Tx, fingerprint: str) -> bool:
    """False: it was open."""
    return bool(await tx.fetchval("DELETE FROM faq_gap WHERE fingerprint = $1 RETURNING true", fingerprint))


async def joined(tx: Tx, fingerprint: str, members: Collection[str]) -> None:
    """The same was asked in other words since."""
    await tx.execute(
        """UPDATE faq_gap SET members = members || ARRAY(SELECT unnest($2::text[]) EXCEPT SELECT unnest(members))
            WHERE fingerprint = $1 AND cardinality(members) < $3""",
        fingerprint,
        sorted(members),
        MOST_MEMBERS,
    )


def _some(members: Collection[str], first: str) -> list[str]:
    return [first, *sorted(set(members) - {first})[: MOST_MEMBERS - 1]]


def _decision(row: Any) -> Decision:
    typical = {language: tuple(texts) for language, texts in row["typical"].items()}
    members = frozenset(row["members"])
    subject = Subject(row["fingerprint"], members, typical, row["people"], row["messages"])
    return Decision(subject, row["state"], row["entry"], row["edition_id"], row["author"], row["at"])
