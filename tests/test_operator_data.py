"""The operator's files are read strictly, name every mistake by file and line, and fit together."""

from __future__ import annotations

import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import faq
from faq.hours import Hours, parse_holiday, parse_span
from faq.operator_data import Operator, OperatorError, load_operator

FOLDER = Path(faq.__file__).with_name("operator")
IRKUTSK = ZoneInfo("Asia/Irkutsk")


@pytest.fixture(scope="module")
def operator() -> Operator:
    return load_operator(FOLDER)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "operator"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.csv", "*.py", "__pycache__"))
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> int:
    """Replace the first `old` and give the line it stands in."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def complaints(folder: Path) -> list[tuple[str, int, str]]:
    with pytest.raises(OperatorError) as refused:
        load_operator(folder)
    return [(Path(one.file).name, one.line, one.message) for one in refused.value.problems]


def test_the_tariffs_and_services_are_those_that_answers_quote(operator: Operator) -> None:
    fees = {code: tariff.fee for code, tariff in operator.tariffs.items()}
    assert fees == {
        "baikal": 550, "vostok": 390, "zvonki": 250, "taiga": 790, "bezlimit": 990, "student": 320, "omul": 300
    }  # fmt: skip
    assert operator.tariffs["bezlimit"].gigabytes is None
    assert [code for code, tariff in operator.tariffs.items() if not tariff.on_sale] == ["omul"]
    antispam = operator.services["antispam"]
    assert (antispam.fee, antispam.period, antispam.trial_days) == (60, "month", 7)
    gift = operator.services["gb5"].gives
    assert gift is not None
    assert (gift.unit, gift.amount, gift.counts_for) == ("gb", Decimal(5), "internet")
    assert {s.kind for s in operator.services.values()} == {"service", "roaming", "package", "subscription"}


def test_every_country_has_prices_and_names_of_its_own(operator: Operator) -> None:
    assert len(operator.countries) >= 60
    china = operator.countries["cn"]
    assert (china.name["zh"], china.where, china.dial, china.zone) == ("中国", "в Китае", "+86", "china")
    assert operator.zones["china"].calls.service == "china_calls"
    assert not operator.countries["kp"].roaming
    said: dict[str, str] = {}
    for country in operator.countries.values():
        for alias in (*country.name.values(), *country.aliases["ru"], *country.aliases["zh"]):
            assert said.setdefault(alias.lower(), country.code) == country.code
        assert country.dial.startswith("+")
        assert country.where.startswith(("в ", "во ", "на "))


def test_no_two_products_share_an_alias(operator: Operator) -> None:
    for products in (operator.tariffs, operator.services):
        said: dict[str, str] = {}
        for code, product in products.items():
            for alias in (*product.aliases["ru"], *product.aliases["zh"]):
                assert said.setdefault(alias, code) == code, alias
            assert product.aliases["ru"]
            assert product.aliases["zh"]


def test_everything_wrong_is_told_at_once_with_its_line(copy: Path) -> None:
    due = {
        ("services.yaml", edit(copy, "services.yaml", "fee: 60", "fee: sixty")),
        ("services.yaml", edit(copy, "services.yaml", "  period: month", "  period: year")),
        ("tariffs.yaml", edit(copy, "tariffs.yaml", "minutes: 500", "minutes: 5.5")),
        ("countries.yaml", edit(copy, "countries.yaml", 'dial: "+86", zone: china', 'dial: "+86", zone: moon')),
        ("hours.yaml", edit(copy, "hours.yaml", "[09:00-21:00]", "[21:00-09:00]")),
        ("hours.yaml", edit(copy, "hours.yaml", "on: 01-01", "on: 02-30")),
        ("brand.yaml", edit(copy, "brand.yaml", "hotline:", "hotlien:")),
    }
    told = complaints(copy)
    assert due <= {(file, line) for file, line, _ in told}
    messages = "\n".join(message for *_, message in told)
    for words in ("sixty", "year", "5.5", "moon", "21:00-09:00", "02-30", "`hotline` is missing", "no field `hotlien`"):
        assert words in messages


def test_a_missing_file_a_double_code_and_broken_yaml_are_told(copy: Path) -> None:
    (copy / "hours.yaml").unlink()
    edit(copy, "tariffs.yaml", "code: vostok", "code: baikal")
    edit(copy, "brand.yaml", "name:", "name: [")
    told = {file: message for file, _, message in complaints(copy)}
    assert "missing" in told["hours.yaml"]
    assert "twice" in told["tariffs.yaml"]
    assert told["brand.yaml"]


def test_an_error_stands_where_the_editor_looks(copy: Path) -> None:
    line = edit(copy, "tariffs.yaml", "fee: 390", "fee: -390")
    with pytest.raises(OperatorError, match=rf"tariffs\.yaml:{line}: `fee`: `-390` is not a number"):
        load_operator(copy)


@pytest.mark.parametrize(
    ("line", "at", "open_now", "opens"),
    [
        ("ru", "2026-11-22T03:00", True, "2026-11-22T03:00"),
        ("zh", "2026-11-20T20:59", True, "2026-11-20T20:59"),  # a Friday
        ("zh", "2026-11-20T21:00", False, "2026-11-21T10:00"),
        ("zh", "2026-11-22T18:30", False, "2026-11-23T09:00"),
        ("zh", "2026-11-23T08:00", False, "2026-11-23T09:00"),
        ("zh", "2026-12-31T22:00", False, "2027-01-01T12:00"),  # New Year begins at noon
        ("zh", "2026-02-17T10:30", False, "2026-02-17T12:00"),  # Chinese New Year, in this year only
        ("zh", "2029-02-16T10:30", True, "2029-02-16T10:30"),
    ],
)
def test_hours_know_weekdays_and_holidays(operator: Operator, line: str, at: str, open_now: bool, opens: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=IRKUTSK)
    assert operator.hours.is_open(line, moment) == open_now
    assert operator.hours.next_opening(line, moment) == datetime.fromisoformat(opens).replace(tzinfo=IRKUTSK)


def test_a_line_that_never_opens_says_so() -> None:
    closed = Hours(IRKUTSK, {"ru": ((),) * 7})
    assert closed.next_opening("ru", datetime(2026, 11, 22, tzinfo=IRKUTSK)) is None


@pytest.mark.parametrize("text", ["9:00-18:00", "09:00-25:00", "18:00-09:00", "09:00", "09:60-10:00", ""])
def test_hours_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse_span(text)


@pytest.mark.parametrize("text", ["13-01", "2026-02-29", "1 мая", ""])
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_holiday(text)
