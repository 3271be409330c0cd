"""The chat inside other pages: the mock app, and a page of another origin by the loader."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, WebSocketRoute, expect

from bot.config import InappKey
from faq.knowledge import Knowledge
from tests import documented
from tests.browser.chat_pages import asked_in_database, barrier_free, watched
from tests.in_app import PRIVATE, PUBLIC
from tests.world import CAST, World


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def test_the_mock_app_opens_the_chat_in_itself_and_takes_the_focus_back(site: World, chromium: Browser) -> None:
    browsing = await chromium.new_context(viewport={"width": 1280, "height": 900})
    page = await watched(browsing)
    await page.goto(f"{site.url}/demo?as=1&lang=ru")
    await expect(page.locator(".rings .ring")).to_have_count(3)
    await expect(page.locator(".balance strong")).to_have_text(re.compile(r"236,40\s₽"))
    await expect(page.locator("iframe")).to_have_count(0)
    await barrier_free(page)
    await page.locator(".support").click()
    chat = page.frame_locator("iframe")
    await expect(chat.locator("textarea")).to_be_focused()
    await page.evaluate("() => postMessage({type: 'support:close'}, '*')")  # not from the frame
    await expect(page.locator(".app.talking")).to_have_count(1)
    await chat.locator("textarea").fill("сколько осталось минут")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("312")
    await page.keyboard.press("Escape")
    await expect(page.locator(".support")).to_be_focused()
    await page.locator(".cast button", has_text="王伟").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("iframe")).to_have_count(0)
    await page.locator(".asks button").first.click()
    await expect(chat.locator(".row.me .said")).to_have_text("我想加流量包")
    assert page.problems == []  # type: ignore[attr-defined]
    await browsing.close()


async def test_the_mock_app_says_when_the_operators_system_is_down_and_support_still_answers(
    site: World, chromium: Browser
) -> None:
    browsing = await chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    page = await watched(browsing)
    await page.goto(f"{site.url}/demo?as=6&lang=ru")
    await expect(page.locator(".lost")).to_contain_text("недоступны")
    await barrier_free(page)
    await page.locator(".me").click()
    await expect(page.locator(".cast button")).to_have_count(6)
    await page.locator(".done").click()
    await page.locator(".support").click()
    chat = page.frame_locator("iframe")
    await chat.locator("textarea").fill("как настроить интернет")
    await page.keyboard.press("Enter")
    await expect(chat.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
    assert page.problems == []  # type: ignore[attr-defined]
    await browsing.close()


async def test_the_documented_snippet_embeds_the_chat_into_a_page_of_another_origin(
    fresh_dsn: str, knowledge: Knowledge, chromium: Browser
) -> None:
    keys = {"site1": InappKey("EdDSA", PUBLIC)}
    async with (
        OperatorsSite() as host,
        World(fresh_dsn, knowledge, telegram=False, inapp_origins=(host.url,), inapp_keys=keys) as site,
    ):
        host.chat = site.url
        browsing = await chromium.new_context(viewport={"width": 1000, "height": 800})
        page = await watched(browsing)
        asked: list[str] = []
        routes: list[WebSocketRoute] = []
        page.on("request", lambda request: asked.append(request.url) if request.url.startswith(site.url) else None)
        await page.route_web_socket(re.compile("/ws/v1"), lambda one: (routes.append(one), one.connect_to_server()))
        await page.goto(host.url)
        launcher = page.get_by_role("button", name="Чат с поддержкой")
        await expect(launcher).to_be_visible()
        assert (asked, host.tokens) == ([f"{site.url}/chat.js"], 0)
        await launcher.click()
        await expect(launcher).to_have_attribute("aria-expanded", "true")
        chat = page.frame_locator("iframe")
        await expect(chat.locator("textarea")).to_be_focused()
        # Not from the page around it: nobody else may speak for the person or hide the chat.
        await chat.locator("body").evaluate("() => postMessage({type: 'support:ask', text: 'чужое'}, '*')")
        await chat.locator("textarea").fill("какой у меня тариф")
        await page.keyboard.press("Enter")
        await expect(chat.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("Весь Байкал")
        assert host.tokens == 1
        await routes[-1].close(code=4401)  # the token was not taken: the page is asked for another one, once
        await chat.locator("textarea").fill("спасибо")
        await page.keyboard.press("Enter")
        await expect(chat.locator(".row.bot .bubble:not(.dots)")).to_have_count(2)
        assert host.tokens == 2
        assert await asked_in_database(site) == ["какой у меня тариф", "спасибо"]
        await page.keyboard.press("Escape")
        await expect(launcher).to_be_focused()
        await page.evaluate("() => SupportChat.setUnread(3)")
        await expect(page.get_by_role("button", name="Чат с поддержкой, непрочитанных: 3")).to_be_visible()
        await page.evaluate("() => SupportChat.shutdown()")
        await expect(page.locator("iframe")).to_have_count(0)
        assert await browsing.cookies() == []
        assert page.problems == []  # type: ignore[attr-defined]
        await browsing.close()


class OperatorsSite:
    """A page as docs/embedding.md writes it, on another origin, under the policy that is written there."""

    chat = ""
    tokens = 0  # asked for

    async def __aenter__(self) -> OperatorsSite:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/support.js", self._script),
                web.post("/support-token", self._token),
            ]
        )
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        page = documented.block("html").replace(documented.ADDRESS, self.chat)
        policy = f"default-src 'none'; script-src 'self' {self.chat}; frame-src {self.chat}; connect-src 'self'"
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _script(self, _request: web.Request) -> web.Response:
        return web.Response(text=documented.block("js"), content_type="text/javascript")

    async def _token(self, _request: web.Request) -> web.Response:
        self.tokens += 1
        return web.Response(text=documented.python("support_token")(CAST["anna"][0], "site1", PRIVATE))
