"""The chat inside other pages: the mock app, and a page of another origin by the loader."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from faq.knowledge import Knowledge
from tests.browser.chat_pages import Opened, barrier_free, chat_of, watched
from tests.world import CAST, World


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


@pytest.fixture
def opened(site: World, chromium: Browser) -> Opened:
    return chat_of(site, chromium)


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


async def test_a_host_page_of_another_origin_loads_the_launcher_alone_until_it_is_clicked(
    fresh_dsn: str, knowledge: Knowledge, chromium: Browser
) -> None:
    async with OperatorsSite() as host, World(fresh_dsn, knowledge, telegram=False, inapp_origins=(host.url,)) as site:
        host.chat, host.token = site.url, site.sign(*CAST["anna"][:2])
        browsing = await chromium.new_context(viewport={"width": 1000, "height": 800})
        page = await watched(browsing)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if request.url.startswith(site.url) else None)
        await page.goto(host.url)
        launcher = page.get_by_role("button", name="Чат с поддержкой")
        await expect(launcher).to_be_visible()
        assert asked == [f"{site.url}/chat.js"]
        await launcher.click()
        await expect(launcher).to_have_attribute("aria-expanded", "true")
        chat = page.frame_locator("iframe")
        await expect(chat.locator("textarea")).to_be_focused()
        await chat.locator("textarea").fill("какой у меня тариф")
        await page.keyboard.press("Enter")
        await expect(chat.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("Весь Байкал")
        await page.keyboard.press("Escape")
        await expect(launcher).to_be_focused()
        await page.evaluate("() => SupportChat.setUnread(3)")
        await expect(page.get_by_role("button", name="Чат с поддержкой, непрочитанных: 3")).to_be_visible()
        await page.evaluate("() => SupportChat.shutdown()")
        await expect(page.locator("iframe")).to_have_count(0)
        assert page.problems == []  # type: ignore[attr-defined]
        await browsing.close()


class OperatorsSite:
    """A page of the operator's own: another origin, and a policy that lets in our script and frame, no styles."""

    chat = token = ""

    async def __aenter__(self) -> OperatorsSite:
        app = web.Application()
        app.add_routes([web.get("/", self._page), web.get("/go.js", self._go)])
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._runner.cleanup()

    async def _page(self, _request: web.Request) -> web.Response:
        scripts = "".join(f'<script src="{source}"></script>' for source in (f"{self.chat}/chat.js", "/go.js"))
        policy = f"default-src 'none'; script-src 'self' {self.chat}; frame-src {self.chat}; style-src 'none'"
        return web.Response(
            text=f'<!doctype html><html lang="ru"><title>x</title><body>{scripts}',
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def _go(self, _request: web.Request) -> web.Response:
        return web.Response(text=f'SupportChat.init({{ token: "{self.token}" }})', content_type="text/javascript")
