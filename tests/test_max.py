"""The MAX messenger: the same conversations as everywhere, numbers that it vouches for, links, quotes, corrections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from bot import handoff
from bot.messages import Choice, Entity, Reply
from bot.staff.agents import by_login
from faq.knowledge import Knowledge
from handlers.max.door import SECRET_HEADER
from handlers.max.incoming import normalise
from handlers.max.outgoing import message_of
from tests import samples
from tests.conversations import phrase, until
from tests.max_server import TOKEN, MaxPerson, MaxServer, check_message
from tests.test_dialogues import Dialogue, Stage, dialogues
from tests.world import CAST, Bubble, InApp, World

_ids = count(700)
SECRET = "s3cret_of-the-webhook"
# One of each kind: data of one's own, coverage by name and by pin, a service, the human line, commands, forgetting.
PLAYED = 7


@dataclass
class InMax:
    """A cast member in MAX."""

    person: MaxPerson
    phone: str
    channel: str = "max"

    async def says(self, text: str) -> object:
        return await self.person.says(text)

    async def presses(self, label: str) -> object:
        return await self.person.presses(label)

    async def hears(self, pattern: str, timeout: float = 15.0) -> Bubble:  # noqa: ASYNC109
        heard = await self.person.hears(pattern, timeout)
        return Bubble(heard.text, heard.labels)

    async def links(self) -> None:
        await self.person.shares(self.phone)

    async def pins(self, latitude: float, longitude: float) -> object:
        return await self.person.says("", {"type": "location", "latitude": latitude, "longitude": longitude})

    async def shows(self, picture: bytes, caption: str = "") -> object:
        return await self.person.shows(picture, caption=caption)

    async def receives(self) -> bytes:
        return (await self.person.hears("")).file[1]

    def texts(self) -> list[str]:
        return [heard.text for heard in self.person.heard]


@pytest_asyncio.fixture
async def max_server() -> AsyncIterator[MaxServer]:
    async with MaxServer() as server:
        yield server


@pytest_asyncio.fixture
async def world(fresh_dsn: str, knowledge: Knowledge, max_server: MaxServer) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False, max_token=TOKEN, max_api_url=max_server.url) as world:
        yield world


def in_max(server: MaxServer, who: str) -> InMax:
    phone, language, name = CAST[who]
    return InMax(server.person(next(_ids), name, language), phone)


def some_dialogues() -> list[Dialogue]:
    """Every so many of those that Telegram plays."""
    fit = [one for one in dialogues() if one.channel == "telegram"]
    return fit[:: max(1, len(fit) // PLAYED)]


@pytest.mark.parametrize("dialogue", some_dialogues(), ids=lambda one: one.name.replace("telegram", "max"))
async def test_dialogue(dialogue: Dialogue, world: World, max_server: MaxServer) -> None:
    subscriber = in_max(max_server, dialogue.who)
    stage = Stage(world, subscriber)
    for login in dialogue.agents:
        stage.agents[login] = await world.agent(login)
    if dialogue.linked:
        await subscriber.links()
        await subscriber.hears("номер узнал|号码已确认")
    for step in dialogue.steps:
        await stage.play(step)
    assert max_server.refused == []


async def test_only_a_number_that_max_vouches_for_is_believed(world: World, max_server: MaxServer) -> None:
    anna = in_max(max_server, "anna")
    await anna.person.starts()
    assert anna.person.server.people
    await anna.hears("^Здравствуйте")
    await anna.says("сколько гигов осталось")
    asked = await anna.person.hears(phrase("bot.ask_phone"))
    assert [button["type"] for button in asked.buttons] == ["request_contact"]
    await anna.person.shares(anna.phone, signed=False)
    await anna.hears(phrase("bot.not_your_contact"))
    await anna.person.shares(anna.phone, owner=1)
    await anna.hears(phrase("bot.not_your_contact"))
    await anna.person.shares(anna.phone)
    await anna.hears("7,5 ГБ")


async def test_the_app_invites_into_max_where_an_agent_quotes_corrects_and_swaps_files(
    world: World, max_server: MaxServer, caplog: pytest.LogCaptureFixture
) -> None:
    here, there, ivan = world.subscriber("anna", "inapp"), in_max(max_server, "anna"), await world.agent("ivan")
    assert isinstance(here, InApp)
    await until(world, "SELECT true")
    async with here.http.post("/api/v1/link", headers=here._headers) as answer:
        invitation = await answer.json()
    assert invitation["url"].startswith("https://max.ru/stand_in_max_bot?start=")
    await there.person.starts(parse_qs(urlsplit(invitation["url"]).query)["start"][0])
    await there.hears(phrase("bot.linked"))
    await there.says("позовите человека")
    await there.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], "Слушаю вас")
    heard = await there.person.hears("Слушаю")
    mine = await there.person.says("вот про это", link={"type": "reply", "message": heard.raw["body"]})
    await until(world, "SELECT count(*) = 1 FROM event WHERE body->'quote'->>'text' = 'Слушаю вас'")
    events = (await ivan.reads(case["id"]))["events"]
    said, asked = (next(e["id"] for e in events if e["body"].get("text") == t) for t in ("Слушаю вас", "вот про это"))
    async with world.bot.db.transaction() as tx:
        agent = await by_login(tx, "ivan")
        assert agent
        await handoff.edit(tx, agent, case["id"], "e", (said, "Слушаю вас, Анна"))
        await handoff.say(tx, agent, case["id"], "q", Reply("Понял", answers=asked))
    world.bot.db.bell.ring(*handoff.rings(case["id"]))
    assert (await there.person.hears("Понял")).raw["link"] == {"type": "reply", "mid": mine}
    assert "Слушаю вас, Анна" in there.texts()
    await ivan.sends(case["id"], samples.PDF, "договор.pdf", "Вот ваш договор")
    assert (await there.person.hears("Вот ваш договор")).file == ("file", samples.PDF)
    max_server.slow = 1
    await ivan.sends(case["id"], samples.photo(), "схема.jpg", "А вот схема")
    assert (await there.person.hears("А вот схема")).file[0] == "image"
    assert len([text for text in there.texts() if text == "А вот схема"]) == 1
    await there.person.shows(samples.photo(), samples.screenshot(), caption="и мои снимки")
    await until(world, "SELECT count(*) = 2 FROM file WHERE author_kind = 'user'")
    shown = [
        file["id"] for event in (await ivan.reads(case["id"]))["events"] for file in event["body"].get("files", ())
    ]
    assert [(await ivan.opens(one))[0] for one in shown] == [200] * 4
    assert max_server.refused == []
    assert TOKEN not in caplog.text


async def test_updates_come_by_webhook_with_the_secret_and_repeated_ones_are_answered_once(
    fresh_dsn: str, knowledge: Knowledge, max_server: MaxServer
) -> None:
    settings = {"max_token": TOKEN, "max_api_url": max_server.url, "max_webhook_secret": SECRET}
    async with World(fresh_dsn, knowledge, telegram=False, public_url="https://bot.example", **settings) as world:
        anna = in_max(max_server, "anna")
        async with asyncio.timeout(15), world.session() as http:
            while max_server.hook is None:
                await max_server.news()
            assert max_server.hook["url"] == "https://bot.example/max/webhook"
            await anna.says("здравствуйте")
            body = max_server.updates[-1]
            given = [{SECRET_HEADER: secret} for secret in ("wrong", SECRET, SECRET)]
            told = [(await http.post("/max/webhook", json=body, headers=one)).status for one in given]
            assert told == [401, 200, 200]
            await anna.hears("Здравствуйте")
            await anna.says("до какого числа платить за тариф")
            assert (await http.post("/max/webhook", json=max_server.updates[-1], headers=given[1])).status == 200
            await anna.hears(phrase("bot.ask_phone"))
        assert len([text for text in anna.texts() if text.startswith("Здравствуйте")]) == 1
        assert max_server.refused == []


def test_styles_and_stray_signs_become_html_that_cannot_break() -> None:
    text = "😀 <b>не тег</b> & *111#"
    start = len("😀 <b>не тег</b> & ".encode("utf-16-le")) // 2
    body = message_of(Reply(text, (Entity("code", start, 5),), (Choice("Ещё", "go:offices"),)))
    check_message(body)
    assert body["text"] == "😀 &lt;b&gt;не тег&lt;/b&gt; &amp; <code>*111#</code>"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b'{"update_type": "message_created"}',
        b'{"update_type": "message_created", "message": {"sender": {"user_id": true}}}',
        b'{"update_type": "message_created", "message": {"sender": {"user_id": 5, "is_bot": true}, "body": {}}}',
        b'{"update_type": "message_created", "message": {"sender": {"user_id": 5},'
        b' "recipient": {"chat_type": "chat"}, "body": {"text": "x"}}}',
        b'{"update_type": "bot_added", "user": {"user_id": 5}}',
    ],
)
def test_rubbish_groups_and_bots_are_politely_ignored(payload: bytes) -> None:
    assert normalise(payload, TOKEN) is None
