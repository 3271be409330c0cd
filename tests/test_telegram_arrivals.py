"""Updates on their way into the inbox, by webhook and by polling, over real HTTP and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bot import i18n
from bot.config import Settings
from bot.database import Database
from handlers.telegram import Telegram
from handlers.telegram.incoming import UPDATES
from tests.malformed import KINDS, NOT_JSON, malformed
from tests.telegram_server import TOKEN, TelegramServer

SECRET = "s3cret_of-the-webhook_0123456789abcdef"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def nothing(_query: str, _language: str | None) -> tuple[()]:
    """Nothing to suggest."""
    return ()


@pytest_asyncio.fixture
async def db(fresh_dsn: str) -> AsyncIterator[Database]:
    database = Database(fresh_dsn)
    await database.open()
    yield database
    await database.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(repeats=0.3, haste=20, flood=False) as stand_in:
        yield stand_in


class Running:
    """The door and what it is mounted in."""

    def __init__(self, door: Telegram, url: str, task: asyncio.Task[None]) -> None:
        self.door, self.url, self.task = door, url, task


@asynccontextmanager
async def running(server: TelegramServer, db: Database, *, mode: str) -> AsyncIterator[Running]:
    """Mounts the route, then starts the door as app.py does: when the socket listens."""
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    door: Telegram | None = None

    async def handle(request: web.Request) -> web.StreamResponse:
        assert door is not None
        return await door.routes()[0].handler(request)

    app.router.add_post("/telegram/webhook", handle)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = Settings(public_url=url, telegram_token=TOKEN, telegram_api_url=server.url, telegram_mode=mode)
    door = Telegram(replace(settings, telegram_webhook_secret=SECRET if mode == "webhook" else None), db, i18n, nothing)
    task = asyncio.create_task(door.run())
    try:
        yield Running(door, url + "/telegram/webhook", task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await door.close()
        await runner.cleanup()


async def until(holds: Callable[[], bool], what: str) -> None:
    """Looks every 20 ms, for at most 10 s."""
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {what}")


async def rows(db: Database) -> list[tuple[str, str, str | None]]:
    """(lane, what was written, error) of every inbox row in order of arrival."""
    found = await db.pool.fetch("SELECT lane, payload, error FROM inbox ORDER BY id")
    return [(row["lane"], _text(row["payload"]), row["error"]) for row in found]


def _text(payload: bytes) -> str:
    try:
        update = json.loads(payload)
        return update["message"]["text"] if "message" in update else update["callback_query"]["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


async def post(url: str, body: bytes, **headers: str) -> int:
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_everything_said_arrives_once_and_in_order_though_telegram_repeats(
    server: TelegramServer, db: Database, mode: str
):
    people = [server.person(1000 + n, f"Человек {n}") for n in range(3)]
    async with running(server, db, mode=mode) as bot:
        await until(lambda: bot.door.trouble == "" and len(server.account.introduction) == 6, "the door is open")
        for n in range(20):
            for person in people:
                await person.says(f"{n}")
        await until(lambda: server.queues.waiting == 0, "all updates are confirmed")
        await until(lambda: len(server.queues.deliveries) > 0 or mode == "polling", "deliveries")
    assert server.queues.allowed == UPDATES
    arrived = await rows(db)
    for person in people:
        assert [text for lane, text, _ in arrived if lane == f"telegram:{person.id}"] == [str(n) for n in range(20)]
    assert not server.refused


@pytest.mark.parametrize("mode", ["webhook", "polling"])
async def test_a_press_is_answered_at_once_and_waits_in_the_lane_of_its_chat(
    server: TelegramServer, db: Database, mode: str
):
    anna = server.person(1001, "Анна")
    async with running(server, db, mode=mode) as bot:
        await until(lambda: bot.door.trouble == "", "the door is open")
        choices = [{"text": "Позвать", "callback_data": "human"}]
        async with aiohttp.ClientSession() as http:
            call = {"chat_id": 1001, "text": "?", "reply_markup": {"inline_keyboard": [choices]}}
            await http.post(f"{server.url}/bot{TOKEN}/sendMessage", json=call)
        await anna.presses("Позвать")
        await until(lambda: anna.toasts == [""], "the press is answered")
        assert await rows(db) == [("telegram:1001", "human", None)]
        server.fail("500 bare", method="answerCallbackQuery")
        await anna.presses("Позвать")
        await until(lambda: len(server.called("answerCallbackQuery")) == 2, "the second press is answered")
        await anna.says("я здесь")
        await until(lambda: server.queues.waiting == 0, "all updates are confirmed")
    assert [text for _, text, _ in await rows(db)] == ["human", "human", "я здесь"]


async def test_only_telegram_itself_gets_in_by_webhook(server: TelegramServer, db: Database):
    body = json.dumps({"update_id": 1, "message": {"chat": {"id": 7}, "text": "впустите"}}).encode()
    async with running(server, db, mode="webhook") as bot:
        for headers in ({}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: SECRET + "x"}, {HEADER: "секрет"}):
            assert await post(bot.url, body, **headers) == 401
        assert await post(bot.url, gzip.compress(body), **{HEADER: SECRET, "Content-Encoding": "gzip"}) == 415
        assert await post(bot.url, b" " * 3_000_000 + body, **{HEADER: SECRET}) == 413
        assert await rows(db) == []
        assert await post(bot.url, body, **{HEADER: SECRET}) == 200
        assert await post(bot.url, body, **{HEADER: SECRET}) == 200
        assert await rows(db) == [("telegram:7", "впустите", None)]


async def test_while_polling_the_webhook_is_shut_to_everybody(server: TelegramServer, db: Database):
    async with running(server, db, mode="polling") as bot:
        assert await post(bot.url, b"{}", **{HEADER: ""}) == 401
        assert await post(bot.url, b"{}", **{HEADER: SECRET}) == 401


async def test_malformed_updates_are_taken_and_buried_and_the_next_good_one_arrives(
    server: TelegramServer, db: Database
):
    async with running(server, db, mode="webhook") as bot, aiohttp.ClientSession() as http:
        for kind, body in malformed(300, seed=7, first_id=1000):
            async with http.post(bot.url, data=body, headers={HEADER: SECRET}) as answer:
                assert answer.status == 200, kind
        good = {"update_id": 5, "message": {"chat": {"id": 7}, "text": "а меня слышно?"}}
        assert await post(bot.url, json.dumps(good).encode(), **{HEADER: SECRET}) == 200
    arrived = await rows(db)
    assert arrived[-1] == ("telegram:7", "а меня слышно?", None)
    dead = [error for lane, _, error in arrived if lane == "dead"]
    assert len(dead) > 50
    assert {"not JSON", "not a JSON object", "no update_id that fits", "message without a chat"} <= set(dead)


async def test_telegram_is_asked_to_come_again_while_the_database_is_away(server: TelegramServer, fresh_dsn: str):
    away = Database(fresh_dsn)
    await away.open()
    body = json.dumps({"update_id": 1, "message": {"chat": {"id": 7}, "text": "позже"}}).encode()
    async with running(server, away, mode="webhook") as bot, aiohttp.ClientSession() as http:
        await away.close()
        async with http.post(bot.url, data=body, headers={HEADER: SECRET}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        await away.open()
        assert await post(bot.url, body, **{HEADER: SECRET}) == 200
        bot.door.leave()
        async with http.post(bot.url, data=body, headers={HEADER: SECRET}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert await rows(away) == [("telegram:7", "позже", None)]
    await away.close()


def test_webhook_mode_does_not_start_without_a_secret():
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET"):
        Telegram(Settings(telegram_token=TOKEN, telegram_mode="webhook"), Database(""), i18n, nothing)


async def test_polling_deletes_a_webhook_set_before_and_loses_nothing_said_meanwhile(
    server: TelegramServer, db: Database
):
    anna = server.person(1001, "Анна")
    async with running(server, db, mode="webhook") as bot:
        await until(lambda: bot.door.trouble == "", "the webhook is set")
        bot.door.leave()
        await anna.says("есть кто?")
        await until(lambda: len(server.queues.deliveries) > 2, "Telegram tries again and again")
    async with running(server, db, mode="polling"):
        await until(lambda: server.queues.waiting == 0, "the update is confirmed")
    assert [text for _, text, _ in await rows(db)] == ["есть кто?"]


async def test_one_unreadable_update_does_not_hold_up_the_batch(server: TelegramServer, db: Database):
    anna = server.person(1001, "Анна")
    await anna.says("до")
    for kind, body in malformed(len(KINDS), seed=3):
        if kind not in NOT_JSON:
            server.queues.add_raw(body)
    await anna.says("после")
    async with running(server, db, mode="polling"):
        await until(lambda: server.queues.waiting == 0, "the batch is confirmed")
    arrived = await rows(db)
    assert [text for lane, text, _ in arrived if lane == "telegram:1001"] == ["до", "после"]
    assert any(error for _, _, error in arrived)


async def test_nothing_is_confirmed_to_telegram_before_it_is_committed(server: TelegramServer, fresh_dsn: str):
    db = Database(fresh_dsn)
    await db.open()
    anna = server.person(1001, "Анна")
    async with running(server, db, mode="polling") as bot:
        await until(lambda: len(server.called("getUpdates")) > 0 or server.queues.waiting == 0, "polling began")
        await db.pool.execute("ALTER TABLE inbox RENAME TO inbox_gone")
        await anna.says("не потеряйте")
        await until(lambda: len(server.called("getUpdates")) >= 2, "the batch was fetched twice")
        assert server.queues.waiting == 1
        await db.pool.execute("ALTER TABLE inbox_gone RENAME TO inbox")
        await until(lambda: server.queues.waiting == 0, "the update is confirmed")
        assert not bot.task.done()
    assert [text for _, text, _ in await rows(db)] == ["не потеряйте"]
    await db.close()


async def test_of_two_replicas_one_polls_and_the_other_takes_over(server: TelegramServer, db: Database, fresh_dsn: str):
    other = Database(fresh_dsn)
    await other.open()
    anna = server.person(1001, "Анна")
    async with running(server, other, mode="polling") as second:
        async with running(server, db, mode="polling"):
            await anna.says("первый")
            await until(lambda: server.queues.waiting == 0, "the first message is confirmed")
        await anna.says("второй")
        await until(lambda: server.queues.waiting == 0, "the second message is confirmed")
        assert second.door.trouble == ""
    assert {call.status for call in server.called("getUpdates")} <= {200}
    assert [text for _, text, _ in await rows(db)] == ["первый", "второй"]
    await other.close()


@pytest.mark.parametrize(("kind", "named"), [("409", "Conflict"), ("401", "Unauthorized")])
async def test_a_token_taken_or_refused_is_told_until_it_is_mended(
    server: TelegramServer, db: Database, kind: str, named: str
):
    fault = server.fail(kind, method="getUpdates", times=None)
    async with running(server, db, mode="polling") as bot:
        await until(lambda: bot.door.trouble.startswith(named), "the trouble is told")
        fault.times = 0
        await server.person(1001, "Анна").says("ну что")
        await until(lambda: bot.door.trouble == "" and server.queues.waiting == 0, "the trouble is over")
    assert [text for _, text, _ in await rows(db)] == ["ну что"]


async def test_polling_outlives_the_bad_days_of_the_bot_api(server: TelegramServer, db: Database):
    for kind in ("500 bare", "bad json", "reset before", "429"):
        server.fail(kind, method="getUpdates")
    server.fail("500 bare", method="deleteWebhook")
    await server.person(1001, "Анна").says("терплю")
    async with running(server, db, mode="polling") as bot:
        await until(lambda: server.queues.waiting == 0, "the update is confirmed")
        assert bot.door.trouble == ""
    assert [text for _, text, _ in await rows(db)] == ["терплю"]
