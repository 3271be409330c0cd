"""Is there signal in a place: named in words, picked from namesakes, or pinned on the map."""

from __future__ import annotations

from collections.abc import Mapping

from bot import i18n
from bot.act.answer import Answer, Button, Question
from bot.act.drawing import coverage_card
from bot.messages import LANGUAGES
from bot.subscribers import Coverage, Signal, Technology
from faq.places import Place
from faq.wording import Day, Fact, Lines, Named

TECHNOLOGIES: tuple[Technology, ...] = ("5G", "4G", "3G", "2G")
NAMESAKES = 4
NEAR = 3
FAR_KM = 50.0
_DRAWN = frozenset({"coverage.lines"})


async def coverage(question: Question) -> Answer:
    if question.here:
        return await _near(question, *question.here)
    named = question.first("place")
    if not question.argument and named is None:
        return Answer(with_next=False)
    if not question.argument and named and len(named.candidates) > 1:
        return _which(question, named.text, named.candidates)
    place = question.knowledge.gazetteer.place(question.code("place"))
    if place is None:
        return Answer("unknown", with_next=False)
    return await _at(question, place)


async def _at(question: Question, place: Place) -> Answer:
    known = await question.subscribers.coverage(place.id)
    facts = {"place.name": Named(place.names)} | _facts(known)
    if "coverage.best" not in facts:
        return Answer("none", facts, mock=known.mock)
    card = coverage_card(place, known, TECHNOLOGIES)
    return Answer("place", facts, mock=known.mock, card=card, shown=_DRAWN)


def _facts(known: Coverage) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"coverage.date": Day(known.as_of)}
    if best := _best(known.outdoors):
        facts["coverage.best"] = best
        facts["coverage.signal"] = Lines(({one: _signal(known, best, one) for one in LANGUAGES},))
        facts["coverage.lines"] = Lines(tuple(_line(known, one) for one in TECHNOLOGIES if one != best))
    return facts


def _best(outdoors: Mapping[Technology, Signal]) -> Technology | None:
    """The fastest technology one can rely on; where none is good, the fastest there is; None without any."""
    for wanted in ("good", "weak"):
        if found := [one for one in TECHNOLOGIES if outdoors.get(one) == wanted]:
            return found[0]
    return None


def _line(known: Coverage, technology: Technology) -> dict[str, str]:
    return {
        one: i18n.text(one, "line.coverage", technology=technology, signal=_signal(known, technology, one))
        for one in LANGUAGES
    }


def _signal(known: Coverage, technology: Technology, language: str) -> str:
    outdoors, indoors = known.outdoors.get(technology, "none"), known.indoors.get(technology, "none")
    return i18n.text(language, f"line.signal.{outdoors}_{indoors}" if outdoors != "none" else "line.signal.none")


def _which(question: Question, text: str, ids: tuple[str, ...]) -> Answer:
    places = [place for one in ids[:NAMESAKES] if (place := question.knowledge.gazetteer.place(one))]
    buttons = tuple(Button(_with_region(place), f"go:{question.entry.id}:{place.id}") for place in places)
    return Answer("which", {"place.name": Named(places[0].names) if places else text}, buttons, with_next=False)


def _with_region(place: Place) -> dict[str, str]:
    return {
        language: i18n.text(
            language,
            "line.place_with_region",
            place=place.names.get(language) or place.names["ru"],
            region=place.region.get(language) or place.region["ru"],
        )
        for language in LANGUAGES
    }


async def _near(question: Question, latitude: float, longitude: float) -> Answer:
    nearest = question.knowledge.gazetteer.nearest(latitude, longitude, NEAR)
    if not nearest:
        return Answer("unknown", with_next=False)
    place, distance = nearest[0]
    rounded = max(1, round(distance))
    facts: dict[str, Fact] = {
        "place.name": Named(place.names),
        "place.distance": Lines(({one: i18n.text(one, "line.kilometres", n=rounded) for one in LANGUAGES},)),
    }
    if distance > FAR_KM:
        return Answer("far", facts, with_next=False)
    known = await question.subscribers.coverage(place.id)
    facts |= _facts(known)
    if "coverage.best" not in facts:
        return Answer("none", facts, mock=known.mock)
    others = [Button(_with_region(one), f"go:{question.entry.id}:{one.id}") for one, _ in nearest[1:]]
    card = coverage_card(place, known, TECHNOLOGIES)
    return Answer("near", facts, tuple(others), mock=known.mock, card=card, shown=_DRAWN)
