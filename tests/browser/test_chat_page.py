"""The chat page, the mock app and the loader in a real Chromium against the running product."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from faq.knowledge import Knowledge
from tests.world import CAST, World

FIRST_OPEN = 40 * 1024  # bytes over the wire
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATIENCE = 15_000  # ms


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


@pytest.fixture
def opened(site: World, chromium: Browser) -> Callable[..., Any]:
    """`async with opened(who) as page`: the chat of one of the cast, as a WebView opens it."""

    @asynccontextmanager
    async def open_chat(who: str = "anna", *, prepare: Any = None, **context: Any) -> AsyncIterator[Page]:
        phone, language, name = CAST[who]
        context = {"viewport": {"width": 390, "height": 844}, "timezone_id": "Asia/Irkutsk", **context}
        browsing = await chromium.new_context(**context)
        page = await watched(browsing)
        if prepare:
            await prepare(page)
        await page.goto(f"{site.url}/chat?lang={language}#token={site.sign(phone, language, name)}")
        await expect(page.locator("textarea")).to_be_visible(timeout=PATIENCE)
        yield page
        assert page.problems == [], page.problems  # type: ignore[attr-defined]
        await browsing.close()

    return open_chat


async def watched(browsing: BrowserContext) -> Page:
    """A page that remembers script errors and whatever its policy refused."""
    page = await browsing.new_page()
    page.set_default_timeout(PATIENCE)
    page.problems = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
    policy = re.compile(r"Content Security Policy|TrustedHTML|TrustedScript")
    page.on("console", lambda line: page.problems.append(line.text) if policy.search(line.text) else None)  # type: ignore[attr-defined]
    return page


async def say(page: Page, text: str) -> None:
    await page.locator("textarea").fill(text)
    await page.keyboard.press("Enter")


async def asked_in_database(site: World) -> list[str]:
    return list(
        await site.ask(
            "SELECT coalesce(array_agg(body->>'text' ORDER BY n), '{}') FROM event WHERE author_kind = 'user'"
        )
    )


async def test_the_first_open_is_light_greets_and_hides_the_token(site: World, chromium: Browser) -> None:
    phone, language, name = CAST["anna"]
    browsing = await chromium.new_context(viewport={"width": 390, "height": 844})
    page = await watched(browsing)
    network = await browsing.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    await page.goto(f"{site.url}/chat#token={site.sign(phone, language, name)}")
    await expect(page.locator(".suggested button")).to_have_count(4)
    assert "token" not in page.url
    assert 0 < sum(weights) <= FIRST_OPEN, f"{sum(weights) / 1024:.1f} KiB"
    await page.locator(".suggested button").first.click()
    await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("7,5")
    assert page.problems == []  # type: ignore[attr-defined]
    assert await browsing.cookies() == []
    await browsing.close()


async def test_a_message_shows_at_once_is_ticked_and_answered_and_its_buttons_work_once(
    site: World, opened: Callable[..., Any]
) -> None:
    async with opened("anna") as page:
        await say(page, "подключи антиспам пожалуйста")
        mine = page.locator(".row.me .bubble")
        await expect(mine).to_contain_text("подключи антиспам", timeout=1000)
        await expect(mine.get_by_text("отправлено")).to_have_count(1)
        buttons = page.locator(".row.bot .buttons").first.locator("button")
        await expect(buttons.first).to_be_enabled()
        label = (await buttons.first.inner_text()).strip()
        await buttons.first.click()
        await expect(buttons.first).to_be_disabled()
        await expect(page.locator(".row.me .bubble").nth(1)).to_contain_text(label)
        await expect(page.locator(".row.bot .bubble:not(.dots)").nth(1)).to_be_visible()
        await page.reload()
    assert (await asked_in_database(site))[1] == label


async def test_a_press_stays_used_after_the_history_is_loaded_again(site: World, opened: Callable[..., Any]) -> None:
    async with opened("anna") as page:
        await say(page, "сколько осталось гигабайт")
        button = page.locator(".row.bot .buttons button").first
        await button.click()
        await expect(page.locator(".row.bot .bubble:not(.dots)").nth(1)).to_be_visible()
    async with opened("anna") as page:
        await expect(page.locator(".row.bot .buttons button").first).to_be_disabled()
        await expect(page.locator(".row.me")).to_have_count(2)


async def test_what_is_said_without_a_link_goes_out_once_and_in_order_when_it_is_back(
    site: World, opened: Callable[..., Any]
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
    site: World, opened: Callable[..., Any]
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


async def test_close_codes_bring_the_page_back_or_stop_it(site: World, opened: Callable[..., Any]) -> None:
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


async def test_where_no_socket_gets_through_the_same_conversation_goes_over_http(
    site: World, opened: Callable[..., Any]
) -> None:
    def refuse(route: WebSocketRoute) -> None:
        asyncio.ensure_future(route.close(code=1011))  # noqa: RUF006  (the page owns the socket)

    async with opened("wang", prepare=lambda page: page.route_web_socket(re.compile("/ws/v1"), refuse)) as page:
        await say(page, "我还剩多少流量")
        await expect(page.locator(".row.bot .bubble:not(.dots)")).to_contain_text("1.2")
        await expect(page.locator(".row.me .meta .hear").get_by_text("已发送")).to_have_count(1)
        await expect(page.locator(".strip")).to_be_empty()
    assert await asked_in_database(site) == ["我还剩多少流量"]


async def test_enter_in_the_middle_of_a_pinyin_syllable_sends_nothing(site: World, opened: Callable[..., Any]) -> None:
    async with opened("wang") as page:
        await page.locator("textarea").focus()
        keys = await page.context.new_cdp_session(page)
        await keys.send("Input.imeSetComposition", {"text": "liuliang", "selectionStart": 8, "selectionEnd": 8})
        for kind in ("rawKeyDown", "keyUp"):  # 229 is what an input method reports for a key that it keeps
            enter = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
            await keys.send("Input.dispatchKeyEvent", enter)
        await expect(page.locator(".row.me")).to_have_count(0)
        await keys.send("Input.insertText", {"text": "流量"})
        await page.keyboard.press("Shift+Enter")
        await keys.send("Input.insertText", {"text": "还剩多少"})
        await expect(page.locator(".row.me")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".row.me .said")).to_have_text("流量\n还剩多少", use_inner_text=True)
        await expect(page.locator("textarea")).to_have_value("")


async def test_nothing_is_cut_at_320_pixels_and_the_composer_grows_to_five_lines(
    site: World, opened: Callable[..., Any]
) -> None:
    for who in ("anna", "wang"):
        async with opened(who, viewport={"width": 320, "height": 568}) as page:
            await say(page, "а" * 300 + " https://angara.example/" + "b" * 80)
            await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
            over = "(box) => box.scrollWidth - box.clientWidth"
            wide, inner = await page.locator("html").evaluate(over), await page.locator(".log").evaluate(over)
            assert (wide, inner) == (0, 0)
            size = "() => parseFloat(getComputedStyle(document.querySelector('textarea')).fontSize)"
            assert await page.evaluate(size) >= 16, "iOS zooms into smaller fields"
            height = "() => document.querySelector('textarea').clientHeight"
            one = await page.evaluate(height)
            await page.locator("textarea").fill("\n".join("12345"))
            five = await page.evaluate(height)
            await page.locator("textarea").fill("\n".join("1234567890"))
            assert five == await page.evaluate(height) > 2.5 * one
            await page.set_viewport_size({"width": 320, "height": 320})  # a keyboard comes up
            await expect(page.locator(".send")).to_be_in_viewport()


async def test_hostile_text_stays_text(site: World, opened: Callable[..., Any]) -> None:
    async with opened("anna") as page:
        await say(page, "<img src=x onerror=document.title='взломано'> <b>жирно</b> javascript:alert(1) 👩‍👩‍👧 конец")
        await expect(page.locator(".row.me .said")).to_contain_text("<img src=x")
        await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
        assert await page.locator(".row img, .row.me b, .row.me a").count() == 0
        assert "взломано" not in await page.title()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", ["anna", "wang"])
async def test_no_barrier_is_found_in_any_state_of_the_chat(
    site: World, opened: Callable[..., Any], who: str, scheme: str
) -> None:
    async with opened(who, color_scheme=scheme, reduced_motion="reduce") as page:
        await expect(page.locator(".welcome")).to_be_visible()
        await barrier_free(page)
        await page.locator(".suggested button").first.click()
        await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
        await barrier_free(page)
        await page.locator(".human button").click()
        await expect(page.locator(".queue")).to_be_visible()
        await barrier_free(page)
        agent = await site.agent("li")
        case = await agent.takes_next()
        assert case is not None
        await agent.says(case["id"], "Здравствуйте, смотрю ваш вопрос" if who == "anna" else "您好，我来帮您看看")
        await expect(page.locator("header h1")).to_have_text("Ли")
        await expect(page.locator(".row.agent .bubble")).to_be_visible()
        await barrier_free(page)
        await agent.closes(case["id"])
        await expect(page.locator(".stars button")).to_have_count(5)
        await barrier_free(page)
        await page.locator(".stars button").nth(4).click()
        await expect(page.locator(".stars button.lit")).to_have_count(5)
        await expect(page.locator(".stars button").first).to_be_disabled()
        await barrier_free(page)
    assert await site.ask("SELECT rating FROM handoff") == 5


async def barrier_free(page: Page) -> None:
    found = (await Axe().run(page, options=WCAG)).response["violations"]
    assert found == [], [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


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
