"""The app's doors to the person's other channels: a one-time link into a messenger, what is linked, undoing it."""

from __future__ import annotations

from aiohttp import web

from bot.parts import Bot
from bot.people import linking
from bot.people.linking import NoMessenger
from handlers.chat import DOOR, authorised, conversation_of
from handlers.errors import ApiError
from handlers.frames import millis

PATH = "/api/v1/link"
_FRESH = {"Cache-Control": "no-store"}


def add_routes(app: web.Application, bot: Bot) -> None:
    async def show(request: web.Request) -> web.Response:
        return await _show(request, bot)

    async def invite(request: web.Request) -> web.Response:
        return await _invite(request, bot)

    async def unlink(request: web.Request) -> web.Response:
        return await _unlink(request, bot)

    app.router.add_get(PATH, show)
    app.router.add_post(PATH, invite)
    app.router.add_delete(PATH, unlink)


async def _show(request: web.Request, bot: Bot) -> web.Response:
    caller = authorised(request, bot)
    async with bot.db.transaction() as tx:
        chats = await linking.linked_chats(tx, caller.subscriber)
    linked = [{"channel": one.channel, "name": one.name or "", "since": millis(one.since)} for one in chats]
    return web.json_response({"linked": linked, "available": linking.messengers(bot)}, headers=_FRESH)


async def _invite(request: web.Request, bot: Bot) -> web.Response:
    caller = authorised(request, bot)
    if wait := request.app[DOOR].writes.wait(caller.subscriber):
        raise ApiError(429, "slow_down", retry_after=wait)
    try:
        invitation = await linking.invite(bot, await conversation_of(bot, caller))
    except NoMessenger:
        raise ApiError(409, "no_messenger") from None
    body = {"channel": invitation.channel, "url": invitation.url, "expires": millis(invitation.expires)}
    return web.json_response(body, headers=_FRESH)


async def _unlink(request: web.Request, bot: Bot) -> web.Response:
    caller = authorised(request, bot)
    async with bot.db.transaction() as tx:
        chats = await linking.unlink_messengers(tx, caller.subscriber)
    await linking.tell(bot, chats, "bot.unlinked_from_app")
    return web.json_response({"unlinked": len(chats)}, headers=_FRESH)
