"""Whatever is sent: a sensible answer or a polite silence, never a 5xx, and the next message is answered as ever."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from bot import i18n
from bot.postgres import EmbeddedPostgres
from faq.knowledge import Knowledge
from tests.by_webhook import SETTINGS, opened
from tests.conftest import database_of
from tests.conversations import phrase
from tests.telegram_people import Person
from tests.world import InApp, World

QUESTION, ANSWER = "ловит ли в Листвянке", "^Листвянка"
OTHER_QUESTION, OTHER_ANSWER = "ловит ли в Хужире", "^Хужир"
HUMAN = "bot.queued_nobody_online"  # nobody is at the desk here
_numbers = count(1)


@pytest_asyncio.fixture(scope="module")
async def open_house(postgres: EmbeddedPostgres, migrated: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """One product for the whole file, behind a webhook: people come and go, nobody is at the desk."""
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"CREATE DATABASE bad_input TEMPLATE {migrated} STRATEGY wal_log")
    await admin.close()
    async with World(database_of(postgres, "bad_input"), knowledge, **SETTINGS) as world:
        await opened(world)
        yield world
        assert world.app.ended is None, "a part of the product ended"
        assert world.telegram.refused == [], "Telegram refused a call"
        failed = "SELECT array_agg(DISTINCT error) FROM inbox WHERE error IS NOT NULL AND lane <> 'dead'"
        assert await world.ask(failed) is None, "a message broke its turn"


def in_telegram(world: World) -> Person:
    return world.telegram.person(40_000 + next(_numbers), "Рая", "ru")


def in_app(world: World) -> InApp:
    phone = f"+7901{next(_numbers):07d}"
    return InApp(world.session(), lambda: world.sign(phone, "ru", "Рая"), "Рая")


async def goes_on(person: Person | InApp) -> None:
    """The next good message is answered, while waiting for a human too."""
    await person.says(QUESTION)
    await person.hears(ANSWER)


# What people can type anywhere. The answer is a phrase of the locales, or begins an answer of the FAQ.
TEXTS = {
    "emoji only": ("😀🎉👍", "bot.unreadable.signs"),
    "seven hundred families": ("👨‍👩‍👧‍👦" * 350, "bot.unreadable.signs"),
    "digits only": ("1234567890", "bot.unreadable.signs"),
    "four thousand digits": ("9" * 4000, "bot.unreadable.signs"),
    "a code that is dialled": ("*100#", "bot.unreadable.signs"),
    "question marks": ("???!!!", "bot.unreadable.signs"),
    "zero-width signs only": ("\u200b\u200d\u2060\ufeff", "bot.unreadable.signs"),
    "half of a surrogate pair only": ("\ud83d", "bot.unreadable.signs"),
    "private use and noncharacters": ("\ue000\ufffe\uffff", "bot.unreadable.signs"),
    "NUL inside words": ("лов\x00ит ли в Лист\x00вянке", ANSWER),
    "a lone surrogate at the end": (QUESTION + "\udc00", ANSWER),
    "written from right to left by force": (f"\u202e{QUESTION}\u202c", ANSWER),
    "line breaks and tabs": ("ловит\n\n\tли в\r\nЛиствянке", ANSWER),
    "held down": ("ловиииииит ли в Листвянкеееее????????", ANSWER),
    "Arabic": ("مرحبا كيف حالك", HUMAN),
    "Hebrew": ("שלום מה שלומך", HUMAN),
    "SQL": ("'; DROP TABLE inbox; --", HUMAN),
    "markup": ("<b>ловит</b> ли в <i>Листвянке</i>", ANSWER),
    "entities of Telegram's HTML": ("<a href='tg://user?id=1'>нажми</a>", HUMAN),
    "templates": ("{brand} {0.__class__} {name:>90000000} {{7*7}} %s ${HOME}", HUMAN),
}


@pytest.mark.parametrize("channel", ["telegram", "inapp"])
@pytest.mark.parametrize("title", TEXTS)
async def test_every_text_is_answered_and_so_is_the_next(open_house: World, channel: str, title: str) -> None:
    text, expected = TEXTS[title]
    person = in_telegram(open_house) if channel == "telegram" else in_app(open_house)
    await person.says(text)
    await person.hears(phrase(expected) if expected.startswith("bot.") else expected)
    await goes_on(person)


async def test_invisible_signs_inside_words_hide_nothing(open_house: World) -> None:
    person = in_telegram(open_house)
    await person.says("ловит ли в Лист\u200bвян\u00adке")
    assert (await person.hears()).text.startswith("Листвянка")


FILE = {"file_id": "f1", "file_unique_id": "u1"}
PHOTO = [{**FILE, "width": 90, "height": 90}]
CARD = {"phone_number": "+79000000002", "first_name": "Вася"}
CONTENTS = {
    "sticker": ({"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "emoji": "👍"}}, "sticker"),
    "voice": ({"voice": {**FILE, "duration": 3}}, "voice"),
    "photo": ({"photo": PHOTO}, "photo"),
    "video": ({"video": {**FILE, "duration": 1, "width": 1, "height": 1}}, "file"),
    "video note": ({"video_note": {**FILE, "duration": 1, "length": 1}}, "file"),
    "animation": ({"animation": {**FILE, "duration": 1, "width": 1, "height": 1}, "document": FILE}, "file"),
    "audio": ({"audio": {**FILE, "duration": 1}}, "file"),
    "document": ({"document": {**FILE, "file_name": "договор.pdf"}}, "file"),
    "poll": ({"poll": {"id": "1", "question": "?", "options": []}}, "other"),
    "dice": ({"dice": {"emoji": "🎲", "value": 6}}, "other"),
    "game": ({"game": {"title": "x", "description": "x", "photo": PHOTO}}, "other"),
    "story": ({"story": {"chat": {"id": 1, "type": "private"}, "id": 1}}, "other"),
    "what Telegram will invent": ({"hologram": {"file_id": "x"}}, "other"),
    "spaces only": ({"text": " \n\t\u00a0\u3000"}, "other"),
    "NUL only": ({"text": "\x00"}, "other"),
}


@pytest.mark.parametrize("title", CONTENTS)
async def test_in_telegram_what_cannot_be_read_is_answered_by_its_kind(open_house: World, title: str) -> None:
    content, kind = CONTENTS[title]
    person = in_telegram(open_house)
    await person.sends(**content)
    heard = await person.hears()
    assert heard.text == i18n.text("ru", f"bot.unreadable.{kind}")
    assert heard.labels == (i18n.text("ru", "bot.call_human"),)
    await goes_on(person)


@pytest.mark.parametrize(
    "card",
    [
        {"contact": {**CARD, "user_id": 1}},
        {"contact": CARD},
        {"contact": {**CARD, "phone_number": "112"}},
        {"contact": {**CARD, "phone_number": "\x00"}},
    ],
    ids=["somebody else's", "of nobody in Telegram", "not a number", "NUL"],
)
async def test_a_contact_that_is_not_the_senders_own_proves_nothing(open_house: World, card: dict[str, Any]) -> None:
    person = in_telegram(open_house)
    await person.sends(**card)
    await person.hears(phrase("bot.not_your_contact"))
    await person.says("сколько денег на счету")
    await person.hears(phrase("bot.ask_phone"))
    await goes_on(person)


async def test_a_forwarded_own_contact_proves_nothing_either(open_house: World) -> None:
    person = in_telegram(open_house)
    await person.shares_contact("+79000000001", forward_origin={"type": "hidden_user", "date": 1})
    await person.hears(phrase("bot.not_your_contact"))
    await goes_on(person)


async def test_a_caption_is_the_question_and_an_edited_message_is_answered_anew(open_house: World) -> None:
    person = in_telegram(open_house)
    await person.sends(photo=PHOTO, caption=QUESTION)
    await person.hears(ANSWER)
    message = await person.says(QUESTION)
    await person.hears(ANSWER)
    await person.edits(OTHER_QUESTION, message)
    await person.hears(OTHER_ANSWER)


async def test_groups_channels_bots_and_service_messages_are_ignored_and_the_next_is_answered(
    open_house: World,
) -> None:
    person, queues = in_telegram(open_house), open_house.telegram.queues
    sender = person.as_user()
    for number, (kind, parts) in enumerate(
        [
            ("message", {"chat": {"id": -5, "type": "group", "title": "Семья"}, "from": sender, "text": QUESTION}),
            ("message", {"chat": {"id": -1005, "type": "supergroup"}, "from": sender, "text": "/start"}),
            ("channel_post", {"chat": {"id": -1006, "type": "channel"}, "text": QUESTION}),
            ("message", {"chat": person.as_chat(), "from": {**sender, "is_bot": True}, "text": QUESTION}),
            ("message", {"chat": person.as_chat(), "from": sender, "pinned_message": {"message_id": 1}}),
        ]
    ):
        update = {"update_id": 5_000 + number, kind: {"message_id": 1, "date": 1, **parts}}
        queues.add_raw(json.dumps(update).encode())
    await person.says(OTHER_QUESTION)
    await person.hears()
    assert [heard.text.split()[0] for heard in person.heard] == ["Хужир:"]
    assert [heard for chat in (-5, -1005, -1006) for heard in open_house.telegram.sent(chat)] == []


BUTTONS = {
    "a confirmation that was never asked": ("yes:deadbeefdead", "bot.button_expired"),
    "a refusal without its question": ("no:", "bot.button_expired"),
    "an entry that is gone": ("go:tariff_of_last_year", "bot.button_expired"),
    "a topic that is gone": ("pick:", "bot.button_expired"),
    "a language that we lack": ("lang:en", "bot.button_expired"),
    "six stars": ("rate:6:1", "bot.button_expired"),
    "stars for nothing": ("rate::", "bot.button_expired"),
    "stars for a case that is no number": ("rate:5:²", "bot.button_expired"),
    "stars for somebody else's case": ("rate:5:999999999999999999", "bot.already_rated"),
    "leaving without waiting": ("leave", "bot.nothing_to_leave"),
    "sixty-four signs of nothing": ("x" * 64, "bot.button_expired"),
    "hanzi": ("键" * 21, "bot.button_expired"),
    "a template": ("{brand}", "bot.button_expired"),
    "a blank": (" ", "bot.button_expired"),
    "a place that is on no map": ("go:coverage_place:../../etc", "^Этого места на карте"),
}


@pytest.mark.parametrize("channel", ["telegram", "inapp"])
@pytest.mark.parametrize("title", BUTTONS)
async def test_a_forged_old_or_foreign_button_is_answered_and_changes_nothing(
    open_house: World, channel: str, title: str
) -> None:
    value, expected = BUTTONS[title]
    person: Person | InApp
    if channel == "telegram":
        person = in_telegram(open_house)
        await person.says("/help")
        await person.presses_value(value, on=await person.hears())
    else:
        person = in_app(open_house)
        await person.send(button=value)
    await person.hears(phrase(expected) if expected.startswith("bot.") else expected)
    await goes_on(person)


async def test_a_press_that_is_too_long_or_empty_is_answered_too(open_house: World) -> None:
    for value in ("", "ж" * 33):
        person = in_telegram(open_house)
        await person.says("/help")
        await person.presses_value(value, on=await person.hears())
        await person.hears(phrase("bot.unreadable.other"))
        await goes_on(person)


LONG = f"{QUESTION}? " * 4600  # 100,000 signs


async def test_a_message_of_100000_signs_is_answered_in_telegram_and_refused_in_the_app(open_house: World) -> None:
    person = in_telegram(open_house)
    await person.says(LONG)
    await person.hears(ANSWER)
    await person.says("а" * 100_000)
    await person.hears(phrase(HUMAN))
    await goes_on(person)
    app = in_app(open_house)
    assert await refused(app, text=LONG) == (400, "too_long")
    assert await refused(app, text=LONG * 2) == (413, "too_large")
    await goes_on(app)


REFUSED = {
    "nothing": ({}, 400, "empty"),
    "null": ({"text": None}, 400, "empty"),
    "a number": ({"text": 5}, 400, "empty"),
    "a list": ({"text": ["привет"]}, 400, "empty"),
    "spaces": ({"text": " \n\t\u00a0\u3000"}, 400, "empty"),
    "NUL": ({"text": "\x00\x01"}, 400, "empty"),
    "no cid": ({"text": "привет", "cid": None}, 400, "bad_cid"),
    "a cid with NUL": ({"text": "привет", "cid": "\x00"}, 400, "bad_cid"),
    "an empty button": ({"button": ""}, 400, "bad_button"),
    "a long button": ({"button": "ж" * 33}, 400, "bad_button"),
    "a button with NUL": ({"button": "human\x00"}, 400, "bad_button"),
    "a button that is a list": ({"button": ["human"]}, 400, "bad_button"),
    "a place in words": ({"place": "Листвянка"}, 400, "bad_place"),
    "a place without a number": ({"place": {"lat": "52", "lon": 104}}, 400, "bad_place"),
    "a place off the globe": ({"place": {"lat": 91, "lon": 0}}, 400, "bad_place"),
    "a place that is not a number": ({"place": {"lat": float("nan"), "lon": 0}}, 400, "bad_place"),
    "a truth for a place": ({"place": {"lat": True, "lon": 0}}, 400, "bad_place"),
}
TOO_LARGE_FOR_A_FLOAT = {"place": {"lat": 10**400, "lon": 0}}


async def test_the_app_is_told_by_name_what_cannot_be_taken_and_the_next_is_answered(open_house: World) -> None:
    app = in_app(open_house)
    for number, (title, (body, status, code)) in enumerate(REFUSED.items()):
        if number % 15 == 0:  # more at once would be slowed down
            app = in_app(open_house)
        assert await refused(app, **body) == (status, code), title
    await goes_on(app)


async def test_a_place_with_400_digits_is_refused_by_name(open_house: World) -> None:
    assert await refused(in_app(open_house), **TOO_LARGE_FOR_A_FLOAT) == (400, "bad_place")


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"null", b"[]", b'"text"', b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 40_000, b"9" * 5_000],
    ids=["empty", "NUL", "null", "list", "string", "open", "UTF-16", "deep", "deep objects", "number"],
)
async def test_a_body_that_is_no_json_object_is_refused(open_house: World, body: bytes) -> None:
    app = in_app(open_house)
    headers = {**app._headers, "Content-Type": "application/json"}
    async with app.http.post("/api/v1/send", data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "bad_json")


async def refused(app: InApp, **body: Any) -> tuple[int, str]:
    """The status and the name of the refusal; the sentence that goes with it is the locale's."""
    said = json.dumps({"cid": str(uuid4()), **body}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    headers = {**app._headers, "Content-Type": "application/json"}
    async with app.http.post("/api/v1/send", data=said, headers=headers) as answer:
        error = (await answer.json())["error"]
        assert error.get("message") == i18n.text("ru", f"error.{error['code']}")
        return answer.status, error["code"]
