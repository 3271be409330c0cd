"""Into the queue, with the truth about what happens next: place, measured wait, or when somebody will be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import handoff, i18n, render, transcript
from bot.conversation import Conversation
from bot.database import Tx
from bot.handoff.cases import CUT_OFF, EMERGENCY, Case, case_of, pace
from bot.messages import Choice, Reply
from bot.outcome import QueueUp
from bot.parts import Bot
from bot.staff import agents

# Who waits for the first of these lines and finds nobody there may ask for the second.
INSTEAD = {"zh": "ru"}


@dataclass(frozen=True)
class Outlook:
    """What a waiting person can be told now. `minutes` is None when no pace is measured or nobody keeps it."""

    place: int
    minutes: int | None
    staffed: bool
    opening: datetime | None  # when the line's hours begin; None while they last
    instead: str | None  # a line with somebody at the desk, when this one has nobody


async def queue_up(bot: Bot, tx: Tx, conversation: Conversation, wanted: QueueUp) -> None:
    """Into the queue, and the truth about what happens next; who is in it already is told how it stands."""
    urgent, again = wanted.topic == "emergency", conversation.state == "queued"
    if again and urgent:
        await handoff.raise_priority(tx, conversation, topic="emergency", priority=EMERGENCY)
    elif not again:
        priority = EMERGENCY if urgent else CUT_OFF if wanted.cut_off else 0
        await handoff.ask(tx, conversation, topic=wanted.topic, reason=wanted.reason, priority=priority)
    await tell_place(bot, tx, conversation, again=again and not urgent)


async def change_line(bot: Bot, tx: Tx, conversation: Conversation, line: str) -> None:
    await handoff.change_line(tx, conversation, line)
    await transcript.say(tx, conversation, render.notice(conversation.language, f"bot.line_changed.{line}"))
    await tell_place(bot, tx, conversation, again=True)


async def tell_place(bot: Bot, tx: Tx, conversation: Conversation, *, again: bool) -> None:
    """Say it, and keep what was said and in which message: bot/handoff/queue_news.py keeps that one true."""
    case = await case_of(tx, conversation.id)
    if case is None:
        raise handoff.Gone("nobody waits in this conversation")
    outlook = await outlook_of(bot, tx, case)
    said = await transcript.say(tx, conversation, worded(bot, conversation.language, case, outlook, again=again))
    await keep_told(tx, case.handoff_id, outlook, said.n)


async def keep_told(tx: Tx, handoff_id: int, outlook: Outlook, n: int | None = None) -> None:
    await tx.execute(
        "UPDATE handoff SET told_place = $2, told_minutes = $3, told_at = now(), told_n = coalesce($4, told_n)"
        " WHERE id = $1",
        handoff_id,
        outlook.place,
        outlook.minutes,
        n,
    )


async def outlook_of(bot: Bot, tx: Tx, case: Case) -> Outlook:
    line, hours, now = case.line, bot.knowledge.catalogue.operator.hours, bot.clock()
    staffed = bool(await agents.at_desk(tx, line))
    other = None if staffed else INSTEAD.get(line)
    return Outlook(
        place=case.position,
        minutes=minutes(await pace(tx, line), case.position) if staffed else None,
        staffed=staffed,
        opening=None if staffed or hours.is_open(line, now) else hours.next_opening(line, now),
        instead=other if other and await agents.at_desk(tx, other) else None,
    )


def minutes(one: timedelta | None, place: int) -> int | None:
    """Of waiting, at the pace of `one` for one person; never less than a minute is promised."""
    return None if one is None else max(1, round(place * one.total_seconds() / 60))


def worded(bot: Bot, language: str, case: Case, outlook: Outlook, *, again: bool = False) -> Reply:
    """`again`: the person is in the queue already and only wants to know how it stands."""
    leave = render.leave(language, case.handoff_id)
    key = "bot.still_queued" if again else "bot.queued"
    if outlook.staffed:
        if case.priority >= EMERGENCY:
            return render.notice(language, "bot.queued_urgent", leave)
        if outlook.minutes is None:
            return render.notice(language, key, leave, n=outlook.place)
        about = i18n.counted(language, "bot.about_minutes", outlook.minutes)
        return render.notice(language, f"{key}_with_time", leave, n=outlook.place, wait=about)
    choices = (*_ways(language, case, outlook.instead), leave)
    if outlook.opening is None:
        return render.notice(language, "bot.queued_nobody_online", *choices, n=outlook.place)
    zone = bot.settings.timezone
    when = _when(outlook.opening.astimezone(zone), bot.clock().astimezone(zone), language)
    return render.notice(language, f"bot.queued_until.{case.line}", *choices, when=when)


def _ways(language: str, case: Case, instead: str | None) -> tuple[Choice, ...]:
    """What one can do while nobody of the line is there."""
    if case.line not in INSTEAD:
        return ()
    wait = render.phrase_choice(language, f"bot.wait_for.{case.line}", f"stay:wait:{case.handoff_id}")
    ask = render.phrase_choice(language, "bot.ask_on", f"stay:ask:{case.handoff_id}")
    if instead is None:
        return (wait, ask)
    return (wait, render.phrase_choice(language, f"bot.rather.{instead}", f"line:{instead}:{case.handoff_id}"), ask)


def _when(opening: datetime, now: datetime, language: str) -> str:
    """«сегодня в 9:00», «завтра в 9:00», else the date with the time."""
    days = (opening.date() - now.date()).days
    if days > 1:
        return render.moment(opening, language)
    return i18n.text(language, "bot.tomorrow_at" if days else "bot.today_at", time=f"{opening.hour}:{opening:%M}")
