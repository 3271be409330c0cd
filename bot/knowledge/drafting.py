"""What an editor sees and begins with where answers are missing: the list, one question, a draft, what came of it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import decisions, lessons, published
from bot.knowledge.decisions import Decided, Decision
from bot.knowledge.missing import DAYS, MOST_SHOWN, Missing, MissingAnswers, NoSuchGap, agents_said
from bot.masking import masked
from bot.parts import Bot
from bot.staff import audit
from bot.staff.audit import Actor
from faq import drafts
from faq.asked import Asked, asked_of
from faq.clusters import alike, central
from faq.entry import LANGUAGES
from faq.gaps import Gap
from faq.knowledge import Knowledge
from faq.paste import Shelf

__all__ = ["DAYS", "Decided", "Effect", "Listed", "NoSuchEntry", "NoSuchGap", "Question", "Sketch"]

STATES = ("open", "accepted", "merged", "ignored")
EXAMPLES = 5
MOST_TEXTS = 200
_HANZI = re.compile(r"[\u3400-\u9fff]")


class NoSuchEntry(Exception):
    pass


@dataclass(frozen=True)
class Effect:
    """What came of a decision: messages like it before, and since then without an answer and answered by the entry."""

    before: int
    missed: int
    answered: int


@dataclass(frozen=True)
class Listed:
    missing: Missing
    gap: Gap | None  # None where nobody asked it in these days
    effect: Effect | None


@dataclass(frozen=True)
class Question:
    """One of the list in full; `said` is the most central of what agents wrote, by language, masked."""

    listed: Listed
    examples: tuple[Asked, ...]
    said: Mapping[str, str]


@dataclass(frozen=True)
class Sketch:
    """A draft for one file, made for the edition `base`."""

    base: int
    file: str
    text: str


def _missing(bot: Bot) -> MissingAnswers:
    if bot.missing is None:
        raise RuntimeError("nobody looks for missing answers yet")
    return bot.missing


async def listing(bot: Bot, state: str, days: int) -> tuple[list[Listed], dict[str, int], int]:
    """Of one state what concerns most people; how many there are of each; how many messages are not shown."""
    found = await _missing(bot).found(bot.knowledge, days)
    counted = {name: sum(one.state == name for one in found) for name in STATES}
    wanted = [one for one in found if one.state == state]
    rest = sum(one.subject.messages for one in wanted[MOST_SHOWN:])
    return await _listed(bot, wanted[:MOST_SHOWN]), counted, rest


async def question(bot: Bot, fingerprint: str, days: int) -> Question:
    """Raises NoSuchGap."""
    missing = await _missing(bot).one(bot.knowledge, fingerprint, days)
    [listed] = await _listed(bot, [missing])
    return Question(listed, _examples(missing), await _said(bot, missing))


async def _listed(bot: Bot, some: Sequence[Missing]) -> list[Listed]:
    asked = [one for one in some if one.asked]
    gaps = dict(zip(map(id, asked), await _missing(bot).near(bot.knowledge, asked), strict=True))
    effects = await _effects(bot, [one for one in some if one.decision is not None])
    return [Listed(one, gaps.get(id(one)), effects.get(one.subject.fingerprint)) for one in some]


def _examples(missing: Missing) -> tuple[Asked, ...]:
    """The most typical first, then the newest, each wording once."""
    typical = [text for texts in missing.subject.typical.values() for text in texts]
    place = {text: number for number, text in enumerate(typical)}
    newest = sorted(missing.asked, key=lambda one: one.at, reverse=True)
    unlike: dict[str, Asked] = {}
    for one in sorted(newest, key=lambda one: place.get(one.text, len(place))):
        unlike.setdefault(one.key, one)
    return tuple(unlike.values())[:EXAMPLES]


async def _said(bot: Bot, missing: Missing) -> dict[str, str]:
    async with bot.db.transaction() as tx:
        texts = [masked(text) for text in await agents_said(tx, missing.asked)]
    by_language: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for text in texts:
        by_language["zh" if _HANZI.search(text) else "ru"].append(text)
    return await asyncio.to_thread(_central, by_language, bot.knowledge)


def _central(texts: Mapping[str, Sequence[str]], knowledge: Knowledge) -> dict[str, str]:
    return {language: central(some, language, knowledge) for language, some in texts.items() if some}


async def _effects(bot: Bot, some: Sequence[Missing]) -> dict[str, Effect]:
    """By fingerprint; an ignored one has no entry that could have answered."""
    decided = [one.decision for one in some if one.decision is not None]
    entries = bot.knowledge.catalogue.entries
    topics = {one.entry: entries[one.entry].topic for one in decided if one.entry in entries and one.entry}
    answered: list[Asked] = []
    if topics:
        async with bot.db.transaction() as tx:
            first = min(one.at for one in decided if one.entry in topics)
            rows = await lessons.answered(tx, sorted(set(topics.values())), first, 2_000)
        answered = [asked_of(row) for row in rows]
    counted = await asyncio.to_thread(_counted, decided, topics, answered, bot.knowledge)
    return {
        one.subject.fingerprint: Effect(
            one.decision.subject.messages, one.since_decided(), counted[one.subject.fingerprint]
        )
        for one in some
        if one.decision is not None
    }


def _counted(
    decided: Iterable[Decision], topics: Mapping[str, str], answered: Sequence[Asked], knowledge: Knowledge
) -> Counter[str]:
    """How many messages like each question were answered with its topic since."""
    found: Counter[str] = Counter()
    for decision in decided:
        topic = topics.get(decision.entry or "")
        since = [one for one in answered if one.topic == topic and one.at > decision.at]
        for language, known in decision.subject.typical.items():
            texts = [one.text for one in since if one.language == language]
            found[decision.subject.fingerprint] += sum(alike(texts, known, language, knowledge))
    return found


# what an editor does with one


async def draft(bot: Bot, fingerprint: str, days: int) -> Sketch:
    """A new entry, beside the nearest one. Raises NoSuchGap."""
    missing = await _missing(bot).one(bot.knowledge, fingerprint, days)
    said = await _said(bot, missing)
    [listed] = await _listed(bot, [missing])
    entries = bot.knowledge.catalogue.entries
    near = entries.get((listed.gap.likeliest if listed.gap else None) or "")
    area = near.area if near else next(iter(entries.values())).area
    shelf = await asyncio.to_thread(Shelf, bot.knowledge.catalogue)
    return Sketch(await _live(bot), f"areas/{area}.yaml", drafts.new_entry(_texts(missing), said, shelf))


async def phrases(bot: Bot, fingerprint: str, entry_id: str, days: int) -> Sketch:
    """More phrases for an entry that is there. Raises NoSuchGap, NoSuchEntry."""
    entry = bot.knowledge.catalogue.entries.get(entry_id)
    if entry is None:
        raise NoSuchEntry(entry_id)
    missing = await _missing(bot).one(bot.knowledge, fingerprint, days)
    shelf = await asyncio.to_thread(Shelf, bot.knowledge.catalogue)
    text = drafts.more_phrases(entry.id, _texts(missing), shelf)
    return Sketch(await _live(bot), f"phrases/{entry.area}.yaml", text)


async def _live(bot: Bot) -> int:
    async with bot.db.transaction() as tx:
        return await published.live_id(tx)


def _texts(missing: Missing) -> dict[str, list[str]]:
    """All that was asked, by language, what is most typical first."""
    texts: dict[str, list[str]] = {language: list(some) for language, some in missing.subject.typical.items()}
    for one in missing.asked:
        texts.setdefault(one.language, []).append(one.text)
    return {language: list(dict.fromkeys(some))[:MOST_TEXTS] for language, some in texts.items()}


async def ignore(bot: Bot, who: Actor, fingerprint: str, days: int) -> None:
    """It is not ours to answer. Raises NoSuchGap, Decided."""
    missing = await _missing(bot).one(bot.knowledge, fingerprint, days)
    if missing.decision is not None:
        raise Decided(missing.decision.author)
    async with bot.db.transaction() as tx:
        await decisions.decide(tx, who.login, missing.subject, "ignored")
        await audit.keep(tx, who, "gap_ignored", about=missing.subject.fingerprint)


async def reopen(bot: Bot, who: Actor, fingerprint: str) -> None:
    """Raises NoSuchGap."""
    async with bot.db.transaction() as tx:
        if not await decisions.reopen(tx, fingerprint):
            raise NoSuchGap(fingerprint)
        await audit.keep(tx, who, "gap_reopened", about=fingerprint)
