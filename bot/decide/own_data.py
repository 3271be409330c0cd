"""What a person may do about what we know of them: link a number by the app, unlink it, see what is kept, erase it."""

from __future__ import annotations

import secrets
from dataclasses import replace

from bot import carriage, i18n, render
from bot.conversation import Memory, Pending
from bot.decide.unclear import Unclear
from bot.masking import masked_phone
from bot.messages import IN_APP, Reply
from bot.outcome import Forget, Outcome, Unlinked
from faq.wording import Day, write


class OwnData(Unclear):
    async def _vouched_for(self, token: str) -> str | Outcome:
        """The phone that the app vouches for by a one-time link, or why not."""
        offer, known = await self.about.offer(token), self.about.conversation.phone
        if offer.problem == "used" and known == offer.phone:
            return self.start.then(self._notice("bot.linked_already"))
        if offer.problem or offer.phone is None:
            return self.start.then(self._welcome(f"bot.link_{offer.problem or 'unknown'}"))
        return offer.phone

    async def _unlink(self) -> Outcome:
        """In a messenger this chat forgets the number; in the app, where it cannot, the messengers do."""
        phone, in_app = self.about.conversation.phone, self.about.conversation.channel == IN_APP
        chats = await self.about.linked(phone) if phone and in_app else ()
        if phone is None or (in_app and not chats):
            return self.start.then(self._notice("bot.nothing_linked"))
        key = "bot.unlinked_messengers" if in_app else "bot.unlinked"
        said = self._notice(key, phone=masked_phone(phone))
        memory = self.memory if in_app else Memory()
        return self.start.then(said, changes=(Unlinked(chats),), memory=memory)

    async def _ask_forget(self) -> Outcome:
        """Show what is kept, and erase it only after a yes."""
        nonce = secrets.token_hex(6)
        yes = render.phrase_choice(self.language, "bot.forget_yes", f"yes:{nonce}")
        no = render.phrase_choice(self.language, "bot.no_thanks", f"no:{nonce}")
        said = Reply(await self._what_is_kept(), choices=(yes, no))
        return self.start.then(said, memory=replace(self.memory, pending=Pending("forget", "", nonce=nonce)))

    async def _what_is_kept(self) -> str:
        kept, about, language = await self.about.kept(), self.about, self.language
        counts = (("messages", kept.messages), ("files", kept.files), ("cases", kept.cases))
        parts = [i18n.counted(language, f"bot.kept.{what}", number) for what, number in counts if number]
        since = write(Day((kept.since or about.now).astimezone(about.settings.timezone).date()), language)
        lines = [self._text("bot.kept", what=i18n.text(language, "bot.kept.and").join(parts), since=since)]
        phone = about.conversation.phone
        if phone and carriage.knows_people(carriage.allowed(about.settings, about.conversation)):
            lines.append(self._text("bot.kept.phone", phone=masked_phone(phone)))
        return "\n".join([*lines, self._text("bot.kept.erase")])

    def _forget(self, *, yes: bool) -> Outcome:
        if not yes:
            return self.start.then(self._notice("bot.not_forgotten"), memory=replace(self.memory, pending=None))
        return self.start.then(self._notice("bot.forgotten"), changes=(Forget(),), memory=Memory())
