"""The queue as it is read: who waits, whose turn it is, in which place, for how long; what an agent holds.

Whose turn it is, for an agent who asks for the next case (ORDER below, the same in claim_next, in the lists, in the
place a person is told, and in automatic assignment):

1. danger, on whatever line the agent serves
2. what is reserved for this very agent: a transfer, or a person who is back within a day
3. the line that fewer agents speak, so that who speaks two is kept for the scarce one
4. who has waited longest, five minutes added for each step of priority

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.database import Tx
from bot.messages import LANGUAGES
from bot.staff.agents import VANISHED, Agent

# What one step of priority is worth is five minutes of waiting: who is back within a day passes who has waited half an
# hour less, who is cut off for debt passes a quarter of an hour. Danger is a rule of its own, which nobody may pass.
EMERGENCY = 100
REPEAT_CONTACT = 6
CUT_OFF = 3  # negative balance, number blocked
AGES_EVERY = 300  # seconds
OLDEST = 90

# The pace is measured over this long, and nobody is told a waiting time that fewer claims than these stand behind.
PACE_OVER = timedelta(hours=2)
PACE_SAMPLE = 5

_URGENT = f"(h.priority >= {EMERGENCY})"
_AGED = f"(h.priority + least(floor(extract(epoch FROM now() - h.queued_at) / {AGES_EVERY}), {OLDEST}))::int"
# Priority as a head start: two who wait age alike, so whose turn is sooner does not change while time passes.
_AHEAD_FROM = f"(h.queued_at - h.priority * interval '{AGES_EVERY} seconds')"
# How many could serve this line at all: who is scarce does not change with every coffee.
_SPEAKERS = (
    "(SELECT count(*) FROM agent s WHERE h.line = ANY(s.languages) AND s.disabled_at IS NULL AND s.role <> 'editor')"
)
# Reserved for somebody only while they are at the desk and have room; $1 is agents.VANISHED.
_RESERVED = """(SELECT r.id FROM agent r WHERE r.id = h.for_agent_id AND r.presence = 'online' AND r.disabled_at IS NULL
                   AND r.seen_at > now() - $1::interval
                   AND r.capacity > (SELECT count(*) FROM conversation rc JOIN handoff rh ON rh.id = rc.handoff_id
                                      WHERE rc.agent_id = r.id AND rh.snoozed_until IS NULL))"""
# $1 VANISHED, $2 the agent's id, $3 their languages
NEXT = f"""
    SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
     WHERE c.state = 'queued' AND (h.for_agent_id = $2 OR (h.line = ANY($3) AND {_RESERVED} IS NULL))
     ORDER BY {_URGENT} DESC, (h.for_agent_id IS NOT DISTINCT FROM $2) DESC, {_SPEAKERS}, {_AHEAD_FROM},
              h.id
     LIMIT 1 FOR UPDATE OF c """


@dataclass(frozen=True)
class Case:
    """A row of the queue or of an agent's own list. `id` is the conversation's."""

    id: int
    handoff_id: int
    language: str  # the person's
    line: str  # the language whose agents may take it; another one than the person's if they rather have that
    channel: str
    name: str
    topic: str
    reason: str
    priority: int  # as it counts now, ageing included
    state: str
    agent: str | None
    waiting_s: int  # since the person's oldest unanswered message, or since queued
    position: int  # 1 is next; 0 when no longer waiting
    preview: str  # what was said last; of one who waits, what they want
    unread: bool
    snoozed_until: datetime | None = None
    missed: bool = False  # waited past QUEUE_LIMIT
    repeat: bool = False  # back within a day
    agent_id: int | None = None  # who holds it


@dataclass(frozen=True)
class Waiting:
    """One who waits, with all that their turn depends on. `reserved` is the agent at the desk they wait for."""

    id: int
    handoff_id: int
    line: str
    urgent: bool
    speakers: int
    ahead_from: datetime  # when they came, with their priority as a head start
    reserved: int | None
    slipped_from: int | None

    @property
    def turn(self) -> tuple[bool, int, datetime, int]:
        """Smaller is sooner."""
        return (not self.urgent, self.speakers, self.ahead_from, self.handoff_id)


@dataclass(frozen=True)
class AtDesk:
    """Somebody who can be given a case."""

    id: int
    languages: tuple[str, ...]
    role: str
    load: int
    capacity: int
    idle_since: datetime | None  # when they last got a case; None: never


async def lineup(tx: Tx) -> list[Waiting]:
    """All who wait, soonest first."""
    rows = await tx.fetch(
        f"""SELECT c.id, h.id AS handoff_id, h.line, {_URGENT} AS urgent, {_SPEAKERS}::int AS speakers,
                   {_AHEAD_FROM} AS ahead_from, {_RESERVED} AS reserved, h.slipped_from_id AS slipped_from
              FROM handoff h JOIN conversation c ON c.handoff_id = h.id
             WHERE h.closed_at IS NULL AND c.state = 'queued'""",
        VANISHED,
    )
    return sorted((Waiting(**dict(row)) for row in rows), key=lambda one: one.turn)


async def desk(tx: Tx) -> list[AtDesk]:
    """Everybody who is at the desk now, longest idle first."""
    rows = await tx.fetch(
        """SELECT a.id, a.languages, a.role, a.capacity,
                  (SELECT count(*) FROM conversation c JOIN handoff h ON h.id = c.handoff_id
                    WHERE c.agent_id = a.id AND h.snoozed_until IS NULL)::int AS load,
                  (SELECT max(h.assigned_at) FROM handoff h WHERE h.agent_id = a.id) AS idle_since
             FROM agent a WHERE a.presence = 'online' AND a.disabled_at IS NULL AND a.role <> 'editor'
              AND a.seen_at > now() - $1::interval ORDER BY idle_since NULLS FIRST, a.id""",
        VANISHED,
    )
    return [AtDesk(**{**dict(row), "languages": tuple(row["languages"])}) for row in rows]


def places(waiting: list[Waiting], desk: list[AtDesk]) -> dict[int, int]:
    """Conversation -> place: how many claims go before its own, plus one, by those who are at the desk to take it.

    Whom only one agent can take stands in that agent's own order. On a line that only agents of a scarcer line serve
    at the moment, those of the scarcer line come first too.
    """
    found: dict[int, int] = {}
    by_id = {one.id: one for one in desk}
    for line in {one.line for one in waiting}:
        speak = [one for one in desk if line in one.languages]
        if len(speak) == 1:
            pool = in_turn(waiting, speak[0])
        else:
            lines = set.intersection(*(set(one.languages) for one in speak)) if speak else {line}
            pool = [one for one in waiting if one.reserved is None and one.line in lines]
        found |= {one.id: place for place, one in enumerate(pool, 1) if one.line == line and one.reserved is None}
    for agent in {one.reserved for one in waiting if one.reserved is not None}:
        pool = in_turn(waiting, by_id[agent])
        found |= {one.id: place for place, one in enumerate(pool, 1) if one.reserved == agent}
    return found


def in_turn(waiting: list[Waiting], agent: AtDesk) -> list[Waiting]:
    """Those this agent would be given one after the other, as NEXT says."""
    theirs = [
        one for one in waiting if one.reserved == agent.id or (one.reserved is None and one.line in agent.languages)
    ]
    return sorted(theirs, key=lambda one: (not one.urgent, one.reserved != agent.id, one.turn))


async def all_places(tx: Tx) -> dict[int, int]:
    waiting = await lineup(tx)
    return places(waiting, await desk(tx)) if waiting else {}


async def position(tx: Tx, conversation_id: int) -> int:
    """The person's place, 1 is next; 0 when they do not wait."""
    return (await all_places(tx)).get(conversation_id, 0)


# What a person says to be put through, or to be polite: no question an agent could prepare for.
NOT_A_QUESTION = frozenset({"human", "greeting", "thanks", "goodbye", "complaint"})
_NO_QUESTION = ", ".join(f"'{one}'" for one in sorted(NOT_A_QUESTION))
LOOKED_BACK = 60  # events
# What somebody asked before they said «оператора»; of those who asked nothing before, what they have said since.
_ASKED = f"""
    LEFT JOIN LATERAL (
        SELECT e.body->>'text' AS text, CASE WHEN e.body->>'decision' = 'answer' THEN e.body->>'topic' END AS topic
          FROM event e
         WHERE e.conversation_id = c.id AND e.n > c.tail - {LOOKED_BACK} AND e.kind = 'trace'
           AND coalesce(e.body->>'topic', '') NOT IN ({_NO_QUESTION})
           AND e.at > h.queued_at - interval '1 hour'
         ORDER BY e.at <= h.queued_at DESC, e.n DESC LIMIT 1
    ) asked ON c.state = 'queued'
"""
_CASE = f"""
    SELECT c.id, h.id AS handoff_id, c.language, h.line, k.channel, coalesce(k.name, '') AS name,
           CASE WHEN h.topic IN ({_NO_QUESTION}) THEN coalesce(asked.topic, h.topic) ELSE h.topic END AS topic,
           h.reason, CASE WHEN c.state = 'queued' THEN {_AGED} ELSE h.priority END AS priority, c.state,
           a.name AS agent,
           extract(epoch FROM now() - CASE WHEN c.state = 'queued' THEN h.queued_at
                                           WHEN coalesce(c.said_at, h.assigned_at) < c.heard_at THEN c.heard_at
                                           ELSE now() END)::int AS waiting_s,
           0 AS position,
           coalesce(asked.text, (SELECT e.body->>'text' FROM event e WHERE e.conversation_id = c.id AND e.kind = 'msg'
                        AND e.author_kind IN ('user', 'agent') ORDER BY e.n DESC LIMIT 1), '') AS preview,
           coalesce(c.heard_at > coalesce(c.said_at, h.queued_at), false) AS unread, h.snoozed_until,
           h.missed_at IS NOT NULL AS missed, h.priority >= {REPEAT_CONTACT} AND NOT {_URGENT} AS repeat, c.agent_id
      FROM handoff h JOIN conversation c ON c.handoff_id = h.id JOIN contact k ON k.id = c.contact_id
           LEFT JOIN agent a ON a.id = c.agent_id
           {_ASKED}
     WHERE h.closed_at IS NULL
"""


def _case(row: Any, place: int = 0) -> Case:
    fields = dict(row)
    return Case(**{**fields, "preview": " ".join(fields["preview"].split())[:120], "position": place})


@dataclass(frozen=True)
class Board:
    """Every open case of one moment; the lists of each agent are cut from it."""

    queue: Sequence[Waiting]
    places: Mapping[int, int]
    cases: Sequence[Case]

    def waiting(self, agent: Agent) -> list[Case]:
        """Who waits on the lines this agent may take from, as they would get them; supervisors see every line."""
        lines = LANGUAGES if agent.role in ("supervisor", "admin") else agent.languages
        turn = {one.id: (not one.urgent, one.reserved != agent.id, one.turn) for one in self.queue if one.line in lines}
        found = [replace(one, position=self.places.get(one.id, 0)) for one in self.cases if one.id in turn]
        return sorted((one for one in found if one.state == "queued"), key=lambda one: turn[one.id])

    def mine(self, agent: Agent) -> list[Case]:
        """What the agent holds, put aside or not: the longest unanswered first."""
        found = [one for one in self.cases if one.agent_id == agent.id]
        return sorted(found, key=lambda one: (one.snoozed_until is not None, -one.priority, -one.waiting_s, one.id))


async def board(tx: Tx) -> Board:
    queue = await lineup(tx)
    return Board(queue, places(queue, await desk(tx)), [_case(row) for row in await tx.fetch(_CASE)])


async def waiting(tx: Tx, agent: Agent) -> list[Case]:
    return (await board(tx)).waiting(agent)


async def mine(tx: Tx, agent: Agent) -> list[Case]:
    return Board((), {}, [_case(row) for row in await tx.fetch(f"{_CASE} AND c.agent_id = $1", agent.id)]).mine(agent)


async def case_of(tx: Tx, conversation_id: int) -> Case | None:
    """The open case of a conversation; None when no human is asked for in it."""
    row = await tx.fetchrow(f"{_CASE} AND c.id = $1", conversation_id)
    if row is None:
        return None
    return _case(row, await position(tx, conversation_id) if row["state"] == "queued" else 0)


async def pace(tx: Tx, line: str) -> timedelta | None:
    """How long the line takes for one person, measured: from the claim before, or from when they came, to their own.

    None when too few claims were made of late. Times in which nobody waited do not count.
    """
    row = await tx.fetchrow(
        """SELECT count(*) AS claims, extract(epoch FROM sum(greatest(at - greatest(queued_at, before), '0')))::float
                  AS seconds
             FROM (SELECT queued_at, assigned_at AS at, lag(assigned_at) OVER (ORDER BY assigned_at) AS before
                     FROM handoff WHERE line = $1 AND assigned_at > now() - $2::interval) AS claims
            WHERE before IS NOT NULL""",
        line,
        PACE_OVER,
    )
    return timedelta(seconds=row["seconds"] / row["claims"]) if row["claims"] >= PACE_SAMPLE else None


async def expected_wait(tx: Tx, line: str, place: int) -> timedelta | None:
    """How long the person at this place will wait, by the measured pace of the line; None when unknown."""
    one = await pace(tx, line)
    return None if one is None else place * one


async def held(tx: Tx) -> list[Case]:
    """Every chat that an agent holds, who waits for an answer longest first."""
    found = [_case(row) for row in await tx.fetch(f"{_CASE} AND c.state = 'assigned'")]
    return sorted(found, key=lambda one: (-one.priority, -one.waiting_s, one.id))
