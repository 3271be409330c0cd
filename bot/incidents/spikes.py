"""The rule, in one sentence: at least PEOPLE different people within a quarter of an hour, at least TIMES as many as
usual, and so many as chance would bring less than once in a million such quarters.

Usual is the mean of the same hour and weekday of the last four weeks, or of the last day where that is more: the first
knows the week's rhythm, the second a new level that has nothing sudden about it.
"""

from __future__ import annotations

from datetime import timedelta
from math import exp

WINDOW = timedelta(minutes=15)
AROUND = timedelta(minutes=30)  # before and after the same window of an earlier week, for a steadier mean
WEEKS = 4
DAY = timedelta(hours=24)
PEOPLE = 8
TIMES = 3.0
CHANCE = 1e-6
_LEAST = 0.25  # people a window: what was never asked before is not infinitely surprising


def usual(weeks: list[int], day: int) -> float:
    """People a window; `weeks` counted over WINDOW and AROUND on both sides, `day` over DAY before the window."""
    wide = (WINDOW + 2 * AROUND) / WINDOW
    by_weeks = sum(weeks) / len(weeks) / wide if weeks else 0.0
    return max(by_weeks, day / (DAY / WINDOW), _LEAST)


def is_spike(people: int, expected: float) -> bool:
    return people >= PEOPLE and people >= TIMES * expected and chance_of(people, expected) < CHANCE


def chance_of(people: int, expected: float) -> float:
    """That a Poisson count with this mean is `people` or more."""
    if expected > 600:
        return 0.0 if people >= TIMES * expected else 1.0  # exp(-mean) is no float any more; TIMES decides
    term, below = exp(-expected), 0.0
    for n in range(people):
        below += term
        term *= expected / (n + 1)
    return max(0.0, 1.0 - below)
