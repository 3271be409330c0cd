"""The agents' API as JSON: rows, events, packs and cards out; what an agent sends in, rubbish refused by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from bot.config import Settings
from bot.desk import Card, Pack, ReadyAnswer
from bot.handoff.cases import Case
from bot.staff.agents import Agent
from bot.staff.shift import ClosedChat, Shift
from bot.transcript import Event
from handlers.errors import ApiError
from handlers.frames import clean, event_json, is_file_id, millis

LONGEST = {"text": 4000, "reason": 500, "note": 2000}
PRESENCES = ("online", "away", "offline")
OUTCOMES = ("solved", "unsolved")


def me_json(agent: Agent, load: int, settings: Settings) -> dict[str, Any]:
    """Who is at this desk, and the settings its timers go by."""
    return {
        "login": agent.login,
        "name": agent.name,
        "role": agent.role,
        "languages": list(agent.languages),
        **hands_json(agent, load),
        "queue_target_s": int(settings.queue_target.total_seconds()),
        "agent_silence_s": int(settings.agent_silence.total_seconds()),
        "file_limit": settings.file_limit,
    }


def hands_json(agent: Agent, load: int) -> dict[str, Any]:
    return {"presence": agent.presence, "load": load, "capacity": agent.capacity}


def in_hand_json(agent: Agent, mine: list[Case]) -> dict[str, Any]:
    """What is put aside takes no place."""
    return hands_json(agent, sum(case.snoozed_until is None for case in mine))


def row_json(case: Case) -> dict[str, Any]:
    row = {**asdict(case), "snoozed_until": millis(case.snoozed_until) if case.snoozed_until else None}
    del row["agent_id"]
    return row


def reasons_json(group: Any) -> dict[str, Any]:
    """One group of the operator's reasons for closing a chat."""
    reasons = [{"code": one.code, "title": dict(one.title)} for one in group.reasons]
    return {"code": group.code, "title": dict(group.title), "reasons": reasons}


def shift_json(figures: Shift, closed: list[ClosedChat]) -> dict[str, Any]:
    return {
        **asdict(figures),
        "since": millis(figures.since),
        "chats": [{**asdict(one), "closed_at": millis(one.closed_at)} for one in closed],
    }


def desk_event_json(event: Event) -> dict[str, Any]:
    """An event as agents get it: with `n`, and with notes and traces."""
    return {**event_json(event), "n": event.n}


def pack_json(pack: Pack) -> dict[str, Any]:
    about = pack.conversation
    return {
        "conversation": {
            "id": about.id,
            "channel": about.channel,
            "name": about.name,
            "language": about.language,
            "state": about.state,
            "agent": about.agent_name,
            "seen": about.seen,
        },
        "case": row_json(pack.case) if pack.case else None,
        "events": [desk_event_json(event) for event in pack.events],
        "head": pack.head,
        "tried": pack.tried,
        "gave_up": pack.gave_up,
        "past": [_past_json(one) for one in pack.past],
        "suggestions": [answer_json(one) for one in pack.suggestions],
        "care": pack.care,
        "elsewhere": [
            {
                "id": one.conversation_id,
                "channel": one.channel,
                "state": one.state,
                "at": millis(one.heard_at),
                "preview": one.preview or "",
            }
            for one in pack.elsewhere
        ],
    }


def _past_json(handoff: dict[str, Any]) -> dict[str, Any]:
    return {**handoff, "queued_at": millis(handoff["queued_at"]), "closed_at": millis(handoff["closed_at"])}


def card_json(card: Card) -> dict[str, Any]:
    return {"card": card.facts, "card_at": millis(card.at), "card_error": card.error}


def answer_json(answer: ReadyAnswer) -> dict[str, Any]:
    title = dict(answer.title)
    return {"entry": answer.entry, "title": title, "text_ru": answer.text_ru, "text_client": answer.text_client}


def text_of(body: dict[str, Any], name: str = "text", *, required: str | None = "empty") -> str:
    """A text as PostgreSQL and people can read it. Raises ApiError 400 with the code `required` when there is none."""
    value = body.get(name)
    text = clean(value).strip() if isinstance(value, str) else ""
    if not text and required:
        raise ApiError(400, required)
    if len(text) > LONGEST[name]:
        raise ApiError(400, "too_long")
    return text


def event_of(body: dict[str, Any]) -> str:
    """The id of an event. Raises ApiError 409: what cannot be an id is nobody's."""
    try:
        return str(UUID(body.get("event")))
    except (ValueError, TypeError, AttributeError):
        raise ApiError(409, "gone") from None


def caption_and_file_of(body: dict[str, Any]) -> tuple[str, str]:
    """What is said with a file, maybe nothing, and the file's id. Raises ApiError 400."""
    file = body["file"]
    if not is_file_id(file):
        raise ApiError(404, "no_such_file")
    return text_of(body, required=None), file


def cid_of(body: dict[str, Any]) -> str:
    """The sender's own id of a message, a UUID. Raises ApiError 400."""
    try:
        return str(UUID(str(body.get("cid"))))
    except ValueError:
        raise ApiError(400, "bad_cid") from None


def choice_of(body: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words. Raises ApiError 400."""
    value = body.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise ApiError(400, f"bad_{name}")
    return value
