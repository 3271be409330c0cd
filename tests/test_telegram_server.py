"""The stand-in Bot API refuses what the real one refuses, so that a passing test means something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.telegram_rules import Refusal, check_text
from tests.telegram_server import TelegramServer


class Caller:
    """Calls the Bot API as plain HTTP, without the code under test."""

    def __init__(self, server: TelegramServer, http: aiohttp.ClientSession) -> None:
        self._address, self._http = f"{server.url}/bot{server.token}", http

    async def call(self, method: str, **parameters: Any) -> tuple[int, Any]:
        async with self._http.post(f"{self._address}/{method}", json=parameters) as answer:
            said = await answer.json()
            return answer.status, said["result"] if said["ok"] else said["description"]


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(callback_ttl=0.2) as server:
        server.person(1001)
        yield server


@pytest_asyncio.fixture
async def bot(telegram: TelegramServer) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(telegram, http)


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"text": ""}, "text is empty"),
        ({"text": " \n"}, "text is empty"),
        ({"text": "👍" * 2049}, "too long"),
        ({"chat_id": 99}, "chat not found"),
        ({"chat_id": "x"}, "Integer"),
        ({"colour": "red"}, "unknown parameter"),
        ({"entities": [{"type": "bold", "offset": 0, "length": 9}]}, "entities"),
        (
            {"entities": [{"type": "code", "offset": 0, "length": 2}, {"type": "bold", "offset": 1, "length": 2}]},
            "overlap",
        ),
        ({"text": "👍👍", "entities": [{"type": "bold", "offset": 1, "length": 2}]}, "inside a sign"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "ж" * 33}]]}}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "unallowed"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "", "callback_data": "a"}]]}}, "text"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 9]}}, "rows"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}}, "TOO_LONG"),
        ({"reply_markup": {"surprise": []}}, "reply keyboard"),
        ({"reply_markup": "{"}, "can't parse"),
    ],
)
async def test_the_stand_in_refuses_what_telegram_refuses(bot: Caller, parameters: dict, why: str):
    status, description = await bot.call("sendMessage", **{"chat_id": 1001, "text": "да да", **parameters})
    assert status == 400
    assert why in description
    assert (await bot.call("sendMessage", chat_id=1001, text="да да"))[0] == 200


async def test_the_stand_in_limits_a_chat_to_a_burst_of_three(bot: Caller):
    answers = [await bot.call("sendMessage", chat_id=1001, text="раз") for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 429]


def test_the_stand_in_knows_that_styles_may_nest_but_not_cross():
    check_text("абвг", [{"type": "bold", "offset": 0, "length": 4}, {"type": "italic", "offset": 1, "length": 2}])
    with pytest.raises(Refusal):
        check_text("абвг", [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 1, "length": 3}])


async def test_updates_come_until_they_are_confirmed_by_the_next_offset(telegram: TelegramServer, bot: Caller):
    anna = telegram.person(1001)
    await anna.says("раз")
    await anna.says("два")
    for _ in range(2):
        _, updates = await bot.call("getUpdates")
        assert [update["message"]["text"] for update in updates] == ["раз", "два"]
    _, updates = await bot.call("getUpdates", offset=updates[0]["update_id"] + 1, limit=1)
    assert [update["message"]["text"] for update in updates] == ["два"]
    assert await bot.call("getUpdates", offset=updates[0]["update_id"] + 1) == (200, [])


async def test_of_two_pollers_one_is_told_of_the_other(telegram: TelegramServer, bot: Caller):
    questions = [asyncio.create_task(bot.call("getUpdates", timeout=20)) for _ in range(2)]
    (ended,), (held,) = await asyncio.wait(questions, return_when=asyncio.FIRST_COMPLETED)
    status, why = await ended
    assert (status, why.split(":")[0]) == (409, "Conflict")
    await telegram.person(1001).says("кому?")
    status, updates = await held
    assert (status, len(updates)) == (200, 1)


async def test_a_webhook_and_polling_exclude_each_other(bot: Caller):
    assert (await bot.call("setWebhook", url="http://127.0.0.1:9/hook", secret_token="a b"))[0] == 400
    assert (await bot.call("setWebhook", url="http://127.0.0.1:9/hook", secret_token="ab"))[0] == 200
    assert (await bot.call("getUpdates"))[0] == 409
    assert (await bot.call("deleteWebhook"))[0] == 200
    assert (await bot.call("getUpdates"))[0] == 200


async def test_a_press_is_answered_once_in_time_and_only_if_it_was_made(telegram: TelegramServer, bot: Caller):
    anna = telegram.person(1001)
    keyboard = {"inline_keyboard": [[{"text": "да", "callback_data": "yes"}]]}
    await bot.call("sendMessage", chat_id=1001, text="?", reply_markup=keyboard)
    with pytest.raises(AssertionError, match="нет"):
        await anna.presses("нет")
    await anna.presses("да")
    _, (update,) = await bot.call("getUpdates")
    query_id = update["callback_query"]["id"]
    assert (await bot.call("answerCallbackQuery", callback_query_id="12345"))[0] == 400
    assert (await bot.call("answerCallbackQuery", callback_query_id=query_id))[0] == 200
    assert (await bot.call("answerCallbackQuery", callback_query_id=query_id))[0] == 400


async def test_an_edit_must_change_something_and_takes_away_buttons_it_does_not_name(
    telegram: TelegramServer, bot: Caller
):
    keyboard = {"inline_keyboard": [[{"text": "да", "callback_data": "yes"}]]}
    _, message = await bot.call("sendMessage", chat_id=1001, text="?", reply_markup=keyboard)
    place = {"chat_id": 1001, "message_id": message["message_id"]}
    assert (await bot.call("editMessageText", **place, text="?", reply_markup=keyboard))[0] == 400
    assert (await bot.call("editMessageText", **place, text="!"))[0] == 200
    (heard,) = telegram.sent(1001)
    assert (heard.text, heard.labels) == ("!", ())
    assert (await bot.call("editMessageReplyMarkup", **place, reply_markup=keyboard))[0] == 200
    assert telegram.sent(1001)[0].labels == ("да",)
    assert (await bot.call("editMessageText", chat_id=1001, message_id=99, text="!"))[0] == 400
