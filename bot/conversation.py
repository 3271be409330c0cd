"""Who holds a conversation, and the legal moves between holders.

A conversation lasts: one per contact, its numbering never restarts. Each time a human is called is one handoff.

    bot ──asks for a human──> queued ──an agent claims──> assigned ──closed──> closed ──the person writes──> bot
     ^                          │ ^                          │
     └──── leaves the queue ────┘ └── transfer, silence ─────┤
     └──────────────────── handed back ──────────────────────┘

An agent who closed it may go on within a day, a supervisor may take any chat: bot or closed ──> assigned. A chat put
aside (handoff.snoozed_until) stays assigned.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

State = Literal["bot", "queued", "assigned", "closed"]

MOVES: frozenset[tuple[State, State]] = frozenset(
    {
        ("bot", "queued"),
        ("closed", "queued"),
        ("closed", "bot"),
        ("queued", "assigned"),
        ("queued", "bot"),
        ("queued", "closed"),
        ("bot", "assigned"),
        ("closed", "assigned"),
        ("assigned", "queued"),
        ("assigned", "bot"),
        ("assigned", "closed"),
    }
)


@dataclass(frozen=True)
class Pending:
    """A question the bot has asked and waits for: a confirmation, or a place, country or service to name.

    `nonce` is in the buttons of a confirmation, so that an old one pressed again is recognised as old.
    """

    action: str
    entry: str
    argument: str = ""
    nonce: str = ""


@dataclass(frozen=True)
class Memory:
    """What the bot remembers between two messages of a conversation; stored as JSON with it."""

    topic: str | None = None  # of the last answer
    misses: int = 0  # messages in a row that were not understood
    pending: Pending | None = None
    unasked: str | None = None  # the question that waits for the phone to be linked
    offered: tuple[str, ...] = ()  # topics of the choice shown last
    noted: bool = False  # the waiting person has been told that what they add is kept
    instead: tuple[str, ...] = ()  # topics that the last question may have been about, if not the one answered
    human_offered: bool = False  # the last reply had a button for a human: a yes in words presses it
    said: str = ""  # which words the last answer had, and when: told again at once, they are no answer

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "topic": self.topic,
            "misses": self.misses,
            "unasked": self.unasked,
            "noted": self.noted,
            "instead": list(self.instead),
            "human_offered": self.human_offered,
            "said": self.said,
        }
        data["offered"] = list(self.offered)
        data["pending"] = vars(self.pending) if self.pending else None
        return data

    @staticmethod
    def from_json(data: dict[str, Any]) -> Memory:
        pending = data.get("pending")
        return Memory(
            topic=data.get("topic"),
            misses=int(data.get("misses", 0)),
            pending=Pending(**pending) if pending else None,
            unasked=data.get("unasked"),
            offered=tuple(data.get("offered", ())),
            noted=bool(data.get("noted")),
            instead=tuple(data.get("instead", ())),
            human_offered=bool(data.get("human_offered")),
            said=str(data.get("said", "")),
        )

    def answered(self, topic: str) -> Memory:
        """An answer was given: misses, choices and open questions are over."""
        return replace(self, topic=topic, misses=0, pending=None, offered=(), unasked=None)


@dataclass(frozen=True)
class Conversation:
    id: int
    contact_id: int
    channel: str
    address: str
    phone: str | None  # E.164, once linked; the subscriber's id at the operator
    name: str | None
    chosen_language: str | None  # the person's own choice; else `language` is what they last wrote in
    language: str
    state: State
    revision: int  # grows with every event; a decision made on an older one is made again
    head: int  # number of the last public event
    agent_id: int | None
    agent_name: str | None
    handoff_id: int | None  # the open handoff, while queued or assigned
    memory: Memory = field(default_factory=Memory)
    heard_at: datetime | None = None
    contract: str | None = None  # the operator's, behind the phone, when it was looked at last
    sim: str | None = None
    checked_at: datetime | None = None
    seen: int = 0  # number up to which the person has read; 0 where the channel does not tell

    @property
    def held_by_bot(self) -> bool:
        return self.state in ("bot", "closed")
