"""The operator that answers quote: brand, tariffs, services, countries with their prices, hours, ends of chats.

OperatorError    the folder cannot be used; `problems` lists all that is wrong, each with file and line
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from faq.fields import LANGUAGES, Fields, FieldsError, Problem, Sheet, Words
from faq.hours import WEEKDAYS, Holiday, Hours, Span, parse_holiday, parse_span
from faq.saying import say

Aliases = Mapping[str, tuple[str, ...]]
UNLIMITED = "unlimited"


class OperatorError(FieldsError):
    pass


@dataclass(frozen=True)
class Brand:
    name: Words
    hotline: str  # from the operator's own numbers
    hotline_abroad: str
    site: str
    app: Words
    chat_hours_ru: Words  # of the Russian line, as people say it
    chat_hours_zh: Words
    ussd: tuple[str, ...] = ()  # codes that answers may tell people to dial


@dataclass(frozen=True)
class Tariff:
    """Roubles and packages a month."""

    code: str
    name: Words
    about: Words
    fee: Decimal
    minutes: int
    gigabytes: Decimal | None  # None: unlimited
    sms: int
    change_fee: Decimal
    on_sale: bool
    aliases: Aliases


@dataclass(frozen=True)
class Gift:
    """What a service adds to the packages: a month, a day or once, as its period says."""

    unit: Literal["min", "gb", "sms"]
    amount: Decimal
    counts_for: Literal["home", "internet", "sms", "china"]


@dataclass(frozen=True)
class Service:
    code: str
    name: Words
    about: Words
    fee: Decimal
    period: Literal["month", "day", "once"]
    trial_days: int
    kind: Literal["service", "roaming", "package", "subscription"]
    gives: Gift | None
    aliases: Aliases


@dataclass(frozen=True)
class Roaming:
    """Roubles a minute out, a minute in, a message, a gigabyte; the code of the service that makes it cheaper."""

    minute: Decimal
    incoming: Decimal
    sms: Decimal
    gb: Decimal
    package: str


@dataclass(frozen=True)
class CallsAbroad:
    minute: Decimal
    service: str | None  # the code of the service that makes it cheaper


@dataclass(frozen=True)
class Zone:
    code: str
    roaming: Roaming
    calls: CallsAbroad


@dataclass(frozen=True)
class Country:
    code: str  # ISO 3166-1, two small letters
    name: Words
    where: str  # Russian: «в Китае»
    dial: str  # +86
    zone: str
    roaming: bool  # False: no roaming there at all
    aliases: Aliases


@dataclass(frozen=True)
class CloseReason:
    """Why an agent closed a chat; one of a group. Titles in the bot's languages and in English, for reports."""

    code: str
    title: Words


@dataclass(frozen=True)
class CloseReasons:
    code: str
    title: Words
    reasons: tuple[CloseReason, ...]


@dataclass(frozen=True)
class Operator:
    """Mappings keep the order of the files."""

    brand: Brand
    tariffs: Mapping[str, Tariff]
    services: Mapping[str, Service]
    countries: Mapping[str, Country]
    zones: Mapping[str, Zone]
    hours: Hours
    close_reasons: tuple[CloseReasons, ...] = ()


Coded = TypeVar("Coded", Tariff, Service, Country)


def load_operator(folder: Path) -> Operator:
    """Read the folder. Raises OperatorError with everything that is wrong."""
    problems: list[Problem] = []
    services = _by_code(_service(row) for row in Sheet(folder / "services.yaml", problems).rows())
    prices = Sheet(folder / "countries.yaml", problems).table()
    zones = _zones(prices.fields("zones"), services)
    operator = Operator(
        brand=_brand(Sheet(folder / "brand.yaml", problems).table()),
        tariffs=_by_code(_tariff(row) for row in Sheet(folder / "tariffs.yaml", problems).rows()),
        services=services,
        countries=_by_code(_country(row, zones) for row in prices.rows("countries")),
        zones=zones,
        hours=_hours(Sheet(folder / "hours.yaml", problems).table()),
        close_reasons=tuple(_close_reasons(Sheet(folder / "close_reasons.yaml", problems))),
    )
    prices.end()
    if problems:
        raise OperatorError(problems)
    return operator


def _by_code(rows: Iterable[tuple[Fields, Coded]]) -> Mapping[str, Coded]:
    found: dict[str, Coded] = {}
    for fields, row in rows:
        if row.code in found:
            fields.wrong("code", say("`{code}` is here twice", code=row.code))
        found[row.code] = row
        fields.end()
    return found


def _brand(fields: Fields) -> Brand:
    brand = Brand(
        name=fields.words("name"),
        hotline=fields.text("hotline"),
        hotline_abroad=fields.text("hotline_abroad"),
        site=fields.text("site"),
        app=fields.words("app"),
        chat_hours_ru=fields.words("chat_hours_ru"),
        chat_hours_zh=fields.words("chat_hours_zh"),
        ussd=fields.texts("ussd") if fields.has("ussd") else (),
    )
    fields.end()
    return brand


def _tariff(fields: Fields) -> tuple[Fields, Tariff]:
    unlimited = fields.text("gigabytes") == UNLIMITED
    return fields, Tariff(
        code=fields.text("code"),
        name=fields.words("name"),
        about=fields.words("about"),
        fee=fields.money("fee"),
        minutes=fields.count("minutes"),
        gigabytes=None if unlimited else fields.money("gigabytes"),
        sms=fields.count("sms"),
        change_fee=fields.money("change_fee"),
        on_sale=fields.flag("on_sale", "yes"),
        aliases=fields.aliases(),
    )


def _service(fields: Fields) -> tuple[Fields, Service]:
    service = Service(
        code=fields.text("code"),
        name=fields.words("name"),
        about=fields.words("about"),
        fee=fields.money("fee"),
        period=fields.choice("period", ("month", "day", "once")),
        trial_days=fields.count("trial_days", 0),
        kind=fields.choice("kind", ("service", "roaming", "package", "subscription"), "service"),
        gives=_gift(fields.fields("gives")) if fields.has("gives") else None,
        aliases=fields.aliases(),
    )
    if service.kind == "package" and (service.gives is None or service.period != "once"):
        fields.wrong("kind", say("a package needs `gives` and `period: once`"))
    return fields, service


def _gift(fields: Fields) -> Gift:
    gift = Gift(
        fields.choice("unit", ("min", "gb", "sms")),
        fields.money("amount"),
        fields.choice("for", ("home", "internet", "sms", "china")),
    )
    fields.end()
    return gift


def _zones(zones: Fields, services: Mapping[str, Service]) -> Mapping[str, Zone]:
    found = {}
    for code in zones.row:
        fields = zones.fields(code)
        roaming, calls = fields.fields("roaming"), fields.fields("calls")
        found[code] = Zone(
            code,
            Roaming(
                roaming.money("minute"),
                roaming.money("incoming"),
                roaming.money("sms"),
                roaming.money("gb"),
                _code_of(roaming, "package", services),
            ),
            CallsAbroad(calls.money("minute"), _code_of(calls, "service", services) if calls.has("service") else None),
        )
        for part in (fields, roaming, calls):
            part.end()
    return found


def _country(fields: Fields, zones: Mapping[str, Zone]) -> tuple[Fields, Country]:
    return fields, Country(
        code=fields.text("code"),
        name={"ru": fields.text("ru"), "zh": fields.text("zh")},
        where=fields.text("where"),
        dial=fields.text("dial"),
        zone=_code_of(fields, "zone", zones),
        roaming=fields.flag("roaming", "yes"),
        aliases=fields.aliases(),
    )


def _code_of(fields: Fields, key: str, known: Mapping[str, Service] | Mapping[str, Zone]) -> str:
    code = fields.text(key)
    if code and code not in known:
        fields.wrong(key, say("`{code}` is not among {known}", code=code, known=", ".join(known)))
    return code


def _hours(fields: Fields) -> Hours:
    zone = fields.parsed("timezone", _zone, ZoneInfo("UTC"), say("a time zone such as Asia/Irkutsk"))
    table = fields.fields("lines")
    lines = {}
    for line in table.row:
        week = table.fields(line)
        lines[line] = tuple(_spans(week, day) for day in WEEKDAYS)
        week.end()
    holidays = tuple(_holiday(row, tuple(lines)) for row in fields.rows("holidays"))
    fields.end()
    return Hours(zone, lines, holidays)


def _holiday(fields: Fields, lines: tuple[str, ...]) -> Holiday:
    holiday = Holiday(
        on=fields.parsed("on", parse_holiday, "", say("a day such as 05-09 or 2026-02-17")),
        name=fields.words("name"),
        lines={line: _spans(fields, line) for line in lines if fields.has(line)},
    )
    fields.end()
    return holiday


def _spans(fields: Fields, key: str) -> tuple[Span, ...]:
    spans = []
    for text in fields.texts(key):
        try:
            spans.append(parse_span(text))
        except ValueError:
            fields.wrong(key, say("`{text}` is not hours such as 09:00-21:00", text=text))
    return tuple(spans)


def _close_reasons(sheet: Sheet) -> Iterator[CloseReasons]:
    """A code stands for one thing in the whole file: reports know no groups."""
    seen: set[str] = set()
    for group in sheet.rows():
        reasons = []
        for row in group.rows("reasons"):
            reasons.append(CloseReason(_new_code(row, seen), _titles(row)))
            row.end()
        yield CloseReasons(_new_code(group, seen), _titles(group), tuple(reasons))
        group.end()


def _new_code(fields: Fields, seen: set[str]) -> str:
    code = fields.text("code")
    if code in seen:
        fields.wrong("code", say("`{code}` is here twice", code=code))
    if code and not re.fullmatch(r"[a-z_]{2,40}", code):
        fields.wrong("code", say("`{code}` is not made of small Latin letters and _", code=code))
    seen.add(code)
    return code


def _titles(fields: Fields) -> Words:
    titles = fields.fields("title")
    words = {language: titles.text(language) for language in (*LANGUAGES, "en")}
    titles.end()
    return words


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError; a folder's name raises OSError
        raise ValueError(text) from error
