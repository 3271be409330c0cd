"""From what was decided to what is said, in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot import i18n
from bot.act import Answer
from bot.messages import Choice, Drawn, Entity, Reply
from faq.entry import Catalogue, Entry, Next, Words
from faq.public import public_facts
from faq.wording import Fact, Moment, Span, placeholders, spans, write

VALUE_BYTES = 64  # Telegram's limit for what a button carries


def entry(entry: Entry, answer: Answer, catalogue: Catalogue, language: str) -> Reply:
    """An entry's words with the facts of this answer in place, and its buttons."""
    template = (entry.cases[answer.case] if answer.case else entry.answer)[language]
    facts: Mapping[str, Fact] = {**public_facts(catalogue.operator), **answer.facts}
    text, entities = _styled(spans(template, facts, language))
    choices = [choice(_in(button.label, language), button.value) for button in answer.buttons]
    if answer.with_next:
        choices += nexts(entry, catalogue, language)
    drawn = _drawn(answer, template, facts, language)
    return Reply(text, entities, tuple(choices), mock=answer.mock, drawn=drawn)


def _drawn(answer: Answer, template: str, facts: Mapping[str, Fact], language: str) -> Drawn | None:
    """The answer's card, beside the first line and all those that say more than it shows."""
    if answer.card is None:
        return None
    first, *others = template.strip("\n").split("\n")
    kept = [first, *(line for line in others if not _says_what(line, answer.shown))]
    return Drawn(answer.card, language, *_styled(spans("\n".join(kept), facts, language)))


def _says_what(line: str, shown: frozenset[str]) -> bool:
    quoted = {one.fact for one in placeholders(line)}
    return bool(quoted) and quoted <= shown


def nexts(entry: Entry, catalogue: Catalogue, language: str) -> tuple[Choice, ...]:
    """The buttons that an entry's own words end with."""
    return tuple(_next(one, catalogue, language) for one in entry.next)


def notice(language: str, key: str, *choices: Choice, **values: object) -> Reply:
    """One of the bot's own phrases."""
    return Reply(i18n.text(language, key, **values), choices=tuple(choices))


def only_in_app(language: str, link: str) -> Reply:
    """In place of an answer that this channel may not carry."""
    return notice(language, "bot.only_in_app", Choice(i18n.text(language, "bot.open_in_app"), url=link))


def phrase_choice(language: str, key: str, value: str) -> Choice:
    return choice(i18n.text(language, key), value)


def leave(language: str, handoff_id: int | None) -> Choice:
    """The way out of this very queue; pressed later it is known as old."""
    return phrase_choice(language, "bot.leave_queue", f"leave:{handoff_id}")


def topics(language: str, entries: list[Entry]) -> tuple[Choice, ...]:
    """A choice of what may have been meant, and a way out of it."""
    meant = [choice(_in(one.title, language), f"pick:{one.id}") for one in entries]
    return (*meant, phrase_choice(language, "bot.something_else", "pick:none"))


def moment(at: datetime, language: str) -> str:
    """A date with its time of day, in the zone that `at` carries."""
    return write(Moment(at), language)


def incident(text: str, announced_at: datetime, language: str, *choices: Choice) -> Reply:
    """What is told of a mass event, with the date it was announced at."""
    return notice(language, "bot.incident", *choices, when=moment(announced_at, language), text=text)


def choice(label: str, value: str) -> Choice:
    if len(value.encode()) > VALUE_BYTES:
        raise ValueError(f"a button's value is at most {VALUE_BYTES} bytes: {value}")
    return Choice(label, value)


def _next(one: Next, catalogue: Catalogue, language: str) -> Choice:
    target = catalogue.entries[one.entry]
    label = _in(one.label or target.button, language)
    return choice(label, f"go:{one.entry}:{one.argument}" if one.argument else f"go:{one.entry}")


def _in(words: Words, language: str) -> str:
    return words.get(language) or words["ru"]


def _styled(pieces: tuple[Span, ...]) -> tuple[str, tuple[Entity, ...]]:
    """Plain text and the styled stretches in it, counted in UTF-16 units."""
    text, entities = "", []
    for piece in pieces:
        if piece.style:
            entities.append(Entity(piece.style, _units(text), _units(piece.text)))
        text += piece.text
    return text, tuple(entities)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
