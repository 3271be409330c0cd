"""Files through Telegram: fetched when opened and once only, told why if they cannot be had, sent as what they are."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from tests import samples
from tests.test_telegram_server import Caller, bot, telegram  # noqa: F401  (fixtures)
from tests.world import AtDesk, InTelegram, World


async def queued(world: World, who: str = "anna") -> InTelegram:
    person = world.subscriber(who, "telegram")
    assert isinstance(person, InTelegram)
    await person.says("позовите оператора")
    await person.hears("очеред")
    return person


async def taken(world: World, login: str = "ivan") -> tuple[AtDesk, int]:
    agent = await world.agent(login)
    case = await agent.takes_next()
    assert case is not None
    return agent, case["id"]


async def files_of(agent: AtDesk, talk: int, count: int) -> list[dict[str, Any]]:
    """The files of the chat, once there are so many."""
    while True:
        events = (await agent.reads(talk))["events"]
        found = [file | {"event": event} for event in events for file in event["body"].get("files", [])]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)


async def test_a_file_is_fetched_when_it_is_opened_and_only_once_however_many_open_it(world: World) -> None:
    anna = await queued(world)
    await anna.person.sends_file(samples.PDF, "договор.pdf", "application/pdf")
    agent, talk = await taken(world)
    (file,) = await files_of(agent, talk, 1)
    assert (file["kind"], file["name"]) == ("document", "договор.pdf")
    assert "reference" not in json.dumps(file), "what Telegram calls it is nobody's business"
    assert world.telegram.called("getFile") == []
    answers = await asyncio.gather(*(agent.opens(file["id"]) for _ in range(5)))
    assert set(answers) == {(200, samples.PDF)}
    assert len(world.telegram.called("getFile")) == 1
    assert await world.ask("SELECT state FROM file") == "kept"


async def test_a_download_that_fails_is_tried_again_and_the_token_is_in_no_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await queued(world)
    await anna.person.sends_photo(samples.photo())
    agent, talk = await taken(world)
    (file,) = await files_of(agent, talk, 1)
    with caplog.at_level(logging.DEBUG):
        for kind, method in (("500", "getFile"), ("reset before", "download")):
            world.telegram.fail(kind, method=method)
        status, content = await agent.opens(file["id"])
        assert status == 200
        assert samples.PLACE not in content
        await anna.person.sends_photo(samples.photo())
        (_, second) = await files_of(agent, talk, 2)
        fault = world.telegram.fail("502", method="download", times=None)
        status, body = await agent.opens(second["id"])
        assert (status, json.loads(body)["error"]["code"]) == (503, "file_away")
        assert fault.times is None
        world.telegram.recover()
        assert (await agent.opens(second["id"]))[0] == 200
    assert world.telegram.token.partition(":")[2] not in caplog.text


async def test_what_cannot_be_had_says_why_at_once_and_for_good(world: World) -> None:
    anna = await queued(world)
    await anna.person.sends_file(samples.archive(), "письмо.pdf", "application/pdf")
    await anna.person.sends(document={"file_id": "unknown-to-telegram", "file_unique_id": "x", "file_size": 5})
    film = {"file_id": "f", "file_unique_id": "f", "duration": 90, "width": 640, "height": 360}
    await anna.person.sends(video={**film, "file_size": 21 << 20})
    await anna.hears("больше 20 МБ")
    agent, talk = await taken(world)
    dressed, unknown, long = await files_of(agent, talk, 3)
    for file, status, code in ((dressed, 415, "file_type"), (unknown, 410, "file_gone"), (long, 413, "file_too_big")):
        for _ in range(2):
            got, body = await agent.opens(file["id"])
            assert (got, json.loads(body)["error"]["code"]) == (status, code)
    assert long["problem"] == "file_too_big"
    assert len(world.telegram.called("getFile")) == 2, "known at once, or asked once"


async def test_an_album_is_answered_once_and_every_picture_of_it_is_there(world: World) -> None:
    anna = world.subscriber("anna", "telegram")
    assert isinstance(anna, InTelegram)
    await anna.person.sends_album([samples.photo(), samples.photo(30, 20), samples.photo(20, 30)])
    await anna.hears("прочитать его сам не могу")
    await anna.says("позовите оператора")
    await anna.hears("очеред")
    assert sum("прочитать" in text for text in anna.texts()) == 1
    agent, talk = await taken(world)
    found = await files_of(agent, talk, 3)
    assert len({file["event"]["body"]["album"] for file in found}) == 1
    assert [(await agent.opens(file["id"]))[0] for file in found] == [200] * 3


async def test_an_agents_files_arrive_as_what_they_are_with_their_words(world: World) -> None:
    anna = await queued(world)
    agent, talk = await taken(world)
    await anna.hears("На связи")
    long = "Подробно. " * 150
    for content, name, kind, words in (
        (samples.photo(), "снимок.jpg", "photo", "вот снимок"),
        (samples.OPUS, "голос.ogg", "voice", ""),
        (samples.MP4, "видео.mp4", "video", ""),
        (samples.PDF, "счёт.pdf", "document", long.strip()),
        (samples.screenshot(2000, 60), "полоса.png", "document", ""),  # too narrow for a photo of Telegram's
    ):
        await agent.sends(talk, content, name, words)
        heard = await anna.person.hears(lambda one: bool(one.file[0]), 15)
        assert heard.file[0] == kind, name
        assert content == anna.person.opens(heard) or kind == "photo" or name == "полоса.png"
        if len(words) > 1024:
            await anna.hears("Подробно")
        elif words:
            assert heard.text == words
    assert world.telegram.refused == []


async def test_a_film_on_its_way_does_not_hold_up_the_words_of_others(world: World) -> None:
    anna, pyotr = await queued(world), await queued(world, "pyotr")
    agent, talk = await taken(world)
    await anna.hears("На связи")
    hangs = world.telegram.fail("hang", method="sendVideo", times=1)
    await agent.sends(talk, samples.MP4, "film.mp4")
    for n in range(4):
        await pyotr.says(f"я всё ещё жду {n}")
    await pyotr.says("/language")
    await pyotr.hears("Русский|язык")
    assert hangs.times == 0, "the film was taken first"
    world.telegram.release()


async def test_the_stand_in_keeps_telegrams_limits_for_files(bot: Caller) -> None:  # noqa: F811
    import aiohttp

    async def send(method: str, kind: str, content: bytes, **more: str) -> tuple[int, str]:
        form = aiohttp.FormData({"chat_id": "1001", kind: "attach://part", **more})
        form.add_field("part", content, filename="x")
        async with bot._http.post(f"{bot._address}/{method}", data=form) as answer:
            return answer.status, (await answer.json()).get("description", "")

    assert (await send("sendPhoto", "photo", samples.photo()))[0] == 200
    assert "PROCESS_FAILED" in (await send("sendPhoto", "photo", samples.PDF))[1]
    assert "DIMENSIONS" in (await send("sendPhoto", "photo", samples.screenshot(2000, 60)))[1]
    assert "non-empty" in (await send("sendDocument", "document", b""))[1]
    assert "caption is too long" in (await send("sendDocument", "document", b"x", caption="я" * 1025))[1]
    assert "voice" in (await send("sendVoice", "voice", samples.MP3))[1]
