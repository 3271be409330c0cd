"""What ends an agent's turn with a chat, or brings it back: passed on, to the bot, put aside, closed, opened again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bot import contacts, handoff
from bot.conversation import Conversation
from bot.handoff import cases
from bot.handoff.cases import Case
from bot.messages import LANGUAGES
from bot.parts import Bot
from bot.staff import agents, audit
from bot.staff.agents import Agent
from handlers.desk_json import OUTCOMES, choice_of, row_json, text_of
from handlers.errors import ApiError, read_json

LONGEST_ASIDE = timedelta(days=14)


async def existing(bot: Bot, request: web.Request) -> Conversation:
    """The conversation of the path. Raises ApiError 404."""
    async with bot.db.transaction() as tx:
        conversation = await contacts.load(tx, int(request.match_info["id"]))
    if conversation is None:
        raise ApiError(404, "not_found")
    return conversation


def claimed(bot: Bot, case: Case) -> web.Response:
    bot.db.bell.ring(*handoff.rings(case.id))
    return web.json_response(row_json(case))


def _moved(bot: Bot, conversation: Conversation) -> web.Response:
    bot.db.bell.ring(*handoff.rings(conversation.id))
    return web.json_response({"id": conversation.id})


async def transfer(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    body = await read_json(request)
    reason = text_of(body, "reason", required="no_reason")
    async with bot.db.transaction() as tx:
        to, line = None, None
        if body.get("agent") is not None:
            to = await agents.by_login(tx, str(body["agent"]))
            if to is None or not to.works_queue or to.id == agent.id:
                raise ApiError(400, "no_such_agent")
        else:
            line = choice_of(body, "line", LANGUAGES)
        await handoff.transfer(tx, agent, conversation.id, to=to, line=line, reason=reason)
        await audit.keep(
            tx, agent, "transfer", conversation_id=conversation.id, about=to.login if to else "", line=line or ""
        )
    return _moved(bot, conversation)


async def hand_back(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    async with bot.db.transaction() as tx:
        await handoff.hand_back(tx, agent, conversation.id)
        await audit.keep(tx, agent, "return", conversation_id=conversation.id)
    return _moved(bot, conversation)


async def snooze(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """Aside until a moment, in UTC milliseconds; the chat stays the agent's and leaves room for another one."""
    conversation = await existing(bot, request)
    body = await read_json(request)
    until = _moment_of(bot, body)
    reason = text_of(body, "reason", required=None)
    async with bot.db.transaction() as tx:
        try:
            await handoff.snooze(tx, agent, conversation.id, until, reason)
        except ValueError:
            raise ApiError(400, "bad_until") from None
        minutes = round((until - bot.clock()).total_seconds() / 60)
        await audit.keep(tx, agent, "snooze", conversation_id=conversation.id, minutes=minutes)
    return _moved(bot, conversation)


def _moment_of(bot: Bot, body: dict[str, Any]) -> datetime:
    """Raises ApiError 400 for what is no moment, past, or further than LONGEST_ASIDE."""
    given = body.get("until")
    if not isinstance(given, int) or isinstance(given, bool) or not 0 < given < 10**14:
        raise ApiError(400, "bad_until")
    until = datetime.fromtimestamp(given / 1000, UTC)
    if not bot.clock() < until <= bot.clock() + LONGEST_ASIDE:
        raise ApiError(400, "bad_until")
    return until


async def unsnooze(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    async with bot.db.transaction() as tx:
        await handoff.unsnooze(tx, agent, conversation.id)
        await audit.keep(tx, agent, "unsnooze", conversation_id=conversation.id)
    return _moved(bot, conversation)


async def close(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    conversation = await existing(bot, request)
    body = await read_json(request)
    reason = choice_of(body, "reason", _reasons(bot)) if body.get("reason") else ""
    if not reason:
        raise ApiError(400, "no_reason")
    outcome = choice_of(body, "outcome", OUTCOMES)
    remark = text_of(body, "note", required=None) or None
    candidate = body.get("candidate") is True
    async with bot.db.transaction() as tx:
        await handoff.close(
            tx, agent, conversation.id, reason=reason, outcome=outcome, remark=remark, candidate=candidate
        )
        await audit.keep(tx, agent, "close", conversation_id=conversation.id, outcome=outcome)
    return _moved(bot, conversation)


def _reasons(bot: Bot) -> tuple[str, ...]:
    return tuple(one.code for group in bot.knowledge.catalogue.operator.close_reasons for one in group.reasons)


async def reopen(bot: Bot, request: web.Request, agent: Agent) -> web.Response:
    """Go on with a person whose chat was closed within a day."""
    conversation = await existing(bot, request)
    async with bot.db.transaction() as tx:
        await handoff.reopen(tx, agent, conversation.id)
        await audit.keep(tx, agent, "reopen", conversation_id=conversation.id)
        case = await cases.case_of(tx, conversation.id)
    return claimed(bot, case) if case else _moved(bot, conversation)
