"""What a decision is made on, and what it comes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from bot.applinks import AppLinks
from bot.config import Settings
from bot.conversation import Conversation, Memory
from bot.incident import Incident
from bot.messages import Reply
from bot.subscribers import Subscriber, SubscriberProvider
from faq.knowledge import Knowledge


@dataclass(frozen=True)
class QueueUp:
    topic: str
    reason: str
    cut_off: bool = False  # the operator says: negative balance, number blocked


@dataclass(frozen=True)
class LeaveQueue:
    pass


@dataclass(frozen=True)
class ChangeLine:
    line: str


@dataclass(frozen=True)
class Commented:
    """The person's words to a rating."""

    handoff_id: int
    text: str


@dataclass(frozen=True)
class SendCopy:
    """What was said here is to be sent to the person."""


@dataclass(frozen=True)
class Linked:
    """The number is the person's own; with `token`, by a link from the app, which is used up with it."""

    owner: Subscriber
    token: str = ""


@dataclass(frozen=True)
class Unlinked:
    """This messenger chat forgets the number; said in the app, all messenger `chats` of the number's owner do."""

    chats: tuple[int, ...] = ()


@dataclass(frozen=True)
class LanguageChosen:
    language: str


@dataclass(frozen=True)
class Rated:
    handoff_id: int
    stars: int


@dataclass(frozen=True)
class Told:
    """The reply was what is announced of this mass event."""

    incident_id: int


@dataclass(frozen=True)
class Forget:
    """Everything we keep of this person's chat is to go."""


@dataclass(frozen=True)
class TryAgain:
    """The operator's system was away: take this message up once more after so many seconds."""

    seconds: int


Change: TypeAlias = (
    QueueUp
    | LeaveQueue
    | ChangeLine
    | Commented
    | SendCopy
    | Linked
    | Unlinked
    | LanguageChosen
    | Rated
    | Told
    | Forget
    | TryAgain
)


@dataclass(frozen=True)
class Outcome:
    memory: Memory
    language: str
    replies: tuple[Reply, ...] = ()
    changes: tuple[Change, ...] = ()
    trace: dict[str, Any] | None = None  # what was understood, for the agents

    def then(self, *replies: Reply, changes: tuple[Change, ...] = (), memory: Memory | None = None) -> Outcome:
        return replace(
            self,
            replies=self.replies + replies,
            changes=self.changes + changes,
            memory=memory or self.memory,
        )


class Moved(Exception):
    """What the outcome was decided on is not so any more: decide again."""


@dataclass(frozen=True)
class Offer:
    """What the token of a one-time link stands for: this phone's owner, or why not any more."""

    phone: str | None
    problem: Literal["unknown", "used", "old"] | None


@dataclass(frozen=True)
class Circumstances:
    """All that a decision depends on besides the message."""

    conversation: Conversation
    knowledge: Knowledge
    subscribers: SubscriberProvider
    identify: Callable[[str], Awaitable[Subscriber | None]]  # by phone
    settings: Settings
    now: datetime
    request_id: str
    links: AppLinks
    offer: Callable[[str], Awaitable[Offer]]  # what a one-time link from the app is good for, by its token
    linked: Callable[[str], Awaitable[tuple[int, ...]]]  # the messenger chats that know this phone
    incidents: tuple[Incident, ...] = ()  # announced and not over
    last_try: bool = False  # the operator's system has been waited for once already
