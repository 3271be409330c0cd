"""What an agent sees of a case in one second, and the ready answers: every FAQ entry, with this subscriber's data.

A ready answer is picked in the agent's language and sent in the subscriber's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from bot import carriage, files, handoff, render, transcript
from bot.act import Answer, NeedsPhone, Question, act
from bot.act.variants import fitting
from bot.contacts import Elsewhere, elsewhere, load, lock
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff import Gone, Held, NotYours
from bot.handoff.cases import NOT_A_QUESTION, Case, case_of
from bot.knowledge import lessons
from bot.masking import masked_phone
from bot.messages import Choice, Reply
from bot.parts import Bot
from bot.staff import audit
from bot.staff.agents import Agent
from bot.subscribers import SubscribersError
from bot.transcript import Event
from faq.entry import Catalogue, Entry

log = logging.getLogger(__name__)

T = TypeVar("T")

EVENTS_SHOWN = 400
SUGGESTIONS = 3
FOUND = 12
NEARBY = 3
PATIENCE = 1.0  # seconds


@dataclass(frozen=True)
class ReadyAnswer:
    """An entry as an agent may send it: what it is called, in Russian, and as the subscriber will read it."""

    entry: str
    title: dict[str, str]
    text_ru: str
    text_client: str
    choices: tuple[Choice, ...] = ()  # where the channel may not carry the answer: the link to it


@dataclass(frozen=True)
class Pack:
    """Everything our own database knows of a case; the operator's facts come apart, by card()."""

    conversation: Conversation
    case: Case | None
    events: list[Event]
    head: int  # the newest event's number in the agents' numbering
    tried: list[dict[str, Any]]
    gave_up: str  # why the bot called a human: asked, unclear, out_of_scope, emergency, entry, failed
    past: list[dict[str, Any]]  # earlier handoffs, newest first
    suggestions: list[ReadyAnswer]
    elsewhere: tuple[Elsewhere, ...] = ()  # where the same person has also written
    care: dict[str, str] = field(
        default_factory=dict
    )  # how to speak about this, by language; empty when the entry says nothing


@dataclass(frozen=True)
class Card:
    """The subscriber's facts of the moment `at`, or `error` says why there are none."""

    facts: dict[str, Any] | None
    at: datetime
    error: str | None  # no_phone, down, slow


async def pack(bot: Bot, agent: Agent | None, conversation_id: int) -> Pack:
    """Raises Gone, and NotYours for a case on a line the agent does not serve; None: the house's own look at it."""
    async with bot.db.transaction() as tx:
        conversation = await load(tx, conversation_id)
        if conversation is None:
            raise Gone("no such conversation")
        case = await case_of(tx, conversation_id)
        if agent is not None:
            await look_into(tx, agent, conversation, case)
        tail = (await transcript.heads(tx, conversation_id))[1]
        events = await transcript.since_all(tx, conversation_id, max(0, tail - EVENTS_SHOWN), EVENTS_SHOWN)
        past = await tx.fetch(
            """SELECT h.topic, h.reason, h.queued_at, h.closed_at, h.outcome, h.close_reason, h.rating, a.name AS agent
                 FROM handoff h LEFT JOIN agent a ON a.id = h.agent_id
                WHERE h.conversation_id = $1 AND h.closed_at IS NOT NULL ORDER BY h.id DESC LIMIT 5""",
            conversation_id,
        )
        also = await elsewhere(tx, conversation) if conversation.phone else ()
    tried = [event.body for event in events if event.kind == "trace"]
    suggestions = await _soon(_suggest(bot, conversation, events)) or []
    gave_up = case.reason if case else ""
    care = _care(bot, [case.topic if case else "", *(step.get("topic") or "" for step in reversed(tried))])
    return Pack(
        conversation, case, events, tail, tried[-5:], gave_up, [dict(row) for row in past], suggestions, also, care
    )


def _care(bot: Bot, topics: list[str]) -> dict[str, str]:
    """The tone notes of the first of these entries that has any."""
    entries = (bot.knowledge.catalogue.entries.get(topic) for topic in topics)
    return next((dict(entry.care) for entry in entries if entry is not None and entry.care), {})


@dataclass(frozen=True)
class Nearby:
    """A place near a point, by language; how far it is from there."""

    names: dict[str, str]
    region: dict[str, str]
    latitude: float
    longitude: float
    km: float


def nearby(bot: Bot, latitude: float, longitude: float) -> list[Nearby]:
    """The three nearest places of the gazetteer."""
    found = bot.knowledge.gazetteer.nearest(latitude, longitude, NEARBY)
    return [Nearby(dict(one.names), dict(one.region), one.latitude, one.longitude, round(km, 1)) for one, km in found]


def check_may_read(agent: Agent, conversation: Conversation, case: Case | None) -> None:
    """Agents read what is theirs or waits on their line; supervisors read everything; editors nothing."""
    if agent.role in ("supervisor", "admin"):
        return
    waits_for_them = case is not None and case.state == "queued" and case.line in agent.languages
    if not agent.works_queue or not (conversation.agent_id == agent.id or waits_for_them):
        if conversation.state == "assigned" and conversation.agent_id != agent.id:
            raise Held(conversation.agent_name or "")
        raise NotYours("this conversation is not yours")


async def look_into(tx: Tx, agent: Agent, conversation: Conversation, case: Case | None) -> None:
    """Check the right to read; whoever looks into a chat that is neither theirs nor waits for them leaves a trace."""
    check_may_read(agent, conversation, case)
    waits_for_them = case is not None and case.state == "queued" and case.line in agent.languages
    if conversation.agent_id != agent.id and not waits_for_them:
        await audit.keep_reading(tx, agent, conversation.id)


async def reveal(bot: Bot, agent: Agent, conversation_id: int, reason: str) -> str | None:
    """The person's whole number, to whoever holds the chat and to supervisors; None when it is not known.

    Raises Gone, Held, NotYours.
    """
    async with bot.db.transaction() as tx:
        conversation = await load(tx, conversation_id)
        if conversation is None:
            raise Gone("no such conversation")
        check_may_read(agent, conversation, await case_of(tx, conversation_id))
        if conversation.agent_id != agent.id and agent.role not in ("supervisor", "admin"):
            raise NotYours("take the chat first")
        if conversation.phone is not None:
            await audit.keep(tx, agent, "reveal", conversation_id=conversation_id, reason=reason)
        return conversation.phone


async def _soon(asked: Awaitable[T]) -> T | None:
    """A desk never waits for the operator's system: what is not here within PATIENCE is left out."""
    try:
        return await asyncio.wait_for(asked, PATIENCE)
    except TimeoutError:
        return None


async def card(bot: Bot, conversation: Conversation) -> Card:
    """The subscriber's facts, asked for now; that the operator is slow or down is told and not waited for."""
    return await _soon(_card(bot, conversation)) or Card(None, bot.clock(), "slow")


async def _card(bot: Bot, conversation: Conversation) -> Card:
    now = bot.clock()
    if conversation.phone is None:
        return Card(None, now, "no_phone")
    ask, phone = bot.subscribers, conversation.phone
    try:
        plan, packages, balance, services = await asyncio.gather(
            ask.tariff(phone), ask.packages(phone), ask.balance(phone), ask.services(phone)
        )
    except SubscribersError:
        return Card(None, now, "down")
    facts = {
        "phone": masked_phone(phone),
        "tariff": {"names": plan.tariff.names, "fee": str(plan.tariff.fee), "next_fee_on": str(plan.next_fee_on)},
        "balance": {"amount": str(balance.amount), "blocked": balance.blocked},
        "packages": [
            {
                "unit": one.unit,
                "for": one.counts_for,
                "left": None if one.left is None else str(one.left),
                "total": None if one.total is None else str(one.total),
                "until": str(one.until),
            }
            for one in packages
        ],
        "services": [
            {
                "code": one.service.code,
                "names": one.service.names,
                "fee": str(one.service.fee),
                "period": one.service.period,
                "kind": one.service.kind,
            }
            for one in services
        ],
    }
    return Card(facts, now, None)


async def _suggest(bot: Bot, conversation: Conversation, events: list[Event]) -> list[ReadyAnswer]:
    """The likeliest entries for what the person last asked: «позовите человека» is no question to suggest for."""
    said = [e.body.get("text", "") for e in events if e.author_kind == "user" and e.kind in ("msg", "edit")]
    if not said:
        return []
    match = await asyncio.to_thread(bot.knowledge.match, said[-1], conversation.language)
    asked = [e.body for e in events if e.kind == "trace" and e.body.get("topic") not in NOT_A_QUESTION]
    if match.topic in NOT_A_QUESTION and asked:
        match = await asyncio.to_thread(bot.knowledge.match, asked[-1]["text"], conversation.language)
    entries = [bot.knowledge.catalogue.entries.get(topic) for topic, _ in match.ranked]
    useful = [one for one in entries if one is not None and not one.human][:SUGGESTIONS]
    return await _filled(bot, conversation, useful)


async def _filled(bot: Bot, conversation: Conversation, entries: list[Entry]) -> list[ReadyAnswer]:
    """Those entries that have something to say to this person; without a number, personal ones have not.

    One that fails is left out: the chat must open whatever the operator's system does.
    """
    day = bot.clock().astimezone(bot.settings.timezone).date()
    said = (_said_on(day, bot.knowledge.catalogue, one.id) for one in entries)
    asked = (ready_answer(bot, conversation, name) for name in dict.fromkeys(one.id for one in said if one))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for failed in answers:
        if isinstance(failed, Exception):
            log.error("desk: no suggestion", exc_info=failed, extra={"conversation": conversation.id})
    found = [answer for answer in answers if isinstance(answer, ReadyAnswer)]
    return [answer for answer in found if answer.text_ru and answer.text_client]


async def ready_answer(bot: Bot, conversation: Conversation, entry_id: str) -> ReadyAnswer:
    """One entry filled with this subscriber's data, in Russian and in their language. Raises Gone if unknown."""
    now = bot.clock().astimezone(bot.settings.timezone)
    entry = _said_on(now.date(), bot.knowledge.catalogue, entry_id)
    if entry is None:
        raise Gone("no such entry")
    allowed = carriage.allowed(bot.settings, conversation)
    if entry.data not in allowed:
        return _behind_link(bot, conversation, entry)
    question = Question(
        entry=entry,
        knowledge=bot.knowledge,
        subscribers=bot.subscribers,
        now=now,
        request_id=f"desk:{conversation.id}",
        subscriber=carriage.owner_for(entry, conversation, allowed),
    )
    try:
        answer = await act(question)
    except (NeedsPhone, SubscribersError):
        answer = Answer()
    if answer.pending is not None:  # an agent's answer asks for no confirmation, there would be nobody to take it
        answer = Answer()
    fit = await fitting(question, conversation.channel, conversation.language)
    catalogue = bot.knowledge.catalogue
    texts = {
        language: render.entry(fit, answer, catalogue, language).text for language in {"ru", conversation.language}
    }
    return ReadyAnswer(entry.id, dict(entry.title), texts["ru"], texts[conversation.language])


def _said_on(day: date, catalogue: Catalogue, entry_id: str) -> Entry | None:
    """The entry, or outside its days what it names instead, as the bot would say; None if there is neither."""
    entry = catalogue.entries.get(entry_id)
    if entry is not None and not entry.valid.covers(day):
        entry = catalogue.entries.get(entry.fallback)
    return entry if entry is not None and entry.valid.covers(day) else None


def _behind_link(bot: Bot, conversation: Conversation, entry: Entry) -> ReadyAnswer:
    """What may not be said in this person's channel, as the link under which the app says it."""
    link = bot.links.to(entry.id, "", bot.clock())
    said = render.only_in_app(conversation.language, link)
    return ReadyAnswer(entry.id, dict(entry.title), render.only_in_app("ru", link).text, said.text, said.choices)


async def say_ready(tx: Tx, agent: Agent, conversation_id: int, cid: str, ready: ReadyAnswer) -> Event:
    """Send it, and keep that this was the answer to what the person had asked. Raises like handoff.say."""
    event = await handoff.say(tx, agent, conversation_id, cid, Reply(ready.text_client, choices=ready.choices))
    await lessons.agent_chose(tx, conversation_id, ready.entry)
    return event


async def say_with_file(tx: Tx, agent: Agent, conversation_id: int, cid: str, said: tuple[str, str]) -> Event:
    """Words, maybe none, and a file uploaded for this chat by its id. Raises like handoff.say, and NoSuchFile."""
    text, file_id = said
    await lock(tx, conversation_id)  # repeats in parallel wait here for the first
    if first := await transcript.find(tx, conversation_id, "agent", cid):
        return first
    attachment = await files.uploaded(tx, conversation_id, "agent", file_id)
    return await handoff.say(tx, agent, conversation_id, cid, Reply(text, files=(attachment,)))


async def ready_answers(bot: Bot, conversation_id: int, query: str) -> list[ReadyAnswer]:
    """The entries that a few typed letters or words mean, best first."""
    async with bot.db.transaction() as tx:
        conversation = await load(tx, conversation_id)
    if conversation is None:
        raise Gone("no such conversation")
    found = _search(list(bot.knowledge.catalogue.entries.values()), query)
    if query.strip() and len(found) < SUGGESTIONS:
        match = await asyncio.to_thread(bot.knowledge.match, query)
        more = [bot.knowledge.catalogue.entries.get(topic) for topic, _ in match.ranked]
        found += [one for one in more if one is not None and one not in found]
    return await _filled(bot, conversation, found[:FOUND])


def _search(entries: list[Entry], query: str) -> list[Entry]:
    wanted = query.lower().split()
    useful = [one for one in entries if not one.human]
    return [one for one in useful if all(word in f"{one.id} {' '.join(one.title.values())}".lower() for word in wanted)]
