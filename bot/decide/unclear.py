"""What to say to a message that is no clear question: ask back, once; own up; offer a human."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zlib import crc32

from bot import render
from bot.decide.deciding import Deciding
from bot.messages import Reply
from bot.outcome import Outcome
from bot.understand import Thumb
from faq.entry import Entry
from faq.head import NOT_ANSWERED
from faq.match import TALK

_NO_CHOICE = NOT_ANSWERED | TALK  # never offered as what may have been meant
_LIKELY = 0.02
SOON = timedelta(minutes=5)  # for as long somebody still sees the same answer above
_NAMED_KINDS = frozenset({"photo", "voice", "file", "sticker", "signs"})


class Unclear(Deciding):
    def _unsure(self, options: tuple[str, ...]) -> Outcome:
        if self.memory.offered:  # a choice was shown last time already and did not help
            return self._human("unclear")
        memory = replace(self.memory, offered=options, misses=self.memory.misses + 1, pending=None)
        return self.start.then(self._choice("bot.which_one", options), memory=memory)

    def _none_of_these(self) -> Outcome:
        if self.memory.misses > 1:
            return self._human("unclear")
        memory = replace(self.memory, misses=self.memory.misses + 1, offered=())
        return self.start.then(self._notice("bot.say_otherwise", human=True), memory=memory)

    def _nod(self) -> Outcome:
        """Nothing is asked. A choice that is still open is shown again."""
        if self.memory.offered:
            return self.start.then(self._choice("bot.which_one", self.memory.offered))
        return self.start.then(self._notice("bot.nod"))

    def _leave_it(self) -> Outcome:
        """Whatever choice was open is not any more."""
        memory = replace(self.memory, offered=(), instead=(), misses=0)
        return self.start.then(self._notice("bot.left_as_is"), memory=memory)

    def _not_that(self) -> Outcome:
        if self.memory.offered or self.memory.misses:
            return self._human("unclear")
        if not self.memory.instead:
            return self._none_of_these()
        memory = replace(self.memory, offered=self.memory.instead, instead=(), misses=1)
        return self.start.then(self._choice("bot.not_that", memory.offered), memory=memory)

    def _thumb(self, thumb: Thumb) -> Outcome:
        """A sign on one of our messages is kept, see reactions.py; a thumb down is also answered, but for the queue."""
        quiet = replace(self.start, trace=None)
        if thumb.up or self.waiting:
            return quiet
        return quiet.then(self._notice("bot.disliked", human=True))

    def _same_again(self, reply: Reply) -> tuple[Reply, ...]:
        """Other words asked and the same were said: perhaps it is not what was meant, and a human is near."""
        before, _, words = self.memory.said.partition(":")
        now, _, same = self._mark(reply).partition(":")
        soon = bool(before) and int(now) - int(before) < SOON.total_seconds()
        repeated = soon and words == same and self.incoming.kind == "text"
        return (self._notice("bot.same_again", human=True),) if repeated else ()

    def _mark(self, reply: Reply) -> str:
        return f"{int(self.about.now.timestamp())}:{crc32(reply.text.encode()):08x}"

    def _more(self, topic: str) -> Outcome:
        """The bot says only what the editors wrote: what stands next to the answer, or a human."""
        catalogue = self.about.knowledge.catalogue
        entry = catalogue.entries.get(topic)
        choices = render.nexts(entry, catalogue, self.language) if entry else ()
        said = self._notice("bot.more", human=True)
        return self.start.then(replace(said, choices=(*choices, *said.choices)))

    def _choice(self, key: str, topics: tuple[str, ...]) -> Reply:
        entries = self.about.knowledge.catalogue.entries
        meant = [entries[one] for one in topics if one in entries]
        return replace(self._notice(key), choices=render.topics(self.language, meant))

    def _unreadable(self, kind: str) -> Outcome:
        if self.memory.misses > 1:
            return self._human("unclear")
        memory = replace(self.memory, misses=self.memory.misses + 1)
        key = f"bot.unreadable.{kind if kind in _NAMED_KINDS else 'other'}"
        return self.start.then(self._notice(key, human=True), memory=memory)

    def _instead(self, answered: Entry) -> tuple[str, ...]:
        """What the question may have been about, if the answer was wrong: the next likeliest, then what lies near."""
        match, entries = self.understood.match, self.about.knowledge.catalogue.entries
        likely = [topic for topic, chance in match.ranked[1:4] if chance >= _LIKELY] if match else []
        topics = dict.fromkeys([*likely, *(one.entry for one in answered.next)])
        return tuple(one for one in topics if one in entries and one not in _NO_CHOICE and one != answered.id)[:3]
