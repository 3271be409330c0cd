"""What the bot says around a chat with a human: while the person waits for one, leaves, and after it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot import i18n, render
from bot.conversation import Memory, Pending
from bot.decide.own_data import OwnData
from bot.messages import Reply
from bot.outcome import ChangeLine, Commented, LeaveQueue, Outcome, QueueUp, SendCopy
from bot.understand import AddWords, Ask, Command, Consent, Here, Human, Intent, More, OtherLine, Stay

WORDS_WITHIN = timedelta(minutes=10)
LONGEST_COMMENT = 2000
_ABOUT_WAITING = frozenset({"complaint", "human"})  # said in the queue, these are about the queue


class Meanwhile(OwnData):
    async def _on(self, intent: Intent) -> Outcome:
        raise NotImplementedError

    async def _while_waiting(self, intent: Intent) -> Outcome:
        """The bot still answers what it surely can; all else is kept for the agent. The place is kept either way."""
        if isinstance(intent, Human) and intent.topic in ("human", "emergency"):
            return self._human(intent.topic)
        if isinstance(intent, Ask) and intent.entry in _ABOUT_WAITING:
            return self.start.then(changes=(QueueUp("human", "asked"),))
        if isinstance(intent, Ask | Consent | Here | More) or self.incoming.kind == "button":
            answered = await self._on(intent)
            changes = tuple(one for one in answered.changes if not isinstance(one, QueueUp))
            return replace(answered, changes=changes, memory=replace(answered.memory, noted=self.memory.noted))
        tip = self._tip()
        said = (tip,) if tip else ()
        if self.memory.noted:
            return self.start.then(*said)
        memory = replace(self.memory, noted=True)
        return self.start.then(*said, self._waiting_notice("bot.added_to_case"), memory=memory)

    def _waiting_notice(self, key: str) -> Reply:
        return replace(self._notice(key), choices=(render.leave(self.language, self.about.conversation.handoff_id),))

    def _leave(self, button_of: int | None = None) -> Outcome:
        """A button leaves the queue that it stood under, and nothing else; /stop ends a chat with an agent too."""
        conversation = self.about.conversation
        if conversation.held_by_bot:
            return self.start.then(self._notice("bot.nothing_to_leave"))
        if self.incoming.kind == "button":
            if conversation.state == "assigned":
                return self.start.then(self._notice("bot.agent_is_here", name=self._agent()))
            if button_of is not None and button_of != conversation.handoff_id:
                return self.start.then(self._waiting_notice("bot.old_leave"))
        return self.start.then(self._notice("bot.left"), changes=(LeaveQueue(),), memory=Memory())

    def _agent(self) -> str:
        return i18n.called(self.about.conversation.agent_name or "", self.about.conversation.language)

    def _stay(self, stay: Stay) -> Outcome:
        if self._is_old(stay.handoff_id):
            return self.start.then(self._notice("bot.nothing_to_leave"))
        return self.start.then(self._waiting_notice("bot.waits_on" if stay.how == "wait" else "bot.asks_on"))

    def _other_line(self, wanted: OtherLine) -> Outcome:
        if self._is_old(wanted.handoff_id):
            return self.start.then(self._notice("bot.nothing_to_leave"))
        return self.start.then(changes=(ChangeLine(wanted.line),))

    def _is_old(self, handoff_id: int) -> bool:
        return not self.waiting or handoff_id != self.about.conversation.handoff_id

    # after it

    def _ask_words(self, wanted: AddWords) -> Outcome:
        """The next text is the comment, for so long as it is kept as one."""
        until = (self.about.now + WORDS_WITHIN).isoformat()
        pending = Pending("comment", "", str(wanted.handoff_id), nonce=until)
        return self.start.then(self._notice("bot.ask_words"), memory=replace(self.memory, pending=pending))

    def _words_to_rating(self) -> Outcome | None:
        """The text after that button is the comment: whoever pressed it means it so. Danger and commands go before."""
        pending, intent = self.memory.pending, self.understood.intent
        if pending is None or pending.action != "comment" or self.incoming.kind != "text":
            return None
        if self.waiting or self.about.now > datetime.fromisoformat(pending.nonce):
            return None
        if isinstance(intent, Command) or (isinstance(intent, Human) and intent.topic in ("human", "emergency")):
            return None
        comment = Commented(int(pending.argument), self.incoming.text.strip()[:LONGEST_COMMENT])
        # Not a question: no trace, and so no lesson of it either.
        return replace(self.start, trace=None).then(changes=(comment,), memory=replace(self.memory, pending=None))

    def _copy(self) -> Outcome:
        return self.start.then(changes=(SendCopy(),))
