"""What an agent does in the group, by the calls that the desk's page makes; and what they are told of it.

Everything runs in the caller's transaction, so that a deed and the mark that its update is dealt with are one. A
repeated update changes nothing: claims and words are known again by who and which message.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from bot import desk, handoff, i18n, transcript
from bot.contacts import load
from bot.database import Tx
from bot.desk import ReadyAnswer
from bot.files import Examined, keep
from bot.forum import STAFF, topics
from bot.forum.topics import Topic
from bot.handoff import Full, HandoffError, Held, NotYours
from bot.handoff.moves import held_by
from bot.messages import Reply
from bot.parts import Bot
from bot.staff import audit, telegram_ids
from bot.staff.agents import Agent

DEEDS = ("take", "bot", "solved", "unsolved", "say")
NOTE = "/note"
LONGEST = 4000  # characters of one message to a person
_OURS = UUID("6f1d9c52-0f0b-4e0e-9d43-6a1c1e5b7a10")
# What the reports count a chat closed from the group as; a finer reason is given at the desk's page.
_REASONS = {"solved": "answered", "unsolved": "other"}


def refusal(problem: HandoffError) -> str:
    """Why it was not done, for the agent."""
    match problem:
        case Held(agent=agent):
            return i18n.text(STAFF, "forum.held", name=agent)
        case Full():
            return i18n.text(STAFF, "forum.full")
        case NotYours():
            return i18n.text(STAFF, "forum.not_yours")
        case _:
            return i18n.text(STAFF, "forum.gone")


async def ready(bot: Bot, topic: Topic, entry: str) -> ReadyAnswer:
    """Asks the operator: no transaction may be open. Raises Gone."""
    async with bot.db.transaction() as tx:
        conversation = await load(tx, topic.conversation_id)
    if conversation is None:
        raise handoff.Gone("no such conversation")
    return await desk.ready_answer(bot, conversation, entry)


async def press(tx: Tx, agent: Agent, topic: Topic, deed: str) -> str:
    """Take, hand back or close; what the button answers. Raises HandoffError."""
    chat = topic.conversation_id
    await _at_work(tx, agent, topic)
    if deed == "take":
        await handoff.claim(tx, agent, chat)
        return i18n.text(STAFF, "forum.taken")
    if deed == "bot":
        await handoff.hand_back(tx, agent, chat)
        await audit.keep(tx, agent, "return", conversation_id=chat)
        return i18n.text(STAFF, "forum.handed_back")
    await handoff.close(tx, agent, chat, reason=_REASONS[deed], outcome=deed)
    await audit.keep(tx, agent, "close", conversation_id=chat, outcome=deed)
    return i18n.text(STAFF, f"forum.closed_{deed}")


async def say_ready(tx: Tx, agent: Agent, topic: Topic, cid: str, answer: ReadyAnswer) -> str:
    """A ready answer in the person's language; it is mirrored, for the topic has not seen it. Raises HandoffError."""
    await _at_work(tx, agent, topic)
    await desk.say_ready(tx, agent, topic.conversation_id, _cid(cid), answer)
    return i18n.text(STAFF, "forum.said")


async def write(tx: Tx, agent: Agent, topic: Topic, message_id: int, text: str, file: Examined | None = None) -> None:
    """To the person, or with /note to colleagues only. Raises HandoffError, ValueError for what is too long."""
    await _at_work(tx, agent, topic)
    if len(text) > LONGEST:
        raise ValueError(i18n.text(STAFF, "forum.too_long"))
    chat, cid = topic.conversation_id, _cid(f"{topic.chat_id}:{message_id}")
    if text.partition(" ")[0].partition("@")[0] == NOTE and file is None:
        words = text.partition(" ")[2].strip()
        if not words:
            raise ValueError(i18n.text(STAFF, "forum.empty_note"))
        event = await handoff.note(tx, agent, chat, words)
    elif text.startswith("/") and file is None:
        raise ValueError(i18n.text(STAFF, "forum.unknown_command"))
    elif file is not None:
        await held_by(tx, agent, chat)
        file_id = await keep(tx, chat, "agent", cid, file)
        event = await desk.say_with_file(tx, agent, chat, cid, (text, file_id))
    else:
        event = await handoff.say(tx, agent, chat, cid, Reply(text))
    await topics.note_message(tx, topic, message_id, event.n, ours=False)


async def correct(tx: Tx, agent: Agent, topic: Topic, message_id: int, text: str, key: str) -> None:
    """The agent edited their message: so is the person's copy of it. Raises HandoffError, ValueError."""
    n = await topics.event_in(tx, topic, message_id)
    if n is None:
        raise ValueError(i18n.text(STAFF, "forum.not_corrected"))
    (said,) = await transcript.since_all(tx, topic.conversation_id, n - 1, 1)
    if said.kind == "note" or not text.strip():
        raise ValueError(i18n.text(STAFF, "forum.not_corrected"))
    await _at_work(tx, agent, topic)
    event = await handoff.edit(tx, agent, topic.conversation_id, _cid(f"edit:{key}"), (said.id, text))
    await topics.note_message(tx, topic, message_id, event.n, ours=False)


async def _at_work(tx: Tx, agent: Agent, topic: Topic) -> None:
    """In the topic of an old case nothing can be done, though the person may have a new one. Raises Gone."""
    if topic.over:
        raise handoff.Gone("this case is over")
    await telegram_ids.at_work(tx, agent)


def _cid(key: str) -> str:
    return str(uuid5(_OURS, key))
