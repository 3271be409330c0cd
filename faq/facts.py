"""The allow-list of placeholders: which facts an answer may quote, and who supplies them.

A fact is a typed value (see wording.py). `{name}` in an answer is replaced by the fact as the language writes it;
`{name|день|дня|дней}` by the word alone in the plural form that the number asks for. A line that quotes a fact which
is not known is left out, so an optional fact needs a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Action:
    """What `action:` in an entry may quote: always (`facts`), perhaps (`optional`), and in each of its `cases`.

    `data` is the class of what it quotes or changes; an entry that names it is of that class or a stricter one. Beside
    public facts an action may give the optional ones of whoever's number is known, where the channel may carry them.
    """

    facts: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    cases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    data: Literal["public", "personal", "money"] = "public"
    takes: frozenset[str] = frozenset()  # kinds of names in a message that this action reads: place, service, ...


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTIONS: Mapping[str, Action] = {
    "current_tariff": Action(
        _names("tariff.name tariff.fee tariff.minutes tariff.gb tariff.sms fee.date"),
        _names("next.name next.date"),
        data="personal",
    ),
    "tariffs": Action(_names("tariffs.lines"), takes=_names("tariff")),
    "change_tariff": Action(
        optional=_names("tariff.name"),
        cases={
            "confirm": _names("new.name new.fee new.minutes new.gb new.sms price effective.date"),
            "done": _names("new.name new.fee new.minutes new.gb new.sms price effective.date"),
            "same": _names("new.name"),
            "no_money": _names("new.name price balance"),
            "blocked": _names("new.name owed"),
            "archived": _names("new.name"),
            "cancelled": _names("new.name"),
        },
        takes=_names("tariff"),
        data="money",
    ),
    "fee_date": Action(_names("fee.date tariff.name tariff.fee balance"), _names("short.amount"), data="money"),
    "packages": Action(
        # lead: the counter asked about, internet when none is named; lead.share: 7,5 ГБ из 30; bar: ▓▓▓░░;
        # others: the other counters, one line
        _names("lead.share bar renew.date"),
        _names("lasts.days others"),
        cases={
            "empty": _names("lead.total renew.date others"),
            "unlimited": _names("others"),
            "none": frozenset(),
        },
        takes=_names("unit"),
        data="personal",
    ),
    "money": Action(
        _names("balance"),
        _names("tariff.fee fee.date"),
        cases={"negative": _names("balance owed"), "blocked": _names("balance owed")},
        data="money",
    ),
    "rollover": Action(optional=_names("renew.date")),
    "extras": Action(_names("extras.lines"), takes=_names("unit service")),
    "expenses": Action(_names("total since.date charges.lines"), cases={"none": _names("since.date")}, data="money"),
    "my_services": Action(_names("services.lines services.total"), cases={"none": frozenset()}, data="personal"),
    "service_list": Action(_names("services.lines")),
    "connect_service": Action(
        cases={
            # `answer`: no service was named; buttons with the services follow it
            "confirm": _names("service.name service.about service.price trial.days"),
            "done": _names("service.name service.price next.date"),
            "already": _names("service.name"),
            "no_money": _names("service.name service.price balance"),
            "blocked": _names("service.name owed"),
            "cancelled": _names("service.name"),
        },
        takes=_names("service"),
        data="money",
    ),
    "disconnect_service": Action(
        # `answer`: no service was named; buttons with what is connected follow it
        optional=_names("services.lines"),
        cases={
            "confirm": _names("service.name service.price"),
            "done": _names("service.name"),
            "not_on": _names("service.name"),
            "nothing": frozenset(),
            "cancelled": _names("service.name"),
        },
        takes=_names("service"),
        data="personal",
    ),
    "roaming": Action(
        # `answer`: no country was named; buttons with the usual countries follow it
        cases={
            "country": _names(
                "country.name roaming.minute roaming.incoming roaming.sms roaming.gb"
                " roaming.package roaming.package_price roaming.package_about"
            ),
            "no_roaming": _names("country.name"),
        },
        takes=_names("country"),
    ),
    "calls_abroad": Action(
        cases={"country": _names("country.name country.code calls.minute calls.service")}, takes=_names("country")
    ),
    "promise": Action(
        # `answer`: how the promised payment works, shown to someone who cannot take one now for another reason
        cases={
            "confirm": _names("promise.amount promise.fee promise.until"),
            "done": _names("promise.amount promise.fee promise.until"),
            "open": frozenset(),
            "not_needed": _names("balance"),
            "cancelled": frozenset(),
        },
        data="money",
    ),
    "coverage": Action(
        # `answer`: no place was named, asks for it. coverage.best: the best technology there; coverage.signal: how good
        # it is; coverage.lines: a line for each other one. far: the nearest known place is too far to speak for the pin
        cases={
            "place": _names("place.name coverage.best coverage.signal coverage.lines coverage.date"),
            "none": _names("place.name coverage.date"),
            "which": _names("place.name"),
            "unknown": frozenset(),
            "near": _names("place.name place.distance coverage.best coverage.signal coverage.lines coverage.date"),
            "far": _names("place.name place.distance"),
        },
        takes=_names("place"),
    ),
    "my_number": Action(_names("number"), data="personal"),
}

# Facts of the operator, the same for everybody, allowed in every answer.
# `tariff.CODE.*` and `service.CODE.*` exist for each code of faq/operator/tariffs.yaml and services.yaml.
BRAND = _names(
    "brand.name brand.hotline brand.hotline_abroad brand.site brand.app brand.chat_hours_ru brand.chat_hours_zh"
)
TARIFF_FIELDS = _names("name fee minutes gb sms")
SERVICE_FIELDS = _names("name fee about")
