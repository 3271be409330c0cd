"""Intent -> Outcome: what to say, what to keep in mind, what to change. Writes nothing in our database.

Outside calls (the operator's system) happen here, with no transaction open; the changes they make are idempotent by the
message's own id, so that a turn can be taken again.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot import carriage, render
from bot.act import NeedsPhone, Question, act
from bot.act.variants import fitting
from bot.applinks import is_invitation
from bot.conversation import Memory
from bot.decide import crowd
from bot.decide.meanwhile import Meanwhile
from bot.messages import IN_APP, Incoming
from bot.outcome import (
    Circumstances,
    LanguageChosen,
    LeaveQueue,
    Linked,
    Outcome,
    QueueUp,
    Rated,
    TryAgain,
)
from bot.subscribers import Subscriber, SubscribersDown, SubscribersError
from bot.understand import (
    AddWords,
    Ask,
    ChooseLanguage,
    Command,
    Consent,
    Copy,
    Here,
    Human,
    Intent,
    Leave,
    LeaveIt,
    Link,
    More,
    Nod,
    NoneOfThese,
    NotThat,
    OtherLine,
    Rate,
    Stay,
    Thumb,
    Unreadable,
    Unsure,
    understand,
)
from faq.entry import Entry
from faq.facts import ACTIONS
from faq.match import TALK

COVERAGE = "coverage_place"
_HUMAN_BUTTONS = ("human", "go:human")
RETRY_SECONDS = 60
DEBT_PATIENCE = 1.0  # seconds: nobody waits for a human because the operator's system is slow


async def decide(incoming: Incoming, about: Circumstances) -> Outcome:
    # In a thread: the match takes milliseconds in which the loop has other chats to serve.
    if incoming.shared:
        about = crowd.in_public(about)
    today = about.now.date()
    understood = await asyncio.to_thread(understand, incoming, about.conversation, about.knowledge, today)
    outcome = await _Deciding(about, incoming, understood).outcome()
    return crowd.for_everybody(outcome, about, incoming) if incoming.shared else outcome


class _Deciding(Meanwhile):
    """One decision; a method per kind of intent."""

    async def outcome(self) -> Outcome:
        intent = self.understood.intent
        if isinstance(intent, Thumb):
            return self._thumb(intent)
        own = Command | Leave | ChooseLanguage | Link | Rate | Stay | OtherLine | AddWords | Copy
        own_switch = isinstance(intent, own) or (isinstance(intent, Consent) and intent.pending.action == "forget")
        if self.about.last_try and not isinstance(intent, Ask | Consent | Here | Link | Command):
            return self.start  # what it was about has been settled meanwhile
        if (comment := self._words_to_rating()) is not None:
            return comment
        if self.waiting and not own_switch:
            return await self._while_waiting(intent)
        outcome = await self._with_debt(await self._on(intent))
        offered = any(one.value in _HUMAN_BUTTONS for reply in outcome.replies for one in reply.choices)
        return replace(outcome, memory=replace(outcome.memory, human_offered=offered))

    async def _with_debt(self, outcome: Outcome) -> Outcome:
        """Who asks for a human while cut off for debt waits less; what the operator does not say in time is not so."""
        phone = self.about.conversation.phone
        if phone is None or not any(isinstance(change, QueueUp) for change in outcome.changes):
            return outcome
        try:
            async with asyncio.timeout(DEBT_PATIENCE):
                balance = await self.about.subscribers.balance(phone)
        except (SubscribersError, TimeoutError):
            return outcome
        cut_off = balance.blocked and balance.amount < 0
        changes = (replace(one, cut_off=cut_off) if isinstance(one, QueueUp) else one for one in outcome.changes)
        return replace(outcome, changes=tuple(changes))

    async def _on(self, intent: Intent) -> Outcome:
        match intent:
            case Ask():
                return await self._ask(intent)
            case Consent():
                return await self._consent(intent)
            case Here():
                return await self._answer(COVERAGE, Ask(COVERAGE), here=(intent.latitude, intent.longitude))
            case Link():
                return await self._link(intent)
            case Command():
                return await self._command(intent)
            case Unsure():
                return self._unsure(intent.options)
            case _:
                return self._simple(intent)

    def _simple(self, intent: Intent) -> Outcome:
        match intent:
            case Human(topic=topic):
                return self._human(topic)
            case NoneOfThese():
                return self._none_of_these()
            case Nod():
                return self._nod()
            case LeaveIt():
                return self._leave_it()
            case NotThat():
                return self._not_that()
            case More(topic=topic):
                return self._more(topic)
            case ChooseLanguage(language=language):
                said = render.notice(language, "bot.language_chosen")
                return replace(self.start, language=language).then(said, changes=(LanguageChosen(language),))
            case Leave(handoff_id=handoff_id):
                return self._leave(handoff_id)
            case Stay():
                return self._stay(intent)
            case OtherLine():
                return self._other_line(intent)
            case AddWords():
                return self._ask_words(intent)
            case Copy():
                return self._copy()
            case Rate(stars=stars, handoff_id=handoff_id):
                return self.start.then(changes=(Rated(handoff_id, stars),))
            case Unreadable(kind=kind):
                return self._unreadable(kind)
            case _:
                return self.start.then(self._notice("bot.button_expired"))

    # answers

    async def _ask(self, ask: Ask) -> Outcome:
        entry = self.about.knowledge.catalogue.entries[ask.entry]
        if entry.human and entry.id in ("human", "emergency", "out_of_scope"):
            return self._human(entry.id)
        if announced := self._incident(entry.topic, entry.id):
            return announced
        first = await self._answer(ask.entry, ask)
        return await self._second(first, ask.also) if ask.also else first

    async def _second(self, first: Outcome, ask: Ask) -> Outcome:
        """The second question of a message: answered as well, or a button for it if the first still needs a word."""
        memory = first.memory
        if memory.pending or memory.unasked or first.changes:
            last = first.replies[-1]
            entry = self.about.knowledge.catalogue.entries[ask.entry]
            also = render.choice(entry.button.get(self.language) or entry.title[self.language], f"go:{ask.entry}")
            return replace(first, replies=(*first.replies[:-1], replace(last, choices=(*last.choices, also))))
        second = await self._answer(ask.entry, ask)
        instead = replace(second.memory, instead=first.memory.instead)
        return replace(first, replies=first.replies + second.replies, changes=second.changes, memory=instead)

    async def _consent(self, consent: Consent) -> Outcome:
        pending = consent.pending
        if pending.action == "forget":
            return self._forget(yes=consent.yes)
        if pending.entry not in self.about.knowledge.catalogue.entries:
            return self.start.then(self._notice("bot.button_expired"))
        # However often a yes arrives (pressed again, tried again after a time-out), it is the same change.
        self.about = replace(self.about, request_id=f"{self.about.conversation.id}:{pending.nonce}")
        ask = Ask(pending.entry, pending.argument)
        return await self._answer(pending.entry, ask, confirmed=consent.yes, declined=not consent.yes)

    async def _answer(
        self,
        entry_id: str,
        ask: Ask,
        *,
        here: tuple[float, float] | None = None,
        confirmed: bool = False,
        declined: bool = False,
    ) -> Outcome:
        about, entries = self.about, self.about.knowledge.catalogue.entries
        entry = entries[entry_id]
        if not entry.valid.covers(about.now.date()) and not (confirmed or declined):
            return await self._out_of_date(entry, ask)
        allowed = carriage.allowed(about.settings, about.conversation)
        if entry.data not in allowed:
            return self._only_in_app(entry, ask)
        question = Question(
            entry=entry,
            knowledge=about.knowledge,
            subscribers=about.subscribers,
            now=about.now,
            request_id=about.request_id,
            subscriber=carriage.owner_for(entry, about.conversation, allowed),
            argument=ask.argument,
            named=ask.named,
            here=here,
            confirmed=confirmed,
            declined=declined,
        )
        try:
            answer = await act(question)
        except NeedsPhone:
            return self._ask_phone(entry_id)
        except SubscribersDown:
            return self._system_down()
        except SubscribersError:
            return self.start.then(self._notice("bot.no_data", human=True))
        entry = await fitting(question, about.conversation.channel, self.language)
        reply = render.entry(entry, answer, about.knowledge.catalogue, self.language)
        memory = replace(self.memory.answered(entry.topic), pending=answer.pending, instead=self._instead(entry))
        changes = (QueueUp(entry.topic, "entry"),) if entry.human else ()
        again = () if entry.human or entry.topic in TALK else self._same_again(reply)
        return self.start.then(reply, *again, changes=changes, memory=replace(memory, said=self._mark(reply)))

    async def _out_of_date(self, entry: Entry, ask: Ask) -> Outcome:
        """An entry outside its days says nothing: what it names instead does, if that may, else a human is called."""
        instead = self.about.knowledge.catalogue.entries.get(entry.fallback)
        if instead is None or instead.human or not instead.valid.covers(self.about.now.date()):
            return self.start.then(self._notice("bot.out_of_date"), changes=(QueueUp(entry.topic, "entry"),))
        return await self._answer(instead.id, replace(ask, entry=instead.id))

    def _ask_phone(self, entry_id: str) -> Outcome:
        """Ask once who this is; the question is answered right after, without being asked again."""
        asked = f"{self.incoming.kind}:{self.incoming.button or self.incoming.text}"
        memory = replace(self.memory, unasked=f"button:go:{entry_id}" if self.incoming.command else asked[:500])
        if self.about.conversation.channel == IN_APP:
            return self.start.then(self._notice("bot.sign_in"), memory=memory)
        text = self._notice("bot.ask_phone")
        return self.start.then(replace(text, ask_phone=self._text("bot.share_phone")), memory=memory)

    def _only_in_app(self, entry: Entry, ask: Ask) -> Outcome:
        """Not a word of the person's own here: a link under which the app's chat gives this very answer."""
        takes = ACTIONS[entry.action].takes if entry.action else frozenset()
        named = next((one.value for one in ask.named if one.kind in takes and len(one.candidates) < 2), "")
        link = self.about.links.to(entry.id, ask.argument or named, self.about.now)
        said = render.only_in_app(self.language, link)
        return self.start.then(said, memory=self.memory.answered(entry.topic))

    def _system_down(self) -> Outcome:
        """Say so, try once more by ourselves, and offer a human meanwhile."""
        if self.about.last_try:
            return self.start.then(self._notice("bot.system_still_down", human=True))
        return self.start.then(self._notice("bot.system_down", human=True), changes=(TryAgain(RETRY_SECONDS),))

    # commands and linking

    async def _command(self, command: Command) -> Outcome:
        match command.name:
            case "operator":
                return self._human("human")
            case "stop":
                return self._leave()
            case "transcript":
                return self._copy()
            case "language":
                choices = tuple(render.choice(name, f"lang:{code}") for code, name in _LANGUAGE_NAMES.items())
                return self.start.then(replace(self._notice("bot.choose_language"), choices=choices))
            case "forget":
                return await self._ask_forget()
            case "unlink":
                return await self._unlink()
            case "blocked":  # nobody is there to be answered, and others wait
                queued = self.about.conversation.state == "queued"
                return self.start.then(changes=(LeaveQueue(),), memory=Memory()) if queued else self.start
            case "returned":
                return self.start
            case "help":
                return self.start.then(self._welcome("bot.help"))
            case "start":
                return await self._start(command.argument)
            case _:
                return self.start.then(self._welcome("bot.unknown_command"))

    async def _start(self, payload: str) -> Outcome:
        topic = payload.removeprefix("topic_")
        if topic != payload and topic in self.about.knowledge.catalogue.entries:
            return await self._ask(Ask(topic))
        if is_invitation(payload):
            vouched = await self._vouched_for(payload)
            return vouched if isinstance(vouched, Outcome) else await self._link(Link(vouched), payload)
        memory = Memory() if self.about.conversation.held_by_bot else self.memory
        return self.start.then(self._welcome("bot.welcome"), memory=memory)

    async def _link(self, link: Link, token: str = "") -> Outcome:
        if not carriage.knows_people(carriage.allowed(self.about.settings, self.about.conversation)):
            return self.start.then(self._notice("bot.number_not_needed"))
        if link.phone is None:
            return self.start.then(self._notice("bot.not_your_contact"))
        try:
            subscriber: Subscriber | None = await self.about.identify(link.phone)
        except SubscribersDown:
            return self._system_down()
        if subscriber is None:
            return self.start.then(self._notice("bot.not_a_subscriber", human=True))
        linked = self.start.then(changes=(Linked(subscriber, token),))
        if self.about.conversation.state == "assigned":
            return linked.then(self._notice("bot.linked_for_agent", name=self._agent()))
        unasked = self.memory.unasked
        if not unasked or self.waiting:
            name = _given_name(subscriber)
            said = self._notice("bot.linked", name=name) if name else self._notice("bot.linked_nameless")
            return linked.then(replace(said, choices=self._welcome("bot.help").choices), memory=Memory())
        return await self._answer_unasked(linked, unasked, subscriber)

    async def _answer_unasked(self, linked: Outcome, unasked: str, subscriber: Subscriber) -> Outcome:
        kind, _, asked = unasked.partition(":")
        again = replace(
            self.incoming, kind="button" if kind == "button" else "text", text=asked, button=asked, phone=None
        )
        known = replace(self.about.conversation, phone=subscriber.id, memory=replace(self.memory, unasked=None))
        answered = await decide(again, replace(self.about, conversation=known))
        if any(isinstance(change, TryAgain) for change in answered.changes):  # which begins with the number again
            answered = replace(answered, memory=replace(answered.memory, unasked=unasked))
        return replace(answered, changes=linked.changes + answered.changes)


_LANGUAGE_NAMES = {"ru": "Русский", "zh": "中文"}  # each in itself, as every language menu has them


def _given_name(subscriber: Subscriber) -> str:
    return subscriber.name.split()[0] if subscriber.name else ""
