"""The rows of mass events. Every function runs in the caller's transaction; ring `incidents` after the commit.

IncidentError   `code` is a key under error. of the locales
├── no_such_incident   none with this id, or not in a state for that
├── already_open       one about the same is open
├── no_such_place      no place is called so, or several are
└── bad_incident       no topic and no place, an unknown topic, or a text that is missing or too long
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import UniqueViolationError

from bot.database import Tx
from bot.incident import Incident
from bot.incidents.spikes import AROUND, DAY, WEEKS, WINDOW, is_spike, usual
from bot.messages import LANGUAGES
from bot.staff import audit
from bot.staff.agents import Agent

NOT_COUNTED = ("human", "asked", "emergency", "greeting", "thanks", "goodbye", "complaint", "unclear", "out_of_scope")
FADES = timedelta(hours=1)  # an alarm that nobody took up goes when its spike is over for so long
QUIET = timedelta(hours=2)  # dismissed: the same is not raised again so soon
CONCERNED = timedelta(hours=2)  # what somebody in the queue asked this long ago is what they wait for
SHOWN = timedelta(days=7)
TEXT_LIMIT = 600


class IncidentError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Found:
    """An incident as supervisors see it: an alarm until it is announced."""

    id: int
    topic: str | None
    place: str | None
    people: int
    usual: float
    found_at: datetime
    text_ru: str | None
    text_zh: str | None
    announced_at: datetime | None
    announced_by: str | None
    over_at: datetime | None
    told: int
    waiting: int  # people in the queue whom it concerns and who do not know yet


_TOPIC = "coalesce(nullif(chosen, 'none'), topic)"
_ABOUT = {"topic": _TOPIC, "place": "place"}
# $1 now; windows are half open, so that a message is in one of them.
_PEOPLE = """
    SELECT {about} AS about, count(DISTINCT conversation_id)::int AS people
      FROM lesson WHERE at > $1::timestamptz - $2::interval AND at <= $1
       AND {about} IS NOT NULL AND {about} <> ALL($3) GROUP BY 1 HAVING count(DISTINCT conversation_id) >= $4
"""
_COUNT = (
    "SELECT count(DISTINCT conversation_id)::int FROM lesson"
    " WHERE at > $2::timestamptz AND at <= $3::timestamptz AND {about} = $1"
)


async def look(tx: Tx, now: datetime, least: int) -> list[int]:
    """Raise what is a spike at this moment; the incidents that are new. `least` people make it worth a look."""
    raised = []
    for kind, about in _ABOUT.items():
        for one in await tx.fetch(_PEOPLE.format(about=about), now, WINDOW, list(NOT_COUNTED), least):
            expected = await _usual(tx, _COUNT.format(about=about), one["about"], now)
            if is_spike(one["people"], expected):
                raised.append(await _raise(tx, kind, one["about"], one["people"], expected, now))
    await tx.execute(
        """UPDATE incident SET dismissed_at = $1::timestamptz
            WHERE announced_at IS NULL AND dismissed_at IS NULL AND seen_at < $1::timestamptz - $2::interval""",
        now,
        FADES,
    )
    return [one for one in raised if one]


async def _usual(tx: Tx, count: str, about: str, now: datetime) -> float:
    first = await tx.fetchval("SELECT min(at) FROM lesson")
    weeks = []
    for ago in (timedelta(weeks=n + 1) for n in range(WEEKS)):
        since = now - ago - WINDOW - AROUND
        if first < since:
            weeks.append(await tx.fetchval(count, about, since, now - ago + AROUND))
    return usual(weeks, await tx.fetchval(count, about, now - WINDOW - DAY, now - WINDOW))


async def _raise(tx: Tx, kind: str, about: str, people: int, expected: float, now: datetime) -> int | None:
    """The new incident's id; None when it is known already, or was dismissed a moment ago."""
    known = await tx.fetchval(
        f"""UPDATE incident SET people = greatest(people, $2), seen_at = $3
             WHERE id = (SELECT id FROM incident WHERE {kind} = $1 AND over_at IS NULL
                            AND (dismissed_at IS NULL OR dismissed_at > $3::timestamptz - $4::interval) LIMIT 1)
            RETURNING id""",
        about,
        people,
        now,
        QUIET,
    )
    if known:
        return None
    new: int | None = await tx.fetchval(
        f"INSERT INTO incident ({kind}, people, usual, found_at, seen_at) VALUES ($1, $2, $3, $4, $4)"
        " ON CONFLICT DO NOTHING RETURNING id",
        about,
        people,
        round(expected, 2),
        now,
    )
    return new


async def announce(tx: Tx, agent: Agent, incident_id: int, text: Mapping[str, str], now: datetime) -> None:
    """From now on people read this. Of an announced one the text is changed. Raises IncidentError."""
    texts = _checked(text)
    done = await tx.fetchval(
        """UPDATE incident SET text_ru = $2, text_zh = $3, announced_at = coalesce(announced_at, $4), announced_by = $5
            WHERE id = $1 AND over_at IS NULL AND dismissed_at IS NULL RETURNING coalesce(topic, place)""",
        incident_id,
        texts["ru"],
        texts["zh"],
        now,
        agent.id,
    )
    if done is None:
        raise IncidentError("no_such_incident")
    await audit.keep(tx, agent, "banner_on", about=done, incident=incident_id)


async def open_by_hand(tx: Tx, topic: str | None, place: str | None, now: datetime) -> int:
    """One that the clock has not found; announce it in the same transaction. Raises IncidentError."""
    if not topic and not place:
        raise IncidentError("bad_incident")
    try:
        new: int = await tx.fetchval(
            "INSERT INTO incident (topic, place, found_at, seen_at) VALUES ($1, $2, $3, $3) RETURNING id",
            topic or None,
            place or None,
            now,
        )
    except UniqueViolationError:
        raise IncidentError("already_open") from None
    return new


def _checked(text: Mapping[str, str]) -> dict[str, str]:
    texts: dict[str, str] = {language: str(text.get(language, "")).strip() for language in LANGUAGES}
    if not all(texts.values()) or any(len(one) > TEXT_LIMIT for one in texts.values()):
        raise IncidentError("bad_incident")
    return texts


async def finish(tx: Tx, agent: Agent, incident_id: int, now: datetime) -> None:
    """It is over: nobody is told of it any more, and whoever was hears so. Raises IncidentError."""
    done = await tx.fetchval(
        """UPDATE incident SET over_at = $2 WHERE id = $1 AND announced_at IS NOT NULL AND over_at IS NULL
            RETURNING coalesce(topic, place)""",
        incident_id,
        now,
    )
    if done is None:
        raise IncidentError("no_such_incident")
    await audit.keep(tx, agent, "banner_off", about=done, incident=incident_id)


async def dismiss(tx: Tx, incident_id: int, now: datetime) -> None:
    """An alarm that means nothing. Raises IncidentError."""
    done = await tx.fetchval(
        """UPDATE incident SET dismissed_at = $2 WHERE id = $1 AND announced_at IS NULL AND dismissed_at IS NULL
            RETURNING id""",
        incident_id,
        now,
    )
    if done is None:
        raise IncidentError("no_such_incident")


async def active(tx: Tx) -> tuple[Incident, ...]:
    """What people are told now."""
    rows = await tx.fetch(
        "SELECT id, topic, place, text_ru, text_zh, announced_at FROM incident"
        " WHERE announced_at IS NOT NULL AND over_at IS NULL"
    )
    return tuple(
        Incident(id, topic, place, {"ru": ru, "zh": zh}, announced_at)
        for id, topic, place, ru, zh, announced_at in rows
    )


_UNAWARE = """
    SELECT c.id FROM conversation c JOIN handoff h ON h.id = c.handoff_id
     WHERE c.state = 'queued' AND h.topic <> 'emergency'
       AND NOT EXISTS (SELECT 1 FROM incident_told t WHERE t.incident_id = i.id AND t.conversation_id = c.id)
       AND ((i.place IS NULL AND h.topic = i.topic) OR EXISTS (
            SELECT 1 FROM lesson l WHERE l.conversation_id = c.id AND l.at > $1::timestamptz - $2::interval
               AND (i.topic IS NULL OR coalesce(nullif(l.chosen, 'none'), l.topic) = i.topic)
               AND (i.place IS NULL OR l.place = i.place)))
"""


async def unaware(tx: Tx, incident_id: int, now: datetime) -> list[int]:
    """Conversations in the queue that this concerns and that have not been told."""
    rows = await tx.fetch(
        f"SELECT w.id FROM incident i CROSS JOIN LATERAL ({_UNAWARE}) w WHERE i.id = $3", now, CONCERNED, incident_id
    )
    return [one["id"] for one in rows]


async def told(tx: Tx, incident_id: int, conversation_id: int) -> bool:
    """Keep that they know; False when they were told before."""
    new = await tx.fetchval(
        "INSERT INTO incident_told (incident_id, conversation_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1",
        incident_id,
        conversation_id,
    )
    return bool(new)


async def believe_it_lasts(tx: Tx, limit: int) -> list[tuple[int, int, datetime]]:
    """Who was told of something that is over and does not know: (incident, conversation, when it was announced)."""
    rows = await tx.fetch(
        """SELECT t.incident_id, t.conversation_id, i.announced_at
             FROM incident_told t JOIN incident i ON i.id = t.incident_id
            WHERE i.over_at IS NOT NULL AND t.over_told_at IS NULL ORDER BY t.told_at LIMIT $1""",
        limit,
    )
    return [(one["incident_id"], one["conversation_id"], one["announced_at"]) for one in rows]


async def told_over(tx: Tx, incident_id: int, conversation_id: int) -> bool:
    done = await tx.fetchval(
        """UPDATE incident_told SET over_told_at = now()
            WHERE incident_id = $1 AND conversation_id = $2 AND over_told_at IS NULL RETURNING 1""",
        incident_id,
        conversation_id,
    )
    return bool(done)


async def shown(tx: Tx, now: datetime) -> list[Found]:
    """Alarms and announced ones first, then what was over in the last days."""
    rows = await tx.fetch(
        f"""SELECT i.id, i.topic, i.place, i.people, i.usual, i.found_at, i.text_ru, i.text_zh, i.announced_at,
                   a.name AS announced_by, i.over_at,
                   (SELECT count(*) FROM incident_told t WHERE t.incident_id = i.id)::int AS told,
                   CASE WHEN i.over_at IS NULL THEN (SELECT count(*) FROM ({_UNAWARE}) w) ELSE 0 END::int AS waiting
              FROM incident i LEFT JOIN agent a ON a.id = i.announced_by
             WHERE i.dismissed_at IS NULL AND (i.over_at IS NULL OR i.over_at > $1::timestamptz - $3::interval)
             ORDER BY i.over_at IS NOT NULL, i.announced_at IS NOT NULL, i.id DESC""",
        now,
        CONCERNED,
        SHOWN,
    )
    return [Found(**dict(one)) for one in rows]
