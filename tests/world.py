"""The whole product on a real database, with people around it: subscribers in both channels, agents at the desk.

Nothing of ours is replaced: Telegram is a strict stand-in over real HTTP, the app and the desk speak the public API.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from uuid import uuid4

import aiohttp

from bot import config
from bot.app import Application
from faq.knowledge import Knowledge
from handlers import auth
from tests.telegram_people import Heard
from tests.telegram_people import Person as TelegramPerson
from tests.telegram_server import TOKEN, TelegramServer

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "only-for-tests-1"
PATIENCE = 15.0  # seconds; a loaded machine is slow, a lost answer never comes

# contracts.md, "The demo's cast"
CAST = {
    "anna": ("+79000000001", "ru", "Анна"),
    "wang": ("+79000000002", "zh", "王伟"),
    "pyotr": ("+79000000003", "ru", "Пётр"),
    "lina": ("+79000000004", "zh", "李娜"),
    "slow": ("+79000000005", "ru", "Слава"),
    "down": ("+79000000006", "ru", "Даня"),
}
_ids = count(1_000)


class Subscriber(Protocol):
    """One person at one channel, as a test speaks of them."""

    channel: str

    async def says(self, text: str) -> object: ...
    async def presses(self, label: str) -> object: ...
    async def hears(self, pattern: str, timeout: float = PATIENCE) -> Bubble: ...  # noqa: ASYNC109
    async def links(self) -> None: ...
    async def pins(self, latitude: float, longitude: float) -> object: ...
    async def shows(self, picture: bytes, caption: str = "") -> object: ...
    async def receives(self) -> bytes: ...
    def texts(self) -> list[str]: ...


@dataclass(frozen=True)
class Bubble:
    text: str
    labels: tuple[str, ...] = ()


@dataclass
class InTelegram:
    """A cast member in Telegram."""

    person: TelegramPerson
    phone: str
    channel: str = "telegram"

    async def says(self, text: str) -> object:
        return await self.person.says(text)

    async def presses(self, label: str) -> object:
        return await self.person.presses(label)

    async def hears(self, pattern: str, timeout: float = PATIENCE) -> Bubble:  # noqa: ASYNC109
        heard: Heard = await self.person.hears(lambda one: bool(re.search(pattern, one.text, re.S)), timeout)
        return Bubble(heard.text, heard.labels)

    async def links(self) -> None:
        await self.person.shares_contact(self.phone)

    async def pins(self, latitude: float, longitude: float) -> object:
        return await self.person.sends_location(latitude, longitude)

    async def shows(self, picture: bytes, caption: str = "") -> object:
        return await self.person.sends_photo(picture, caption)

    async def receives(self) -> bytes:
        """The next file that comes from the other side."""
        return self.person.opens(await self.person.hears(lambda one: bool(one.file[0]), PATIENCE))

    def texts(self) -> list[str]:
        return [heard.text for heard in self.person.heard]


@dataclass
class InApp:
    """A cast member in the operator's app: HTTP and long polling, resumed by number."""

    http: aiohttp.ClientSession
    sign: Callable[[], str]
    name: str
    channel: str = "inapp"
    events: list[dict[str, Any]] = field(default_factory=list)
    _read: int = 0

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.sign()}"}

    async def send(self, **body: Any) -> dict[str, Any]:
        async with self.http.post("/api/v1/send", json={"cid": str(uuid4()), **body}, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def says(self, text: str) -> object:
        return await self.send(text=text)

    async def insists(self, text: str) -> None:
        """As the app's outbox does: the same message again until it is taken, 503 is no refusal."""
        message = {"cid": str(uuid4()), "text": text}
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.http.post("/api/v1/send", json=message, headers=self._headers) as answer:
                    if answer.status != 503:
                        assert answer.status == 200, await answer.text()
                        return
                    assert "Retry-After" in answer.headers
                await asyncio.sleep(0.05)

    async def presses(self, label: str) -> object:
        for event in reversed(self.events):
            for button in event["body"].get("buttons", []):
                if button["label"] == label:
                    return await self.send(button=button["value"], text=label)
        raise AssertionError(f"{self.name} sees no button {label!r}; heard: {self.texts()}")

    async def pins(self, latitude: float, longitude: float) -> object:
        return await self.send(place={"lat": latitude, "lon": longitude})

    async def shows(self, picture: bytes, caption: str = "") -> object:
        return await self.send(file=await self.uploads(picture), **({"text": caption} if caption else {}))

    async def uploads(self, content: bytes, name: str = "photo.jpg") -> str:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name)
        async with self.http.post("/api/v1/files", data=form, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["file"])

    async def receives(self) -> bytes:
        """The next file that comes from the other side."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in self.events[self._read :]:
                    self._read += 1
                    for file in event["body"].get("files", []) if event["from"]["kind"] != "user" else []:
                        async with self.http.get(f"/api/v1/files/{file['id']}", headers=self._headers) as answer:
                            assert answer.status == 200, await answer.text()
                            return await answer.read()
                await self.fetch()

    async def links(self) -> None:
        """In the app one is signed in already."""

    async def fetch(self) -> None:
        """What is new, waiting for it as long as the server does."""
        after = self.events[-1]["seq"] if self.events else 0
        async with self.http.get(f"/api/v1/events?after={after}", headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            self.events += (await answer.json())["events"]

    async def hears(self, pattern: str, timeout: float = PATIENCE) -> Bubble:  # noqa: ASYNC109
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for position in range(self._read, len(self.events)):
                        event = self.events[position]
                        text = event["body"].get("text", "")
                        if event["from"]["kind"] != "user" and text and re.search(pattern, text, re.S):
                            self._read = position + 1
                            return Bubble(text, tuple(one["label"] for one in event["body"].get("buttons", [])))
                    await self.fetch()
        except TimeoutError:
            raise AssertionError(f"{self.name} waited for {pattern!r}; heard since: {self.texts()[-6:]}") from None

    def texts(self) -> list[str]:
        return [e["body"].get("text", "") for e in self.events if e["t"] == "msg" and e["from"]["kind"] != "user"]


@dataclass
class AtDesk:
    """An agent, through the public API of the desk."""

    http: aiohttp.ClientSession
    login: str

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with self.http.request(method, f"/api/v1/agent/{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def must(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        status, answer = await self.call(method, path, body)
        assert status in (200, 201, 204), (path, status, answer)
        return answer

    async def arrives(self) -> None:
        await self.must("POST", "login", {"login": self.login, "password": PASSWORD})
        await self.must("POST", "presence", {"state": "online"})

    async def takes_next(self) -> dict[str, Any] | None:
        answer: dict[str, Any] | None = await self.must("POST", "next", {})
        return answer

    async def says(self, conversation: int, text: str) -> Any:
        return await self.must("POST", f"conversations/{conversation}/messages", {"cid": str(uuid4()), "text": text})

    async def sends(self, conversation: int, content: bytes, name: str, text: str = "") -> Any:
        """Upload a file for this chat and send it."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", content, filename=name)
        talk, same = f"/api/v1/agent/conversations/{conversation}", {"Sec-Fetch-Site": "same-origin"}
        async with self.http.post(f"{talk}/files", data=form, headers=same) as answer:
            assert answer.status == 200, await answer.text()
            file_id = (await answer.json())["file"]
        message = {"cid": str(uuid4()), "file": file_id, "text": text}
        return await self.must("POST", f"conversations/{conversation}/messages", message)

    async def opens(self, file_id: str) -> tuple[int, bytes]:
        async with self.http.get(f"/api/v1/agent/files/{file_id}") as answer:
            return answer.status, await answer.read()

    async def closes(self, conversation: int, outcome: str = "solved") -> None:
        await self.must("POST", f"conversations/{conversation}/close", {"reason": "answered", "outcome": outcome})

    async def reads(self, conversation: int) -> dict[str, Any]:
        pack: dict[str, Any] = await self.must("GET", f"conversations/{conversation}")
        return pack


class World:
    """`async with World(dsn, knowledge) as world`; with `telegram=False` it starts without that door."""

    def __init__(
        self, dsn: str, knowledge: Knowledge, *, telegram: bool = True, flood: bool = False, **settings: Any
    ) -> None:
        self._dsn, self._knowledge, self._telegram_on, self._flood = dsn, knowledge, telegram, flood
        self._more = settings
        self._sessions: list[aiohttp.ClientSession] = []
        self._task: asyncio.Task[int] | None = None
        self.telegram = TelegramServer(flood=flood)
        self.app: Application
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def __aenter__(self) -> World:
        await self.telegram.__aenter__()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions:
            await session.close()
        await self.stop()
        await self.telegram.__aexit__(kind, problem, trace)

    async def start(self) -> None:
        settings = replace(
            config.load({"FAQ_DIR": str(ROOT / "faq")}, demo=True),
            database_url=self._dsn,
            http_port=0,
            demo_password=PASSWORD,
            demo_inapp_key="tests-tests-tests-tests-tests-tests",
            telegram_token=TOKEN if self._telegram_on else None,
            telegram_api_url=self.telegram.url,
            **self._more,
        )
        self.app = Application(settings, None, self._knowledge, clock=lambda: self.now())
        self._task = asyncio.create_task(self.app.run())
        ready = asyncio.create_task(self.app.ready.wait())
        done, _ = await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task in done:
            raise AssertionError(f"the product did not start: {self._task.exception()!r}")

    async def stop(self) -> int:
        """Ask it to stop; its exit code."""
        if self._task is None:
            return 0
        self.app.stopping.set()
        code = await self._task
        self._task = None
        return code

    @property
    def bot(self) -> Any:
        assert self.app.bot is not None
        return self.app.bot

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.app.port}"

    def session(self) -> aiohttp.ClientSession:
        """A browser's worth of HTTP: cookies of its own."""
        session = aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._sessions.append(session)
        return session

    def sign(self, phone: str, language: str, name: str = "") -> str:
        return auth.sign_demo(self.bot.settings, phone, self.bot.clock(), language=language, name=name)

    def subscriber(self, who: str, channel: str) -> Subscriber:
        """One of the cast, new to the bot."""
        phone, language, name = CAST[who]
        if channel == "telegram":
            person = self.telegram.person(next(_ids), name, language)
            return InTelegram(person, phone)
        return InApp(self.session(), lambda: self.sign(phone, language, name), name)

    async def agent(self, login: str) -> AtDesk:
        """An agent who has come to the desk and is online."""
        agent = AtDesk(self.session(), login)
        await agent.arrives()
        return agent

    async def ask(self, statement: str, *values: Any) -> Any:
        """One value from the database, for what no door shows."""
        async with self.bot.db.transaction() as tx:
            return await tx.fetchval(statement, *values)


@asynccontextmanager
async def a_world(dsn: str, knowledge: Knowledge, **more: Any) -> AsyncIterator[World]:
    async with World(dsn, knowledge, **more) as world:
        yield world
