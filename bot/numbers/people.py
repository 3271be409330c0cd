"""The line of humans: waiting, first words, handling, ratings, agents.

A call belongs to the day it was made on. Waiting is counted while the line keeps hours only: who writes at night to a
line that opens at nine has waited from nine on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from bot.database import Tx
from bot.messages import LANGUAGES
from bot.numbers.figures import Cell, Family, Table, Tile, columns, rounded, rows, share
from bot.numbers.wanted import SINCE, UNTIL, Wanted, planned_anew
from faq.hours import Hours

Call = Mapping[str, Any]  # a row of _CALLS: the figures of one group
STARS = range(1, 6)

# $6 the target, $7 now, $8-$10 the spans in which each line is open. An assignment is made anew by a transfer, the
# first words never: whichever is earlier is when the call was taken.
_CALLS = f"""
    WITH spans AS (SELECT * FROM unnest($8::text[], $9::timestamptz[], $10::timestamptz[]) AS o (line, opens, shuts)),
    call AS (
        SELECT h.*, least(h.assigned_at, h.first_reply_at) AS taken_at, h.queued_at AT TIME ZONE $3 AS local,
               h.outcome = 'left' AND h.first_reply_at IS NULL AS lost
          FROM handoff h JOIN conversation c ON c.id = h.conversation_id JOIN contact k ON k.id = c.contact_id
         WHERE h.queued_at >= {SINCE} AND h.queued_at < {UNTIL}
           AND ($4 = '' OR k.channel = $4) AND ($5 = '' OR h.line = $5)),
    timed AS (
        SELECT call.*, {{waited}} AS waited, CASE WHEN first_reply_at IS NOT NULL THEN {{replied}} END AS replied,
               CASE WHEN closed_at > taken_at AND NOT lost THEN date_part('epoch', closed_at - taken_at) END AS handled
          FROM call)
    SELECT local::date AS day, line, agent_id, count(*)::int AS calls,
           count(taken_at)::int AS taken, count(replied)::int AS answered, count(*) FILTER (WHERE lost)::int AS lost,
           count(*) FILTER (WHERE replied <= $6)::int AS in_time,
           count(*) FILTER (WHERE replied IS NOT NULL OR waited > $6)::int AS due,
           count(*) FILTER (WHERE closed_at IS NOT NULL AND NOT lost)::int AS closed,
           count(*) FILTER (WHERE outcome = 'solved')::int AS solved,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY waited) AS waited,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY replied) AS replied,
           percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY handled) AS handled,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', first_reply_at - taken_at)) AS spoke,
           count(rating)::int AS rated, avg(rating)::float AS stars,
           array[{", ".join(f"count(*) FILTER (WHERE rating = {n})" for n in STARS)}]::int[] AS by_stars
      FROM timed GROUP BY GROUPING SETS ((), (local::date), (line), (agent_id))
""".format(
    **{
        name: f"""(SELECT coalesce(sum(date_part('epoch', least({end}, o.shuts) - greatest(queued_at, o.opens))), 0)
                     FROM spans o WHERE o.line = call.line AND o.opens < {end} AND o.shuts > queued_at)"""
        for name, end in (("waited", "coalesce(taken_at, closed_at, $7)"), ("replied", "first_reply_at"))
    }
)
_NOBODY: dict[str, Any] = {
    **dict.fromkeys(("calls", "taken", "answered", "lost", "in_time", "due", "closed", "solved", "rated"), 0),
    **dict.fromkeys(("waited", "replied", "handled"), (None, None)),
    **dict.fromkeys(("spoke", "stars")),
    "by_stars": [0] * len(STARS),
}


class Calls:
    """The figures of a period: all together, by day, by line, by agent."""

    def __init__(self, found: list[Any], names: Mapping[int, str]) -> None:
        groups = [
            {**one, **{name: one[name] or (None, None) for name in ("waited", "replied", "handled")}} for one in found
        ]
        self.all: Call = next(
            (
                one
                for one in groups
                if one["day"] is None and one["line"] is None and one["agent_id"] is None and one["calls"]
            ),
            _NOBODY,
        )
        self.by_day = {one["day"]: one for one in groups if one["day"]}
        self.by_line = {one["line"]: one for one in groups if one["line"]}
        self.by_agent = {names[one["agent_id"]]: one for one in groups if one["agent_id"]}


async def count(tx: Tx, wanted: Wanted, now: datetime, target: timedelta, hours: Hours) -> Calls:
    spans = [(line, opens, shuts) for line in LANGUAGES for opens, shuts in open_spans(hours, line, wanted, now)]
    lines, opens, shuts = (list(part) for part in zip(*spans, strict=True)) if spans else ([], [], [])
    await planned_anew(tx)
    found = await tx.fetch(_CALLS, *wanted.arguments(), target.total_seconds(), now, lines, opens, shuts)
    names = {row["id"]: row["name"] for row in await tx.fetch("SELECT id, name FROM agent")}
    return Calls(found, names)


def open_spans(hours: Hours, line: str, wanted: Wanted, now: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when the line is open, from before the period until after it; what touches is one span."""
    if line not in hours.lines:
        return []
    found: list[tuple[datetime, datetime]] = []
    day, last = wanted.since - timedelta(days=1), min(wanted.until + timedelta(days=15), now.date() + timedelta(days=2))
    while day <= last:
        midnight = datetime.combine(day, time())
        for span in hours.spans(line, day):
            opens, shuts = (
                (midnight + timedelta(minutes=at)).replace(tzinfo=hours.timezone) for at in (span.start, span.end)
            )
            if found and found[-1][1] == opens:
                found[-1] = (found[-1][0], shuts)
            else:
                found.append((opens, shuts))
        day += timedelta(days=1)
    return found


def family(wanted: Wanted, here: Calls, before: Calls) -> Family:
    now, then = here.all, before.all
    return Family(
        "people",
        (
            Tile(
                "replied",
                "seconds",
                rounded(now["replied"][0]),
                rounded(then["replied"][0]),
                now["answered"],
                also=rounded(now["replied"][1]),
            ),
            Tile(
                "in_time", "share", share(now["in_time"], now["due"]), share(then["in_time"], then["due"]), now["due"]
            ),
            Tile("lost", "share", share(now["lost"], now["calls"]), share(then["lost"], then["calls"]), now["calls"]),
            Tile("stars", "stars", rounded(now["stars"], 2), rounded(then["stars"], 2), now["rated"]),
            Tile(
                "handled",
                "seconds",
                rounded(now["handled"][0]),
                rounded(then["handled"][0]),
                now["closed"],
                also=rounded(now["handled"][1]),
            ),
        ),
        (_by_day(wanted, here), _by_line(here), _stars(here), _by_agent(here)),
    )


def _by_day(wanted: Wanted, here: Calls) -> Table:
    found: list[list[Cell]] = []
    for day in wanted.every_day():
        one = here.by_day.get(day, _NOBODY)
        replied = [rounded(value) for value in one["replied"]]
        found.append(
            [day.isoformat(), one["calls"], one["answered"], *replied, share(one["in_time"], one["due"]), one["lost"]]
        )
    heads = columns(
        ("day", "day"),
        ("calls", "count"),
        ("answered", "count"),
        ("p50", "seconds"),
        ("p90", "seconds"),
        ("in_time", "share"),
        ("lost", "count"),
    )
    return Table("response", heads, rows(found))


def _by_line(here: Calls) -> Table:
    found: list[list[Cell]] = []
    for line in LANGUAGES:
        one = here.by_line.get(line, _NOBODY)
        times = [rounded(value) for name in ("waited", "replied", "handled") for value in one[name]]
        found.append([line, one["calls"], one["lost"], *times, share(one["in_time"], one["due"])])
    heads = columns(
        ("line", "line"),
        ("calls", "count"),
        ("lost", "count"),
        ("wait_p50", "seconds"),
        ("wait_p90", "seconds"),
        ("p50", "seconds"),
        ("p90", "seconds"),
        ("handle_p50", "seconds"),
        ("handle_p90", "seconds"),
        ("in_time", "share"),
    )
    return Table("lines", heads, rows(found))


def _stars(here: Calls) -> Table:
    rated = here.all["rated"]
    found = [["★" * n, count, share(count, rated)] for n, count in zip(STARS, here.all["by_stars"], strict=True)]
    return Table("ratings", columns(("stars", "name"), ("ratings", "count"), ("share", "share")), rows(found[::-1]))


def _by_agent(here: Calls) -> Table:
    found = [
        [
            name,
            one["taken"],
            one["closed"],
            share(one["solved"], one["closed"]),
            rounded(one["spoke"]),
            rounded(one["handled"][0]),
            rounded(one["stars"], 2),
            one["rated"],
        ]
        for name, one in sorted(here.by_agent.items(), key=lambda pair: -pair[1]["taken"])
    ]
    heads = columns(
        ("agent", "name"),
        ("taken", "count"),
        ("closed", "count"),
        ("solved", "share"),
        ("spoke", "seconds"),
        ("handle_p50", "seconds"),
        ("stars", "stars"),
        ("ratings", "count"),
    )
    return Table("agents", heads, rows(found))
