"""Files: what is taken and how it is given out, whose they are, and that nothing of them stays that should not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from bot import files
from bot.files.file_types import PNG, TYPES, Unfit, shown_name, type_of
from bot.people import erase
from faq.knowledge import Knowledge
from tests import samples
from tests.world import CAST, InApp, World

LIMIT = 10 * 1024 * 1024


@pytest_asyncio.fixture
async def chat(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


def form(content: bytes, name: str = "file", cid: str | None = None) -> aiohttp.FormData:
    said = aiohttp.FormData(quote_fields=False)
    if cid:
        said.add_field("cid", cid)
    said.add_field("file", content, filename=name, content_type="image/png")
    return said


async def upload(person: InApp, content: bytes, name: str = "file", cid: str | None = None) -> tuple[int, Any]:
    async with person.http.post("/api/v1/files", data=form(content, name, cid), headers=person._headers) as answer:
        return answer.status, await answer.json()


async def opened(person: InApp, file_id: str, query: str = "") -> tuple[int, bytes, Any]:
    async with person.http.get(f"/api/v1/files/{file_id}{query}", headers=person._headers) as answer:
        return answer.status, await answer.read(), answer.headers


def subscriber(world: World, who: str) -> InApp:
    person = world.subscriber(who, "inapp")
    assert isinstance(person, InApp)
    return person


async def test_a_photo_is_drawn_anew_without_place_or_camera_and_stands_upright(chat: World) -> None:
    anna = subscriber(chat, "anna")
    status, told = await upload(anna, samples.photo(rotated=True), "IMG 1.JPEG")
    assert (status, told["kind"], told["type"], told["name"]) == (200, "photo", "image/jpeg", "IMG 1.JPEG")
    assert (told["width"], told["height"]) == (600, 900)
    for query, longest in (("", 900), ("?size=small", 640)):
        status, content, headers = await opened(anna, told["file"], query)
        assert status == 200
        assert samples.PLACE not in content
        assert b"Spy camera" not in content
        with Image.open(BytesIO(content)) as picture:
            assert max(picture.size) == longest
            assert not picture.getexif()
    assert headers["Content-Disposition"].startswith("inline;")
    assert headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_every_allowed_type_comes_out_as_it_went_in_and_only_as_a_download(chat: World) -> None:
    anna = subscriber(chat, "anna")
    for content, name, type in (
        (samples.PDF, "договор.pdf", "application/pdf"),
        (samples.OPUS, "voice", "audio/ogg"),
        (samples.MP3, "song.exe", "audio/mpeg"),
        (samples.M4A, "note.m4a", "audio/mp4"),
        (samples.MP4, "film.mp4", "video/mp4"),
        ("Счёт № 5\n".encode(), "счёт.txt", "text/plain"),
    ):
        status, told = await upload(anna, content, name)
        assert (status, told["type"]) == (200, type), told
        _, got, headers = await opened(anna, told["file"])
        assert got == content
        assert headers["Content-Type"].startswith(type)
        assert headers["Content-Disposition"].startswith("attachment;"), name
    status, told = await upload(anna, samples.webp(), "sticker.webp")
    assert (told["type"], told["name"]) == ("image/png", "sticker.png")


async def test_what_is_dressed_up_is_refused_by_what_it_is_and_leaves_nothing(chat: World) -> None:
    anna = subscriber(chat, "anna")
    for number, (name, content) in enumerate(samples.REFUSED.items()):
        person = anna if number < 10 else subscriber(chat, "pyotr")
        status, told = await upload(person, content, name)
        assert status == 415, (name, told)
        assert told["error"]["code"] in ("file_type", "file_empty", "picture_too_big", "picture_broken"), name
        assert told["error"]["message"]
    assert await chat.ask("SELECT count(*) FROM file") == 0
    with pytest.raises(Unfit, match="picture_too_big"):
        await files.examined(samples.pixel_flood(), "flood.png")


async def test_a_picture_that_is_also_a_page_leaves_only_the_picture(chat: World) -> None:
    anna = subscriber(chat, "anna")
    for content in (samples.screenshot() + samples.HTML, samples.photo() + samples.archive()):
        status, told = await upload(anna, content, "both.png")
        assert status == 200
        _, got, _ = await opened(anna, told["file"])
        assert b"script" not in got
        assert b"evil.sh" not in got


async def test_the_limit_is_a_byte_exact_and_a_form_without_a_file_is_told_so(chat: World) -> None:
    anna = subscriber(chat, "anna")
    status, told = await upload(anna, samples.PDF + b"\n" * (LIMIT - len(samples.PDF)), "whole.pdf")
    assert (status, told["size"]) == (200, LIMIT)
    status, got, _ = await opened(anna, told["file"])
    assert len(got) == LIMIT
    status, told = await upload(anna, samples.PDF + b"\n" * (LIMIT - len(samples.PDF) + 1), "more.pdf")
    assert (status, told["error"]["code"], told["error"]["mb"]) == (413, "file_too_big", 10)
    assert "10 МБ" in told["error"]["message"]
    huge = samples.PDF + b"\n" * (LIMIT + 20_000)  # said by Content-Length already
    assert (await upload(anna, huge, "huge.pdf"))[0] == 413
    for body, headers in (
        ({"data": b"x"}, {"Content-Type": "application/octet-stream"}),
        ({"data": b"--x\r\nrubbish"}, {"Content-Type": "multipart/form-data; boundary=x"}),
        ({"data": b""}, {"Content-Type": "multipart/form-data"}),
        ({"data": aiohttp.FormData({"cid": str(uuid4())})}, {}),
        ({"data": form(samples.PDF, cid="not a uuid")}, {}),
    ):
        async with anna.http.post("/api/v1/files", **body, headers=anna._headers | headers) as answer:
            assert answer.status == 400, await answer.text()


async def test_one_upload_made_many_times_in_parallel_is_one_file_and_one_message(chat: World) -> None:
    anna, cid = subscriber(chat, "anna"), str(uuid4())
    uploads = await asyncio.gather(*(upload(anna, samples.PDF, "act.pdf", cid) for _ in range(3)))
    assert {told["file"] for _, told in uploads} == {uploads[0][1]["file"]}
    message = {"cid": cid, "file": uploads[0][1]["file"]}
    receipts = await asyncio.gather(*(anna.send(**message) for _ in range(5)))
    assert len({one["seq"] for one in receipts}) == 1
    assert await chat.ask("SELECT count(*) FROM event WHERE author_kind = 'user'") == 1
    again = {"cid": str(uuid4()), "file": message["file"]}
    async with anna.http.post("/api/v1/send", json=again, headers=anna._headers) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (404, "no_such_file")


async def test_pictures_sent_in_one_go_are_answered_once(chat: World) -> None:
    anna, album = subscriber(chat, "anna"), str(uuid4())
    sent = [await anna.send(file=await anna.uploads(samples.photo()), album=album) for _ in range(3)]
    await anna.hears("прочитать его сам не могу")
    await anna.says("привет")
    await anna.hears("Здравствуйте|Привет|Добр")
    assert sum("прочитать" in text for text in anna.texts()) == 1
    shown = [event["body"] for event in anna.events if event["seq"] in {one["seq"] for one in sent}]
    assert [(body["album"], len(body["files"])) for body in shown] == [(album, 1)] * 3
    async with anna.http.post(
        "/api/v1/send", json={"cid": str(uuid4()), "file": "A" * 22, "album": "x"}, headers=anna._headers
    ) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "bad_cid")


async def test_a_file_is_only_for_those_who_may_read_its_conversation(chat: World) -> None:
    anna, wang = subscriber(chat, "anna"), subscriber(chat, "wang")
    _, told = await upload(anna, samples.PDF, "act.pdf")
    absent = await opened(wang, "A" * 22)
    for strange in (told["file"], "A" * 22, "..%2f..%2fetc", "x" * 300):
        status, body, _ = await opened(wang, strange)
        assert (status, body) == (404, absent[1])
    async with wang.http.post(
        "/api/v1/send", json={"cid": str(uuid4()), "file": told["file"]}, headers=wang._headers
    ) as answer:
        assert answer.status == 404, "an upload of another person cannot be sent"
    async with chat.session().get(f"/api/v1/files/{told['file']}") as answer:
        assert answer.status == 401
    await anna.says("позовите человека")
    await anna.send(file=told["file"])
    ivan, li = await chat.agent("ivan"), await chat.agent("li")
    case = await ivan.takes_next()
    assert case is not None
    async with ivan.http.get(f"/api/v1/agent/files/{told['file']}") as answer:
        assert (answer.status, await answer.read()) == (200, samples.PDF)
    async with li.http.get(f"/api/v1/agent/files/{told['file']}") as answer:
        assert answer.status == 404, "another agent's chat"
    async with chat.session().get(f"/api/v1/agent/files/{told['file']}") as answer:
        assert answer.status == 401


async def test_an_agents_file_reaches_the_app_once_it_is_sent_and_not_before(chat: World) -> None:
    anna = subscriber(chat, "anna")
    await anna.says("позовите человека")
    await anna.hears("очеред|специалист")
    ivan, li = await chat.agent("ivan"), await chat.agent("li")
    case = await ivan.takes_next()
    assert case is not None
    talk, same = f"/api/v1/agent/conversations/{case['id']}", {"Sec-Fetch-Site": "same-origin"}
    async with li.http.post(f"{talk}/files", data=form(samples.PDF), headers=same) as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (409, "held")
    async with ivan.http.post(f"{talk}/files", data=form(samples.PDF), headers={"Origin": "https://evil"}) as answer:
        assert answer.status == 403
    async with ivan.http.post(f"{talk}/files", data=form(samples.SVG, "x.png"), headers=same) as answer:
        assert answer.status == 415
    async with ivan.http.post(f"{talk}/files", data=form(samples.PDF, "Счёт.pdf"), headers=same) as answer:
        file_id = (await answer.json())["file"]
    assert (await opened(anna, file_id))[0] == 404, "not sent yet"
    message = {"cid": str(uuid4()), "file": file_id, "text": "Ваш счёт"}
    answers = await asyncio.gather(
        *(ivan.must("POST", f"conversations/{case['id']}/messages", message) for _ in range(3))
    )
    assert len({one["seq"] for one in answers}) == 1
    await anna.hears("Ваш счёт")
    (told,) = anna.events[-1]["body"]["files"]
    assert (told["id"], told["name"], told["size"]) == (file_id, "Счёт.pdf", len(samples.PDF))
    assert (await opened(anna, file_id))[1] == samples.PDF


async def test_names_are_shown_as_plain_text_of_the_type_they_are(chat: World) -> None:
    people = [subscriber(chat, who) for who in ("anna", "wang", "pyotr")]
    for number, name in enumerate(samples.NAMES):
        anna = people[number % 3]
        as_sent = name.replace('"', "%22").replace("\r\n", "%0D%0A").replace("\0", "%00")  # as a browser writes it
        status, told = await upload(anna, samples.screenshot(2, 2), as_sent)
        assert status == 200, name
        assert not set(shown_name(name, PNG)) & set("\r\n\0/<")
        shown = told["name"]
        assert not set(shown) & set('<>"/\\\u202e\u200b\u200d\r\n\0'), name
        assert shown == "" or shown.lower().endswith(".png")
        assert len(shown) <= 80
        _, _, headers = await opened(anna, told["file"])
        assert "X-Injected" not in headers
        _, star, told_name = headers["Content-Disposition"].partition("filename*=UTF-8''")
        assert unquote(told_name) == shown if star else not shown
    assert shown_name("act.png.exe", PNG) == "act.png"


@pytest.mark.parametrize("type", TYPES, ids=lambda one: one.mime)
def test_no_name_survives_that_promises_another_type(type: Any) -> None:
    for name in ("x.exe", "x.svg", "x.pdf.js", "x"):
        ending = shown_name(name, type).rpartition(".")[2]
        assert ending in type.endings


def test_random_bytes_are_a_known_type_or_refused_never_an_error() -> None:
    for head in (b"", b"\xff", b"\xff\xfb", b"ID3", b"RIFF", b"OggS", b"\0\0\0\0ftyp", b"%PDF", "ю".encode()[:1]):
        for tail in (b"", b"\0", b"\xff" * 50):
            with suppress(Unfit):
                assert type_of(head + tail) in TYPES


async def test_too_many_uploads_have_to_wait_and_a_day_has_its_limit(chat: World) -> None:
    anna = subscriber(chat, "anna")
    answers = [await upload(anna, samples.PDF) for _ in range(14)]
    assert answers[0][0] == 200
    status, told = answers[-1]
    assert (status, told["error"]["code"]) == (429, "slow_down")
    assert told["error"]["retry_after"] > 0
    await chat.ask(f"UPDATE file SET size = {files.PER_DAY} RETURNING 1")
    conversation = await chat.ask("SELECT id FROM conversation")
    with pytest.raises(files.TooMany):
        async with chat.bot.db.transaction() as tx:
            await files.keep(tx, conversation, "user", None, await files.examined(samples.PDF, ""))


async def test_unsent_old_and_erased_files_are_gone_with_their_bytes(chat: World) -> None:
    anna, wang = subscriber(chat, "anna"), subscriber(chat, "wang")
    kept = (await upload(anna, samples.PDF, "kept.pdf"))[1]["file"]
    old = (await upload(anna, samples.PDF, "old.pdf"))[1]["file"]
    unsent = (await upload(anna, samples.PDF, "unsent.pdf"))[1]["file"]
    others = (await upload(wang, samples.PDF, "other.pdf"))[1]["file"]
    for file_id in (kept, old):
        await anna.send(file=file_id)
    await wang.send(file=others)
    await chat.ask("UPDATE file SET created_at = now() - interval '25 hours' WHERE id = $1 RETURNING 1", unsent)
    await chat.ask("UPDATE file SET created_at = now() - interval '181 days' WHERE id = $1 RETURNING 1", old)
    async with chat.bot.db.transaction() as tx:
        await files.forget_old(tx, chat.bot.settings.files_keep)
    assert (await opened(anna, unsent))[0] == 404
    status, body, _ = await opened(anna, old)
    assert (status, json.loads(body)["error"]["code"]) == (410, "file_expired")
    assert (await opened(anna, kept))[0] == 200
    async with chat.bot.db.transaction() as tx:
        removed = await erase.everywhere(tx, phone=CAST["anna"][0])
    assert removed["file"] == 2
    assert await chat.ask("SELECT array_agg(DISTINCT file_id) FROM file_part") == [others]
    assert (await opened(wang, others))[0] == 200
