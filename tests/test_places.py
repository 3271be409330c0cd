"""The gazetteer finds what people name, asks which namesake is meant, and takes no other word for a place."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import faq
from faq.names import Named, Names
from faq.operator_data import load_operator
from faq.places import Gazetteer
from faq.strict_yaml import Rows, Table, read_yaml

OPERATOR = Path(faq.__file__).with_name("operator")
ROWS = read_yaml(Path(__file__).with_name("places.yaml"))
assert isinstance(ROWS, Rows)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer.load(OPERATOR / "places.csv")


@pytest.fixture(scope="module")
def names(gazetteer: Gazetteer) -> Names:
    return Names(load_operator(OPERATOR), gazetteer)


def expected(row: Table) -> list[str]:
    return [f"{row['which']}?"] if "which" in row else list(map(str, row["is"]))


def found(gazetteer: Gazetteer, text: str) -> list[str]:
    return [f"{one.places[0].names['ru']}{'?' * (len(one.places) > 1)}" for one in gazetteer.find(text)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["say"]))
def test_a_message_names_these_places(gazetteer: Gazetteer, row: Table) -> None:
    right = found(gazetteer, str(row["say"])) == expected(row)
    assert right != ("miss" in row), found(gazetteer, str(row["say"]))


def test_places_are_found_precisely_and_nearly_always(gazetteer: Gazetteer, capsys: pytest.CaptureFixture[str]) -> None:
    hits = claims = wanted = 0
    for row in ROWS:
        assert isinstance(row, Table)
        said, due = set(found(gazetteer, str(row["say"]))), set(expected(row))
        hits, claims, wanted = hits + len(said & due), claims + len(said), wanted + len(due)
    precision, recall = hits / claims, hits / wanted
    with capsys.disabled():
        print(f"\nplaces: {len(ROWS)} messages, precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.98
    assert recall >= 0.95


def test_namesakes_come_best_first_and_a_region_settles_it(names: Names) -> None:
    (which,) = names.find("в Михайловке ловит?")
    assert which.value == which.candidates[0]
    assert len(which.candidates) > 2
    assert names.find("Михайловка, Приморский край")[0].candidates == ()
    assert names.find("米海洛夫卡有信号吗")[0].kind == "place"


def test_the_nearest_place_is_one_to_stand_in(gazetteer: Gazetteer) -> None:
    ranked = gazetteer.nearest(51.86, 104.86, 3)
    assert ranked[0][0].names["ru"] in ("Листвянка", "Крестовка", "Камень Черского")
    assert [km for _, km in ranked] == sorted(km for _, km in ranked)
    assert gazetteer.nearest(55.75, 37.62)[0][1] < 5
    assert gazetteer.nearest(0, 0)[0][1] > 1000


def test_every_place_speaks_both_languages(gazetteer: Gazetteer) -> None:
    assert gazetteer.place("no such place") is None
    listvyanka = gazetteer.place("2020744")
    assert listvyanka is not None
    assert listvyanka.names == {"ru": "Листвянка", "zh": "利斯特维扬卡"}
    assert listvyanka.region == {"ru": "Иркутская область", "zh": "伊尔库茨克州"}


@pytest.mark.parametrize(
    ("say", "due"),
    [
        ("подключите спам-фильтр", [("service", "antispam")]),
        ("отключи голосовую почту", [("service", "voicemail")]),
        ("把骚扰拦截打开", [("service", "antispam")]),
        ("来电提醒多少钱", [("service", "who_called")]),
        ("антеспам подключить", [("service", "antispam")]),
        ("перейти на тайгу", [("tariff", "taiga")]),
        ("ловит в Тайге?", [("place", "1489907")]),
        ("переведите на «Весь Байкал»", [("tariff", "baikal")]),
        ("на байкале ловит?", [("place", "baykal")]),
        ("байкал", [("tariff", "baikal"), ("place", "baykal")]),
        ("贝加尔套餐", [("tariff", "baikal")]),
        ("чем студенческий отличается от безлимита", [("tariff", "student"), ("tariff", "bezlimit")]),
        ("еду на Дальний Восток", []),
        ("роуминг в Таиланде", [("country", "th")]),
        ("вернулся из турции", [("country", "tr")]),
        ("звонки в китай", [("service", "china_calls"), ("country", "cn")]),
        ("тайланд", [("country", "th")]),
        ("去泰国漫游", [("country", "th")]),
        ("лечу в Пхукет из Иркутска", [("country", "th"), ("place", "2023469")]),
        ("добавь 5 гб", [("service", "gb5"), ("amount", "5 gb")]),
        ("не хватает 15 гигов", [("amount", "15 gb")]),
        ("4G有吗", []),
        ("加5GB流量包", [("service", "gb5"), ("amount", "5 gb")]),
        ("списали 300 рублей", [("amount", "300 rub")]),
        ("какой пакет побольше", []),
    ],
)
def test_products_countries_and_amounts_are_named_too(names: Names, say: str, due: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.value) for one in names.find(say) if one.kind != "unit"] == due


@pytest.mark.parametrize(
    ("say", "unit"),
    [
        ("сколько минут", "min"),
        ("трафик", "gb"),
        ("还剩多少流量", "gb"),
        ("短信还有几条", "sms"),
        ("смс остались", "sms"),
    ],
)
def test_units_are_recognised(names: Names, say: str, unit: str) -> None:
    assert [(one.kind, one.value) for one in names.find(say)] == [("unit", unit)]


@pytest.mark.parametrize(
    "say", ["", " ", "?!", "😀", "5" * 400, "а" * 5000, "利" * 5000, "İstanbul ẞ ŉ", "\ud800", "в " * 2000, "在﷽"]
)
def test_strange_messages_harm_nothing(names: Names, say: str) -> None:
    assert all(isinstance(one, Named) for one in names.find(say))


def test_loading_is_quick_small_and_finding_is_quicker() -> None:
    """In a process of its own, with the dictionary, which the matcher has anyway, loaded before."""
    code = Path(__file__).with_name("places_cost.py")
    printed = subprocess.run([sys.executable, str(code)], capture_output=True, text=True, check=True, timeout=60)
    cost = json.loads(printed.stdout)
    assert cost["megabytes"] <= 25
    assert cost["load"] <= 1.0  # 0.25 s where nobody else keeps the memory busy
    assert cost["median_ms"] <= 2


def test_a_long_message_takes_no_longer_than_a_blink(names: Names) -> None:
    names.find("в листвянке")
    began = time.process_time()
    names.find("ы бкдщшфы втлщпр " * 25)
    assert time.process_time() - began < 0.5
