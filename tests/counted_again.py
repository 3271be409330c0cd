"""The figures of bot/numbers once more, in plain Python over all rows, as their definitions read; slow and obvious."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.numbers.wanted import Wanted
from faq.hours import Hours

SILENCE, REPEAT, TARGET = timedelta(minutes=30), timedelta(hours=72), 200


@dataclass
class Visit:
    conversation: int
    at: datetime
    next_at: datetime | None
    channel: str
    language: str


class Rows:
    """Everything there is, by conversation, in order of time."""

    def __init__(self, events: list[Any], handoffs: list[Any], lessons: list[Any], talks: list[Any]) -> None:
        self.words: dict[int, list[Any]] = defaultdict(list)
        for event in sorted(events, key=lambda one: (one["at"], one["n"])):
            if event["kind"] == "msg":
                self.words[event["conversation_id"]].append(event)
        self.handoffs: dict[int, list[Any]] = defaultdict(list)
        for handoff in sorted(handoffs, key=lambda one: one["queued_at"]):
            self.handoffs[handoff["conversation_id"]].append(handoff)
        self.lessons = lessons
        self.talks = {one["id"]: one for one in talks}

    def visits(self) -> list[Visit]:
        found = []
        for talk, words in self.words.items():
            heard = [one["at"] for one in words if one["author_kind"] == "user"]
            begun = [at for at, last in zip(heard, [None, *heard], strict=False) if self._begins(talk, at, last)]
            for at, next_at in zip(begun, [*begun[1:], None], strict=True):
                about = self.talks[talk]
                found.append(Visit(talk, at, next_at, about["channel"], about["language"]))
        return found

    def _begins(self, talk: int, at: datetime, last: datetime | None) -> bool:
        if last is not None and at - last <= SILENCE:
            return False
        return not any(
            one["queued_at"] < at and (one["closed_at"] is None or one["closed_at"] > at - SILENCE)
            for one in self.handoffs[talk]
        )


def in_period(wanted: Wanted, at: datetime) -> bool:
    local = at.astimezone(wanted.zone)
    if wanted.cut and local.replace(tzinfo=None) >= wanted.cut:
        return False
    return wanted.since <= local.date() <= wanted.until


def ending(rows: Rows, visit: Visit, now: datetime) -> tuple[bool, str]:
    """(with a human, how it ended)"""
    inside = [
        one for one in rows.handoffs[visit.conversation]
        if one["queued_at"] >= visit.at and (visit.next_at is None or one["queued_at"] < visit.next_at)
    ]  # fmt: skip
    last = inside[-1] if inside else None
    if visit.at > now - REPEAT or (last and last["outcome"] is None):
        return bool(last), "early"
    if visit.next_at and visit.next_at - visit.at <= REPEAT:
        return bool(last), "repeat"
    if last and (last["outcome"] in ("left", "unsolved") or (last["rating"] or 5) < 3):
        return True, "unsolved"
    thanked = any(
        one["conversation_id"] == visit.conversation and one["topic"] == "thanks" and one["at"] >= visit.at
        and (visit.next_at is None or one["at"] < visit.next_at)
        for one in rows.lessons
    )  # fmt: skip
    if thanked or (last and (last["rating"] or 0) >= 4):
        return bool(last), "confirmed"
    return bool(last), "assumed"


def contacts(rows: Rows, wanted: Wanted, now: datetime) -> dict[str, Counter[Any]]:
    counted: dict[str, Counter[Any]] = {name: Counter() for name in ("day", "hour", "door", "ending")}
    for visit in rows.visits():
        if not in_period(wanted, visit.at) or not _fits(wanted, visit.channel, visit.language):
            continue
        local = visit.at.astimezone(wanted.zone)
        human, how = ending(rows, visit, now)
        counted["day"][local.date(), human] += 1
        counted["hour"][local.isoweekday(), local.hour] += 1
        counted["door"][visit.channel, visit.language, human] += 1
        counted["ending"][human, how] += 1
    return counted


def speeds(rows: Rows, wanted: Wanted) -> list[float]:
    found = []
    for visit in rows.visits():
        if in_period(wanted, visit.at) and _fits(wanted, visit.channel, visit.language):
            later = [one for one in rows.words[visit.conversation] if one["at"] > visit.at]
            said = next((one for one in later if one["author_kind"] in ("bot", "agent")), None)
            if said and said["author_kind"] == "bot" and (visit.next_at is None or said["at"] < visit.next_at):
                found.append((said["at"] - visit.at).total_seconds())
    return found


def calls(rows: Rows, wanted: Wanted) -> list[Any]:
    return [
        one for several in rows.handoffs.values() for one in several
        if in_period(wanted, one["queued_at"])
        and _fits(wanted, rows.talks[one["conversation_id"]]["channel"], one["line"])
    ]  # fmt: skip


def waited(hours: Hours, line: str, since: datetime, until: datetime) -> float:
    """Seconds between the two in which the line was open, minute by minute at the edges of the day."""
    total, at = 0.0, since
    while at < until:
        step = min(until, (at + timedelta(minutes=1)).replace(second=0, microsecond=0))
        if hours.is_open(line, at):
            total += (step - at).total_seconds()
        at = step
    return total


def percentile(values: list[float], share: float) -> float | None:
    """Between the two nearest, in a straight line."""
    if not values:
        return None
    ranked = sorted(values)
    position = (len(ranked) - 1) * share
    low = int(position)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (position - low)


def _fits(wanted: Wanted, channel: str, language: str) -> bool:
    return wanted.channel in ("", channel) and wanted.language in ("", language)
