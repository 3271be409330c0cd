"""What every part of a decision stands on: the circumstances, the outcome to begin with, a reply, a human."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot import render
from bot.act import Answer
from bot.incident import concerning
from bot.messages import Incoming, Reply
from bot.outcome import Circumstances, Outcome, QueueUp, Told
from bot.understand import Understood

WELCOME_TOPICS = ("balance_packages", "balance_money", "coverage_place")


class Deciding:
    """One message, what is understood of it, and the outcome so far."""

    def __init__(self, about: Circumstances, incoming: Incoming, understood: Understood) -> None:
        self.about = about
        self.incoming = incoming
        self.understood = understood
        self.language = understood.language
        self.memory = about.conversation.memory
        self.waiting = about.conversation.state == "queued"
        self.start = Outcome(self.memory, self.language, trace=trace(incoming, understood))

    def _human(self, topic: str) -> Outcome:
        """The entry's own words first (112 in an emergency), or a tip in their place, then the queue."""
        entry = self.about.knowledge.catalogue.entries.get(topic)
        tip = self._tip() if topic in ("out_of_scope", "unclear") else None
        replies: tuple[Reply, ...] = ()
        if tip is not None:
            replies = (tip,)
        elif topic in ("unclear", "other_language"):
            replies = (self._notice(f"bot.{topic}"),)
        elif entry and topic != "human":
            answer = Answer(with_next=False)
            replies = (render.entry(entry, answer, self.about.knowledge.catalogue, self.language),)
        reason = {"human": "asked"}.get(topic, topic)
        about = "out_of_scope" if topic == "other_language" else topic
        memory = replace(self.memory, pending=None, offered=(), misses=0, noted=False)
        return self.start.then(*replies, changes=(QueueUp(about, reason),), memory=memory)

    def _tip(self) -> Reply | None:
        """Help with something that is not ours; the agents see in the trace that it was given."""
        tip, known = self.understood.tip, self.start.trace
        if tip is None or known is None:
            return None
        self.start = replace(self.start, trace={**known, "tip": dict(tip.entry.title)})
        return render.entry(tip.entry, Answer(with_next=False), self.about.knowledge.catalogue, self.language)

    def _welcome(self, key: str) -> Reply:
        catalogue = self.about.knowledge.catalogue
        entries = [catalogue.entries[one] for one in WELCOME_TOPICS if one in catalogue.entries]
        choices = tuple(render.choice(one.button.get(self.language, ""), f"go:{one.id}") for one in entries)
        brand = catalogue.operator.brand.name.get(self.language, "")
        human = render.phrase_choice(self.language, "bot.call_human", "human")
        return replace(self._notice(key, brand=brand), choices=(*choices, human))

    def _incident(self, topic: str, entry_id: str) -> Outcome | None:
        """What is announced to those who ask this in their own words, with a button to the ordinary answer."""
        match = self.understood.match
        places = frozenset(one.value for one in match.named if one.kind == "place") if match else frozenset[str]()
        incident = concerning(self.about.incidents, topic, places)
        if incident is None or self.incoming.kind != "text":
            return None
        usual = render.phrase_choice(self.language, "bot.incident_usual", f"go:{entry_id}")
        human = render.phrase_choice(self.language, "bot.call_human", "human")
        local = incident.announced_at.astimezone(self.about.settings.timezone)
        said = render.incident(incident.text[self.language], local, self.language, usual, human)
        return self.start.then(said, changes=(Told(incident.id),), memory=self.memory.answered(topic))

    def _text(self, key: str, **values: object) -> str:
        return render.notice(self.language, key, **values).text

    def _notice(self, key: str, *, human: bool = False, **values: object) -> Reply:
        choices = (render.phrase_choice(self.language, "bot.call_human", "human"),) if human else ()
        return render.notice(self.language, key, *choices, **values)


def trace(incoming: Incoming, understood: Understood) -> dict[str, Any] | None:
    match = understood.match
    if match is None:
        return None
    return {
        "text": incoming.text[:200],
        "decision": match.decision,
        "topic": match.topic,
        "options": list(match.options),
        "confidence": round(match.confidence, 3),
        "ranked": [[topic, round(p, 3)] for topic, p in match.ranked[:3]],
        "named": [f"{one.kind}:{one.value}" for one in match.named],
    }
