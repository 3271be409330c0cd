"""What people asked and got no answer to, put together by meaning: who, how often, what agents said, what came of it.

Each question has a fingerprint, that of any of its messages: it stays the same question when new messages join it.
Messages are masked, see lessons.py; they are put together in a thread, and anew only when there are others.

NoSuchGap    nobody asked it within these days
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from bot.database import Database, Tx
from bot.knowledge import decisions, lessons
from bot.knowledge.decisions import Decision, Subject, fingerprint_of
from faq.asked import Asked, asked_of
from faq.clusters import TYPICAL, Group, groups
from faq.gaps import Gap, agent_minutes, gap_of, is_unanswered, ways
from faq.knowledge import Knowledge

DAYS = 14
LONGEST = 90  # days
MOST_MESSAGES = 2_000  # the newest; putting them together takes eight seconds if all of them differ
MOST_SHOWN = 60
_QUICK = 0.5  # seconds; what takes no longer is done anew whenever there are other messages
_REST = 20  # times as long as it took: so long what was put together is good enough


class NoSuchGap(Exception):
    pass


@dataclass(frozen=True)
class Missing:
    """One question, as it was asked in these days; `asked` is empty when a decided one was not asked any more."""

    subject: Subject
    asked: tuple[Asked, ...]
    decision: Decision | None

    @property
    def state(self) -> str:
        return self.decision.state if self.decision else "open"

    @property
    def minutes(self) -> float:
        return agent_minutes(self.asked)

    @property
    def ways(self) -> dict[str, int]:
        return ways(self.asked)

    @property
    def rank(self) -> tuple[int, float, int]:
        return self.subject.people, self.minutes, self.subject.messages

    def since_decided(self) -> int:
        """Messages without an answer although it was decided."""
        return sum(one.at > self.decision.at for one in self.asked) if self.decision else 0


@dataclass(frozen=True)
class _Put:
    """What was put together last, of what, and how long that took in seconds."""

    asked: tuple[Asked, ...]
    knowledge: Knowledge
    groups: tuple[Group, ...]
    at: float
    took: float

    def rests(self) -> bool:
        """It took long, and not long ago."""
        return self.took > _QUICK and monotonic() - self.at < _REST * self.took


class MissingAnswers:
    """One for the process; `found` is asked by every editor who looks."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._put: dict[int, _Put] = {}  # by days
        self._near: dict[tuple[str, int], tuple[Knowledge, Gap]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def found(self, knowledge: Knowledge, days: int = DAYS) -> list[Missing]:
        """Every question of these days and every decided one, what concerns most people first."""
        async with self._db.transaction() as tx:
            asked = [asked_of(row) for row in await lessons.unanswered(tx, timedelta(days=days), MOST_MESSAGES)]
            decided = await decisions.every(tx)
        together = await self._together(tuple(filter(is_unanswered, asked)), knowledge, days)
        found, new = _matched(together, decided)
        if new:
            async with self._db.transaction() as tx:
                for fingerprint, members in new.items():
                    await decisions.joined(tx, fingerprint, members)
        return sorted(found, key=lambda one: one.rank, reverse=True)

    async def one(self, knowledge: Knowledge, fingerprint: str, days: int = DAYS) -> Missing:
        """The question that a message with this fingerprint belongs to. Raises NoSuchGap."""
        found = await self.found(knowledge, days)
        for missing in found:
            if missing.subject.fingerprint == fingerprint:
                return missing
        for missing in found:
            if fingerprint in missing.subject.members:
                return missing
        raise NoSuchGap(fingerprint)

    async def near(self, knowledge: Knowledge, some: Sequence[Missing]) -> list[Gap]:
        """What the FAQ has that is nearest to each of them."""
        keys = [(one.subject.fingerprint, len(one.asked)) for one in some]
        known = {key: gap for key, (by, gap) in self._near.items() if by is knowledge}
        wanted = {key: one for key, one in zip(keys, some, strict=True) if key not in known}
        if wanted:
            made = await asyncio.to_thread(_gaps, list(wanted.values()), knowledge)
            known |= dict(zip(wanted, made, strict=True))
            self._near = {key: (knowledge, gap) for key, gap in list(known.items())[-10 * MOST_SHOWN :]}
        return [known[key] for key in keys]

    async def _together(self, asked: tuple[Asked, ...], knowledge: Knowledge, days: int) -> tuple[Group, ...]:
        async with self._one_at_a_time:
            put = self._put.get(days)
            if put is not None and put.knowledge is knowledge and (put.asked == asked or put.rests()):
                return put.groups
            began = monotonic()
            made = tuple(await asyncio.to_thread(groups, asked, knowledge))
            self._put[days] = _Put(asked, knowledge, made, monotonic(), monotonic() - began)
            return made


def _gaps(some: Iterable[Missing], knowledge: Knowledge) -> list[Gap]:
    return [gap_of(Group(one.asked, one.subject.typical), knowledge) for one in some]


def _matched(together: Iterable[Group], decided: Iterable[Decision]) -> tuple[list[Missing], dict[str, frozenset[str]]]:
    """Groups as questions, those of one decision as one; and which messages are new to which decision."""
    by_name = {one.subject.fingerprint: one for one in decided}
    owner = {member: name for name, one in by_name.items() for member in one.subject.members}
    undecided: list[Missing] = []
    of: dict[str, list[Asked]] = {name: [] for name in by_name}
    for group in together:
        members = frozenset(map(fingerprint_of, group.asked))
        name = _owner(members, owner, by_name)
        if name is None:
            undecided.append(_open(group, members))
        else:
            of[name] += group.asked
    settled, new = [], {}
    for name, asked in of.items():
        fresh = frozenset(map(fingerprint_of, asked)) - by_name[name].subject.members
        if fresh:
            new[name] = fresh
        settled.append(_settled(by_name[name], asked))
    return undecided + settled, new


def _owner(members: frozenset[str], owner: dict[str, str], by_name: dict[str, Decision]) -> str | None:
    """The decision that half of these messages, or of its own, are of."""
    votes = Counter(owner[member] for member in members if member in owner).most_common(1)
    if not votes:
        return None
    name, shared = votes[0]
    return name if 2 * shared >= min(len(members), len(by_name[name].subject.members)) else None


def _open(group: Group, members: frozenset[str]) -> Missing:
    central = next(iter(group.typical.values()))[0]
    name = next(fingerprint_of(one) for one in group.asked if one.text == central)
    return Missing(Subject(name, members, group.typical, group.people, len(group.asked)), group.asked, None)


def _settled(decision: Decision, asked: Sequence[Asked]) -> Missing:
    told = decision.subject
    newest = sorted(asked, key=lambda one: one.at, reverse=True)
    typical = {language: texts[:TYPICAL] for language, texts in told.typical.items()}
    people = len({one.person for one in asked}) or told.people
    subject = Subject(told.fingerprint, told.members, typical, people, len(asked) or told.messages)
    return Missing(subject, tuple(newest), decision)


async def agents_said(tx: Tx, asked: Iterable[Asked], most: int = 200) -> list[str]:
    """The texts of the agents' chats that these messages led to, the newest first; not masked yet."""
    chats = sorted({int(one.handoff) for one in asked if one.handoff})
    rows = await tx.fetch(
        """SELECT e.body->>'text' AS text FROM handoff h JOIN event e ON e.conversation_id = h.conversation_id
            WHERE h.id = ANY($1) AND e.kind = 'msg' AND e.author_kind = 'agent' AND e.at >= h.assigned_at
              AND (h.closed_at IS NULL OR e.at <= h.closed_at) AND length(e.body->>'text') BETWEEN 12 AND 1500
            ORDER BY e.at DESC LIMIT $2""",
        chats,
        most,
    )
    return [row["text"] for row in rows]
