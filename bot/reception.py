"""Into the queue, with the truth about what happens next: place, measured wait, or when somebody will be there."""

from __future__ import annotations

from datetime import datetime

from bot import agents, handoff, i18n, render, transcript
from bot.cases import CUT_OFF, EMERGENCY, case_of, expected_wait
from bot.conversation import Conversation
from bot.database import Tx
from bot.messages import Reply
from bot.outcome import QueueUp
from bot.parts import Bot


async def queue_up(bot: Bot, tx: Tx, conversation: Conversation, wanted: QueueUp) -> None:
    """Into the queue, and the truth about what happens next."""
    urgent = wanted.topic == "emergency"
    if conversation.state == "queued":
        if urgent:
            await handoff.raise_priority(tx, conversation, topic="emergency", priority=EMERGENCY)
    else:
        priority = EMERGENCY if urgent else CUT_OFF if wanted.cut_off else 0
        await handoff.ask(tx, conversation, topic=wanted.topic, reason=wanted.reason, priority=priority)
    await transcript.say(tx, conversation, await _where_in_queue(bot, tx, conversation, urgent=urgent))


async def _where_in_queue(bot: Bot, tx: Tx, conversation: Conversation, *, urgent: bool) -> Reply:
    case = await case_of(tx, conversation.id)
    if case is None:
        raise handoff.Gone("nobody waits in this conversation")
    language, line = conversation.language, case.line
    leave = render.phrase_choice(language, "bot.leave_queue", "leave")
    if await agents.at_desk(tx, line):
        wait = await expected_wait(tx, line, case.position)
        if urgent or wait is None:
            return render.notice(language, "bot.queued_urgent" if urgent else "bot.queued", leave, n=case.position)
        minutes = max(1, round(wait.total_seconds() / 60))
        about = i18n.counted(language, "bot.about_minutes", minutes)
        return render.notice(language, "bot.queued_with_time", leave, n=case.position, wait=about)
    hours, now = bot.knowledge.catalogue.operator.hours, bot.clock()
    if hours.is_open(line, now) or (opening := hours.next_opening(line, now)) is None:
        return render.notice(language, "bot.queued_nobody_online", leave, n=case.position)
    when = _when(opening.astimezone(bot.settings.timezone), now.astimezone(bot.settings.timezone), language)
    return render.notice(language, "bot.queued_until", leave, when=when)


def _when(opening: datetime, now: datetime, language: str) -> str:
    """«сегодня в 9:00», «завтра в 9:00», else the date with the time."""
    days = (opening.date() - now.date()).days
    if days > 1:
        return render.moment(opening, language)
    return i18n.text(language, "bot.tomorrow_at" if days else "bot.today_at", time=f"{opening.hour}:{opening:%M}")
