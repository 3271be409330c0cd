"""Which figures are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.database import Tx
from bot.messages import LANGUAGES

LONGEST = 400  # days
FIRST, LAST = date(2020, 1, 1), date(2200, 1, 1)
DEFAULT_DAYS = 7


class BadWish(Exception):
    """Not a period, zone, channel or language; `code` is a key under error. of the locales."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """Whole days of `zone`, both included; an empty channel or language means all of them."""

    since: date
    until: date
    zone: ZoneInfo
    channel: str = ""
    language: str = ""
    cut: datetime | None = None  # local and naive: the last day ends there already

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    def before(self, now: datetime) -> Wanted:
        """As many days, right before; while this period still runs, only as much of the last as is over of today."""
        local = now.astimezone(self.zone).replace(tzinfo=None)
        cut = local - timedelta(days=self.days) if local.date() == self.until else None
        since = self.since - timedelta(days=self.days)
        return replace(self, since=since, until=self.since - timedelta(days=1), cut=cut)

    def arguments(self) -> tuple[datetime, datetime, str, str, str]:
        """$1 to $5 of the queries: from and to by the clocks of the zone, the zone, channel, language."""
        until = self.cut or datetime.combine(self.until + timedelta(days=1), time())
        return datetime.combine(self.since, time()), until, self.zone.key, self.channel, self.language

    def every_day(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range(self.days)]


# The queries' period as moments. Cut where the zone has its midnights, never by adding 86,400 seconds.
SINCE, UNTIL = "($1::timestamp AT TIME ZONE $3::text)", "($2::timestamp AT TIME ZONE $3::text)"


async def planned_anew(tx: Tx) -> None:
    """For this transaction: the sort of a month stays in memory, and each period has a plan of its own.

    From the sixth time on PostgreSQL would plan for a period of any length: a month then took minutes by nested loops.
    """
    await tx.execute("SET LOCAL work_mem = '64MB'; SET LOCAL plan_cache_mode = force_custom_plan")


def read(query: Mapping[str, str], now: datetime, home: ZoneInfo) -> Wanted:
    """?since=&until=&zone=&channel=&language=; without days the last week. Raises BadWish."""
    zone = _zone(query.get("zone", "") or home.key)
    today = now.astimezone(zone).date()
    until = _day(query.get("until", ""), today)
    if not FIRST <= until <= LAST:
        raise BadWish("bad_period")
    since = _day(query.get("since", ""), until - timedelta(days=DEFAULT_DAYS - 1))
    if not FIRST <= since <= until or (until - since).days >= LONGEST:
        raise BadWish("bad_period")
    language, channel = query.get("language", ""), query.get("channel", "")
    if language and language not in LANGUAGES:
        raise BadWish("bad_language")
    if channel and not (channel.isascii() and channel.isalnum() and len(channel) <= 20):
        raise BadWish("bad_channel")
    return Wanted(since, until, zone, channel, language)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadWish("bad_zone") from None


def _day(given: str, default: date) -> date:
    try:
        return date.fromisoformat(given) if given else default
    except ValueError:
        raise BadWish("bad_day") from None
