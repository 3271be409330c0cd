"""What an action is asked and what it answers with.

NeedsPhone: the answer is in the person's own data and we do not know their number yet.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot import i18n
from bot.cards import Card
from bot.conversation import Pending
from bot.messages import LANGUAGES
from bot.subscribers import SubscriberProvider
from faq.entry import Entry
from faq.knowledge import Knowledge
from faq.names import Named
from faq.wording import Fact


class NeedsPhone(Exception):
    pass


@dataclass(frozen=True)
class Question:
    """One question to one action. `argument` is the code or id that a button carried, `named` what the words named."""

    entry: Entry
    knowledge: Knowledge
    subscribers: SubscriberProvider
    now: datetime  # in the operator's time zone
    request_id: str  # the same for every try of one message, so that a change is made once
    subscriber: str | None = None
    argument: str = ""
    named: tuple[Named, ...] = ()
    here: tuple[float, float] | None = None
    confirmed: bool = False
    declined: bool = False

    def subscriber_id(self) -> str:
        if self.subscriber is None:
            raise NeedsPhone
        return self.subscriber

    def first(self, kind: str) -> Named | None:
        return next((one for one in self.named if one.kind == kind), None)

    def code(self, kind: str) -> str:
        """The code that was meant: the button's, else the one named in words, else nothing."""
        one = self.first(kind)
        return self.argument or (one.value if one else "")


@dataclass(frozen=True)
class Button:
    label: Mapping[str, str]
    value: str


@dataclass(frozen=True)
class Answer:
    """`case` names one of the entry's cases, empty is its `answer`; `buttons` stand before the entry's own.

    Lines that quote nothing but facts which the card shows, `shown`, need not stand beside it.
    """

    case: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    pending: Pending | None = None
    with_next: bool = True
    mock: bool = False  # the facts are invented, as the demo's coverage is
    card: Card | None = None
    shown: frozenset[str] = frozenset()


def words(key: str, **values: object) -> dict[str, str]:
    """One of the bot's own phrases in every language."""
    return {language: i18n.text(language, key, **values) for language in LANGUAGES}


def confirm(question: Question, argument: str, yes_key: str, facts: Mapping[str, Fact]) -> Answer:
    """Ask before changing anything; the buttons carry a nonce that only this question knows."""
    nonce = secrets.token_hex(6)
    pending = Pending(question.entry.action or "", question.entry.id, argument, nonce)
    buttons = (Button(words(yes_key), f"yes:{nonce}"), Button(words("bot.no_thanks"), f"no:{nonce}"))
    return Answer("confirm", facts, buttons, pending, with_next=False)


def pick(entry: str, options: Mapping[str, Mapping[str, str]]) -> tuple[Button, ...]:
    """A button for each code, leading to the entry with that code as its argument."""
    return tuple(Button(label, f"go:{entry}:{code}") for code, label in options.items())
