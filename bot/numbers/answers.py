"""What was asked, with its trend and the doubts about the answers; how fast the bot is.

A question belongs to the topic the bot decided on, or to the one the person picked of those offered. It is doubted when
the person said that this was not it, or asked for a human within five minutes (see bot/knowledge/lessons.py).
"""

from __future__ import annotations

from typing import Any

from bot.database import Tx
from bot.numbers.contacts import BEGUN, REPEAT, SILENCE
from bot.numbers.figures import Cell, Family, Table, Tile, columns, rounded, rows, share
from bot.numbers.wanted import SINCE, UNTIL, Wanted, planned_anew

NO_TOPIC = ("human", "asked", "greeting", "thanks", "goodbye")

_TOPICS = f"""
    SELECT coalesce(nullif(chosen, 'none'), topic, 'unclear') AS name, count(*)::int AS asked,
           count(DISTINCT conversation_id)::int AS people, count(*) FILTER (WHERE doubt)::int AS doubted,
           count(*) FILTER (WHERE decision <> 'handoff')::int AS answered, count(handoff_id)::int AS to_human
      FROM lesson WHERE at >= {SINCE} AND at < {UNTIL} AND ($4 = '' OR channel = $4) AND ($5 = '' OR language = $5)
           AND coalesce(nullif(chosen, 'none'), topic, 'unclear') <> ALL($6)
     GROUP BY 1
"""
# From the first message of a contact to the next line in that chat; counted where that line is the bot's.
_SPEED = f"""
    WITH {BEGUN},
    lines AS (
        SELECT conversation_id, at, 'begins' AS author FROM visit
         UNION ALL
        SELECT conversation_id, at, author_kind FROM event
         WHERE kind = 'msg' AND author_kind IN ('bot', 'agent')
           AND at >= {SINCE} AND at < {UNTIL} + $7::interval),
    following AS (
        SELECT conversation_id, at, author, lead(at) OVER talk AS said_at, lead(author) OVER talk AS said_by
          FROM lines WINDOW talk AS (PARTITION BY conversation_id ORDER BY at))
    SELECT (f.at AT TIME ZONE $3)::date AS day, count(*)::int AS contacts,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY date_part('epoch', f.said_at - f.at)) AS took
      FROM following f JOIN conversation c ON c.id = f.conversation_id JOIN contact k ON k.id = c.contact_id
     WHERE f.author = 'begins' AND f.said_by = 'bot' AND f.at >= {SINCE} AND f.at < {UNTIL}
       AND ($4 = '' OR k.channel = $4) AND ($5 = '' OR c.language = $5)
     GROUP BY GROUPING SETS ((), (1))
"""


async def topics(tx: Tx, wanted: Wanted) -> dict[str, Any]:
    """Rows of figures by topic."""
    await planned_anew(tx)
    return {row["name"]: row for row in await tx.fetch(_TOPICS, *wanted.arguments(), list(NO_TOPIC))}


async def speed(tx: Tx, wanted: Wanted) -> dict[Any, Any]:
    """By day; under None the whole period."""
    await planned_anew(tx)
    await tx.execute("SET LOCAL enable_nestloop = off")  # it takes thousands of first messages for one
    return {row["day"]: row for row in await tx.fetch(_SPEED, *wanted.arguments(), SILENCE, REPEAT)}


def topics_family(here: dict[str, Any], before: dict[str, Any]) -> Family:
    asked, answered = _sum(here, "asked"), _sum(here, "answered")
    found: list[list[Cell]] = []
    for name, one in sorted(here.items(), key=lambda pair: (-pair[1]["asked"], pair[0])):
        then = before[name]["asked"] if name in before else 0
        trend = round(one["asked"] / then - 1, 4) if then else None
        doubted, to_human = share(one["doubted"], one["answered"]), share(one["to_human"], one["asked"])
        found.append([name, one["asked"], one["people"], share(one["asked"], asked), then, trend, doubted, to_human])
    heads = columns(
        ("topic", "topic"),
        ("asked", "count"),
        ("people", "count"),
        ("share", "share"),
        ("before", "count"),
        ("trend", "trend"),
        ("doubted", "share"),
        ("to_human", "share"),
    )
    doubts = share(_sum(here, "doubted"), answered), share(_sum(before, "doubted"), _sum(before, "answered"))
    return Family("topics", (Tile("doubted", "share", *doubts, answered),), (Table("topics", heads, rows(found)),))


def speed_family(wanted: Wanted, here: dict[Any, Any], before: dict[Any, Any]) -> Family:
    now, then = _took(here, None), _took(before, None)
    found = [
        [day.isoformat(), here[day]["contacts"] if day in here else 0, *_took(here, day)] for day in wanted.every_day()
    ]
    heads = columns(("day", "day"), ("contacts", "count"), ("p50", "seconds"), ("p90", "seconds"))
    counted = here[None]["contacts"] if None in here else 0
    return Family(
        "speed",
        (Tile("speed", "seconds", now[0], then[0], counted, also=now[1]),),
        (Table("speed", heads, rows(found)),),
    )


def _sum(found: dict[str, Any], name: str) -> int:
    return sum(one[name] for one in found.values())


def _took(found: dict[Any, Any], day: Any) -> list[float | None]:
    return [rounded(value, 2) for value in (found[day]["took"] if day in found else None) or (None, None)]
