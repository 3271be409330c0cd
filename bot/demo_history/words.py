"""What is said in the invented months: the FAQ's own phrases, what the bot answers to them, what agents write."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bot import i18n, render
from bot.act import NeedsPhone, Question, act
from bot.act.variants import fitting
from bot.demo_history.visits import SEED, TOPICS
from bot.i18n import PhraseMissing
from bot.messages import IN_APP, LANGUAGES
from bot.parts import Bot
from bot.subscribers import SubscribersError
from faq.entry import Entry
from faq.names import Named

ASKS = 10  # phrases of an entry
READ_NAMES = frozenset({"coverage", "roaming", "calls_abroad"})  # actions whose answer is of the place that was named
UNKNOWN = ("router", "deleted_sms", "call_record", "kids_watch", "company_docs", "ringtone")  # what no entry answers


@dataclass(frozen=True)
class Exchange:
    asked: str
    answered: str


Said = Mapping[tuple[str, str], Sequence[Exchange]]  # by topic and language


async def exchanges(bot: Bot, people: Sequence[str]) -> Said:
    """Phrases of the topics of the visits with the answers that the subscribers `people` would get to them today."""
    random = Random(SEED)
    said: dict[tuple[str, str], list[Exchange]] = {}
    entries = bot.knowledge.catalogue.entries
    for topic in TOPICS:
        for language in LANGUAGES:
            entry = entries.get(topic)
            if entry is None or not (asked := entry.ask.get(language)):
                continue
            some = random.sample(asked, min(ASKS, len(asked)))
            phone = random.choice(people)
            alike = "" if entry.action in READ_NAMES else await _answer(bot, entry, "", language, phone)
            answers = [alike or await _answer(bot, entry, text, language, phone) for text in some]
            said[topic, language] = [Exchange(*pair) for pair in zip(some, answers, strict=True)]
            await asyncio.sleep(0)
    return said


async def _answer(bot: Bot, entry: Entry, text: str, language: str, phone: str) -> str:
    named: tuple[Named, ...] = ()
    if text:
        named = (await asyncio.to_thread(bot.knowledge.match, text, language)).named
    question = Question(
        entry=entry,
        knowledge=bot.knowledge,
        subscribers=bot.subscribers,
        now=bot.clock().astimezone(bot.settings.timezone),
        request_id=f"demo:{entry.id}",
        subscriber=phone,
        named=named,
    )
    try:
        answer = await act(question)
        fit = await fitting(question, IN_APP, language)
    except (NeedsPhone, SubscribersError):
        return entry.title[language]
    return render.entry(fit, answer, bot.knowledge.catalogue, language).text


def some(random: Random, language: str, key: str, **values: str) -> str:
    """One of the phrases history.KEY.1, .2 and so on; the phrase history.KEY itself if it stands alone."""
    found = variants(language, key)
    return i18n.text(language, random.choice(found), **values)


def variants(language: str, key: str) -> list[str]:
    found: list[str] = []
    while _has(language, name := f"history.{key}.{len(found) + 1}"):
        found.append(name)
    return found or [f"history.{key}"]


def _has(language: str, key: str) -> bool:
    try:
        return bool(i18n.text(language, key))
    except PhraseMissing:
        return False
