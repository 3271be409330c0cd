"""What editors work with: the state of the editions, a playground, a rehearsal of an edit, sentences worth keeping.

Answers are tried out for a stranger: a person's own facts are never asked for here, their names stand for them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import render
from bot.act import Answer, NeedsPhone, Question, act
from bot.act.variants import fitting
from bot.knowledge import published, saved
from bot.knowledge.editions import Editions
from bot.knowledge.published import Edition
from bot.knowledge.rehearsal import Rehearsals
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff import audit
from bot.staff.audit import Actor
from bot.subscribers import SubscribersError
from faq.entry import Finding, Words
from faq.head import BEYOND
from faq.knowledge import Knowledge
from faq.match import Match
from faq.public import public_facts
from faq.snapshot import changed_files, line_changes, snapshot_of
from faq.wording import Placeholder, placeholders

LONGEST_TRIED = 400
SHOWN_CASES = 200
SHOWN_FINDINGS = 100  # one slip of a spreadsheet is a finding in every row
SHOWN_SIGNS = 160  # of the line that a finding is about
_RANKED = 6
_TOPIC = re.compile(r"[a-z0-9_]{1,60}")


class NoSuchTopic(Exception):
    pass


async def state(bot: Bot) -> dict[str, Any]:
    """Which edition serves, what the folder holds, every version, and how the rehearsal goes."""
    editions = _editions(bot)
    async with bot.db.transaction() as tx:
        versions = await published.newest(tx)
    here = await asyncio.to_thread(snapshot_of, editions.folder)
    live = editions.live
    findings = sorted(editions.findings, key=lambda one: one.warning)[:SHOWN_FINDINGS]
    first = versions[-1].id if len(versions) < published.SHOWN else None
    return {
        "live": live.id if live else None,
        "by_hand": editions.by_hand,
        "settled": bot.knowledge.settled,
        "level": bot.knowledge.level,
        "draft": {
            "differs": live is not None and here.digest != live.digest,
            "changes": changed_files(live.files, here.hashes) if live else [],
            "good": editions.problem is None,
            "problem": editions.problem if not editions.findings else None,
            "findings": await asyncio.to_thread(_findings, findings, editions.folder),
            "more": len(editions.findings) - len(findings),
        },
        "versions": [_version(one) | {"first": one.id == first} for one in versions],
        "rehearsal": asdict(_rehearsals(bot).now),
    }


def _editions(bot: Bot) -> Editions:
    if bot.editions is None:
        raise RuntimeError("the editions have not begun")
    return bot.editions


def rehearse(bot: Bot) -> bool:
    """False: one is under way already."""
    return _rehearsals(bot).want()


def _rehearsals(bot: Bot) -> Rehearsals:
    if bot.rehearsals is None:
        raise RuntimeError("nobody rehearses yet")
    return bot.rehearsals


def _findings(found: list[Finding], folder: Path) -> list[dict[str, Any]]:
    """As rows, each with the line it is about; empty where there is no such line, or no file."""
    rows, files = [one.within(folder).as_row() for one in found], dict[str, list[str]]()
    for row in rows:
        if row["file"] not in files:
            try:
                files[row["file"]] = (folder / row["file"]).read_bytes().decode("utf-8", "replace").splitlines()
            except OSError:
                files[row["file"]] = []
        row["text"] = "".join(files[row["file"]][row["line"] - 1 : row["line"]]).strip()[:SHOWN_SIGNS]
    return rows


def _version(edition: Edition) -> dict[str, Any]:
    return {
        "id": edition.id,
        "at": int(edition.at.timestamp() * 1000),
        "author": edition.author,
        "note": edition.note,
        "changes": list(edition.changes),
        "restored": edition.restored_id,
    }


async def difference(bot: Bot, edition_id: int) -> list[str]:
    """Line by line, what this edition changed. Raises NoEdition."""
    async with bot.db.transaction() as tx:
        edition = await published.one(tx, edition_id)
        older = await published.before(tx, edition_id)
        new = await published.content(tx, edition)
        old = await published.content(tx, older) if older else new
    return await asyncio.to_thread(line_changes, old, new)


async def draft_difference(bot: Bot) -> list[str]:
    """Line by line, how the folder differs from what serves."""
    editions = _editions(bot)
    here = await asyncio.to_thread(snapshot_of, editions.folder)
    async with bot.db.transaction() as tx:
        edition = await published.live(tx)
        serving = await published.content(tx, edition) if edition else here
    return await asyncio.to_thread(line_changes, serving, here)


async def publish(bot: Bot, who: Actor, note: str) -> Edition:
    """The folder goes live. Raises Unpublishable."""
    edition = await _editions(bot).publish(who.login, note)
    async with bot.db.transaction() as tx:
        await audit.keep(tx, who, "faq_published", about=str(edition.id), note=note)
    return edition


async def roll_back(bot: Bot, who: Actor, edition_id: int, note: str) -> Edition:
    """Raises NoEdition."""
    edition = await _editions(bot).roll_back(edition_id, who.login, note)
    async with bot.db.transaction() as tx:
        await audit.keep(tx, who, "faq_rolled_back", about=str(edition.id), restored=edition_id, note=note)
    return edition


def title(bot: Bot, entry_id: str | None) -> dict[str, str]:
    """What an entry is called, by language; nothing if there is none."""
    entry = bot.knowledge.catalogue.entries.get(entry_id or "")
    return dict(entry.title) if entry else {}


def titles(bot: Bot) -> dict[str, dict[str, str]]:
    """Every entry that can be answered with, by id."""
    return {one.id: dict(one.title) for one in bot.knowledge.catalogue.entries.values() if not one.human}


# the playground


async def try_out(bot: Bot, text: str, language: str, channel: str, after: str | None) -> dict[str, Any]:
    """What serves and, if there is one, the draft: decision, scores by part, thresholds, the answer as it reads."""
    draft = _editions(bot).draft
    sides = {"live": bot.knowledge, **({"draft": draft} if draft is not None else {})}
    return {
        name: await _tried(bot, known, text[:LONGEST_TRIED], language, channel, after) for name, known in sides.items()
    }


async def _tried(
    bot: Bot, known: Knowledge, text: str, language: str, channel: str, after: str | None
) -> dict[str, Any]:
    match = await asyncio.to_thread(known.match, text, language, after)
    parts = await asyncio.to_thread(known.matcher.parts, text, language)
    policy = known.matcher.policy
    return {
        "decision": match.decision,
        "topic": match.topic,
        "entry": match.entry,
        "options": list(match.options),
        "confidence": round(match.confidence, 3),
        "lang": match.language,
        "named": [{"kind": one.kind, "text": one.text} for one in match.named],
        "ranked": [
            {
                "topic": topic,
                "chance": round(chance, 3),
                "parts": {k: round(v, 2) for k, v in parts.get(topic, {}).items()},
            }
            for topic, chance in match.ranked[:_RANKED]
        ],
        "thresholds": {
            "answer": round(known.matcher.answer_from, 3),
            "human": policy.human_from,
            "beyond": policy.beyond_from,
            "emergency": policy.emergency_from,
        },
        "reply": await _reply(bot, known, text, match, channel),
    }


async def _reply(bot: Bot, known: Knowledge, text: str, match: Match, channel: str) -> dict[str, Any]:
    catalogue, language = known.catalogue, match.language
    if match.decision == "clarify":
        entries = [catalogue.entries[one] for one in match.options if one in catalogue.entries]
        return {"text": "", "buttons": [one.label for one in render.topics(language, entries)]}
    today = bot.clock().astimezone(bot.settings.timezone).date()
    if match.topic == BEYOND and (tip := await asyncio.to_thread(known.tip, text, today)) is not None:
        return {"text": render.entry(tip.entry, Answer(), catalogue, language).text, "buttons": []}
    entry = catalogue.entries.get(match.entry or match.topic or "")
    if entry is None:
        return {"text": "", "buttons": []}
    question = Question(
        entry=entry,
        knowledge=known,
        subscribers=bot.subscribers,
        now=bot.clock().astimezone(bot.settings.timezone),
        request_id="playground",
        named=match.named,
    )
    try:
        answer = await act(question)
    except (NeedsPhone, SubscribersError):
        own = {one.fact for words in (entry.answer, *(one.answer for one in entry.variants)) for one in _quoted(words)}
        public = public_facts(catalogue.operator)
        answer = Answer(facts={name: f"‹{name}›" for name in own if name not in public})
    said = render.entry(await fitting(question, channel, language), answer, catalogue, language)
    return {"text": said.text, "buttons": [one.label for one in said.choices]}


def _quoted(words: Words) -> Iterator[Placeholder]:
    return (found for text in words.values() for found in placeholders(text))


# sentences worth keeping


async def keep_case(bot: Bot, who: Actor, text: str, language: str, topic: str | None, *, soon: bool = False) -> None:
    """For faq/tests: what this sentence must find; no topic: nothing. `soon`: the entry is being written.

    Raises NoSuchTopic.
    """
    known = {one.topic for one in bot.knowledge.catalogue.entries.values()}
    if topic is not None and topic not in known and not (soon and _TOPIC.fullmatch(topic)):
        raise NoSuchTopic(topic)
    if language not in LANGUAGES:
        raise ValueError(language)
    await saved.keep(bot.db, who.login, bot.knowledge, (text[:LONGEST_TRIED], language), topic)


async def cases(bot: Bot) -> list[dict[str, Any]]:
    """Newest first, as the page lists them."""
    async with bot.db.transaction() as tx:
        return [asdict(one) for one in await saved.every(tx, SHOWN_CASES)]
