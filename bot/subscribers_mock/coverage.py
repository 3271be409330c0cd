"""Invented signal: the larger the place and the nearer a city, the better; the same place always has the same."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, get_args

import faq
from bot.subscribers import Coverage, Signal, Technology

PLACES = Path(faq.__file__).with_name("operator")
CITY = 100_000  # people
_NEAR_CITY_KM = 40
_SUBURB_BONUS = 4  # a village at a city is covered like one four times its size
_WILD = {"lake", "mountain", "bay", "cape", "valley", "island", "road", "railway", "river"}

Signals = dict[Technology, Signal]
# From so many people up: outdoors and indoors, newest technology first.
_BY_SIZE: tuple[tuple[int, str, str], ...] = (
    (500_000, "5G good 4G good 3G good 2G good", "5G weak 4G good 3G good 2G good"),
    (100_000, "5G weak 4G good 3G good 2G good", "4G good 3G good 2G good"),
    (10_000, "4G good 3G good 2G good", "4G good 3G good 2G good"),
    (1_500, "4G good 3G good 2G good", "4G weak 3G good 2G good"),
    (500, "4G weak 3G good 2G good", "3G weak 2G good"),
    (150, "3G weak 2G good", "2G weak"),
    (1, "2G weak", ""),
    (0, "", ""),
)


@dataclass(frozen=True)
class Spot:
    latitude: float
    longitude: float
    population: int
    kind: str


class CoverageMap:
    """The operator's own map, read from the gazetteer's files when it is first asked."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known
        self._spots: dict[str, Spot] = {}
        self._cities: list[Spot] = []

    def at(self, place_id: str, today: date) -> Coverage:
        if not self._spots:
            self._read()
        fixed = self._known.get(place_id)
        if fixed is not None:
            outdoors, indoors = _signals(fixed["outdoors"]), _signals(fixed["indoors"])
        else:
            outdoors, indoors = self._invented(place_id)
        return Coverage(place_id, outdoors, indoors, today.replace(day=1), mock=True)

    def _invented(self, place_id: str) -> tuple[Signals, Signals]:
        spot = self._spots.get(place_id, Spot(0, 0, 0, "lake"))
        size = float(spot.population)
        if spot.kind in _WILD:
            size = Random(place_id).choice((0, 1, 150))
        elif spot.kind in ("district", "airport", "station", "resort"):
            size = max(size, 2_000)
        if any(_km(spot, city) < _NEAR_CITY_KM for city in self._cities):
            size *= _SUBURB_BONUS
        size *= Random(f"luck {place_id}").uniform(0.5, 1.6)
        out, inside = next((out, inside) for least, out, inside in _BY_SIZE if size >= least)
        return _signals(_pairs(out)), _signals(_pairs(inside))

    def _read(self) -> None:
        spots: dict[str, Spot] = {}
        for name in ("places.csv", "places_extra.csv"):
            with (PLACES / name).open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    if row["lat"]:  # a row without adds names to one that has been read
                        numbers = float(row["lat"]), float(row["lon"]), int(row["population"])
                        spots[row["id"]] = Spot(*numbers, row["kind"])
        self._cities = [spot for spot in spots.values() if spot.population >= CITY]
        self._spots = spots


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _signals(strength: Mapping[str, str]) -> Signals:
    signals: Signals = {}
    for technology in get_args(Technology):
        found = strength.get(technology, "none")
        signals[technology] = "good" if found == "good" else "weak" if found == "weak" else "none"
    return signals


def _km(a: Spot, b: Spot) -> float:
    """Good enough for tens of kilometres."""
    north = (a.latitude - b.latitude) * 111.2
    east = (a.longitude - b.longitude) * 111.2 * math.cos(math.radians(a.latitude))
    return math.hypot(north, east)
