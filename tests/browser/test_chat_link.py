"""The chat page while its link drops, goes mute, is refused or cannot be had: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from faq.knowledge import Knowledge
from tests.browser.chat_pages import Opened, asked_in_database, chat_of, say
from tests.world import CAST, World


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


@pytest.fixture
def opened(site: World, chromium: Browser) -> Opened:
    return chat_of(site, chromium)


async def test_what_is_said_without_a_link_goes_out_once_and_in_order_when_it_is_back(
    site: World, opened: Opened
) -> None:
    async with opened("anna") as page:
        await say(page, "привет")
        await expect(page.locator(".row.bot .bubble:not(.dots)")).to_have_count(1)
        await page.context.set_offline(True)
        for text in ("первое", "второе", "третье"):
            await say(page, text)
        await expect(page.locator(".strip")).to_contain_text("Нет связи", timeout=12_000)
        await expect(page.locator(".row.me .meta .hear").get_by_text("отправляется")).to_have_count(3)
        await page.context.set_offline(False)
        await expect(page.locator(".row.me .meta .hear").get_by_text("отправлено")).to_have_count(4)
        await expect(page.locator(".strip")).to_be_empty()
    assert (await asked_in_database(site)) == ["привет", "первое", "второе", "третье"]


async def test_an_unsent_message_survives_a_reload_and_a_lost_ack_makes_no_second_one(
    site: World, opened: Opened
) -> None:
    class Tunnel:
        """A WebSocket path that swallows what the test tells it to."""

        def __init__(self) -> None:
            self.up = self.down = True
            self.pages: list[WebSocketRoute] = []

        def connect(self, page: WebSocketRoute) -> None:
            server = page.connect_to_server()
            self.pages.append(page)
            page.on_message(lambda text: server.send(text) if self.up or '"send"' not in str(text) else None)
            server.on_message(lambda text: page.send(text) if self.down or '"ready"' in str(text) else None)

    tunnel = Tunnel()
    async with opened("anna", prepare=lambda page: page.route_web_socket(re.compile("/ws/v1"), tunnel.connect)) as page:
        tunnel.up = False
        await say(page, "не ушло")
        await expect(page.locator(".row.me")).to_have_count(1)
        signed = site.sign(*CAST["anna"][:2])
        await page.goto("about:blank")
        await page.goto(f"{site.url}/chat?lang=ru#token={signed}")
        await expect(page.locator(".row.me .bubble")).to_contain_text("не ушло")
        assert await asked_in_database(site) == []
        tunnel.up = True
        await tunnel.pages[-1].close(code=1001)
        await expect(page.locator(".row.me .meta .hear").get_by_text("отправлено")).to_have_count(1)
        tunnel.down = False  # the next ack is lost on the way back
        await say(page, "ответ потерян")
        await expect(page.locator(".row.me")).to_have_count(2)
        async with asyncio.timeout(15):
            while len(await asked_in_database(site)) < 2:
                await page.evaluate("() => 1")
        tunnel.down = True
        await tunnel.pages[-1].close(code=1012)
        await expect(page.locator(".row.me .meta .hear").get_by_text("отправлено")).to_have_count(2)
        await expect(page.locator(".row.me")).to_have_count(2)
    assert await asked_in_database(site) == ["не ушло", "ответ потерян"]


async def test_a_mute_link_is_noticed_and_what_was_said_and_done_meanwhile_comes_once_and_in_order(
    site: World, opened: Opened
) -> None:
    mute: set[int] = set()
    routes: list[WebSocketRoute] = []

    def connect(page: WebSocketRoute) -> None:
        server, me = page.connect_to_server(), len(routes)
        routes.append(page)
        page.on_message(lambda text: None if me in mute else server.send(text))
        server.on_message(lambda text: None if me in mute else page.send(text))

    async def prepare(page: Page) -> None:
        await page.clock.install()
        await page.route_web_socket(re.compile("/ws/v1"), connect)

    async with opened("anna", prepare=prepare) as page, opened("anna", prepare=with_bridge) as phone:
        await say(page, "позовите человека")
        await expect(page.locator(".queue")).to_be_visible()
        agent = await site.agent("ivan")
        case = await agent.takes_next()
        assert case is not None
        await agent.says(case["id"], "Здравствуйте")
        await expect(page.locator(".row.agent .said")).to_have_text(["Здравствуйте"])
        # Put aside on the phone: it counts what comes, until it is read here.
        await phone.evaluate("() => postMessage({type: 'support:hide'}, '*')")
        mute.update(range(len(routes)))
        for words in ("раз", "два", "три"):
            await agent.says(case["id"], words)
        await phone.wait_for_function("() => window.unread.at(-1) === 3")
        await agent.closes(case["id"])
        await page.clock.fast_forward(20_000)  # the next ping
        await page.clock.fast_forward(5_000)  # and its answer is missed
        await expect(page.locator(".stars button")).to_have_count(5)
        await expect(page.locator(".row.agent .said")).to_have_text(["Здравствуйте", "раз", "два", "три"])
        await expect(page.locator("header h1")).not_to_have_text("Иван")
        await phone.wait_for_function("() => window.unread.at(-1) === 0")
        await expect(phone.locator(".row.agent .said")).to_have_text(["Здравствуйте", "раз", "два", "три"])


async def with_bridge(page: Page) -> None:
    """A WebView of an app that shows the number of unread messages."""
    await page.add_init_script(
        """window.unread = [];
        window.SupportBridge = { postMessage(text) {
            const message = JSON.parse(text);
            if (message.type === "support:unread") window.unread.push(message.count);
        } };"""
    )


async def test_close_codes_bring_the_page_back_or_stop_it(site: World, opened: Opened) -> None:
    routes: list[WebSocketRoute] = []

    def connect(page: WebSocketRoute) -> None:
        routes.append(page)
        page.connect_to_server()

    async with opened("anna", prepare=lambda page: page.route_web_socket(re.compile("/ws/v1"), connect)) as page:
        await say(page, "привет")
        await expect(page.locator(".row.bot .bubble:not(.dots)")).to_have_count(1)
        for n, code in enumerate((1000, 1001, 1012), start=2):
            await routes[-1].close(code=code)
            await say(page, f"после {code}")
            await expect(page.locator(".row.me .meta .hear").get_by_text("отправлено")).to_have_count(n)
        await routes[-1].close(code=4403)
        await expect(page.locator(".strip")).to_contain_text("Вход устарел")
        await expect(page.locator("textarea")).to_be_disabled()


async def test_where_no_socket_gets_through_the_same_conversation_goes_over_http(site: World, opened: Opened) -> None:
    def refuse(route: WebSocketRoute) -> None:
        asyncio.ensure_future(route.close(code=1011))  # noqa: RUF006  (the page owns the socket)

    async with opened("wang", prepare=lambda page: page.route_web_socket(re.compile("/ws/v1"), refuse)) as page:
        await say(page, "我还剩多少流量")
        await expect(page.locator(".row.bot .bubble:not(.dots)")).to_contain_text("1.2")
        await expect(page.locator(".row.me .meta .hear").get_by_text("已发送")).to_have_count(1)
        await expect(page.locator(".strip")).to_be_empty()
        async with asyncio.timeout(15):
            while await site.ask("SELECT count(*) FROM conversation WHERE head > seen"):
                await page.evaluate("() => 1")
    assert await asked_in_database(site) == ["我还剩多少流量"]
