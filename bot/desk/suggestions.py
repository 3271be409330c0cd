"""Public answers to put into any chat, found while a person types: no number, no person, the same for everybody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot import render
from bot.act import NeedsPhone, Question, act
from bot.act.variants import fitting
from bot.messages import LANGUAGES, Reply
from bot.parts import Bot
from bot.subscribers import SubscribersError
from faq.entry import Entry
from faq.head import NOT_ANSWERED
from faq.match import TALK
from faq.names import Named

CHANNEL = "telegram"  # which asks while a person types, in whatever chat
MOST = 6
LONGEST_QUERY = 256
LIKELY = 0.02
_SHOWN_AT_FIRST = ("tariff_list", "services_list", "topup", "offices", "roaming_home", "internet_setup")
_NEVER = NOT_ANSWERED | TALK


@dataclass(frozen=True)
class Suggestion:
    entry: str
    title: str
    reply: Reply  # without buttons: in a chat of others nobody is there to take a press


async def suggest(bot: Bot, query: str, language: str | None) -> tuple[Suggestion, ...]:
    """The likeliest public answers, best first; without a query what people ask most."""
    speaks: str = "zh" if (language or "").lower().startswith("zh") else LANGUAGES[0]
    topics: list[str] = list(_SHOWN_AT_FIRST)
    named: tuple[Named, ...] = ()
    if asked := query.strip()[:LONGEST_QUERY]:
        match = await asyncio.to_thread(bot.knowledge.match, asked, speaks)
        speaks, named = match.language, match.named
        first = [match.topic] if match.topic else []
        topics = [*first, *match.options, *(topic for topic, chance in match.ranked if chance >= LIKELY)]
    entries = bot.knowledge.catalogue.entries
    wanted = [entries[topic] for topic in dict.fromkeys(topics) if topic in entries and topic not in _NEVER]
    found = [await _answer(bot, one, speaks, named) for one in wanted[:MOST]]
    return tuple(one for one in found if one is not None)


async def _answer(bot: Bot, entry: Entry, language: str, named: tuple[Named, ...]) -> Suggestion | None:
    now = bot.clock().astimezone(bot.settings.timezone)
    if entry.data != "public" or entry.human or not entry.valid.covers(now.date()):
        return None
    question = Question(
        entry=entry,
        knowledge=bot.knowledge,
        subscribers=bot.subscribers,
        now=now,
        request_id=f"suggestion:{entry.id}",
        named=named,
    )
    try:
        answer = await act(question)
    except (NeedsPhone, SubscribersError):
        return None
    said = render.entry(await fitting(question, CHANNEL, language), answer, bot.knowledge.catalogue, language)
    title = entry.button.get(language) or entry.title[language]
    return Suggestion(entry.id, title, Reply(said.text, said.entities)) if said.text else None
