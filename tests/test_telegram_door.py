"""What the Telegram door says, over real HTTP, and how it stands the Bot API's bad days."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot import i18n
from bot.messages import ChannelError, Choice, Entity, InDoubt, Refused, Reply, SlowDown, Unauthorized, Unreachable
from handlers.splitting import split, units
from handlers.telegram import BotApi, TelegramChannel, introduce
from handlers.telegram.bot_api import Conflict, RawUpdates
from tests.telegram_rules import check_text
from tests.telegram_server import TOKEN, TelegramServer


@pytest_asyncio.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(flood=False) as server:
        server.person(1001, "Анна Соколова", "ru")
        yield server


@pytest_asyncio.fixture
async def api(telegram: TelegramServer) -> AsyncIterator[BotApi]:
    bot_api = BotApi(telegram.token, telegram.url)
    yield bot_api
    await bot_api.close()


async def no_files(_file_id: str) -> bytes:
    return b""


@pytest.fixture
def channel(api: BotApi) -> TelegramChannel:
    return TelegramChannel(api, no_files)


async def test_styles_go_as_entities_and_two_short_labels_share_a_row(
    telegram: TelegramServer, channel: TelegramChannel
):
    choices = tuple(
        Choice(label, f"go:{n}") for n, label in enumerate(("Да", "Не надо", "Что умеет эта услуга", "也可以"))
    )
    text = "<b>5 ГБ</b> & *100#"
    entities = (Entity("bold", 0, 4), Entity("code", 14, 5), Entity("link", 6, 2, "https://angara.example"))
    reference = await channel.send("1001", Reply(text, entities, choices))
    heard = telegram.sent(1001)[-1]
    assert (str(heard.id), heard.text, heard.rows) == (reference, text, (2, 1, 1))
    assert [(entity["type"], entity["offset"], entity.get("url")) for entity in heard.entities] == [
        ("bold", 0, None),
        ("code", 14, None),
        ("text_link", 6, "https://angara.example"),
    ]
    assert not telegram.refused


async def test_the_share_number_key_is_shown_and_the_next_plain_message_takes_it_away(
    telegram: TelegramServer, channel: TelegramChannel
):
    anna = telegram.person(1001)
    await channel.send("1001", Reply("Нужен ваш номер.", ask_phone="Поделиться номером"))
    assert (anna.keys, anna.key_asks_contact) == (("Поделиться номером",), True)
    await channel.send("1001", Reply("312 минут из 500"))
    assert anna.keys == ()


async def test_a_long_text_is_cut_at_paragraphs_and_the_buttons_stay_under_the_last_part(
    telegram: TelegramServer, channel: TelegramChannel
):
    paragraph = "Тариф «Весь Байкал» 👍 " * 60
    text = "\n\n".join([paragraph.strip()] * 8)
    start = units(text[: text.rindex("Весь")])
    reply = Reply(text, (Entity("bold", 0, units(text)), Entity("code", start, 4)), (Choice("Ещё", "go:more"),))
    references = await channel.send("1001", reply)
    parts = telegram.sent(1001)
    assert references == ",".join(str(part.id) for part in parts)
    assert len(parts) > 1
    assert [bool(part.buttons) for part in parts] == [*[False] * (len(parts) - 1), True]
    assert "\n\n".join(part.text for part in parts) == text
    assert all(units(part.text) <= 4096 for part in parts)
    code = [entity for entity in parts[-1].entities if entity["type"] == "code"][0]  # noqa: RUF015
    wide = parts[-1].text.encode("utf-16-le")
    assert wide[2 * code["offset"] : 2 * (code["offset"] + 4)].decode("utf-16-le") == "Весь"
    assert not telegram.refused


@pytest.mark.parametrize(
    "text", ["👨‍👩‍👧‍👦" * 700, "е́" * 4000, "字" * 9000, "нет" * 3000, "строка\n" * 2000, "x" * 4097 + " " * 90]
)
def test_no_cut_goes_through_a_sign_and_nothing_is_lost(text: str):
    parts = split(Reply(text))
    for part in parts:
        check_text(part.text, [])
        assert part.text[0] not in "\u200d\u0301"
        part.text.encode()
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())


async def test_a_long_reply_that_failed_half_way_goes_on_from_there(telegram: TelegramServer, channel: TelegramChannel):
    reply = Reply("\n\n".join(f"{n} " + "слово " * 500 for n in range(3)))
    assert len(split(reply)) == 3
    telegram.fail("429", retry_after=3, skip=1)
    with pytest.raises(SlowDown):
        await channel.send("1001", reply)
    await channel.send("1001", reply)
    assert [message.text[:1] for message in telegram.sent(1001)] == ["0", "1", "2"]


async def test_typing_is_shown_and_never_raises(telegram: TelegramServer, channel: TelegramChannel):
    await channel.typing("1001")
    assert telegram.person(1001).typing_seen == 1
    for kind in ("500 bare", "reset before", "bad json", "403", "429"):
        telegram.fail(kind, method="sendChatAction")
        await channel.typing("1001")
    await channel.typing("not a chat")


# The Bot API's bad days.


@pytest.mark.parametrize(
    ("kind", "error", "delivered"),
    [
        ("429", SlowDown, 0),
        ("403", Unreachable, 0),
        ("400", Unreachable, 0),
        ("401", Unauthorized, 0),
        ("404", Unauthorized, 0),
        ("409", Conflict, 0),
        ("500", InDoubt, 0),
        ("500 bare", InDoubt, 0),
        ("502", InDoubt, 0),
        ("bad json", InDoubt, 0),
        ("reset before", InDoubt, 0),
        ("reset after", InDoubt, 1),
        ("500 after", InDoubt, 1),
        ("bad json after", InDoubt, 1),
    ],
)
async def test_each_failure_is_told_apart(
    telegram: TelegramServer, channel: TelegramChannel, kind: str, error: type[ChannelError], delivered: int
):
    telegram.fail(kind, retry_after=7)
    with pytest.raises(ChannelError) as caught:
        await channel.send("1001", Reply("привет"))
    assert type(caught.value) is error
    assert getattr(caught.value, "seconds", 7) == 7
    assert len(telegram.sent(1001)) == delivered
    await channel.send("1001", Reply("и снова"))


async def test_a_hanging_server_leaves_the_message_in_doubt(telegram: TelegramServer, api: BotApi):
    telegram.fail("hang", method="getUpdates")
    with pytest.raises(InDoubt):
        await api.call(RawUpdates(), 0.2)


async def test_a_server_that_is_not_there_has_certainly_not_delivered():
    nobody = BotApi(TOKEN, "http://127.0.0.1:9")
    with pytest.raises(ChannelError) as caught:
        await TelegramChannel(nobody, no_files).send("1001", Reply("привет"))
    assert type(caught.value) is ChannelError
    await nobody.close()


async def test_strangers_blockers_and_bad_buttons_are_refused_each_in_its_way(
    telegram: TelegramServer, channel: TelegramChannel
):
    with pytest.raises(Unreachable):
        await channel.send("555", Reply("привет"))
    telegram.person(1001).blocked = True
    with pytest.raises(Unreachable):
        await channel.send("1001", Reply("привет"))
    telegram.person(1001).blocked = False
    with pytest.raises(Refused):
        await channel.send("1001", Reply("привет", choices=(Choice("длинно", "ж" * 33),)))
    with pytest.raises(Refused):
        await channel.send("1001", Reply(" "))
    assert telegram.sent(1001) == []


async def test_a_reply_whose_styles_are_refused_arrives_as_plain_text(
    telegram: TelegramServer, channel: TelegramChannel
):
    await channel.send("1001", Reply("коротко", (Entity("bold", 0, 99),)))
    assert [(heard.text, heard.entities) for heard in telegram.sent(1001)] == [("коротко", ())]
    telegram.fail("parse")
    with pytest.raises(Refused):
        await channel.send("1001", Reply("без стилей"))


async def test_signs_that_no_text_may_hold_are_replaced_before_sending(
    telegram: TelegramServer, channel: TelegramChannel
):
    await channel.send("1001", Reply("а\ud800б\x00в", (Entity("bold", 4, 1),)))
    assert telegram.sent(1001)[-1].text == "а\ufffdб\ufffdв"
    assert not telegram.refused


async def test_the_token_is_in_no_error_and_no_log(telegram: TelegramServer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    told = []
    here, nowhere = BotApi(telegram.token, telegram.url), BotApi(telegram.token, "http://127.0.0.1:9")
    kinds = ("401", "404", "429", "500", "500 bare", "502", "bad json", "reset before", "403")
    for kind in kinds:
        telegram.fail(kind)
    telegram.fail("400", description=f"something about /bot{telegram.token}/sendMessage")
    for api in (*[here] * (len(kinds) + 1), nowhere, BotApi(telegram.token, "http://[bad")):
        try:
            await TelegramChannel(api, no_files).send("1001", Reply("привет"))
        except ChannelError as error:
            chain: BaseException | None = error
            while chain is not None:
                told.append(f"{chain!r} {chain}")
                chain = chain.__cause__ or chain.__context__
        await api.close()
    assert len(told) == len(kinds) + 3
    assert not any(telegram.token in text for text in [*told, caplog.text])


# Introducing ourselves.


async def test_commands_and_descriptions_are_set_in_both_languages(telegram: TelegramServer, api: BotApi):
    await introduce(api, i18n)
    assert set(telegram.account.introduction) == {
        (name, code) for name in ("commands", "description", "short_description") for code in ("", "zh")
    }
    for code in ("", "zh"):
        names = [command["command"] for command in telegram.account.introduction["commands", code]]
        assert names == ["start", "help", "language", "operator", "stop", "transcript", "unlink", "forget"]
    assert not telegram.refused


async def test_a_bot_api_that_refuses_the_introduction_does_not_stop_the_bot(telegram: TelegramServer, api: BotApi):
    telegram.fail("429", method=None, times=3)
    telegram.fail("500 bare", method=None, times=3)
    await introduce(api, i18n)


def test_importing_the_door_costs_half_of_what_importing_aiogram_costs():
    # VmHWM begins anew with the program; ru_maxrss would still know the size of this one.
    code = "import handlers.telegram, re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # kB; aiogram imported plainly takes 165,000
