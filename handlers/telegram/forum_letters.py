"""What is done in the desk's group: presses, words for the person, notes, corrections, codes sent in private.

Every deed and the mark that its update is dealt with are one transaction; what is answered comes after it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from bot import files, handoff, i18n, inbox
from bot.files.file_types import Unfit
from bot.forum import STAFF, deeds, topics
from bot.forum.topics import Topic
from bot.handoff import HandoffError, NotYours
from bot.inbox import Letter
from bot.messages import ChannelError, Refused, Reply, SlowDown, TooLarge
from bot.parts import Bot
from bot.staff import telegram_ids
from bot.staff.agents import Agent
from handlers.telegram.aiogram_parts import methods
from handlers.telegram.bot_api import BotApi, SendText
from handlers.telegram.forum_calls import ForumCalls
from handlers.telegram.forum_updates import Done

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 5.0
TOAST = 200  # characters


@dataclass(frozen=True)
class Answer:
    """What whoever did it is told; `alert` stays until it is read."""

    text: str
    alert: bool = False


class ForumLetters:
    def __init__(self, bot: Bot, api: BotApi, calls: ForumCalls) -> None:
        self._bot = bot
        self._api = api
        self._calls = calls

    async def take(self, letter: Letter, done: Done) -> None:
        """Raises SlowDown before anything is done; the caller puts the letter off."""
        match done.kind:
            case "press":
                await self._press(letter, done)
            case "code":
                await self._code(letter, done)
            case "words" | "edit":
                await self._words(letter, done)
            case "closed":
                await self._closed(letter, done)
            case _:
                await self._finish(letter)

    async def _finish(self, letter: Letter) -> None:
        async with self._bot.db.transaction() as tx:
            await inbox.done(tx, letter.id, self._bot.db.owner)

    # ---- buttons

    async def _press(self, letter: Letter, done: Done) -> None:
        try:
            answer = await self._pressed(letter, done)
        except HandoffError as problem:
            await self._finish(letter)
            answer = Answer(deeds.refusal(problem), alert=True)
        toast = methods.AnswerCallbackQuery(
            callback_query_id=done.callback, text=answer.text[:TOAST], show_alert=answer.alert
        )
        try:
            await self._api.call(toast, ANSWER_TIMEOUT)
        except ChannelError as error:  # too old to be answered; the topic shows what came of it
            log.info("forum: press not answered", extra={"cause": str(error)})

    async def _pressed(self, letter: Letter, done: Done) -> Answer:
        """Raises HandoffError."""
        mark, _, rest = done.text.partition(":")
        deed, _, rest = rest.partition(":")
        case, _, entry = rest.partition(":")
        async with self._bot.db.transaction() as tx:
            agent = await telegram_ids.by_telegram(tx, done.user_id)
            topic = await topics.by_case(tx, done.chat_id, int(case)) if re.fullmatch("[0-9]{1,18}", case) else None
        if agent is None:
            await self._finish(letter)
            return Answer(i18n.text(STAFF, "forum.not_bound"), alert=True)
        if mark != "f" or deed not in deeds.DEEDS or topic is None:
            raise handoff.Gone("no such case")
        ready = await deeds.ready(self._bot, topic, entry) if deed == "say" else None
        async with self._bot.db.transaction() as tx:
            if ready is not None:
                said = await deeds.say_ready(tx, agent, topic, f"press:{done.key}", ready)
            else:
                said = await deeds.press(tx, agent, topic, deed)
            await inbox.done(tx, letter.id, self._bot.db.owner)
        self._ring(topic)
        return Answer(said)

    # ---- words

    async def _words(self, letter: Letter, done: Done) -> None:
        async with self._bot.db.transaction() as tx:
            agent = await telegram_ids.by_telegram(tx, done.user_id)
            topic = await topics.by_thread(tx, done.chat_id, done.thread_id) if done.thread_id else None
        if agent is not None and done.kind == "words" and done.text.partition("@")[0] in ("/online", "/offline"):
            await self._presence(letter, agent, done)
        elif topic is None:
            await self._finish(letter)  # talk among colleagues
        elif agent is None:
            await self._tell_once(letter, topic, done)
        else:
            await self._from_agent(letter, agent, topic, done)

    async def _presence(self, letter: Letter, agent: Agent, done: Done) -> None:
        here = done.text.startswith("/online")
        async with self._bot.db.transaction() as tx:
            if here:
                await telegram_ids.at_work(tx, agent, asked=True)
            else:
                await telegram_ids.off_work(tx, agent)
            await inbox.done(tx, letter.id, self._bot.db.owner)
        self._bot.db.bell.ring("agents", "queue")
        await self._tell(done, i18n.text(STAFF, "forum.online" if here else "forum.offline", name=agent.called(STAFF)))

    async def _tell_once(self, letter: Letter, topic: Topic, done: Done) -> None:
        async with self._bot.db.transaction() as tx:
            first = done.kind == "words" and await topics.tell_once(tx, topic, done.user_id)
            await inbox.done(tx, letter.id, self._bot.db.owner)
        if first:
            await self._tell(done, i18n.text(STAFF, "forum.not_sent_unbound"))

    async def _from_agent(self, letter: Letter, agent: Agent, topic: Topic, done: Done) -> None:
        try:
            file = await self._file_of(done) if done.attachment and done.kind == "words" else None
            if file is None and not done.text:
                raise ValueError(i18n.text(STAFF, "forum.not_carried"))
            async with self._bot.db.transaction() as tx:
                if done.kind == "edit":
                    await deeds.correct(tx, agent, topic, done.message_id, done.text, done.key)
                else:
                    await deeds.write(tx, agent, topic, done.message_id, done.text, file)
                await inbox.done(tx, letter.id, self._bot.db.owner)
        except (HandoffError, ValueError) as problem:
            await self._finish(letter)
            await self._tell(done, _not_sent(problem, done))
        else:
            self._ring(topic)

    async def _file_of(self, done: Done) -> files.Examined:
        """Raises ValueError with what to tell the agent."""
        given = done.attachment
        if given is None:
            raise ValueError(i18n.text(STAFF, "forum.not_carried"))
        limit = self._bot.settings.file_limit
        try:
            content = await self._api.download(given.reference)
            if len(content) > limit:
                raise TooLarge("over FILE_LIMIT")
            return await files.examined(content, given.name)
        except TooLarge:
            raise ValueError(i18n.text(STAFF, "error.file_too_big", mb=limit // 1024 // 1024)) from None
        except Unfit as unfit:
            raise ValueError(i18n.text(STAFF, f"error.{unfit.code}")) from None
        except Refused:
            raise ValueError(i18n.text(STAFF, "forum.not_carried")) from None

    async def _tell(self, done: Done, text: str) -> None:
        """As an answer to the message it is about; once, since what they did is dealt with already."""
        try:
            await self._calls.post(done.thread_id, Reply(text), done.message_id)
        except SlowDown as asked:
            self._calls.pause(asked.seconds)
            log.warning("forum: an agent was not told", extra={"cause": "limit", "seconds": asked.seconds})
        except ChannelError as error:
            log.warning("forum: an agent was not told", extra={"cause": str(error)})

    # ---- the rest

    async def _closed(self, letter: Letter, done: Done) -> None:
        """Closed by hand while the case goes on: opened again, so that whoever is no administrator can write."""
        async with self._bot.db.transaction() as tx:
            topic = await topics.by_thread(tx, done.chat_id, done.thread_id) if done.thread_id else None
        if topic is not None and not topic.over and topic.thread_id is not None:
            await self._calls.reopen(topic.thread_id)
        await self._finish(letter)

    async def _code(self, letter: Letter, done: Done) -> None:
        async with self._bot.db.transaction() as tx:
            agent = await telegram_ids.bind(tx, done.text, done.user_id)
            await inbox.done(tx, letter.id, self._bot.db.owner)
        key = "forum.bound" if agent else "forum.bad_code"
        said = i18n.text(STAFF, key, name=agent.called(STAFF) if agent else "")
        try:
            await self._api.call(SendText(chat_id=done.chat_id, text=said))
        except ChannelError as error:
            log.warning("forum: an agent was not told of the code", extra={"cause": str(error)})

    def _ring(self, topic: Topic) -> None:
        self._bot.db.bell.ring(*handoff.rings(topic.conversation_id), "agents")


def _not_sent(problem: Exception, done: Done) -> str:
    if isinstance(problem, NotYours) and done.kind == "edit":
        return i18n.text(STAFF, "forum.not_corrected")
    if isinstance(problem, HandoffError):
        return i18n.text(STAFF, "forum.not_sent", why=deeds.refusal(problem))
    return str(problem)
