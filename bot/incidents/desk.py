"""What supervisors need to open a mass event by hand: topics and places by their names."""

from __future__ import annotations

from bot.incidents import store
from bot.incidents.store import NOT_COUNTED, IncidentError
from bot.parts import Bot
from bot.staff.agents import Agent


def topics(bot: Bot) -> dict[str, dict[str, str]]:
    """Titles of what an incident can be about."""
    entries = bot.knowledge.catalogue.entries.values()
    return {one.topic: dict(one.title) for one in entries if one.topic == one.id and one.id not in NOT_COUNTED}


def places(bot: Bot, ids: list[str]) -> dict[str, dict[str, str]]:
    found = {id: bot.knowledge.gazetteer.place(id) for id in ids}
    return {id: dict(place.names) for id, place in found.items() if place}


async def open_by_hand(bot: Bot, agent: Agent, topic: str, place: str, text: dict[str, str]) -> int:
    """Open and announce in one go. Raises IncidentError."""
    if topic and topic not in topics(bot):
        raise IncidentError("bad_incident")
    place_id = _place(bot, place) if place else None
    now = bot.clock()
    async with bot.db.transaction() as tx:
        new = await store.open_by_hand(tx, topic or None, place_id, now)
        await store.announce(tx, agent, new, text, now)
    bot.db.bell.ring("incidents")
    return new


def _place(bot: Bot, name: str) -> str:
    """The likeliest place of this name, in Russian or Chinese."""
    named = [one for one in bot.knowledge.names.find(name) if one.kind == "place"]
    if len(named) != 1:
        raise IncidentError("no_such_place")
    return named[0].value or named[0].candidates[0]
