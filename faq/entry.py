"""The shape of an entry, of the whole catalogue, and of a finding about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from faq.saying import said, shown, told, within
from faq.strict_yaml import Text

if TYPE_CHECKING:
    from faq.operator_data import Operator
    from faq.tips import Tip

LANGUAGES = ("ru", "zh")
Words: TypeAlias = Mapping[str, str]  # by language
DataClass = Literal["public", "personal", "money"]

# What a variant of an answer may ask for, and what may stand there.
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "channel": ("telegram", "inapp", "max"),
    "number": ("blocked",),  # stopped for want of money
    "tariff": ("archived",),  # no longer on sale
    "people": ("away",),  # nobody at the desk speaks this language at this hour
}

# The topics that the operator promised to answer: contracts of scripts and reports rely on these ids.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "tariffs": ("tariff_current", "tariff_list", "tariff_change", "tariff_fee_date"),
    "balance": (
        "balance_packages",
        "balance_money",
        "balance_rollover",
        "balance_extra",
        "balance_share",
        "balance_history",
    ),
    "services": (
        "services_mine",
        "services_list",
        "service_connect",
        "service_disconnect",
        "roaming_abroad",
        "roaming_home",
        "calls_abroad",
        "promised_payment",
        "call_forwarding",
        "caller_id",
        "antispam",
    ),
    "coverage": ("coverage_place", "coverage_none", "internet_slow", "internet_setup"),
    "account": (
        "topup",
        "my_number",
        "sim_blocked",
        "sim_replace",
        "number_port",
        "contract_data",
        "offices",
        "app_login",
    ),
    "conversation": ("human", "greeting", "thanks", "goodbye", "complaint"),
    "beyond": ("out_of_scope", "emergency"),
}


@dataclass(frozen=True)
class Finding:
    """What is wrong and how to mend it. A warning is shown and blocks nothing."""

    file: str
    line: int
    rule: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """The whole of it in one line; the file, the line and the rule are called the same everywhere."""
        level = said("warning", language) + ": " if self.warning else ""
        return f"{self.file}:{self.line}: {level}{self.rule}: {said(self.message, language)}"

    def within(self, folder: Path) -> Finding:
        """The same with paths from the folder on, as an editor knows them."""
        return replace(self, file=shown(self.file, folder), message=within(self.message, folder))

    def as_row(self) -> dict[str, Any]:
        """For pages, with the message in each language of editors as `said`."""
        return {**asdict(self), "message": str(self.message), "said": told(self.message)}


@dataclass(frozen=True)
class Next:
    """A button under an answer: another entry, with an argument for its action if need be."""

    entry: str
    argument: str = ""
    label: Words | None = None  # None: the entry's own button
    line: int = 0


@dataclass(frozen=True)
class Period:
    """Days of the operator's time zone, both included; None is open-ended."""

    first: date | None = None
    last: date | None = None

    def covers(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: Period) -> bool:
        return (self.first or date.min) <= (other.last or date.max) and (other.first or date.min) <= (
            self.last or date.max
        )


@dataclass(frozen=True)
class Variant:
    """Other words for the answer, where all of `when` is so, on the days of its period."""

    when: Mapping[str, str]  # a condition of CONDITIONS -> its value
    answer: Words
    valid: Period
    line: int


@dataclass(frozen=True)
class Entry:
    id: str
    topic: str  # its own id, or the broader topic it is a part of
    area: str
    title: Words
    button: Words
    data: DataClass
    action: str | None
    answer: Words
    cases: Mapping[str, Words]
    next: tuple[Next, ...]
    human: bool
    ask: Mapping[str, tuple[str, ...]]  # areas/ and phrases/ together
    file: str
    line: int
    variants: tuple[Variant, ...] = ()  # the first that fits is said instead of the answer
    valid: Period = Period()  # outside of it the entry says nothing: `fallback` does, else a human is called
    fallback: str = ""
    owner: str = ""  # who keeps it right
    note: str = ""  # for editors
    care: Mapping[str, str] = field(default_factory=dict)  # for agents: how to speak about this; ru, perhaps zh


@dataclass(frozen=True)
class Catalogue:
    """Entries by id, in the order of the files."""

    entries: Mapping[str, Entry]
    operator: Operator
    warnings: tuple[Finding, ...] = field(default=())
    whole: bool = True  # False: an entry or more could not be read, so that nobody knows what is missing
    tips: tuple[Tip, ...] = ()  # about other things than the operator, in the order of beyond.yaml

    def of_topic(self, topic: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries.values() if entry.topic == topic)


def at(text: str, entry: Entry, offset: int = 0) -> tuple[str, int]:
    """File and line where a text of this entry stands; `offset` lines further down."""
    if isinstance(text, Text):
        return text.file or entry.file, text.line + offset
    return entry.file, entry.line
