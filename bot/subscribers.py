"""What the operator knows of a subscriber, and the one Protocol through which the core asks.

SubscribersError
├── SubscribersDown     the operator's system failed or answered too late; try later
├── UnknownSubscriber   no such subscriber
├── UnknownProduct      no such tariff or service
└── Denied              the operator refuses, `reason` says why
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol


class SubscribersError(Exception):
    pass


class SubscribersDown(SubscribersError):
    pass


class UnknownSubscriber(SubscribersError):
    pass


class UnknownProduct(SubscribersError):
    pass


DenyReason = Literal[
    "already_on", "not_on", "no_money", "same_tariff", "not_for_sale", "promise_open", "not_needed", "blocked"
]


class Denied(SubscribersError):
    def __init__(self, reason: DenyReason) -> None:
        super().__init__(reason)
        self.reason: DenyReason = reason


@dataclass(frozen=True)
class Subscriber:
    id: str  # the phone in E.164
    name: str
    language: str  # ru or zh
    blocked: bool  # outgoing services stopped for lack of payment
    contract: str = ""  # changes with the number's owner; empty when the operator does not tell
    sim: str = ""  # changes with the SIM card


@dataclass(frozen=True)
class Tariff:
    """Prices in roubles; packages a month."""

    code: str
    names: dict[str, str]  # by language: «Весь Байкал» / 畅享贝加尔
    fee: Decimal
    minutes: int
    gigabytes: Decimal | None  # None: unlimited
    sms: int
    on_sale: bool
    change_fee: Decimal  # one-off price of changing to it


@dataclass(frozen=True)
class CurrentTariff:
    tariff: Tariff
    next_fee_on: date
    next_tariff: Tariff | None = None  # ordered, takes effect on next_fee_on


@dataclass(frozen=True)
class Package:
    """One counter. `unit`: min, gb, sms. `counts_for`: home (all calls in Russia), internet, sms, china."""

    unit: Literal["min", "gb", "sms"]
    counts_for: str
    left: Decimal | None  # None: unlimited
    total: Decimal | None
    until: date


@dataclass(frozen=True)
class Balance:
    amount: Decimal  # roubles, may be negative
    blocked: bool
    at: datetime


@dataclass(frozen=True)
class Charge:
    on: date
    what: dict[str, str]  # by language
    amount: Decimal


@dataclass(frozen=True)
class Expenses:
    since: date
    total: Decimal
    charges: tuple[Charge, ...]


@dataclass(frozen=True)
class Service:
    """`fee` in roubles per `period`; `trial_days` free at first. kind subscription = paid content."""

    code: str
    names: dict[str, str]
    about: dict[str, str]  # one line of what it does
    fee: Decimal
    period: Literal["month", "day", "once"]
    trial_days: int = 0
    kind: Literal["service", "roaming", "package", "subscription"] = "service"


@dataclass(frozen=True)
class ConnectedService:
    service: Service
    since: date
    next_charge_on: date | None


@dataclass(frozen=True)
class ServiceChange:
    service: Service
    charged: Decimal  # taken now
    next_charge_on: date | None


@dataclass(frozen=True)
class TariffChange:
    tariff: Tariff
    price: Decimal  # one-off
    effective_on: date


@dataclass(frozen=True)
class Promise:
    """A promised payment: `amount` lent, `fee` its price, to be repaid by `until`."""

    amount: Decimal
    fee: Decimal
    until: date


Technology = Literal["2G", "3G", "4G", "5G"]
Signal = Literal["none", "weak", "good"]


@dataclass(frozen=True)
class Coverage:
    """Signal by technology, outdoors and indoors. `mock` says that the figures are invented for the demo."""

    place_id: str
    outdoors: dict[Technology, Signal]
    indoors: dict[Technology, Signal]
    as_of: date
    mock: bool


class SubscriberProvider(Protocol):
    """The operator's system. Every method may raise SubscribersDown; changes are idempotent by `request_id`."""

    async def identify(self, phone: str) -> Subscriber | None: ...
    async def tariff(self, subscriber_id: str) -> CurrentTariff: ...
    async def packages(self, subscriber_id: str) -> tuple[Package, ...]: ...
    async def balance(self, subscriber_id: str) -> Balance: ...
    async def expenses(self, subscriber_id: str) -> Expenses: ...
    async def services(self, subscriber_id: str) -> tuple[ConnectedService, ...]: ...
    async def tariff_catalogue(self) -> tuple[Tariff, ...]: ...
    async def service_catalogue(self) -> tuple[Service, ...]: ...
    async def connect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange: ...
    async def disconnect(self, subscriber_id: str, service_code: str, request_id: str) -> ServiceChange: ...
    async def quote_tariff(self, subscriber_id: str, tariff_code: str) -> TariffChange:
        """What a change would cost and from which day, without changing anything. Raises Denied."""
        ...

    async def change_tariff(self, subscriber_id: str, tariff_code: str, request_id: str) -> TariffChange: ...
    async def quote_promise(self, subscriber_id: str) -> Promise:
        """The promised payment this subscriber may take now. Raises Denied."""
        ...

    async def take_promise(self, subscriber_id: str, request_id: str) -> Promise: ...
    async def coverage(self, place_id: str) -> Coverage: ...
