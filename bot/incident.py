"""Something that many are touched by at once, as a decision sees it: whom it concerns and what they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Incident:
    """Announced and not over. With a topic and a place it concerns who asks about that topic and names that place."""

    id: int
    topic: str | None
    place: str | None
    text: Mapping[str, str]  # by language, as the supervisor wrote it
    announced_at: datetime

    def concerns(self, topic: str, places: frozenset[str]) -> bool:
        return self.topic in (None, topic) and (self.place is None or self.place in places)


def concerning(incidents: Iterable[Incident], topic: str, places: frozenset[str]) -> Incident | None:
    """The narrowest that concerns this question, of equally narrow ones the newest."""
    fitting = [one for one in incidents if one.concerns(topic, places)]
    return max(fitting, key=lambda one: (one.place is not None, one.topic is not None, one.id), default=None)
