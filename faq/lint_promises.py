"""What a text promises in plain figures and names must be what the operator's data says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlsplit

from faq.entry import Catalogue, Finding
from faq.lint_texts import Line, all_lines
from faq.operator_data import Operator, Service, Tariff
from faq.saying import say

_NUMBER = r"(\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?)"
_UNITS: Mapping[str, re.Pattern[str]] = {
    "₽": re.compile(rf"{_NUMBER}\s*(?:₽|руб(?:л\w+|\.)?(?!\w)|卢布)"),
    "GB": re.compile(rf"{_NUMBER}\s*(?:ГБ|Гб|GB|гигабайт\w*|гиг(?:а|ов)?(?!\w))", re.I),
    "min": re.compile(rf"{_NUMBER}\s*(?:минут\w*|мин(?!\w)|分钟)"),
    "SMS": re.compile(rf"{_NUMBER}\s*(?:SMS|СМС|条短信)", re.I),
    "trial": re.compile(r"(?:[Пп]ервы[ех]|前)\s*(\d+)\s*(?:дн\w+|天)"),
}
_EVEN_WITHOUT_A_NAME = frozenset({"₽", "GB"})  # ten minutes may be how long one waits
_KIND_OF_PRODUCT = r"(?:тариф|услуг|пакет|подписк|опци)\w*\s+"
_NAMED_RU = re.compile(_KIND_OF_PRODUCT + r"«([^»]+)»", re.I)
_NAMED_ZH = re.compile(r"《([^》]+)》|(?:套餐|业务|服务)“([^”]+)”")
_LINK = re.compile(r"https?://[^\s，。；）)]+")
_CODE = re.compile(r"[*#]{1,2}\d[*#\w]*#")
_BLANK = re.compile(r"[^\W\d_]+")  # the word in a code that the person replaces: *137*номер*2#
# GSM 02.30 and 3GPP 22.030: forwarding, hiding the number, the telephone's own IMEI; the same with every operator.
_EVERYWHERE = re.compile(r"\*#(?:06|21|30|31|33|43|61|62|67)#|[*#]{1,2}(?:002|004|21|30|31|33|43|61|62|67)(?:\*N)?#")


@dataclass(frozen=True)
class _Truth:
    """The figures that are true of one product, or of all of them."""

    figures: Mapping[str, set[Decimal]] = field(default_factory=lambda: {unit: set() for unit in _UNITS})

    def add(self, unit: str, *values: Decimal | int | None) -> None:
        self.figures[unit].update(Decimal(value) for value in values if value is not None)


def promises(catalogue: Catalogue) -> Iterator[Finding]:
    """A price, a volume, a trial, a product's name, a link or a code in plain text is one that the operator has."""
    operator = catalogue.operator
    truths, anything = _truths(operator), _all_figures(operator)
    for line in all_lines(catalogue):
        if line.role == "answer":
            yield from _figures(line, truths, anything, operator)
        if line.role != "care":
            yield from _names(line, operator)
            yield from _addresses(line, operator)


def _figures(line: Line, truths: Mapping[str, _Truth], anything: _Truth, operator: Operator) -> Iterator[Finding]:
    named = _products(line, operator)
    for unit, pattern in _UNITS.items():
        for found in pattern.finditer(line.read):
            value = Decimal(re.sub(r"[ \u00a0]", "", found[1]).replace(",", "."))
            if named:
                true = set[Decimal]().union(*(truths[code].figures[unit] for code in named))
                whose = say("of {products}", products=", ".join(sorted(named)))
            elif unit in _EVEN_WITHOUT_A_NAME and not _CODE.search(line.typed):  # there it is an example
                true, whose = anything.figures[unit], say("of any tariff, service or country")
            else:
                continue
            if value not in true:
                known = ", ".join(f"{one:f}" for one in sorted(true)) if named else ""
                hint = say("the data says {known}", known=known) if known else say("the data has none like it")
                message = say(
                    "“{figure}” is no figure {whose}: {hint}; correct it, or quote it as {...}",
                    figure=found[0].strip(),
                    whose=whose,
                    hint=hint,
                )
                yield line.finding("promises", message, warning=False)


def _names(line: Line, operator: Operator) -> Iterator[Finding]:
    known = {_bare(name) for one in _all_products(operator) for name in one.name.values()}
    pattern = _NAMED_RU if line.language == "ru" else _NAMED_ZH
    for found in pattern.finditer(line.read):
        name = next(group for group in found.groups() if group)
        if _bare(name) not in known:
            message = say("there is no tariff or service “{name}” in faq/operator; correct the name", name=name)
            yield line.finding("promises", message, warning=False)


def _addresses(line: Line, operator: Operator) -> Iterator[Finding]:
    home = (urlsplit(operator.brand.site).hostname or "").removeprefix("www.")
    for link in _LINK.findall(line.typed):
        host = (urlsplit(link).hostname or "").removeprefix("www.")
        if host != home and not host.endswith("." + home):
            yield line.finding(
                "promises", say("`{link}` is not on the operator's site {home}; is it right?", link=link, home=home)
            )
        elif not link.startswith("https://"):
            yield line.finding("promises", say("`{link}` is not encrypted; write https://", link=link))
    own = {_BLANK.sub("N", code) for code in operator.brand.ussd}
    for code in _CODE.findall(line.typed):
        plain = _BLANK.sub("N", code)
        if plain not in own and not _EVERYWHERE.fullmatch(plain):
            message = say(
                "`{code}` is no code of the operator; correct it, or add it to `ussd` in operator/brand.yaml", code=code
            )
            yield line.finding("promises", message, warning=False)


def _products(line: Line, operator: Operator) -> set[str]:
    """Codes of the products that the line quotes or names."""
    codes = set(re.findall(r"\{(?:tariff|service)\.(\w+)\.\w+", line.typed))
    for one in _all_products(operator):
        if any(f"{left}{_bare(name)}{right}" in line.read for name in one.name.values() for left, right in _QUOTED):
            codes.add(one.code)
    return codes & {one.code for one in _all_products(operator)}


_QUOTED = (("«", "»"), ("《", "》"), ("“", "”"))


def _all_products(operator: Operator) -> tuple[Tariff | Service, ...]:
    return (*operator.tariffs.values(), *operator.services.values())


def _bare(name: str) -> str:
    return name.strip("«»《》“” ")


def _truths(operator: Operator) -> dict[str, _Truth]:
    truths: dict[str, _Truth] = {}
    for tariff in operator.tariffs.values():
        truth = truths[tariff.code] = _Truth()
        truth.add("₽", tariff.fee, tariff.change_fee)
        truth.add("GB", tariff.gigabytes)
        truth.add("min", tariff.minutes)
        truth.add("SMS", tariff.sms)
    for service in operator.services.values():
        truth = truths.setdefault(service.code, _Truth())
        truth.add("₽", service.fee)
        truth.add("trial", service.trial_days)
        if service.gives is not None:
            truth.add({"gb": "GB", "min": "min", "sms": "SMS"}[service.gives.unit], service.gives.amount)
        for unit, pattern in _UNITS.items():  # and what its own description says
            for about in service.about.values():
                truth.add(unit, *(Decimal(found.replace(",", ".")) for found in pattern.findall(about)))
    return truths


def _all_figures(operator: Operator) -> _Truth:
    every = _Truth()
    for truth in _truths(operator).values():
        for unit, values in truth.figures.items():
            every.add(unit, *values)
    for zone in operator.zones.values():
        every.add("₽", zone.roaming.minute, zone.roaming.incoming, zone.roaming.sms, zone.roaming.gb, zone.calls.minute)
    return every
