"""What a turn needs, put together once by app.py and handed to every stage and door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.applinks import AppLinks
from bot.config import Settings
from bot.database import TRANSIENT as TRANSIENT
from bot.database import Database
from bot.inbox import Letter
from bot.incident import Incident
from bot.messages import Incoming, PushChannel
from bot.subscribers import Subscriber, SubscriberProvider
from faq.knowledge import Knowledge

if TYPE_CHECKING:  # it stands floors above
    from bot.knowledge.editions import Editions
    from bot.knowledge.missing import MissingAnswers
    from bot.knowledge.rehearsal import Rehearsals


@dataclass
class Bot:
    """What a turn needs, made once by app.py. `normalise` and `push` are by channel; `knowledge` may be swapped."""

    db: Database
    settings: Settings
    knowledge: Knowledge
    subscribers: SubscriberProvider
    identify: Callable[[str], Awaitable[Subscriber | None]]
    clock: Callable[[], datetime]
    links: AppLinks
    normalise: dict[str, Callable[[bytes], Incoming | None]] = field(default_factory=dict)
    push: dict[str, PushChannel] = field(default_factory=dict)
    letters: dict[str, Callable[[Letter], Awaitable[None]]] = field(default_factory=dict)  # those that are no turn
    agent_types: Callable[[int, int], None] = lambda _conversation, _agent: None  # the desk says so, see agent_typing
    editions: Editions | None = None  # the FAQ's; None until app.py has begun them
    rehearsals: Rehearsals | None = None
    missing: MissingAnswers | None = None
    incidents: tuple[Incident, ...] = ()  # what people are told now; kept fresh by incidents/watch.py
    troubles: dict[str, Callable[[], str]] = field(default_factory=dict)  # of parts without which the rest goes on
    faq_problem: Callable[[], str | None] = lambda: None  # why the newest edit of the FAQ is not live
