"""The operations page in a real browser: a supervisor's evening, logins and their second factor, every tab."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.staff import totp
from faq.knowledge import Knowledge
from tests.world import PASSWORD, World, a_world

LOCALES = {"ru": "ru-RU", "zh": "zh-CN"}
VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample))"
BUDGET = 70 * 1024  # bytes over the wire for the first open of the page, phrases included
LEFT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
KEYS = re.compile(r"page\.(desk|ops)\.")

Sit = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture
async def house(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


@pytest_asyncio.fixture
async def sit(house: World, chromium: Browser) -> AsyncIterator[Sit]:
    """Log in at the operations page; whatever the browser complains of fails the test."""
    complaints: list[str] = []

    def listen(kind: str, text: str) -> None:
        if kind == "error" and not any(sign in text for sign in ("401", "ERR_", "WebSocket")):
            complaints.append(text)

    async def sit(
        login: str, query: str = "", *, language: str = "ru", theme: str = "light", width: int = 1280
    ) -> Page:
        context = await chromium.new_context(
            viewport={"width": width, "height": 800},
            locale=LOCALES[language],
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="Asia/Irkutsk",
        )
        await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: listen(said.type, said.text))
        await page.goto(f"{house.url}/ops{query}")
        await _log_in(page, login)
        return page

    yield sit
    for context in chromium.contexts:
        await context.close()
    assert complaints == []


async def _log_in(page: Page, login: str, code: str = "") -> None:
    await page.locator("#login").fill(login)
    await page.locator("#password").fill(PASSWORD)
    if code:
        await page.locator("#totp").fill(code)
    await page.keyboard.press("Enter")


async def _waiting(house: World, who: str) -> Any:
    subscriber = house.subscriber(who, "inapp")
    await subscriber.says("转人工" if who in ("wang", "lina") else "позовите человека")
    await subscriber.hears(".")
    return subscriber


async def _no_violations(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not KEYS.search(await page.locator("body").inner_text())
    assert await page.evaluate(LEFT) <= 0


async def test_a_supervisor_sees_a_breach_looks_in_whispers_takes_over_and_hands_on(house: World, sit: Sit) -> None:
    page = await sit("olga")
    await expect(page.locator("[data-line=ru] .big")).to_have_text("0")
    subscriber = await _waiting(house, "anna")
    await expect(page.locator("[data-line=ru] .big")).to_have_text("1")  # nobody reloaded the page
    await house.ask("UPDATE handoff SET queued_at = now() - interval '201 seconds' RETURNING 1")
    house.bot.db.bell.ring("queue")
    await expect(page.locator("[data-line=ru] [data-level=late]").first).to_contain_text("3:2")
    await expect(page.locator("[data-line=ru] td:nth-child(4) .level")).to_have_text("1")

    anna, li = await house.agent("anna"), await house.agent("li")
    chat = (await anna.takes_next() or {})["id"]
    await anna.says(chat, "Здравствуйте, минуту.")
    await page.locator("[data-login=anna] button").click()
    await page.locator(".chat-row").click()
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Здравствуйте, минуту.")
    await expect(page.locator(".facts .phone")).to_contain_text("•••")
    await page.locator(".facts button").click()
    await expect(page.locator(".facts .phone")).to_have_text("+79000000001")
    await anna.says(chat, "Сейчас гляну тариф.")
    await expect(log).to_contain_text("гляну тариф")  # it goes on by itself

    await page.locator("#whisper").fill("<b>предложите</b> перерасчёт")
    await page.keyboard.press("Control+Enter")
    await expect(log.locator(".note")).to_contain_text("<b>предложите</b> перерасчёт")
    assert "перерасчёт" in str((await anna.reads(chat))["events"])
    await page.locator(".hand-over > .primary").click()
    await expect(page.locator(".hand-over > a.primary")).to_be_visible()
    await subscriber.hears("Ольга")
    assert (await anna.call("POST", f"conversations/{chat}/return", {}))[0] == 409
    await expect(page.locator("#reassign option", has_text="Иван")).to_be_disabled()
    await page.locator("#reassign").select_option("li")
    await page.locator(".hand-over form button").click()
    await expect(page.locator(".chat-state")).to_contain_text("Ли Мэй (李梅)")
    await li.says(chat, "Здравствуйте, это Ли.")
    await subscriber.hears("это Ли")
    assert "перерасчёт" not in str(subscriber.events)
    assert [event["seq"] for event in subscriber.events] == list(range(1, len(subscriber.events) + 1))

    url = page.url
    await page.go_back()
    await expect(page.locator(".beside h2")).to_have_text("Чаты: Анна Белова")
    await page.goto(url)
    await expect(page.get_by_role("log")).to_contain_text("это Ли")
    await page.locator(".tabs a", has_text="Журнал").click()
    deeds = page.locator(".audit tbody td:nth-child(3)")
    await expect(deeds.first).to_have_text("отдал чат сотруднику")
    await expect(deeds.nth(1)).to_have_text("взял чат себе")
    await page.get_by_label("Действие").select_option("reveal")
    await expect(deeds).to_have_text(["посмотрел номер абонента"])
    assert "action=reveal" in page.url


async def test_logins_are_added_and_ended_and_a_second_factor_guards_ones_own(house: World, sit: Sit) -> None:
    page = await sit("olga", "?tab=agents")
    await page.locator(".staff-head button").click()
    await page.locator("dialog [name=login]").fill("maria")
    await page.locator("dialog [name=name]").fill("Мария Ким")
    await page.locator("dialog .primary").click()
    password = await page.locator(".told code").inner_text()
    await page.locator("[data-login=maria] button").click()
    await page.locator("dialog .danger").click()
    await expect(page.locator("[data-login=maria] [data-level=late]")).to_be_visible()
    assert await house.ask("SELECT disabled_at IS NOT NULL FROM agent WHERE login = 'maria'")
    assert len(password) >= 12

    await page.locator(".tabs a").last.click()
    await page.locator(".totp [name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("svg.qr path")).to_be_visible()
    secret = base64.b32decode((await page.locator(".secret").inner_text()).replace(" ", ""))
    await _no_violations(page)
    now = datetime.now(UTC)
    house.now = lambda: now
    step = int(now.timestamp()) // totp.STEP
    await page.locator(".totp [name=code]").fill(totp.code_of(secret, step))
    await page.keyboard.press("Enter")
    await expect(page.locator(".recovery li")).to_have_count(totp.RECOVERY_CODES)
    await page.locator(".doors button").last.click()
    await _log_in(page, "olga")
    await expect(page.locator("#login-problem")).not_to_be_empty()
    await _log_in(page, "olga", totp.code_of(secret, step + 1))
    await expect(page.locator(".sessions li")).to_have_count(1)


@pytest.mark.parametrize(("language", "theme"), [("ru", "dark"), ("zh", "light")])
async def test_every_tab_is_accessible_and_wholly_translated(house: World, sit: Sit, language: str, theme: str) -> None:
    await _waiting(house, "anna")
    await _waiting(house, "wang")
    house.bot.faq_problem = lambda: "faq/areas/balance.yaml:7: unknown-fact: {lead.lft}\nfaq/areas/x.yaml:1: empty"
    page = await sit("olga", language=language, theme=theme)
    await expect(page.locator(".findings li")).to_have_count(2)
    await _no_violations(page)
    await page.locator("[data-line=zh] .count-link").click()
    await page.locator(".chat-row").click()
    await expect(page.locator(".facts .phone")).to_be_visible()
    await _no_violations(page)
    await page.keyboard.press("Escape")
    await expect(page.locator(".beside")).to_have_count(0)
    await page.goto(f"{house.url}/ops?tab=cases")
    await page.locator(".cases input[type=tel]").fill("8 900 000 00 01")
    await page.keyboard.press("Enter")  # one chat of this number: it opens
    await expect(page.locator(".beside .facts .phone")).to_be_visible()
    await _no_violations(page)
    await page.keyboard.press("Escape")
    await page.locator(".cases .check input").check()  # nobody has waited that long
    await expect(page.locator(".cases tbody tr")).to_have_count(0)
    await page.locator(".cases .check input").uncheck()
    await page.locator(".cases tbody button").last.click()
    await expect(page.locator(".beside .said-line").first).to_be_visible()
    await expect(page).to_have_url(re.compile(r"tab=cases.*chat=\d+.*at=\d+"))
    for tab, there in (
        *(("faq", ".versions li"), ("agents", ".staff tbody tr")),
        *(("audit", ".audit tbody tr"), ("account", ".totp form")),
    ):
        await page.goto(f"{house.url}/ops?tab={tab}")
        await page.locator(there).first.wait_for()
        await _no_violations(page)
    await page.goto(f"{house.url}/ops?tab=agents&login=anna")
    await page.locator("dialog[open]").wait_for()
    await _no_violations(page)


async def test_editors_and_agents_see_only_what_is_theirs_and_an_ended_session_brings_the_login_back(
    house: World, sit: Sit
) -> None:
    page = await sit("pavel", width=1024)
    await expect(page.locator(".table-lines")).to_be_visible()
    await expect(page.locator(".tabs a", has_text="Журнал")).to_have_count(0)
    await page.goto(f"{house.url}/ops?tab=audit")
    await expect(page.locator(".table-lines")).to_be_visible()  # not theirs: the first that is
    await _waiting(house, "anna")
    await expect(page.locator("[data-line=ru] .big")).to_have_text("1")
    await expect(page.locator(".count-link")).to_have_count(0)

    agent = await sit("anna")
    await expect(agent.locator(".ops .nothing")).to_be_visible()
    assert await agent.locator(".ops section").count() == 0
    await agent.goto(f"{house.url}/ops?tab=account")
    await expect(agent.locator(".sessions li")).to_have_count(1)
    await house.ask("UPDATE agent_session SET revoked_at = now() RETURNING 1")
    house.bot.db.bell.ring("agents")
    await expect(page.locator(".login-expired")).to_be_visible()


async def test_the_page_weighs_less_than_its_budget(house: World, sit: Sit, chromium: Browser) -> None:
    context = await chromium.new_context(locale="ru-RU")
    page = await context.new_page()
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda done: weights.append(done["encodedDataLength"]))
    await page.goto(house.url + "/ops")
    await _log_in(page, "olga")
    await page.locator(".table-lines").wait_for()
    assert 0 < sum(weights) <= BUDGET
