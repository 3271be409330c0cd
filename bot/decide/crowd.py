"""In a group others read along: public answers to whoever addressed us; no number, no queue, no memory of anybody."""

from __future__ import annotations

from dataclasses import replace

from bot import render
from bot.conversation import Memory
from bot.messages import Choice, Incoming, Reply
from bot.outcome import Circumstances, Outcome

PUBLIC = frozenset({"public"})
_OPEN_TO_ALL = ("go", "pick")  # buttons that anybody in the group may press
_PRIVATE = ("go:human", "go:complaint", "pick:none")
_COMMANDS = frozenset({"", "start", "help"})


def in_public(about: Circumstances) -> Circumstances:
    """The circumstances of a message that everybody in the group reads."""
    channel = about.conversation.channel
    settings = replace(about.settings, channel_policy={channel: PUBLIC})
    return replace(about, settings=settings, conversation=replace(about.conversation, phone=None, memory=Memory()))


def for_everybody(outcome: Outcome, about: Circumstances, incoming: Incoming) -> Outcome:
    """What may be said before all; whoever wants a human or their own data is asked to write in private."""
    private = bool(outcome.changes) or incoming.command not in _COMMANDS
    said = (_to_private(outcome.language, about.private),) if private else outcome.replies
    replies = tuple(replace(_without_private(one), reply_to=incoming.reference) for one in said)
    return Outcome(Memory(), about.conversation.language, replies, trace=outcome.trace)


def _to_private(language: str, address: str | None) -> Reply:
    choices = (Choice(render.notice(language, "bot.write_in_private").text, url=address),) if address else ()
    return render.notice(language, "bot.not_in_group", *choices)


def _without_private(reply: Reply) -> Reply:
    kept = (one for one in reply.choices if one.url or _for_all(one.value))
    return replace(reply, choices=tuple(kept), ask_phone="")


def _for_all(value: str) -> bool:
    return value.partition(":")[0] in _OPEN_TO_ALL and value not in _PRIVATE
