"""The first message of a topic: all an agent needs to answer, on one telephone's screen; and the buttons under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from babel.numbers import format_decimal

from bot import desk, i18n
from bot.desk import Card, Pack
from bot.forum import STAFF
from bot.forum.lines import Line, joined, tail, topic_words
from bot.forum.topics import TAIL_AGAIN, Topic
from bot.handoff.cases import NOT_A_QUESTION
from bot.i18n import PhraseMissing
from bot.messages import Choice, Reply
from bot.parts import Bot

TITLE = 128  # characters, Telegram's limit
URGENT = "🚨 "
TRIED = 3
SAID = 6  # last things said
SAID_SHOWN = 300  # characters of each
READY_SHOWN = 220  # characters of a ready answer
LABEL = 40
VALUE_BYTES = 64  # of a button


@dataclass(frozen=True)
class First:
    """The message, what the topic is called, and up to which event it shows what was said."""

    reply: Reply
    title: str
    upto: int
    offered: list[str]  # entries of the ready answers it shows


async def first(bot: Bot, topic: Topic) -> First:
    """Asks the operator for the card, a second at most: no transaction may be open. Raises Gone."""
    pack = await desk.pack(bot, None, topic.conversation_id)
    card = await desk.card(bot, pack.conversation)
    async with bot.db.transaction() as tx:
        said, upto = await tail(tx, topic, name_of(pack), TAIL_AGAIN if topic.made > 1 else SAID)
    lines = [Line(f"{_phrase('forum.pack')} #{topic.handoff_id}", ""), *_about(bot, pack, card), *_tried(bot, pack)]
    if said:
        lines += [Line("", ""), *(Line(one.who, _short(one.text, SAID_SHOWN), one.event_n) for one in said)]
    if pack.suggestions:
        lines += [Line("", ""), Line(_phrase("forum.ready"), "")]
        lines += [
            Line("", f"{n}. {one.title[STAFF]}: {_short(one.text_ru, READY_SHOWN)}")
            for n, one in enumerate(pack.suggestions, 1)
        ]
    return First(joined(lines), title_of(bot, topic, pack), upto, [one.entry for one in pack.suggestions])


def name_of(pack: Pack) -> str:
    return pack.conversation.name or _phrase("forum.nameless")


def title_of(bot: Bot, topic: Topic, pack: Pack) -> str:
    """Language, first name, what about; danger is seen in the list."""
    about = _wanted(bot, pack)
    words = (_phrase(f"forum.mark.{pack.conversation.language}"), name_of(pack).split()[0], about)
    return ((URGENT if topic.urgent else "") + " · ".join(words))[:TITLE]


def renamed(topic: Topic) -> str | None:
    """Another name than it has, once danger is heard in the chat."""
    return f"{URGENT}{topic.title}"[:TITLE] if topic.urgent and not topic.title.startswith(URGENT) else None


def _about(bot: Bot, pack: Pack, card: Card) -> list[Line]:
    case, about = pack.case, pack.conversation
    channel, reads = (
        _phrase(f"page.desk.channel.{about.channel}", about.channel),
        _phrase(f"forum.reads.{about.language}"),
    )
    lines = [
        Line(_phrase("forum.who"), f"{name_of(pack)}, {channel}, {reads}"),
        Line(_phrase("forum.wants"), _wanted(bot, pack)),
    ]
    if pack.gave_up and (reason := _phrase(f"page.desk.reason.{pack.gave_up}", "")):
        lines.append(Line(_phrase("forum.gave_up"), reason))
    if case:
        since = (bot.clock() - timedelta(seconds=case.waiting_s)).astimezone(bot.settings.timezone)
        lines.append(Line(_phrase("forum.waits"), i18n.text(STAFF, "forum.since", time=f"{since:%H:%M}")))
    lines += _facts(card)
    if care := pack.care.get(STAFF):
        lines.append(Line(_phrase("forum.care"), care))
    return lines


def _wanted(bot: Bot, pack: Pack) -> str:
    """What the case is about; of a mere call for a human, what was asked before it."""
    topic = pack.case.topic if pack.case else "human"
    asked = [str(step["topic"]) for step in pack.tried if step.get("topic") and step["topic"] not in NOT_A_QUESTION]
    if topic in NOT_A_QUESTION and asked:
        topic = asked[-1]
    return topic_words(bot.knowledge.catalogue.entries, topic)


def _facts(card: Card) -> list[Line]:
    """The masked number, tariff and balance; where there are none, why."""
    if card.facts is None:
        return [Line(_phrase("forum.number"), _phrase(f"forum.card.{card.error}"))]
    tariff, balance = card.facts["tariff"], card.facts["balance"]
    money = i18n.text(STAFF, "forum.money", amount=_amount(balance["amount"]))
    if balance["blocked"]:
        money = i18n.text(STAFF, "forum.blocked", money=money)
    fee = i18n.text(STAFF, "forum.money", amount=_amount(tariff["fee"]))
    return [
        Line(_phrase("forum.number"), card.facts["phone"]),
        Line(_phrase("forum.tariff"), f"{tariff['names'][STAFF]}, {fee}"),
        Line(_phrase("forum.balance"), money),
    ]


def _amount(value: str) -> str:
    amount = Decimal(value)
    return format_decimal(amount, format="#,##0" if amount == int(amount) else "#,##0.00", locale=STAFF)


def _tried(bot: Bot, pack: Pack) -> list[Line]:
    entries = bot.knowledge.catalogue.entries
    lines = []
    for step in pack.tried[-TRIED:]:
        did = _phrase(f"page.desk.decision.{step.get('decision')}", "")
        about = f" ({topic_words(entries, step['topic'])})" if step.get("topic") else ""
        if did:
            lines.append(Line("", f"«{_short(str(step.get('text', '')), 80)}» → {did}{about}"))
    return [Line(_phrase("forum.tried"), ""), *lines] if lines else []


def buttons(bot: Bot, topic: Topic) -> tuple[Choice, ...]:
    """What can be done with the case in its state; the ready answers of the pack only for who holds it."""
    if topic.over:
        return ()
    if not topic.state.startswith("assigned"):
        return (_button("forum.take", f"f:take:{topic.handoff_id}"),)
    answers = [
        Choice(f"{n}. {_short(topic_words(bot.knowledge.catalogue.entries, entry), LABEL)}", value)
        for n, entry in enumerate(topic.offered, 1)
        if len((value := f"f:say:{topic.handoff_id}:{entry}").encode()) <= VALUE_BYTES
    ]
    return (
        *answers,
        _button("forum.close_solved", f"f:solved:{topic.handoff_id}"),
        _button("forum.close_unsolved", f"f:unsolved:{topic.handoff_id}"),
        _button("forum.to_bot", f"f:bot:{topic.handoff_id}"),
    )


def _button(key: str, value: str) -> Choice:
    return Choice(_phrase(key), value)


def _short(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rstrip() + "…"


def _phrase(key: str, otherwise: str | None = None) -> str:
    try:
        return i18n.text(STAFF, key)
    except PhraseMissing:
        if otherwise is None:
            raise
        return otherwise
