"""What a decision changes, written under the conversation's lock: the queue, the number, the language, ratings."""

from __future__ import annotations

import logging

from bot import contacts, handoff, render, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.copying import copy_of
from bot.handoff.reception import change_line, queue_up
from bot.incidents import store as incidents
from bot.knowledge import lessons
from bot.masking import masked_phone
from bot.messages import Incoming
from bot.outcome import (
    Change,
    ChangeLine,
    Commented,
    Forget,
    LanguageChosen,
    LeaveQueue,
    Linked,
    QueueUp,
    Rated,
    SendCopy,
    Told,
    Unlinked,
)
from bot.parts import Bot
from bot.people import identity

log = logging.getLogger(__name__)


async def apply(bot: Bot, tx: Tx, conversation: Conversation, incoming: Incoming, change: Change) -> Conversation:
    """Write it, and say what can only be said once it is written. Returns the conversation as it is then."""
    match change:
        case QueueUp():
            await queue_up(bot, tx, conversation, change)
            await lessons.called_human(tx, conversation, incoming, change)
        case LeaveQueue():
            await handoff.leave(tx, conversation)
        case ChangeLine(line=line):
            await change_line(bot, tx, conversation, line)
        case Linked() | Unlinked():
            return await _identify(tx, conversation, change)
        case LanguageChosen(language=language):
            return await contacts.choose_language(tx, conversation, language)
        case Rated() | Commented():
            await _rate(tx, conversation, change)
        case SendCopy():
            reply = await copy_of(tx, conversation, bot.settings.timezone)
            await transcript.say(tx, conversation, reply)
        case Told(incident_id=incident_id):
            await incidents.told(tx, incident_id, conversation.id)
        case Forget():
            log.info("turn: erased on request", extra={"conversation": conversation.id})
    return conversation


async def _identify(tx: Tx, conversation: Conversation, change: Linked | Unlinked) -> Conversation:
    """An agent who holds the chat sees that the person has just proven who they are."""
    known = await identity.change(tx, conversation, change)
    if isinstance(change, Linked) and conversation.state == "assigned":
        body = {"text": masked_phone(change.owner.id), "linked": True}
        await transcript.append(tx, conversation.id, "note", "system", body)
    return known


async def _rate(tx: Tx, conversation: Conversation, change: Rated | Commented) -> None:
    language = conversation.language
    if isinstance(change, Commented):
        kept = await handoff.comment(tx, conversation, change.handoff_id, change.text)
        await transcript.say(tx, conversation, render.notice(language, "bot.words_kept" if kept else "bot.words_late"))
        return
    if await handoff.rate(tx, conversation, change.handoff_id, change.stars):
        words = render.phrase_choice(language, "bot.add_words", f"words:{change.handoff_id}")
        copy = render.phrase_choice(language, "bot.send_transcript", f"copy:{change.handoff_id}")
        await transcript.say(tx, conversation, render.notice(language, "bot.rated", words, copy))
    else:
        await transcript.say(tx, conversation, render.notice(language, "bot.already_rated"))
