"""The desk in a real browser: the keyboard alone, two agents, a lost line, every width."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from bot import transcript
from faq.knowledge import Knowledge
from tests.world import PASSWORD, World, a_world

LOCALES = {"ru": "ru-RU", "zh": "zh-CN"}
VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample))"
COUNT_TONES = """window.tones = 0; const Tone = OscillatorNode;
window.OscillatorNode = class extends Tone { constructor(...how) { super(...how); window.tones += 1; } };"""
BUDGET = 90 * 1024  # bytes over the wire for the whole desk, phrases included
LEFT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

Sit = Callable[..., Awaitable[Page]]


@dataclass
class Office:
    """The product, and pages at its desk. `complaints` is what the browser wrote into its console."""

    world: World
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def page(self, *, language: str = "ru", width: int = 1280, height: int = 800, theme: str = "light") -> Page:
        context = await self.browser.new_context(
            viewport={"width": width, "height": height},
            locale=LOCALES[language],
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="Asia/Irkutsk",
        )
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._listen(said.type, said.text))
        return page

    def _listen(self, kind: str, text: str) -> None:
        expected = "401" in text or "ERR_" in text or "WebSocket" in text  # nobody is signed in yet; lines cut by tests
        if kind == "error" and not expected:
            self.complaints.append(text)

    async def sit(self, login: str, path: str = "/console", **look: Any) -> Page:
        """An agent who has typed their password and is at the desk."""
        page = await self.page(**look)
        await page.goto(self.world.url + path)
        await page.locator("#login").fill(login)
        await page.locator("#password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.locator(".desk, .ops section").first.wait_for()
        return page

    async def waiting(self, who: str = "anna") -> Any:
        """One of the cast, who waits for a human."""
        subscriber = self.world.subscriber(who, "inapp")
        await subscriber.says("转人工" if who in ("wang", "lina") else "позовите человека")
        await subscriber.hears(".")
        return subscriber


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge, chromium: Browser) -> AsyncIterator[Office]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        office = Office(world, chromium)
        yield office
        for context in chromium.contexts:
            await context.close()
    assert office.complaints == []


async def _no_violations(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def _takes_next(page: Page) -> None:
    """The key, as soon as somebody waits; then the field to write in has the focus."""
    await expect(page.locator(".next")).to_be_enabled()
    await page.keyboard.press("Alt+KeyN")
    await expect(page.locator(".composer textarea")).to_be_focused()


def _log(page: Page) -> Any:
    return page.get_by_role("log")


async def test_a_chat_is_taken_answered_noted_and_closed_by_the_keyboard_alone(office: Office) -> None:
    subscriber = await office.waiting()
    page = await office.page()
    await page.goto(office.world.url + "/console")
    await expect(page.locator("#login")).to_be_focused()
    await page.keyboard.type("li")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page).to_have_title(re.compile(r"^\(1\) "))
    await page.keyboard.press("Alt+KeyO")
    await expect(page.locator(".switch .online")).to_have_attribute("aria-pressed", "true")

    await page.keyboard.press("n")
    await expect(page.locator(".composer textarea")).to_be_focused()
    await page.keyboard.type("Здравствуйте, я Ли. Смотрю ваш вопрос.")
    await page.keyboard.press("Enter")
    await subscriber.hears("я Ли")

    await page.keyboard.press("Alt+KeyM")
    await page.keyboard.type("спросить про второй номер")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.note .text")).to_have_text("спросить про второй номер")
    await subscriber.says("спасибо, жду")
    await expect(_log(page)).to_contain_text("спасибо, жду")

    await page.keyboard.press("Alt+KeyX")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Space")  # the first reason has the focus
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")  # solved
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator("#tab-mine .count")).to_have_text("0")
    assert await office.world.ask("SELECT outcome FROM handoff") == "solved"
    await subscriber.fetch()
    assert "второй номер" not in str(subscriber.events)


@pytest.mark.parametrize(("language", "theme"), [("ru", "light"), ("zh", "dark")])
async def test_the_desk_is_accessible_and_wholly_translated(office: Office, language: str, theme: str) -> None:
    await office.waiting()
    await office.waiting("wang")
    page = await office.page(language=language, theme=theme)
    await page.goto(office.world.url + "/console")
    await page.locator("form").wait_for()
    await _no_violations(page)
    await page.close()

    page = await office.sit("li", language=language, theme=theme)
    await expect(page.locator(".row")).to_have_count(2)
    await _no_violations(page)
    await _takes_next(page)
    await expect(page.locator(".card .amount")).to_be_visible()
    await _no_violations(page)
    await page.locator(".composer textarea").fill("/")
    await expect(page.get_by_role("option").first).to_be_visible()
    await _no_violations(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    for key in ("KeyT", "KeyB", "KeyX", "KeyS", "Slash"):
        await page.keyboard.press(f"Alt+{key}")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await _no_violations(page)
        assert not re.search(r"page\.(desk|ops)\.", await page.locator("body").inner_text())
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)  # gone, not only hidden: then keys act again


@pytest.mark.parametrize("width", [1280, 1024, 400])
async def test_nothing_is_cut_off_at_any_width(office: Office, width: int) -> None:
    await office.waiting()
    page = await office.sit("li", width=width, height=768)
    await _takes_next(page)
    assert await page.evaluate(LEFT) <= 0
    for move in await page.locator(".move:visible").all():
        box = await move.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
    card = page.locator(".card")
    if width < 1100:
        await expect(card).to_be_hidden()
        await page.keyboard.press("Alt+KeyI")
        await expect(card).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(card).to_be_hidden()
    else:
        await expect(card).to_be_visible()


async def test_who_comes_second_sees_who_has_taken_the_chat(office: Office) -> None:
    await office.waiting()
    anna, ivan = await office.sit("anna"), await office.sit("ivan")
    for page in (anna, ivan):
        await page.locator(".row").click()
        await expect(page.locator(".claim button")).to_be_visible()
    await anna.keyboard.press("Alt+Enter")
    await expect(anna.locator(".composer textarea")).to_be_focused()
    await expect(ivan.locator(".claim")).to_contain_text("Анна")
    await expect(ivan.locator(".row")).to_have_count(0)


async def test_a_draft_survives_switching_chats_and_a_reload(office: Office) -> None:
    await office.waiting()
    await office.waiting("down")
    page = await office.sit("li")
    await _takes_next(page)
    field_ = page.locator(".composer textarea")
    await field_.fill("недописанный ответ")
    await _takes_next(page)
    await expect(page.locator("#tab-mine .count")).to_have_text("2")
    await expect(field_).to_have_value("")
    await page.reload()
    await expect(page.locator("#tab-mine .count")).to_have_text("2")
    await page.locator("#tab-mine").click()
    await page.locator(".row", has_text="Анна").click()
    await expect(field_).to_have_value("недописанный ответ")


async def test_a_long_history_is_read_backwards_without_losing_the_place(office: Office) -> None:
    await office.waiting()
    async with office.world.bot.db.transaction() as tx:
        conversation = await tx.fetchval("SELECT id FROM conversation")
        for number in range(500):
            await transcript.append(tx, conversation, "msg", "user", {"text": f"сообщение {number}"})
    page = await office.sit("li")
    await _takes_next(page)
    log, said = _log(page), page.locator(".bubble.user .text")
    await expect(said.last).to_be_in_viewport()
    assert await said.count() < 450
    oldest = page.get_by_text(await said.first.inner_text(), exact=True)
    await log.evaluate("(box) => box.scrollTo(0, 0)")
    await expect(oldest).to_be_in_viewport()
    await page.locator(".earlier").click()
    await expect(page.get_by_text("сообщение 250", exact=True)).to_have_count(1)
    await expect(oldest).to_be_in_viewport()
    await expect(page.locator(".to-end")).not_to_contain_text(re.compile(r"\d"))


async def test_a_lost_line_is_told_and_what_was_said_meanwhile_comes_once_and_in_order(office: Office) -> None:
    subscriber = await office.waiting()
    page = await office.page()
    lines: list[WebSocketRoute] = []
    up = True

    async def through(line: WebSocketRoute) -> None:
        if up:
            line.connect_to_server()
            lines.append(line)
        else:
            await line.close(code=1011)

    await page.route_web_socket(re.compile("/ws/v1"), through)
    await page.goto(office.world.url + "/console")
    await page.locator("#login").fill("li")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".row")).to_have_count(1)
    await _takes_next(page)

    up = False
    await page.route("**/api/v1/agent/**", lambda route: route.abort())
    for line in lines:
        await line.close(code=1001)
    await expect(page.locator(".strip")).not_to_be_empty()
    for word in ("один", "два", "три"):
        await subscriber.says(word)
    await page.keyboard.type("Ответ без связи")
    await page.keyboard.press("Enter")
    await expect(page.locator(".unsent")).to_have_count(1)

    up = True
    await page.unroute("**/api/v1/agent/**")
    await expect(page.locator(".strip")).to_be_empty(timeout=20_000)
    await expect(page.locator(".bubble.user .text", has_text=re.compile("^(один|два|три)$"))).to_have_text(
        ["один", "два", "три"]
    )
    await subscriber.hears("Ответ без связи")
    await expect(page.locator(".unsent")).to_have_count(0)
    await expect(page.locator(".bubble.agent .text", has_text="Ответ без связи")).to_have_count(1)


async def test_enter_belongs_to_the_input_method_while_chinese_is_being_typed(office: Office) -> None:
    subscriber = await office.waiting("wang")
    page = await office.sit("li", language="zh")
    await _takes_next(page)
    keyboard = await page.context.new_cdp_session(page)
    await keyboard.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    await keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": "Enter", "windowsVirtualKeyCode": 229})
    await expect(page.locator(".bubble.agent")).to_have_count(0)
    await keyboard.send("Input.insertText", {"text": "您好"})
    await page.keyboard.press("Enter")
    await subscriber.hears("您好")
    await expect(page.locator(".bubble.agent .text")).to_have_text("您好")


async def test_the_key_that_sends_is_chosen_once_and_remembered(office: Office) -> None:
    subscriber = await office.waiting()
    page = await office.sit("li")
    await page.keyboard.press("Alt+KeyS")
    await page.get_by_label("Ctrl+Enter").check()
    await page.keyboard.press("Escape")
    await page.reload()
    await _takes_next(page)
    await page.keyboard.type("первая")
    await page.keyboard.press("Enter")
    await page.keyboard.type("вторая")
    await expect(page.locator(".composer textarea")).to_have_value("первая\nвторая")
    await page.keyboard.press("Control+Enter")
    await subscriber.hears("первая\nвторая")


async def test_a_sound_is_made_only_after_it_was_switched_on(office: Office) -> None:
    page = await office.page()
    await page.context.add_init_script(COUNT_TONES)
    await page.goto(office.world.url + "/console")
    await page.locator("#login").fill("li")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator(".switch .online").click()
    await office.waiting()
    await expect(page.locator(".row")).to_have_count(1)
    assert await page.evaluate("() => window.tones") == 0

    await page.keyboard.press("Alt+KeyS")
    await page.locator("[name=sound][value=once]").check()
    await page.keyboard.press("Escape")
    await office.waiting("pyotr")
    await expect(page.locator(".row")).to_have_count(2)
    assert await page.evaluate("() => window.tones") > 0


async def test_a_ready_answer_shows_its_russian_meaning_and_goes_out_in_chinese(office: Office) -> None:
    subscriber = await office.waiting("wang")
    page = await office.sit("li")
    await _takes_next(page)
    await page.keyboard.type("/sim")
    first = page.get_by_role("option").first
    await expect(first.locator(".picker-text")).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    await expect(first.locator(".picker-meaning")).to_contain_text(re.compile("[а-я]"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".meaning")).to_contain_text(re.compile("[а-я]"))
    text = await page.locator(".composer textarea").input_value()
    await page.keyboard.press("Enter")
    await subscriber.hears(re.escape(text.splitlines()[0][:20]))


async def test_a_slow_operator_never_holds_up_the_chat(office: Office) -> None:
    subscriber = office.world.subscriber("down", "inapp")
    await subscriber.says("позовите человека")
    await subscriber.hears(".")
    page = await office.sit("li")
    await _takes_next(page)
    await expect(_log(page)).to_contain_text("позовите человека")
    await expect(page.locator(".freshness.failed")).to_be_visible(timeout=15_000)
    await expect(page.locator(".freshness button")).to_be_enabled()
    await expect(page.locator(".composer textarea")).to_be_editable()


async def test_a_session_that_ends_elsewhere_brings_the_login_back_and_keeps_the_draft(office: Office) -> None:
    await office.waiting()
    page = await office.sit("li")
    await _takes_next(page)
    await page.locator(".composer textarea").fill("не потеряйся")
    async with office.world.bot.db.transaction() as tx:
        await tx.execute("UPDATE agent_session SET revoked_at = now()")
    await expect(page.locator(".login-expired")).to_be_visible(timeout=10_000)
    await page.locator("#login").fill("li")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator("#tab-mine").click()
    await page.locator(".row").click()
    await expect(page.locator(".composer textarea")).to_have_value("не потеряйся")


async def test_what_a_subscriber_writes_is_text_and_nothing_else(office: Office) -> None:
    subscriber = await office.waiting()
    await subscriber.says(
        "<img src=x onerror=\"document.title='pwned'\"> <script>alert(1)</script> javascript:alert(1)"
    )
    page = await office.sit("li")
    await _takes_next(page)
    await expect(_log(page)).to_contain_text("<img src=x onerror=")
    assert await _log(page).locator("img, script, a[href^='javascript']").count() == 0
    assert "pwned" not in await page.title()


async def test_the_whole_desk_weighs_less_than_its_budget(office: Office) -> None:
    page = await office.page()
    network = await page.context.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda done: weights.append(done["encodedDataLength"]))
    await page.goto(office.world.url + "/console", wait_until="networkidle")
    assert 0 < sum(weights) <= BUDGET
