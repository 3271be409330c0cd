"""A table and a tile: what the page shows and what a CSV holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

# How values read: a share is 0 to 1, a trend is a share with its sign, a duration is in seconds, stars are 1 to 5; None
# is "nobody to count".
Kind = Literal[
    "day", "hour", "weekday", "name", "word", "topic", "line", "channel", "count", "share", "trend", "seconds", "stars"
]
Cell = str | int | float | None


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> list[Cell]:
        at = [one.name for one in self.columns].index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True)
class Tile:
    """`before` is the same figure of the period before, `n` how many stand behind the figure."""

    name: str
    kind: Kind
    value: float | int | None
    before: float | int | None
    n: int
    also: float | int | None = None  # the 90th percentile next to a median


@dataclass(frozen=True)
class Family:
    """What one visit to the database gives."""

    name: str
    tiles: tuple[Tile, ...]
    tables: tuple[Table, ...]


def columns(*pairs: tuple[str, Kind]) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name, kind in pairs)


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def rounded(value: Any, digits: int = 1) -> float | None:
    return None if value is None else round(float(value), digits)


def rows(found: Sequence[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(one) for one in found)
