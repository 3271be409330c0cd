"""The product and browsers at its desk, for the tests of the desk's page; the fixture is made of open_office."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from faq.knowledge import Knowledge
from tests.world import PASSWORD, World, a_world

LOCALES = {"ru": "ru-RU", "zh": "zh-CN", "en": "en-GB"}
VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample))"
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
        expected = (
            "401" in text or "409" in text or "ERR_" in text or "WebSocket" in text
        )  # not signed in yet; refused; cut
        if kind == "error" and not expected:
            self.complaints.append(text)

    async def sit(self, login: str, path: str = "/console", **look: Any) -> Page:
        """An agent who has typed their password and is at the desk."""
        page = await self.page(**look)
        await self.sign_in(page, login, path)
        return page

    async def sign_in(self, page: Page, login: str, path: str = "/console") -> None:
        await page.goto(self.world.url + path)
        await page.locator("#login").fill(login)
        await page.locator("#password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.locator(".desk, .ops section").first.wait_for()

    async def waiting(self, who: str = "anna") -> Any:
        """One of the cast, who waits for a human."""
        subscriber = self.world.subscriber(who, "inapp")
        await subscriber.says("转人工" if who in ("wang", "lina") else "позовите человека")
        await subscriber.hears(".")
        return subscriber


@asynccontextmanager
async def open_office(dsn: str, knowledge: Knowledge, chromium: Browser) -> AsyncIterator[Office]:
    async with a_world(dsn, knowledge, telegram=False) as world:
        office = Office(world, chromium)
        yield office
        for context in chromium.contexts:
            await context.close()
    assert office.complaints == []


async def no_violations(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def takes_next(page: Page) -> None:
    """The key, as soon as somebody waits; then the field to write in has the focus."""
    await expect(page.locator(".next")).to_be_enabled()
    await page.keyboard.press("Alt+KeyN")
    await expect(page.locator(".composer textarea")).to_be_focused()


def log_of(page: Page) -> Any:
    return page.get_by_role("log")
