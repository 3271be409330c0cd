"""How facts are written in Russian and Chinese, and how answers are filled with them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from faq.wording import (
    Amount,
    Bar,
    Day,
    Fact,
    Lines,
    Moment,
    Money,
    Named,
    Number,
    Percent,
    Price,
    Product,
    Span,
    fill,
    placeholders,
    spans,
    write,
)

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("fact", "ru", "zh"),
    [
        (Money(Decimal("236.40")), "236,40 ₽", "236.40 卢布"),
        (Money(Decimal("-35.1")), "-35,10 ₽", "-35.10 卢布"),
        (Money(Decimal("1204.00")), f"1{NBSP}204 ₽", "1,204 卢布"),
        (Amount(Decimal("7.5"), "gb"), "7,5 ГБ", "7.5 GB"),
        (Amount(Decimal("30"), "gb"), "30 ГБ", "30 GB"),
        (Amount(Decimal("7.999"), "gb"), "7,99 ГБ", "7.99 GB"),
        (Amount(Decimal("0.05"), "gb"), "51 МБ", "51 MB"),
        (Amount(None, "gb"), "безлимит", "不限量"),
        (Amount(Decimal(1), "min"), "1 минута", "1 分钟"),
        (Amount(Decimal(22), "min"), "22 минуты", "22 分钟"),
        (Amount(Decimal(312), "min"), "312 минут", "312 分钟"),
        (Amount(Decimal(0), "sms"), "0 SMS", "0 条短信"),
        (Number(3), "3", "3"),
        (Percent(Decimal(25)), "25 %", "25%"),
        (Day(date(2026, 12, 5)), "5 декабря", "12 月 5 日"),
        (Moment(datetime(2026, 12, 5, 18, 5, tzinfo=ZoneInfo("Asia/Irkutsk"))), "5 декабря, 18:05", "12 月 5 日 18:05"),
        (Price(Decimal(60), "month"), "60 ₽ в месяц", "每月 60 卢布"),
        (Price(Decimal(10), "day"), "10 ₽ в день", "每天 10 卢布"),
        (Price(Decimal(120), "once"), "120 ₽ разово", "一次性 120 卢布"),
        (Price(Decimal(0), "month"), "бесплатно", "免费"),
        (Named({"ru": "Китай", "zh": "中国"}), "Китай", "中国"),
        (Named({"ru": "Хужир"}), "Хужир", "Хужир"),
        (Product({"ru": "Весь Байкал", "zh": "畅享贝加尔"}), "«Весь Байкал»", "《Весь Байкал》（畅享贝加尔）"),
        (Bar(Decimal("7.5"), Decimal(30)), "▓▓░░░░░░", "▓▓░░░░░░"),
        (Bar(Decimal("0.1"), Decimal(30)), "▓░░░░░░░", "▓░░░░░░░"),
        (Bar(Decimal(0), Decimal(0)), "░░░░░░░░", "░░░░░░░░"),
        (Lines(({"ru": "а", "zh": "甲"}, {"ru": "б", "zh": "乙"})), "а\nб", "甲\n乙"),
    ],
)
def test_a_fact_is_written_as_the_language_writes_it(fact: Fact, ru: str, zh: str) -> None:
    assert (write(fact, "ru"), write(fact, "zh")) == (ru, zh)


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 день"), (2, "2 дня"), (5, "5 дней"), (11, "11 дней"), (21, "21 день"), (112, "112 дней")],
)
def test_a_word_takes_the_plural_form_of_its_number(count: int, words: str) -> None:
    assert fill("{n} {n|день|дня|дней}", {"n": Number(count)}, "ru") == words


def test_a_fraction_and_money_choose_forms_too() -> None:
    facts: dict[str, Fact] = {"left": Amount(Decimal("2.5"), "gb"), "price": Money(Decimal(21))}
    assert fill("{left|день|дня|дней} {price|рубль|рубля|рублей}", facts, "ru") == "дня рубль"
    assert fill("{left}{left|天}", facts, "zh") == "2.5 GB天"


def test_a_line_whose_fact_is_not_known_is_left_out() -> None:
    template = "Осталось {left}.\nХватит на {days} {days|день|дня|дней}.\nОбновится {on}."
    facts: dict[str, Fact] = {"left": Amount(Decimal(30), "gb"), "on": Day(date(2026, 12, 5)), "rows": Lines(())}
    assert fill(template, facts, "ru") == "Осталось 30 ГБ.\nОбновится 5 декабря."
    assert fill("Услуги:\n{rows}\nВсё.", facts, "ru") == "Услуги:\nВсё."


def test_what_a_value_holds_is_never_read_again() -> None:
    facts: dict[str, Fact] = {"name": "{left} **жирно** `код` {name|а|б|в}", "left": "тайна"}
    assert fill("Вы {name}.", facts, "ru") == "Вы {left} **жирно** `код` {name|а|б|в}."
    assert spans("**Вы** {name}", facts, "ru") == (Span("Вы", "bold"), Span(" {left} **жирно** `код` {name|а|б|в}"))


def test_markup_of_the_template_becomes_styles() -> None:
    facts: dict[str, Fact] = {"left": Amount(Decimal(30), "gb")}
    assert spans("Наберите `*100#`:\n**{left}** в запасе", facts, "ru") == (
        Span("Наберите "),
        Span("*100#", "code"),
        Span(":"),
        Span("\n"),
        Span("30 ГБ", "bold"),
        Span(" в запасе"),
    )


def test_placeholders_are_found_with_their_lines() -> None:
    found = placeholders("{a}\n{b.c} {b.c|день|дня|дней} { d } {}")
    assert [(one.fact, one.forms, one.line) for one in found] == [
        ("a", (), 0),
        ("b.c", (), 1),
        ("b.c", ("день", "дня", "дней"), 1),
    ]
