"""What each visit left in the tables: events, lessons, and a handoff when a human had to help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot import i18n
from bot.demo_history.visits import TOPICS, Visit
from bot.demo_history.words import UNKNOWN, Said, some, variants
from faq.entry import Catalogue

REASONS = {"complaint": "complaint", "out_of_scope": "out_of_scope"}
THANKFUL, DOUBTFUL, ASKED_BACK = 0.19, 0.03, 0.08
RATES, COMMENTS = 0.42, 0.3
STARS_SOON, STARS_LATE = (3, 3, 8, 29, 57), (18, 15, 22, 25, 20)  # of one to five, after a short wait and a long one
# login: hours of the local day at the desk; lines they serve
SHIFTS = {
    "ru": (("anna", range(8, 17)), ("ivan", range(13, 23)), ("li", range(9, 21)), ("olga", range(24))),
    "zh": (("li", range(9, 21)),),
}
WAIT = {"ru": 55.0, "zh": 85.0}  # seconds, the median of a quiet hour
OUTAGE_WAIT = 6.0  # times as long
PATIENCE = 540.0  # seconds, mean, until somebody leaves the queue
LONGEST = timedelta(hours=14)  # from a question at night to the end of the chat

Row = tuple[Any, ...]


@dataclass
class Rows:
    """Tuples in the order of COLUMNS, by table. Ids count up from `first`, given by table."""

    first: Mapping[str, int]
    agents: Mapping[str, tuple[int, str]]  # login: id and name
    catalogue: Catalogue
    random: Random
    said: Said
    contacts: list[Row] = field(default_factory=list)
    conversations: dict[int, _Talk] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    handoffs: list[Row] = field(default_factory=list)
    lessons: list[Row] = field(default_factory=list)


@dataclass
class _Talk:
    id: int
    contact_id: int
    language: str
    began: datetime
    head: int = 0
    state: str = "bot"
    heard_at: datetime | None = None
    said_at: datetime | None = None


COLUMNS = {
    "contact": ("id", "channel", "address", "created_at"),
    "conversation": (
        *("id", "contact_id", "language", "state", "head", "tail", "memory", "heard_at", "said_at", "created_at"),
    ),
    "event": ("conversation_id", "n", "seq", "kind", "author_kind", "author_name", "agent_id", "body", "at"),
    "handoff": (
        *("id", "conversation_id", "line", "topic", "reason", "queued_at", "assigned_at", "first_reply_at", "agent_id"),
        *("closed_at", "outcome", "close_reason", "rating", "rated_at", "comment"),
    ),
    "lesson": (
        *("conversation_id", "channel", "language", "text", "decision", "topic", "offered", "ranked", "confidence"),
        *("chosen", "doubt", "handoff_id", "at"),
    ),
}


def play(rows: Rows, visits: Iterable[Visit], until: datetime) -> None:
    """Everything ends before `until`."""
    for visit in visits:
        if visit.at < until - LONGEST:
            _Scene(rows, visit).play()
        elif visit.at < until - timedelta(
            hours=1
        ):  # a case might not be over yet, and an open one would have to be real
            _Scene(rows, visit).play(human=False)


class _Scene:
    """One visit, its clock running on with every line."""

    def __init__(self, rows: Rows, visit: Visit) -> None:
        self.rows, self.visit, self.random, self.now = rows, visit, rows.random, visit.at
        self.talk = rows.conversations.get(visit.person) or self._meet()
        self.talk.state = "bot"
        self.entry = rows.catalogue.entries.get(visit.topic)
        self.unknown = self.random.choice(UNKNOWN) if visit.topic == "out_of_scope" else ""
        self.answer = ""

    def _meet(self) -> _Talk:
        rows, visit = self.rows, self.visit
        contact_id = rows.first["contact"] + len(rows.contacts)
        rows.contacts.append((contact_id, visit.channel, f"demo-history:{contact_id}", visit.at))
        talk = _Talk(rows.first["conversation"] + len(rows.conversations), contact_id, visit.language, visit.at)
        rows.conversations[visit.person] = talk
        return talk

    def play(self, *, human: bool = True) -> None:
        self._asks(self._question())
        handed = TOPICS[self.visit.topic][2] + (0.25 if self.visit.outage else 0)
        if human and self.random.random() < handed:
            self._human()
            return
        self._answers()
        if self.random.random() < 0.3:
            self._wait(20, 240)
            self._asks(self._question())
            self._answers()
        if self.random.random() < THANKFUL:
            self._thanks()

    # lines

    def _wait(self, least: float, most: float) -> None:
        self.now += timedelta(seconds=self.random.uniform(least, most))

    def _question(self) -> str:
        """What the person asks; `answer` is then what the bot says to it."""
        language, topic = self.visit.language, self.visit.topic
        self.answer = self._title()
        if self.unknown:
            return some(self.random, language, f"unknown.{self.unknown}")
        if said := self.rows.said.get((topic, language)):
            one = self.random.choice(said)
            self.answer = one.answered
            return one.asked
        asked = self.entry.ask.get(language, ()) if self.entry else ()
        return self.random.choice(asked) if asked else self._title()

    def _asks(self, text: str) -> None:
        self._says("user", text)
        self.talk.heard_at = self.now

    def _says(self, author: str, text: str, agent: tuple[int | None, str] = (None, "")) -> None:
        self._event("msg", author, {"text": text}, agent)

    def _event(self, kind: str, author: str, body: dict[str, Any], agent: tuple[int | None, str] = (None, "")) -> None:
        talk = self.talk
        talk.head += 1
        agent_id, name = agent
        self.rows.events.append((talk.id, talk.head, talk.head, kind, author, name, agent_id, body, self.now))

    def _lesson(self, decision: str, topic: str | None, text: str, **more: Any) -> None:
        visit, sure = self.visit, round(self.random.betavariate(9, 1.6), 3)
        offered, chosen = more.get("offered", []), more.get("chosen")
        doubt, handoff_id = more.get("doubt", False), more.get("handoff_id")
        likely = [[topic or visit.topic, sure]]
        about = (self.talk.id, visit.channel, visit.language, text, decision, topic, offered, likely, sure)
        self.rows.lessons.append((*about, chosen, doubt, handoff_id, self.now))

    def _answers(self) -> None:
        """The bot's answer, after asking back now and then; some do not help."""
        asked = self._last_words()
        self._wait(0.15, 1.4)
        if self.random.random() < ASKED_BACK:
            others = [name for name in ("balance_money", "tariff_change", "topup") if name != self.visit.topic][:1]
            self._lesson("clarify", None, asked, offered=[self.visit.topic, *others], chosen=self.visit.topic)
            self._says("bot", i18n.text(self.visit.language, "bot.which_one"))
            self._wait(4, 40)
            self._asks(self._title())
            self._wait(0.1, 0.6)
        else:
            self._lesson("answer", self.visit.topic, asked, doubt=self.random.random() < DOUBTFUL)
        self._says("bot", self.answer)

    def _last_words(self) -> str:
        return str(self.rows.events[-1][7]["text"])

    def _title(self) -> str:
        return self.entry.title[self.visit.language] if self.entry else ""

    def _thanks(self) -> None:
        word = some(self.random, self.visit.language, "thanks")
        self._wait(8, 90)
        self._asks(word)
        self._wait(0.1, 0.5)
        self._lesson("answer", "thanks", word)
        self._says("bot", self.rows.catalogue.entries["thanks"].answer[self.visit.language])

    # a human

    def _human(self) -> None:
        rows, visit, random = self.rows, self.visit, self.random
        asked, handoff_id = self._last_words(), rows.first["handoff"] + len(rows.handoffs)
        reason = REASONS.get(visit.topic) or random.choices(("asked", "entry", "unclear"), (6, 3, 1))[0]
        self._wait(0.2, 1.5)
        if reason == "asked":  # the bot's answer was not enough
            self._lesson("answer", visit.topic, asked, handoff_id=handoff_id)
            self._says("bot", self.answer)
            self._wait(8, 60)
            self._asks(some(random, visit.language, "human"))
            self._wait(0.1, 0.6)
        else:
            self._lesson("handoff", visit.topic if reason == "entry" else reason, asked, handoff_id=handoff_id)
        queued = self.now
        self._event("state", "system", {"state": "queued", "position": 1})
        taken, agent = self._taken(queued)
        case = (handoff_id, self.talk.id, visit.language, visit.topic, reason, queued)
        if taken - queued > timedelta(seconds=random.expovariate(1 / PATIENCE) + 30):
            left = queued + (taken - queued) * random.random()
            rows.handoffs.append((*case, None, None, None, left, "left", "left by the subscriber", None, None, None))
            self.now = left
            self._event("state", "system", {"state": "bot"})
            return
        answered, closed = self._talks(taken, agent)
        rated = random.random() < RATES
        stars = random.choices(
            (1, 2, 3, 4, 5), (5, 4, 9, 27, 55) if taken - queued < timedelta(minutes=5) else (1,) * 5
        )[0]
        outcome = "solved" if random.random() < 0.9 else "unsolved"
        rating = (stars, closed + timedelta(minutes=1)) if rated else (None, None)
        comment = rated and random.random() < COMMENTS
        words = some(random, visit.language, "good" if stars > 3 else "bad") if comment else None
        agent_id, _name = rows.agents.get(agent, (None, agent))
        ended = (closed, outcome, "answered", *rating, words)
        rows.handoffs.append((*case, taken, answered, agent_id, *ended))
        if rated:
            self.now = closed + timedelta(minutes=1)
            self._event("csat", "user", {"rating": stars, "case": handoff_id})

    def _taken(self, queued: datetime) -> tuple[datetime, str]:
        """When and by whom: the first of the line who is at the desk; at night the line may have to open first."""
        line, hours = self.visit.language, 0
        while not (there := [name for name, shift in SHIFTS[line] if (queued.hour + hours) % 24 in shift]):
            hours += 1
        opens = queued.replace(minute=0, second=0) + timedelta(hours=hours) if hours else queued
        busy = (1 + 0.5 * (queued.weekday() == 0)) * (OUTAGE_WAIT if self.visit.outage else 1)
        wait = self.random.lognormvariate(0, 0.75) * WAIT[line] * busy
        best = there[0] if self.random.random() < 0.6 else self.random.choice(there)
        return opens + timedelta(seconds=wait), best

    def _talks(self, taken: datetime, login: str) -> tuple[datetime, datetime]:
        """(the agent's first words, the end)"""
        random, language = self.random, self.visit.language
        agent_id, name = self.rows.agents.get(login, (None, login))
        agent = (agent_id, i18n.called(name, language))
        did = f"did.unknown.{self.unknown}" if self.unknown else f"did.{self.visit.topic}"
        solved = [i18n.text(language, key) for key in variants(language, did)]
        random.shuffle(solved)
        self.now = taken
        self._event("state", "system", {"state": "assigned", "agent": agent[1]})
        self._wait(6, 70)
        first = self.now
        self._agent(agent, some(random, language, "hello", name=agent[1]))
        self._wait(15, 120)
        self._agent(agent, solved[0])
        if len(solved) > 1 and random.random() < 0.6:
            self._wait(15, 150)
            self._asks(some(random, language, f"more.{self.visit.topic}"))
            self._wait(15, 120)
            self._agent(agent, solved[1])
        if random.random() < 0.7:
            self._wait(8, 90)
            self._asks(some(random, language, "thanks"))
            self._wait(5, 30)
            self._agent(agent, some(random, language, "bye"))
        self._wait(20, 200)
        self.talk.state = "closed"
        self._event("state", "system", {"state": "closed"})
        return first, self.now

    def _agent(self, agent: tuple[int | None, str], text: str) -> None:
        self._says("agent", text, agent)
        self.talk.said_at = self.now
