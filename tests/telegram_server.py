"""A stand-in Bot API over real HTTP, as strict as the real one and able to fail on demand.

    async with TelegramServer() as telegram:
        anna = telegram.person(1001, "Анна", "ru")
        await anna.says("сколько осталось")
        answer = await anna.hears("ГБ")
        await anna.presses(answer.labels[0])

`python -m tests.telegram_server --port 8081` plays by hand against a bot started with TELEGRAM_API_URL.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from dataclasses import dataclass
from time import monotonic
from typing import Any

from aiohttp import web

from tests import telegram_rules as rules
from tests.telegram_account import Account
from tests.telegram_forum import Forum
from tests.telegram_people import Group, Heard, Person, read_message
from tests.telegram_queues import Queues
from tests.telegram_rules import Json, Refusal, bad

TOKEN = "4242424242:AAStandInTokenOfTheTestServer_0123456"
METHODS = {name.lower(): name for name in rules.PARAMETERS}


# Refusals that life brings; every other 400 or 404 is the bot's own mistake.
_LIFE = (
    "chat not found", "bot was blocked", "message thread not found", "TOPIC_CLOSED", "TOPIC_ID_INVALID",
    "TOPIC_NOT_MODIFIED", "supergroup chat",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of the bot. `refused` is the description of a call that was the bot's own mistake."""

    method: str
    parameters: Json
    status: int
    at: float
    refused: str = ""
    took_effect: bool = False


@dataclass
class Fault:
    """429 500 502 403 401 409 · `500 bare` has no description · `bad json` `parse` · `hang` (no answer, no effect)
    · `reset before` and `reset after` the effect · `bad json after` · `500 after`."""

    kind: str
    method: str | None = "sendMessage"
    times: int | None = 1
    share: float = 1.0
    chat_id: int | None = None
    retry_after: int = 1
    description: str = ""
    skip: int = 0  # calls that pass before the first fault

    def strikes(self, method: str, chat_id: object, chance: random.Random) -> bool:
        if self.times == 0 or (self.method or method) != method or self.chat_id not in (None, chat_id):
            return False
        if chance.random() >= self.share:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class TelegramServer:
    """`flood=False` lifts the limits on sending; `callback_ttl` is how long a press may wait for its answer."""

    def __init__(
        self,
        token: str = TOKEN,
        *,
        port: int = 0,
        flood: bool = True,
        callback_ttl: float = 30.0,
        seed: int = 0,
        **queues: Any,
    ) -> None:
        self.token = token
        self.queues = Queues(seed=seed, **queues)
        bot_id = int(token.partition(":")[0])
        self.account = Account(bot_id, self.queues, flood=flood, callback_ttl=callback_ttl, seed=seed)
        self.calls: list[Call] = []
        self._faults: list[Fault] = []
        self._port = port
        self._chance = random.Random(seed)
        self._runner: web.AppRunner | None = None
        self._leaving = asyncio.Event()

    # Life.

    async def __aenter__(self) -> TelegramServer:
        app = web.Application(client_max_size=60 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._leaving.set()
        await self.queues.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What TELEGRAM_API_URL is set to."""
        return f"http://127.0.0.1:{self._port}"

    # For tests.

    def person(self, id: int, name: str = "Анна", language_code: str | None = "ru") -> Person:
        return self.account.people.setdefault(id, Person(self.account, id, name, language_code))

    def group(self, id: int, title: str = "Соседи") -> Group:
        return self.account.groups.setdefault(id, Group(self.account, id, title))

    def forum(self, id: int, title: str = "Поддержка") -> Forum:
        forum = self.account.groups.setdefault(id, Forum(self.account, id, title))
        assert isinstance(forum, Forum)
        return forum

    def fail(self, kind: str, **about: Any) -> Fault:
        """Plan a fault: the next sendMessage, unless `method`, `times`, `share` or `chat_id` say otherwise."""
        self._faults.append(Fault(kind, **about))
        return self._faults[-1]

    def recover(self) -> None:
        self._faults.clear()

    def release(self) -> None:
        """Calls that hang get an empty answer."""
        self._leaving.set()
        self._leaving = asyncio.Event()

    def sent(self, chat_id: int) -> list[Heard]:
        """All messages of the bot in this chat, as they look now."""
        return [read_message(message) for (chat, _), message in self.account.messages.items() if chat == chat_id]

    @property
    def refused(self) -> list[Call]:
        """Calls that a correct bot never makes."""
        return [call for call in self.calls if call.refused]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    # Answering.

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = METHODS.get(request.match_info["method"].lower(), "")
        parameters: Json = {}
        fault = None
        try:
            if request.match_info["token"] != self.token:
                raise Refusal(401, "Unauthorized")
            if not method:
                raise Refusal(404, "Not Found: method not found")
            raw = await _parameters(request)
            fault = self._fault(method, raw.get("chat_id"))
            if fault and not fault.kind.endswith("after"):
                self._note(method, raw, int(fault.kind[:3]) if fault.kind[:3].isdigit() else 0)
                return await self._fail(request, fault)
            parameters = rules.read_parameters(method, raw)
            result = await self.account.methods[method](parameters)
        except Refusal as refusal:
            mistake = refusal.code in (400, 404) and not refusal.description.endswith(_LIFE)
            self._note(method, parameters, refusal.code, refusal.description if mistake else "")
            return _refusal(refusal)
        self._note(method, parameters, 200, took_effect=True)
        if fault:
            return await self._fail(request, fault)
        if method == "getUpdates":  # bytes as they are: some are JSON that Python would not write
            updates = b'{"ok":true,"result":[' + b",".join(result) + b"]}"
            return web.Response(body=updates, content_type="application/json")
        return web.json_response({"ok": True, "result": result})

    def _note(
        self, method: str, parameters: Json, status: int, refused: str = "", *, took_effect: bool = False
    ) -> None:
        self.calls.append(Call(method, parameters, status, monotonic(), refused, took_effect))

    def _fault(self, method: str, chat_id: Any) -> Fault | None:
        number = int(chat_id) if str(chat_id).lstrip("-").isdigit() else None
        return next((fault for fault in self._faults if fault.strikes(method, number, self._chance)), None)

    async def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        kind = fault.kind.removesuffix(" after")
        if kind.startswith("reset"):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if kind == "hang":
            await asyncio.wait([asyncio.ensure_future(self._leaving.wait())], timeout=90)
            return web.Response()
        if kind == "bad json":
            return web.Response(text="<html>not what you asked for", content_type="text/html")
        if kind == "500 bare":
            return web.json_response({"ok": False, "error_code": 500}, status=500)
        if kind == "502":
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        known = {
            "429": Refusal(429, f"Too Many Requests: retry after {fault.retry_after}", retry_after=fault.retry_after),
            "500": Refusal(500, "Internal Server Error"),
            "403": Refusal(403, "Forbidden: bot was blocked by the user"),
            "401": Refusal(401, "Unauthorized"),
            "404": Refusal(404, "Not Found"),
            "409": Refusal(409, "Conflict: terminated by other getUpdates request"),
            "400": bad(fault.description or "chat not found"),
            "parse": bad("can't parse entities: unsupported start tag"),
        }
        return _refusal(known[kind])

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault("download", None)
        if fault:
            return await self._fail(request, fault)
        for path, content in self.account.files.values():
            if request.match_info["token"] == self.token and request.match_info["path"] == path:
                return web.Response(body=content)
        return _refusal(Refusal(404, "Not Found"))


async def _parameters(request: web.Request) -> Json:
    """From the query and from a form or JSON body, as the real server takes them."""
    said: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise bad("can't parse JSON body")
        return said | body
    form = await request.post()
    uploads = {
        name: rules.Upload(field.filename, field.file.read())
        for name, field in form.items()
        if isinstance(field, web.FileField)
    }
    words = {name: value for name, value in form.items() if name not in uploads}
    # A file goes in a part of its own, and the parameter says which: attach://part.
    return said | {
        name: uploads.get(value.removeprefix("attach://"), value) if isinstance(value, str) else value
        for name, value in words.items()
    }


def _refusal(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    if refusal.migrate_to is not None:
        body["parameters"] = {"migrate_to_chat_id": refusal.migrate_to}
    return web.json_response(body, status=refusal.code)


async def _play(port: int, token: str) -> None:
    """A line is said; `#label` is pressed, `+7900...` shared as own contact, `@52.3,104.3` sent as a place."""
    async with TelegramServer(token, port=port) as server:
        person = server.person(1001, "Анна Соколова", "ru")
        print(f"TELEGRAM_API_URL={server.url} TELEGRAM_TOKEN={server.token}", flush=True)
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        listening = asyncio.create_task(_print_heard(person))
        while line := (await lines.readline()).decode().strip():
            try:
                if line[0] == "#":
                    await person.presses(line[1:])
                elif line[0] == "+":
                    await person.shares_contact(line)
                elif line[0] == "@":
                    latitude, _, longitude = line[1:].partition(",")
                    await person.sends_location(float(latitude), float(longitude))
                else:
                    await person.says(line)
            except (AssertionError, ValueError) as problem:
                print(problem)
        listening.cancel()


async def _print_heard(person: Person) -> None:
    while True:
        heard = await person.hears(timeout=10**6)
        keys = [f"[#{label}]" for label in heard.labels] + [f"[+] {key}" for key in person.keys]
        print(f"> {heard.text}\n  {' '.join(keys)}", flush=True)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m tests.telegram_server")
    options.add_argument("--port", type=int, default=8081)
    options.add_argument("--token", default=TOKEN)
    chosen = options.parse_args()
    asyncio.run(_play(chosen.port, chosen.token))
