"""Places named in a message: inflected, misspelled, in Chinese, or shared by several villages."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import opencc

from faq.han import SOUND_SIGNS
from faq.place_context import Candidate, is_misspelled_place, is_nearby, is_place
from faq.place_index import MOST_SIGNS, MOST_WORDS, Numbers, PlaceIndex
from faq.russian import is_known
from faq.textual import HANZI, Word, plain, read_words

HOME = ("IRK", "BU")  # the operator's own regions: Irkutsk and Buryatia
HOME_WEIGHT = 30  # a village at home is asked about as often as a town thirty times its size elsewhere
CLEARLY = 8  # times likelier than the next namesake: no need to ask which
PROMINENT = 50_000  # people; such towns are recognised through typos
LANDSCAPE = {"lake", "road", "railway", "valley", "mountain"}  # too long or too large to be near to
LANDMARKS = LANDSCAPE | {"bay", "cape", "island", "airport", "station"}
_EARTH_KM = 6371.0
_BEFORE, _AFTER = "在去到从往回来离住和跟那", "村镇市那这有能的里附信网没可上到和行怎"
_STREET = ("街", "路", "大")


@dataclass(frozen=True, slots=True)
class Place:
    id: str
    names: Mapping[str, str]
    region: Mapping[str, str]
    region_code: str
    latitude: float
    longitude: float
    population: int
    kind: str  # city, town, village, district, island, lake ...

    @property
    def weight(self) -> int:
        return max(self.population, 300) * (HOME_WEIGHT if self.region_code in HOME else 1)


@dataclass(frozen=True)
class Found:
    """`places`: best first; more than one when only the person can say which is meant."""

    text: str
    start: int
    end: int
    places: tuple[Place, ...]
    nearby: bool = False  # only a landmark: «под Ангарском»


class Gazetteer:
    """Read-only once loaded; one instance serves all threads."""

    def __init__(self, places: Iterable[tuple[Place, tuple[str, ...]]], regions: Mapping[str, tuple[str, ...]]) -> None:
        self._places: list[Place] = []
        self._index = PlaceIndex()
        self._regions = PlaceIndex()
        self._region_codes = tuple(regions)
        for number, names in enumerate(regions.values()):
            self._regions.add(number, names, prominent=False)
        for number, (place, names) in enumerate(places):
            self._places.append(place)
            prominent = place.region_code in HOME or place.population >= PROMINENT
            self._index.add(number, names, prominent=prominent)
        self._index.finish()
        self._numbers = {place.id: number for number, place in enumerate(self._places)}
        self._radians = np.radians([(place.latitude, place.longitude) for place in self._places])
        self._simplify: Any = opencc.OpenCC("t2s")

    @classmethod
    def load(cls, path: Path) -> Gazetteer:
        """`path` is places.csv; places_extra.csv and regions.csv stand beside it. Raises OSError, ValueError.

        The same files give the same gazetteer, which is not made twice.
        """
        files = [path.with_name(name) for name in (path.name, "places_extra.csv", "regions.csv")]
        return _made(_Tables(b"".join(sha256(file.read_bytes()).digest() for file in files), path))

    @classmethod
    def _read(cls, path: Path) -> Gazetteer:
        regions = {row["code"]: row for row in _rows(path.with_name("regions.csv"))}
        rows = {row["id"]: row for row in _rows(path)}
        for row in _rows(path.with_name("places_extra.csv")):
            rows[row["id"]] = _merged(rows.get(row["id"]), row)
        names = {
            # Moscow and Saint Petersburg have no aliases: they are towns first, and would hide themselves.
            code: (row["ru"], row["zh"], *row["aliases"].split("|")) if row["aliases"] else ()
            for code, row in regions.items()
        }
        shown = {code: {"ru": row["ru"], "zh": row["zh"]} for code, row in regions.items()}
        return cls((_place(row, shown) for row in rows.values()), names)

    def place(self, id: str) -> Place | None:
        number = self._numbers.get(id)
        return None if number is None else self._places[number]

    def nearest(self, latitude: float, longitude: float, n: int = 1) -> list[tuple[Place, float]]:
        """The nearest places one can stand in, with their distance in kilometres."""
        here = np.radians([latitude, longitude])
        there = self._radians
        half = np.sin((there - here) / 2) ** 2
        chord = half[:, 0] + np.cos(here[0]) * np.cos(there[:, 0]) * half[:, 1]
        km = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
        ranked = ((self._places[number], float(km[number])) for number in np.argsort(km))
        return [one for one, _ in zip((p for p in ranked if p[0].kind not in LANDSCAPE), range(n), strict=False)]

    def find(self, text: str, language: str | None = None) -> tuple[Found, ...]:
        """Every place named, landmarks last. Russian and Chinese names are found in a message of any language."""
        words = read_words(text)
        regions = list(self._russian(words, self._regions, checked=False))
        found: list[Found] = []
        taken = {at for first, last, _ in regions for at in range(first, last)}
        wanted = {self._region_codes[number] for *_, numbers in regions for number in numbers}
        if HANZI.search(text):
            found.extend(self._in_chinese(text, wanted))
        for first, last, numbers in self._russian(words, self._index, checked=True, taken=taken):
            start, end = words[first].start, words[last - 1].end
            places = self._ranked(numbers, wanted)
            found.append(Found(text[start:end], start, end, places, is_nearby(words, first)))
        found.sort(key=lambda one: (one.nearby, one.start))
        return tuple({one.places[0].id: one for one in reversed(found)}.values())[::-1]

    def _russian(
        self, words: list[Word], index: PlaceIndex, *, checked: bool, taken: Iterable[int] = ()
    ) -> Iterator[tuple[int, int, Numbers]]:
        """Longest name first; `checked` asks the words around whether it is a place at all."""
        taken = set(taken)
        at = 0
        while at < len(words):
            for last in range(min(len(words), at + MOST_WORDS), at, -1):
                span = words[at:last]
                # Кубань is a region; Славянск-на-Кубани is none.
                if not all(word.joined for word in span[1:]) or taken.issuperset(range(at, last)):
                    continue
                numbers = index.russian(" ".join(word.text for word in span))
                if numbers and (not checked or is_place(words, self._candidate(at, last, numbers, taken))):
                    yield at, last, numbers
                    at = last
                    break
            else:
                if checked and at not in taken and (numbers := self._misspelled(words, at)):
                    yield at, at + 1, numbers
                at += 1

    def _candidate(self, first: int, last: int, numbers: Numbers, taken: set[int]) -> Candidate:
        places = [self._places[number] for number in numbers]
        return Candidate(
            first,
            last,
            home=any(place.region_code in HOME for place in places),
            population=max(place.population for place in places),
            landmark=any(place.kind in LANDMARKS for place in places),
            before_region=last in taken,
        )

    def _misspelled(self, words: list[Word], at: int) -> Numbers:
        word = words[at].text
        if word.isdigit() or is_known(word):
            return ()
        numbers = self._index.like(word)
        if not numbers or not is_misspelled_place(words, self._candidate(at, at + 1, numbers, set())):
            return ()
        return numbers

    def _in_chinese(self, text: str, wanted: set[str]) -> Iterator[Found]:
        simple = self._simplify.convert(text).lower()
        if len(simple) != len(text):
            simple = text
        spans = list(self._regions.chinese(simple))
        wanted |= {self._region_codes[number] for *_, numbers in spans for number in numbers}
        names = [one for one in self._index.chinese(simple) if self._stands(simple, *one)]
        # 伊尔库茨克州 is the region, not the town; but a town is not hidden by a shorter region inside it.
        names = [n for n in names if not any(s <= n[0] and n[1] <= e and e - s > n[1] - n[0] for s, e, _ in spans)]
        covered = [*spans, *names]
        for start, end, numbers in (*names, *self._misspelled_chinese(simple, covered)):
            yield Found(text[start:end], start, end, self._ranked(numbers, wanted))

    def _stands(self, text: str, start: int, end: int, numbers: Numbers) -> bool:
        """A name of two signs is part of other words (安加 of 安加拉) unless it is well known or stands by itself."""
        if end - start > 2 or any(self._places[number].population >= PROMINENT for number in numbers):
            return True
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        return (not HANZI.match(before) or before in _BEFORE) and (not HANZI.match(after) or after in _AFTER)

    def _misspelled_chinese(
        self, text: str, covered: list[tuple[int, int, Numbers]]
    ) -> Iterator[tuple[int, int, Numbers]]:
        free = [sign in SOUND_SIGNS for sign in text]
        for start, end, _ in covered:
            free[start:end] = [False] * (end - start)
        for run in re.finditer("1{4,}", "".join("01"[sign] for sign in free)):
            best: tuple[int, int, Numbers] | None = None
            for length in range(min(run.end() - run.start(), MOST_SIGNS), 3, -1):
                for start in range(run.start(), run.end() - length + 1):
                    numbers = self._index.like_by_sound(text[start : start + length])
                    if numbers and best is None and text[start + length : start + length + 1] not in _STREET:
                        best = (start, start + length, numbers)
            if best:
                yield best

    def _ranked(self, numbers: Numbers, wanted: set[str]) -> tuple[Place, ...]:
        """Best first. One alone if the message names its region or it is clearly what people mean."""
        heaviest: dict[tuple[str, str], Place] = {}  # nobody could tell two of one name in one region apart
        for place in sorted((self._places[number] for number in numbers), key=lambda place: -place.weight):
            heaviest.setdefault((place.names["ru"], place.region_code), place)
        places = list(heaviest.values())
        if inside := [place for place in places if place.region_code in wanted]:
            places = inside
        if len(places) > 1 and places[0].weight >= CLEARLY * places[1].weight:
            return (places[0],)
        return tuple(places)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _merged(known: dict[str, str] | None, extra: dict[str, str]) -> dict[str, str]:
    """What was written by hand goes before what GeoNames says; aliases of both count."""
    if known is None:
        return extra
    aliases = "|".join(filter(None, (known["aliases"], extra["aliases"], known["zh"])))
    return known | {key: value for key, value in extra.items() if value} | {"aliases": aliases, "spelled": ""}


def _place(row: Mapping[str, str], regions: Mapping[str, Mapping[str, str]]) -> tuple[Place, tuple[str, ...]]:
    place = Place(
        id=row["id"],
        names={"ru": row["ru"], "zh": row["zh"]},
        region=regions[row["region"]],
        region_code=row["region"],
        latitude=float(row["lat"]),
        longitude=float(row["lon"]),
        population=int(row["population"]),
        kind=row["kind"],
    )
    if not math.isfinite(place.latitude + place.longitude):
        raise ValueError(f"{place.id}: no coordinates")
    names = [row["ru"], *filter(None, row["aliases"].split("|"))]
    # A name spelled by rule is too short to trust when it has two signs: 乌克 stands in 乌克兰.
    if not row.get("spelled") or len(row["zh"]) > 2:
        names.append(row["zh"])
    return place, tuple(dict.fromkeys(plain(name) for name in names))


@dataclass(frozen=True)
class _Tables:
    """The same wherever they lie: an edition out of the database has the folder's own gazetteer."""

    content: bytes
    path: Path = field(compare=False)


@lru_cache(2)
def _made(tables: _Tables) -> Gazetteer:
    return Gazetteer._read(tables.path)
