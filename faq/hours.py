"""When people of a line are there to answer: weekdays, holidays, the next opening."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FOREVER = 15  # days looked ahead for an opening; longer than any row of holidays


@dataclass(frozen=True)
class Span:
    """From `start` up to but not including `end`, in minutes after midnight; 24:00 is 1440."""

    start: int
    end: int


@dataclass(frozen=True)
class Holiday:
    on: str  # MM-DD every year, or YYYY-MM-DD once
    name: Mapping[str, str]
    lines: Mapping[str, tuple[Span, ...]]  # only the lines that keep other hours that day


@dataclass(frozen=True)
class Hours:
    timezone: ZoneInfo
    lines: Mapping[str, tuple[tuple[Span, ...], ...]]  # line -> seven days from Monday
    holidays: tuple[Holiday, ...] = ()

    def spans(self, line: str, day: date) -> tuple[Span, ...]:
        """A dated holiday wins over a yearly one, both win over the weekday."""
        for key in (day.isoformat(), day.strftime("%m-%d")):
            for holiday in self.holidays:
                if holiday.on == key and line in holiday.lines:
                    return holiday.lines[line]
        return self.lines[line][day.weekday()]

    def is_open(self, line: str, moment: datetime) -> bool:
        local = moment.astimezone(self.timezone)
        minute = local.hour * 60 + local.minute
        return any(span.start <= minute < span.end for span in self.spans(line, local.date()))

    def next_opening(self, line: str, moment: datetime) -> datetime | None:
        """The moment itself while open; None when the line stays closed for two weeks."""
        if self.is_open(line, moment):
            return moment
        local = moment.astimezone(self.timezone)
        midnight = datetime.combine(local.date(), time(), self.timezone)
        for ahead in range(FOREVER):
            day = midnight + timedelta(days=ahead)
            for span in self.spans(line, day.date()):
                opening = day + timedelta(minutes=span.start)
                if opening > local:
                    return opening
        return None


def parse_span(text: str) -> Span:
    """`09:00-21:00`. Raises ValueError."""
    match = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text)
    if match is None:
        raise ValueError(text)
    a, b, c, d = map(int, match.groups())
    span = Span(a * 60 + b, c * 60 + d)
    if not 0 <= span.start < span.end <= 24 * 60:
        raise ValueError(text)
    return span


def parse_holiday(text: str) -> str:
    """`05-09` or `2026-02-17`, a day that exists. Raises ValueError."""
    if re.fullmatch(r"\d\d-\d\d", text):
        date.fromisoformat(f"2024-{text}")  # a leap year: 02-29 is a day
    else:
        date.fromisoformat(text)
    return text
