"""Incoming + Conversation -> Intent: what the person wants, by button, command, answer to our question, or words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from bot.conversation import Conversation, Memory, Pending
from bot.feelings import feeling
from bot.messages import LANGUAGES, Incoming
from faq.asides import aside, corrected
from faq.consent import consent
from faq.knowledge import Knowledge
from faq.match import Match
from faq.names import Named
from faq.orders import order
from faq.tips import Tip

_LEAST_SIGNS = 2  # letters and digits; one alone is a slip of the finger
COMMANDS = frozenset({"start", "help", "language", "operator", "stop", "unlink", "forget", "transcript"})


@dataclass(frozen=True)
class Ask:
    """An FAQ entry, with the code a button carried or the names the words contained."""

    entry: str
    argument: str = ""
    named: tuple[Named, ...] = ()
    picked: bool = False  # from a choice of what was meant
    also: Ask | None = None  # the second question of the same message


@dataclass(frozen=True)
class Consent:
    """Yes or no to the confirmation that is open."""

    pending: Pending
    yes: bool


@dataclass(frozen=True)
class Unsure:
    options: tuple[str, ...]


@dataclass(frozen=True)
class NoneOfThese:
    pass


@dataclass(frozen=True)
class Nod:
    """Heard, nothing is asked: «понятно», 嗯."""


@dataclass(frozen=True)
class LeaveIt:
    """Nothing is to be changed after all: «передумал», 算了."""


@dataclass(frozen=True)
class NotThat:
    """The last answer, or the choice, was not what was meant."""


@dataclass(frozen=True)
class More:
    """More about what was answered last."""

    topic: str


@dataclass(frozen=True)
class Human:
    """A person is needed; topic says why: human, emergency, out_of_scope, other_language."""

    topic: str


@dataclass(frozen=True)
class Command:
    name: str
    argument: str = ""


@dataclass(frozen=True)
class Link:
    """The person proved a phone number; None when they sent somebody else's contact."""

    phone: str | None
    name: str | None = None


@dataclass(frozen=True)
class Here:
    latitude: float
    longitude: float


@dataclass(frozen=True)
class ChooseLanguage:
    language: str


@dataclass(frozen=True)
class Leave:
    """The queue that the button stood under; a command and the app's own button name none."""

    handoff_id: int | None = None


@dataclass(frozen=True)
class Stay:
    """While nobody is there: wait for somebody who speaks the language, or ask the bot meanwhile."""

    how: Literal["wait", "ask"]
    handoff_id: int


@dataclass(frozen=True)
class OtherLine:
    """Rather somebody who writes in another language, now."""

    line: str
    handoff_id: int


@dataclass(frozen=True)
class AddWords:
    """The person wants to say why they rated so."""

    handoff_id: int


@dataclass(frozen=True)
class Copy:
    """The person wants what was said here."""


@dataclass(frozen=True)
class Rate:
    stars: int
    handoff_id: int


@dataclass(frozen=True)
class Stale:
    """A button of a question that is no longer open, or one that we never made."""


@dataclass(frozen=True)
class Thumb:
    """A sign put on one of our messages, which says yes, or nothing, or that it was no good."""

    up: bool


@dataclass(frozen=True)
class Unreadable:
    """Something the bot cannot read: a voice note, a photo, a sticker, signs without words."""

    kind: str


Intent: TypeAlias = (
    Ask
    | Thumb
    | Consent
    | Unsure
    | NoneOfThese
    | Nod
    | LeaveIt
    | NotThat
    | More
    | Human
    | Command
    | Link
    | Here
    | ChooseLanguage
    | Leave
    | Stay
    | OtherLine
    | AddWords
    | Copy
    | Rate
    | Stale
    | Unreadable
)


@dataclass(frozen=True)
class Understood:
    """`match` is what the words gave, for the agents' eyes and the lessons; None for buttons and commands."""

    intent: Intent
    language: str
    match: Match | None = None
    tip: Tip | None = None  # what can be said besides, if a human is to be called for want of an answer


def understand(incoming: Incoming, conversation: Conversation, knowledge: Knowledge, today: date) -> Understood:
    """Pure; what takes time is the match, a few milliseconds."""
    understood = _understand(incoming, conversation, knowledge)
    intent = understood.intent
    unknown = isinstance(intent, Unsure) or (isinstance(intent, Human) and intent.topic == "out_of_scope")
    return replace(understood, tip=knowledge.tip(incoming.text, today)) if unknown else understood


def _understand(incoming: Incoming, conversation: Conversation, knowledge: Knowledge) -> Understood:
    language = conversation.language
    if incoming.kind == "button":
        return Understood(_button(incoming.button, conversation, knowledge), language)
    if incoming.kind == "command":
        return Understood(Command(incoming.command, incoming.argument), language)
    if incoming.kind == "reaction":
        return Understood(Thumb(feeling(incoming.text) != "disliked"), language)
    if incoming.kind == "contact":
        return Understood(Link(incoming.phone, incoming.name), language)
    if incoming.kind == "location" and incoming.place:
        return Understood(Here(*incoming.place), language)
    text = incoming.text.strip()
    if command := _typed_command(text):
        return Understood(command, language)
    if not any(sign.isalpha() for sign in text):
        if any(sign.isdigit() for sign in text) and knowledge.match(text, language).topic == "emergency":
            return Understood(Human("emergency"), language)  # «112»
        return Understood(Unreadable(incoming.kind if incoming.kind != "text" else "signs"), language)
    return _words(text, conversation, knowledge)


def _typed_command(text: str) -> Command | None:
    """A command typed where the channel has none of its own, as in the app."""
    name, _, argument = text.removeprefix("/").partition(" ")
    return Command(name.lower(), argument) if text.startswith("/") and name.lower() in COMMANDS else None


def _words(text: str, conversation: Conversation, knowledge: Knowledge) -> Understood:
    memory = conversation.memory
    match = knowledge.match(text, conversation.language, after=memory.topic)
    language = conversation.chosen_language or match.language
    if (reply := _reply(text, memory)) is not None:
        return Understood(reply, language)
    if (rest := corrected(text)) is not None:
        match = knowledge.match(rest, conversation.language)
        if match.topic is not None and match.topic == memory.topic:
            return Understood(NotThat(), language)
    if match.topic == "out_of_scope" and sum(map(str.isalnum, text)) < _LEAST_SIGNS:
        return Understood(Unreadable("signs"), language)
    return Understood(_ordered(text, match) or _package(match, knowledge) or _matched(match), language, match)


def _reply(text: str, memory: Memory) -> Intent | None:
    """Short words that answer what the bot has said, and are no question of their own."""
    said = consent(text)
    if memory.pending and memory.pending.action != "comment" and said is not None:
        return Consent(memory.pending, yes=said)
    if memory.human_offered and said:
        return Human("human")
    match aside(text):
        case "nod":
            return Nod()
        case "leave_it":
            return LeaveIt()
        case "not_that":
            return NotThat()
        case "unlink":
            return Command("unlink")
        case "copy":
            return Copy()
        case "more" if memory.topic:
            return More(memory.topic)
    return None


def _ordered(text: str, match: Match) -> Ask | None:
    """«подключи антиспам»: whatever topic the service belongs to, ordering it is one action."""
    services = [one for one in match.named if one.kind == "service"]
    wanted = order(text) if len(services) == 1 and match.topic not in ("human", "emergency") else None
    if wanted is None:
        return None
    return Ask("service_connect" if wanted == "connect" else "service_disconnect", named=tuple(services))


def _package(match: Match, knowledge: Knowledge) -> Ask | None:
    """«а сколько стоит 5 гигов»: one package of those on sale is its price and a yes or no, not the list again."""
    if match.topic != "balance_extra":
        return None
    said = {one.value for one in match.named if one.kind in ("service", "amount")}
    packages = [
        one.code
        for one in knowledge.catalogue.operator.services.values()
        if one.kind == "package" and one.gives and said & {one.code, f"{one.gives.amount:f} {one.gives.unit}"}
    ]
    return Ask("service_connect", packages[0]) if len(packages) == 1 else None


def _matched(match: Match) -> Intent:
    if match.decision == "clarify" and match.options:
        return Unsure(match.options)
    if match.foreign:
        return Human("other_language")
    if match.topic in ("human", "emergency", "out_of_scope") or match.topic is None:
        return Human(match.topic or "out_of_scope")
    return _asked(match.topic, match)


def _asked(topic: str, match: Match) -> Ask:
    also = match.also and match.also.topic
    return Ask(match.entry or topic, named=match.named, also=_asked(also, match.also) if match.also and also else None)


def _button(value: str, conversation: Conversation, knowledge: Knowledge) -> Intent:
    verb, _, rest = value.partition(":")
    pending = conversation.memory.pending
    if verb in ("yes", "no"):
        return Consent(pending, yes=verb == "yes") if pending and pending.nonce == rest else Stale()
    if verb in ("go", "pick"):
        entry, _, argument = rest.partition(":")
        if verb == "pick" and entry == "none":
            return NoneOfThese()
        known = entry in knowledge.catalogue.entries
        return Ask(entry, argument, picked=verb == "pick") if known else Stale()
    if verb == "lang" and rest in LANGUAGES:
        return ChooseLanguage(rest)
    if verb == "human":
        return Human("human")
    if value in ("unlink", "forget"):
        return Command(value)
    return _of_handoff(verb, rest) or Stale()


def _of_handoff(verb: str, rest: str) -> Intent | None:
    """Buttons that end in the number of the handoff they stood under."""
    what, _, number = rest.rpartition(":")
    handoff = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None
    if verb == "leave" and (handoff is not None or not rest):
        return Leave(handoff)
    if handoff is None:
        return None
    match verb, what:
        case "rate", "1" | "2" | "3" | "4" | "5":
            return Rate(int(what), handoff)
        case "stay", "wait" | "ask":
            return Stay("wait" if what == "wait" else "ask", handoff)
        case "line", _ if what in LANGUAGES:
            return OtherLine(what, handoff)
        case "words", "":
            return AddWords(handoff)
        case "copy", "":
            return Copy()
    return None
