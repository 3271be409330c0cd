"""Every case there was, for supervisors: found by period and by how it went, or by the number of whoever asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.database import Database, Tx
from bot.masking import masked, masked_phone
from bot.staff import audit
from bot.staff.agents import Agent

STATES = ("solved", "unsolved", "left", "returned", "open")
RATINGS = ("1", "2", "3", "4", "5", "low", "any")
LOW = 3  # stars and fewer: somebody should read it
EXPORT_ROWS = 50_000
EXPORT_PAGE = 1_000


class NoNumber(ValueError):
    """What was typed is no phone number."""


@dataclass(frozen=True)
class Wanted:
    """`since` and `until` by the clocks of `zone`, naive, the end excluded; empty strings are no limit."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    channel: str = ""
    line: str = ""
    agent: str = ""  # a login
    topic: str = ""
    state: str = ""  # one of STATES
    rating: str = ""  # one of RATINGS
    late_s: int | None = None  # only those that waited longer
    before: int | None = None  # the last case already seen


@dataclass(frozen=True)
class Past:
    """One case: `id` is its own, `conversation_id` opens it. Seconds; None where it never came to that."""

    id: int
    conversation_id: int
    name: str
    channel: str
    language: str
    line: str
    topic: str
    reason: str
    queued_at: datetime
    wait_s: int  # until an agent had it; until it was over if none ever did; until now
    handle_s: int | None
    closed_at: datetime | None
    state: str  # one of STATES
    close_reason: str | None
    agent: str  # the last who held it
    rating: int | None
    comment: str


_CASES = """
    SELECT h.id, h.conversation_id, coalesce(k.name, '') AS name, k.channel, c.language, h.line, h.topic, h.reason,
           h.queued_at, h.closed_at, h.close_reason, coalesce(a.name, '') AS agent, h.rating,
           extract(epoch FROM coalesce(h.assigned_at, h.closed_at, now()) - h.queued_at)::int AS wait_s,
           extract(epoch FROM h.closed_at - h.assigned_at)::int AS handle_s,
           coalesce(h.outcome, 'open') AS state, coalesce(h.comment, '') AS comment
      FROM handoff h JOIN conversation c ON c.id = h.conversation_id JOIN contact k ON k.id = c.contact_id
           LEFT JOIN agent a ON a.id = h.agent_id
"""
_FOUND = f"""{_CASES}
     WHERE h.queued_at >= ($1::timestamp AT TIME ZONE $3::text) AND h.queued_at < ($2::timestamp AT TIME ZONE $3::text)
       AND ($4 = '' OR k.channel = $4) AND ($5 = '' OR h.line = $5) AND ($6 = '' OR a.login = $6)
       AND ($7 = '' OR h.topic = $7) AND ($8 = '' OR coalesce(h.outcome, 'open') = $8)
       AND CASE $9 WHEN '' THEN true WHEN 'any' THEN h.rating IS NOT NULL WHEN 'low' THEN h.rating <= {LOW}
                   ELSE h.rating::text = $9 END
       AND ($10::int IS NULL OR extract(epoch FROM coalesce(h.assigned_at, h.closed_at, now()) - h.queued_at) > $10)
       AND ($11::bigint IS NULL OR h.id < $11)
     ORDER BY h.id DESC LIMIT $12
"""


async def search(tx: Tx, wanted: Wanted, limit: int) -> list[Past]:
    """Newest first."""
    given = vars(wanted) | {"zone": wanted.zone.key}
    return [_past(dict(row)) for row in await tx.fetch(_FOUND, *given.values(), limit)]


def _past(row: dict[str, object]) -> Past:
    """The person's own words to a rating may hold what tells who they are."""
    return Past(**row | {"comment": masked(str(row["comment"]))})  # type: ignore[arg-type]


async def every(db: Database, wanted: Wanted) -> AsyncIterator[Past]:
    """All that search would find, at most EXPORT_ROWS; no transaction stays open while somebody reads slowly."""
    left = EXPORT_ROWS
    while left > 0:
        async with db.transaction() as tx:
            page = await search(tx, wanted, min(left, EXPORT_PAGE))
        for case in page:
            yield case
        if len(page) < EXPORT_PAGE:
            return
        left, wanted = left - len(page), replace(wanted, before=page[-1].id)


@dataclass(frozen=True)
class Found:
    """A chat of somebody whose number was looked for; `cases` is how often they asked for a human."""

    id: int
    name: str
    channel: str
    language: str
    state: str
    heard_at: datetime | None
    cases: int


async def of_number(tx: Tx, who: Agent, typed: str) -> list[Found]:
    """Every chat of this number, the latest first; that somebody looked is kept. Raises NoNumber."""
    phone = number(typed)
    await audit.keep(tx, who, "look_up", about=masked_phone(phone))
    rows = await tx.fetch(
        """SELECT c.id, coalesce(k.name, '') AS name, k.channel, c.language, c.state, c.heard_at,
                  (SELECT count(*) FROM handoff h WHERE h.conversation_id = c.id)::int AS cases
             FROM contact k JOIN conversation c ON c.contact_id = k.id
            WHERE k.phone = $1 ORDER BY c.heard_at DESC NULLS LAST LIMIT 20""",
        phone,
    )
    return [Found(**dict(row)) for row in rows]


def number(typed: str) -> str:
    """As people write it, 8 (900) 000-00-01 or 9000000001 -> +79000000001. Raises NoNumber."""
    if not re.fullmatch(r"\+?[\d\s().-]{10,24}", typed.strip(), re.ASCII):
        raise NoNumber(typed)
    digits = re.sub(r"\D", "", typed)
    if len(digits) == 10:
        digits = f"7{digits}"
    elif len(digits) == 11 and digits[0] == "8":
        digits = f"7{digits[1:]}"
    if not 11 <= len(digits) <= 15:
        raise NoNumber(typed)
    return f"+{digits}"
