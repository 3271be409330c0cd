"""How many came, when and by which door; what the bot settled, and how sure that is.

A contact is what a person writes without a silence of more than 30 minutes; while a human is called it goes on however
long that takes. It belongs to the day it began on. Three days later it is decided: with a human or without, and there
confirmed (thanks, or four stars and more), assumed (nothing more was heard), or repeated (the person was back within
72 hours of its beginning). Younger ones are told apart as `early`: a share with them in it would fall day by day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.database import Tx
from bot.messages import LANGUAGES
from bot.numbers.figures import Cell, Family, Table, Tile, columns, rows, share
from bot.numbers.wanted import SINCE, UNTIL, Wanted, planned_anew

SILENCE = timedelta(minutes=30)
REPEAT = timedelta(hours=72)
GOOD = 4  # stars that say it helped; two and less say it did not
ENDINGS = ("confirmed", "assumed", "repeat", "escalated", "early")
AFTER_HUMAN = ("confirmed", "assumed", "repeat", "unsolved", "early")
WEEK = range(1, 8)  # Monday is 1

# $6 is the silence, $7 the 72 hours. A handoff or a thank-you belongs to the contact it happened in.
BEGUN = f"""
    heard AS (
        SELECT conversation_id, at, at - lag(at) OVER (PARTITION BY conversation_id ORDER BY at) AS gap
          FROM event WHERE kind = 'msg' AND author_kind = 'user'
           AND at >= {SINCE} - $6::interval AND at < {UNTIL} + $7::interval),
    begun AS (
        SELECT conversation_id, at FROM heard b WHERE (gap IS NULL OR gap > $6) AND NOT EXISTS (
            SELECT 1 FROM handoff h WHERE h.conversation_id = b.conversation_id
               AND h.queued_at < b.at AND coalesce(h.closed_at, 'infinity') > b.at - $6)),
    visit AS (
        SELECT conversation_id, at, lead(at) OVER (PARTITION BY conversation_id ORDER BY at) AS next_at FROM begun)
"""
_CUBE = f"""
    WITH {BEGUN},
    wanted AS (
        SELECT v.conversation_id, v.at, v.next_at, least(v.next_at, {UNTIL} + $7) AS until, k.channel, c.language
          FROM visit v JOIN conversation c ON c.id = v.conversation_id JOIN contact k ON k.id = c.contact_id
         WHERE v.at >= {SINCE} AND v.at < {UNTIL}
           AND ($4 = '' OR k.channel = $4) AND ($5 = '' OR c.language = $5)),
    called AS (
        SELECT DISTINCT ON (w.conversation_id, w.at) w.conversation_id, w.at, h.outcome, h.rating
          FROM wanted w JOIN handoff h ON h.conversation_id = w.conversation_id
           AND h.queued_at >= w.at AND h.queued_at < w.until
         WHERE h.queued_at >= {SINCE} ORDER BY w.conversation_id, w.at, h.queued_at DESC),
    thanked AS (
        SELECT DISTINCT w.conversation_id, w.at FROM wanted w JOIN lesson l ON l.conversation_id = w.conversation_id
           AND l.at >= w.at AND l.at < w.until
         WHERE l.topic = 'thanks' AND l.at >= {SINCE}),
    ended AS (
        SELECT date_trunc('hour', w.at AT TIME ZONE $3) AS local, w.channel, w.language, h.at IS NOT NULL AS human,
               CASE WHEN w.at > $8::timestamptz - $7 OR (h.at IS NOT NULL AND h.outcome IS NULL) THEN 'early'
                    WHEN w.next_at <= w.at + $7 THEN 'repeat'
                    WHEN h.outcome IN ('left', 'unsolved') OR h.rating < 3 THEN 'unsolved'
                    WHEN t.at IS NOT NULL OR h.rating >= {GOOD} THEN 'confirmed'
                    ELSE 'assumed' END AS ending, count(*) AS contacts
          FROM wanted w LEFT JOIN called h ON h.conversation_id = w.conversation_id AND h.at = w.at
               LEFT JOIN thanked t ON t.conversation_id = w.conversation_id AND t.at = w.at
         GROUP BY 1, 2, 3, 4, 5)
    SELECT local::date AS day, date_part('isodow', local)::int AS weekday, date_part('hour', local)::int AS hour,
           channel, language, human, ending, sum(contacts)::int AS contacts
      FROM ended GROUP BY GROUPING SETS (
           (local::date, human), (date_part('isodow', local)::int, date_part('hour', local)::int),
           (channel, language, human), (human, ending))
"""


@dataclass(frozen=True)
class Contacts:
    by_day: dict[tuple[date, bool], int]  # bool: with a human
    by_hour: dict[tuple[int, int], int]
    by_door: dict[tuple[str, str, bool], int]
    by_ending: dict[tuple[bool, str], int]

    @property
    def all(self) -> int:
        return sum(self.by_ending.values())

    @property
    def without_human(self) -> int:
        return sum(count for (human, _), count in self.by_ending.items() if not human)

    @property
    def decided(self) -> int:
        return sum(count for (_, ending), count in self.by_ending.items() if ending != "early")


async def count(tx: Tx, wanted: Wanted, now: object) -> Contacts:
    await planned_anew(tx)
    found = await tx.fetch(_CUBE, *wanted.arguments(), SILENCE, REPEAT, now)
    return Contacts(
        {(one["day"], one["human"]): one["contacts"] for one in found if one["day"]},
        {(one["weekday"], one["hour"]): one["contacts"] for one in found if one["weekday"]},
        {(one["channel"], one["language"], one["human"]): one["contacts"] for one in found if one["channel"]},
        {(one["human"], one["ending"]): one["contacts"] for one in found if one["ending"]},
    )


def family(wanted: Wanted, here: Contacts, before: Contacts) -> Family:
    confirmed, confirmed_before = _confirmed(here), _confirmed(before)
    return Family(
        "contacts",
        (
            Tile("contacts", "count", here.all, before.all, here.all),
            Tile("by_bot", "share", *_both(here, before, "without_human", "all"), here.all),
            Tile("confirmed", "share", confirmed, confirmed_before, here.decided),
        ),
        (_volume(wanted, here), _doors(here), _endings(here), _after_human(here), _hours(here)),
    )


def _both(here: Contacts, before: Contacts, part: str, whole: str) -> tuple[float | None, float | None]:
    now, then = (share(getattr(one, part), getattr(one, whole)) for one in (here, before))
    return now, then


def _confirmed(counted: Contacts) -> float | None:
    """Confirmed by the person, with a human or without, of everything that is decided."""
    return share(sum(counted.by_ending.get((human, "confirmed"), 0) for human in (False, True)), counted.decided)


def _volume(wanted: Wanted, here: Contacts) -> Table:
    found: list[list[Cell]] = []
    for day in wanted.every_day():
        bot, human = here.by_day.get((day, False), 0), here.by_day.get((day, True), 0)
        found.append([day.isoformat(), bot + human, bot, human, share(bot, bot + human)])
    heads = columns(("day", "day"), ("contacts", "count"), ("bot", "count"), ("human", "count"), ("by_bot", "share"))
    return Table("volume", heads, rows(found))


def _doors(here: Contacts) -> Table:
    found: list[list[Cell]] = []
    for channel in sorted({one[0] for one in here.by_door}):
        for language in LANGUAGES:
            bot, human = (here.by_door.get((channel, language, human), 0) for human in (False, True))
            found.append([channel, language, bot + human, share(bot + human, here.all), share(bot, bot + human)])
    heads = columns(
        ("channel", "channel"), ("line", "line"), ("contacts", "count"), ("share", "share"), ("by_bot", "share")
    )
    return Table("doors", heads, rows(found))


def _endings(here: Contacts) -> Table:
    counted = {ending: here.by_ending.get((False, ending), 0) for ending in ENDINGS}
    counted["escalated"] = sum(n for (human, ending), n in here.by_ending.items() if human and ending != "early")
    counted["early"] += here.by_ending.get((True, "early"), 0)
    return _split("endings", counted, here.decided)


def _after_human(here: Contacts) -> Table:
    counted = {ending: here.by_ending.get((True, ending), 0) for ending in AFTER_HUMAN}
    return _split("after_human", counted, sum(n for ending, n in counted.items() if ending != "early"))


def _split(name: str, counted: dict[str, int], decided: int) -> Table:
    found = [[ending, n, None if ending == "early" else share(n, decided)] for ending, n in counted.items()]
    return Table(name, columns(("ending", "word"), ("contacts", "count"), ("share", "share")), rows(found))


def _hours(here: Contacts) -> Table:
    found = [[day, *(here.by_hour.get((day, hour), 0) for hour in range(24))] for day in WEEK]
    hours = tuple((f"{hour:02}", "count") for hour in range(24))
    return Table("hours", columns(("weekday", "weekday"), *hours), rows(found))  # type: ignore[arg-type]
