"""Builds each part once and closes them in reverse; the only file that knows them all.

Every background task is supervised: one that ends, for whatever reason, ends the process with exit code 1, and until
then /healthz is red. Better a restart than a process that looks alive and answers nobody.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aiohttp import web
from prometheus_client import Histogram

from bot import demo_history, keys, visitors
from bot.applinks import AppLinks
from bot.backups import preparing
from bot.backups.nightly import Nightly
from bot.config import InappKey, Settings
from bot.database import TRANSIENT, Database, shown
from bot.desk.agent_typing import AgentTyping
from bot.handoff.assigning import assign_for_ever
from bot.handoff.queue_news import tell_for_ever
from bot.incidents.watch import IncidentWatch
from bot.knowledge.editions import Editions, first
from bot.knowledge.missing import MissingAnswers
from bot.knowledge.rehearsal import Rehearsals
from bot.parts import Bot
from bot.postgres import EmbeddedPostgres
from bot.running.housekeeping import Housekeeping
from bot.running.sender import Sender
from bot.running.unread_news import UnreadNews
from bot.running.vitals import Vitals
from bot.running.worker import Worker
from bot.staff import roster
from bot.subscribers_guard import GuardedSubscribers
from bot.subscribers_mock import MockSubscribers
from faq.knowledge import Knowledge
from handlers.http import make_app
from handlers.messengers import Messenger, leave, messengers
from handlers.unread_hook import UnreadHook

log = logging.getLogger(__name__)

# login, name, languages, role
DEMO_PEOPLE = ("+79000000001", "+79000000003")  # of the mock operator; what they would be told fills the history
DEMO_AGENTS = (
    ("anna", "Анна Белова", ["ru"], "agent"),
    ("ivan", "Иван Серов", ["ru"], "agent"),
    ("li", "Ли Мэй (李梅)", ["ru", "zh"], "agent"),
    ("olga", "Ольга Власова", ["ru", "zh"], "supervisor"),
    ("pavel", "Павел Котов", ["ru"], "editor"),
)
LAG_LIMIT = 2.0  # seconds the event loop may be late before /healthz is red
INBOX_LIMIT = 60.0  # seconds a message may wait before /readyz is red
STOP_WITHIN = 20.0


class CannotListen(Exception):
    """The address is taken or not ours."""


class SchemaBehind(Exception):
    """The database is not at the code's revision; `python -m bot db upgrade` brings it there."""


@dataclass
class Application:
    """The running product. `ready` is set once it listens; `port` is then the port it got."""

    settings: Settings
    postgres: EmbeddedPostgres | None = None
    knowledge: Knowledge | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    ended: str | None = None  # the task that ended though it must not
    bot: Bot | None = None
    http: web.Application | None = None
    trouble: Callable[[], str] = field(default=lambda: "")  # why Telegram's updates cannot come
    details: dict[str, Callable[[], object]] = field(default_factory=dict)  # more for /readyz to show
    leave: Callable[[], None] = field(default=lambda: None)  # from now on updates are our successor's

    @property
    def dsn(self) -> str:
        if self.settings.database_url:
            return self.settings.database_url
        if self.postgres is None:
            raise ValueError("neither DATABASE_URL nor an embedded server")
        return self.postgres.dsn

    async def run(self) -> int:
        """Until `stopping` is set or a task ends; the exit code."""
        async with AsyncExitStack() as stack:
            tasks = await self._build(stack)
            running = [asyncio.create_task(self._supervise(name, run), name=name) for name, run in tasks.items()]
            stack.push_async_callback(_cancel, running)
            self.ready.set()
            log.info("ready", extra={"port": self.port, "database": shown(self.dsn)})
            await self.stopping.wait()
            log.info("stopping", extra={"because": self.ended or "asked to"})
            self.leave()
        return 1 if self.ended else 0

    async def _supervise(self, name: str, run: Coroutine[Any, Any, None]) -> None:
        try:
            await run
            log.critical("task ended", extra={"task": name})
        except asyncio.CancelledError:
            raise
        except Exception:  # the edge of every task: the process ends, the cause is in the log
            log.critical("task failed", exc_info=True, extra={"task": name})
        self.ended = name
        self.stopping.set()

    async def _build(self, stack: AsyncExitStack) -> dict[str, Coroutine[Any, Any, None]]:
        await self._prepare_schema()
        db = Database(self.dsn)
        await db.open()
        stack.push_async_callback(db.close)
        settings = await self._with_own_keys(db, self._demo_settings() if self.settings.demo else self.settings)
        knowledge, from_folder = self.knowledge, True
        if knowledge is None:
            knowledge, from_folder = await first(settings.faq_dir, db, settings.data_dir / "faq")
        mock = MockSubscribers(db.pool, knowledge.catalogue.operator, self.clock)
        await mock.prepare()
        self.bot = bot = await self._make_bot(db, settings, knowledge, mock)

        def serve(new: Knowledge) -> None:
            bot.knowledge = new
            mock.adopt(new.catalogue.operator)

        editions = Editions(settings.faq_dir, knowledge, serve, db)
        editions.by_hand, editions.kept = settings.faq_publish == "hand", settings.data_dir / "faq"
        await editions.begin(from_folder=from_folder)
        bot.faq_problem, bot.editions = lambda: editions.problem, editions
        bot.rehearsals = rehearsals = Rehearsals(db, settings.faq_dir, settings.data_dir / "faq")
        bot.missing = MissingAnswers(db)
        if settings.demo_history:
            stack.push_async_callback(_cancel, [asyncio.create_task(self._fill_history(bot))])
        housekeeping = Housekeeping(db, settings)
        worker = Worker(bot)
        tasks: dict[str, Coroutine[Any, Any, None]] = {
            "bells": db.carry_bells(),
            "worker": worker.run(),
            "housekeeping": housekeeping.run(),
            "loop": housekeeping.watch_loop(),
            "faq": editions.watch(),
            "rehearsals": rehearsals.run(),
            "incidents": IncidentWatch(bot).run(),
            "vitals": Vitals(bot, self.postgres, lambda: self.trouble()).run(),
        }
        typing = AgentTyping(bot)
        bot.agent_types = typing.tell
        tasks["agent typing"] = typing.run()
        tasks["queue news"] = tell_for_ever(bot)
        if settings.assignment == "auto":
            tasks["assigning"] = assign_for_ever(db)
        if self.postgres is not None:
            tasks["postgres"] = self.postgres.watch()
        if settings.backup_dir:
            nightly = Nightly(self.dsn, settings, self.clock)
            tasks["backups"], self.details["backups"] = nightly.run(), nightly.details
        checks: dict[str, Callable[[], Awaitable[str | None]]] = {
            "database": _database_check(db),
            "inbox": _inbox_check(housekeeping),
        }
        routes = self._add_messengers(stack, bot, tasks, checks)
        if settings.unread_webhook_url:
            tasks["unread"] = self._unread_news(stack, bot)
        await self._listen(stack, bot, housekeeping, checks, editions, routes)
        return tasks

    async def _prepare_schema(self) -> None:
        backups = self.settings.backup_dir
        if self.settings.database_url is None or self.settings.demo:
            await preparing.upgrade(self.dsn, backups, keep=self.settings.backup_keep, now=self.clock())
        elif problems := await preparing.problems(self.dsn):
            raise SchemaBehind("; ".join(problems))
        await preparing.catch_up(self.dsn, backups)

    def _demo_settings(self) -> Settings:
        key = self.settings.demo_inapp_key or secrets.token_urlsafe(32)
        keys = {**self.settings.inapp_keys, "demo": InappKey("HS256", key)}
        return replace(self.settings, inapp_keys=keys)

    async def _with_own_keys(self, db: Database, settings: Settings) -> Settings:
        """The key that signs visitors' tokens, kept with the database."""
        async with db.transaction() as tx:
            key = await keys.ensure(tx, keys.VISITORS)
        return replace(settings, inapp_keys={**settings.inapp_keys, visitors.KID: InappKey("HS256", key.hex())})

    async def _make_bot(self, db: Database, settings: Settings, knowledge: Knowledge, mock: MockSubscribers) -> Bot:
        subscribers = GuardedSubscribers(mock, observe=_observe)
        if settings.demo:
            await roster.ensure(self.dsn, DEMO_AGENTS, settings.demo_password)
        async with db.transaction() as tx:
            links = AppLinks(await keys.ensure(tx, keys.LINKS), settings.public_url)
        return Bot(
            db=db,
            settings=settings,
            knowledge=knowledge,
            subscribers=subscribers,
            identify=mock.assign_demo if settings.demo else subscribers.identify,
            clock=self.clock,
            links=links,
        )

    async def _fill_history(self, bot: Bot) -> None:
        """Three seconds of a thread's time, so that whoever starts the demo need not wait for them."""
        now = self.clock().astimezone(self.settings.timezone)
        try:
            said = await demo_history.exchanges(bot, DEMO_PEOPLE)
            await asyncio.to_thread(asyncio.run, demo_history.fill(self.dsn, bot.knowledge.catalogue, now, said))
        except TRANSIENT:
            log.warning("demo: the history could not be written", exc_info=True)

    def _add_messengers(
        self,
        stack: AsyncExitStack,
        bot: Bot,
        tasks: dict[str, Coroutine[Any, Any, None]],
        checks: dict[str, Callable[[], Awaitable[str | None]]],
    ) -> list[web.RouteDef]:
        """Those whose token is set; one sender delivers for all of them."""
        doors = messengers(bot)
        if not doors:
            return []
        sender = Sender(bot.db, bot.push)
        for door in doors:
            name = door.channel.name
            stack.push_async_callback(door.close)
            bot.normalise[name], bot.push[name] = door.normalise, door.channel
            tasks[name] = door.run()
            checks[name] = partial(_messenger_check, door, sender)
        tasks["sender"] = sender.run()
        self.leave = partial(leave, doors)
        self.trouble = lambda: next((door.trouble for door in doors if door.trouble), "")
        return [route for door in doors for route in door.routes()]

    def _unread_news(self, stack: AsyncExitStack, bot: Bot) -> Coroutine[Any, Any, None]:
        settings = bot.settings
        hook = UnreadHook(settings.unread_webhook_url or "", settings.unread_webhook_secret or "")
        stack.push_async_callback(hook.close)
        news = UnreadNews(bot.db, hook, settings.unread_after)
        self.details["unread"] = news.details
        return news.run()

    async def _listen(
        self,
        stack: AsyncExitStack,
        bot: Bot,
        housekeeping: Housekeeping,
        checks: dict[str, Callable[[], Awaitable[str | None]]],
        editions: Editions,
        routes: list[web.RouteDef],
    ) -> None:
        app = make_app(
            bot, checks=checks, health=self._health(housekeeping), details=lambda: self._details(bot, editions)
        )
        app.add_routes(routes)
        self.http = app
        # auto_decompress: a refused body must not be unpacked after the answer, that is a second of anybody's choosing.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=3, handle_signals=False, auto_decompress=False)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, bot.settings.http_host, bot.settings.http_port)
        try:
            await site.start()
        except OSError as problem:
            raise CannotListen(problem.strerror) from None
        self.port = runner.addresses[0][1]

    def _details(self, bot: Bot, editions: Editions) -> dict[str, Any]:
        """For /readyz: not reasons to be unready, but what a person who operates us wants to know."""
        faq = {
            "level": bot.knowledge.level,
            "entries": len(bot.knowledge.catalogue.entries),
            "problem": editions.problem,
            "edition": editions.live.id if editions.live else None,
            "findings": len(editions.findings),
        }
        troubled = {name: {"problem": told() or None} for name, told in bot.troubles.items()}
        return {**troubled, "faq": faq, **{name: tell() for name, tell in self.details.items()}}

    def _health(self, housekeeping: Housekeeping) -> Callable[[], str | None]:
        def problem() -> str | None:
            if self.ended:
                return f"task {self.ended} ended"
            return f"event loop is {housekeeping.lag:.1f} s late" if housekeeping.lag > LAG_LIMIT else None

        return problem


_asked = Histogram("bot_subscribers_seconds", "How long the operator's system took", ["operation", "outcome"])


def _observe(operation: str, outcome: str, seconds: float) -> None:
    _asked.labels(operation, outcome).observe(seconds)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN)
    if late:
        log.error("stopping: tasks did not end", extra={"tasks": sorted(task.get_name() for task in late)})


def _database_check(db: Database) -> Callable[[], Awaitable[str | None]]:
    async def check() -> str | None:
        await db.ping()
        return None

    return check


def _inbox_check(housekeeping: Housekeeping) -> Callable[[], Awaitable[str | None]]:
    async def check() -> str | None:
        age = float(housekeeping.depths.get("inbox_age", 0))
        return f"the oldest message has waited {age:.0f} s" if age > INBOX_LIMIT else None

    return check


async def _messenger_check(door: Messenger, sender: Sender) -> str | None:
    return (door.trouble or None) if sender.healthy else "a messenger does not accept its token"
