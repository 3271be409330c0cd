"""The chat's page as a WebView opens it, for the tests of the page; the fixtures are made of these."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.world import CAST, World

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATIENCE = 15_000  # ms
Opened = Callable[..., Any]


def chat_of(site: World, chromium: Browser) -> Opened:
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


async def barrier_free(page: Page) -> None:
    found = (await Axe().run(page, options=WCAG)).response["violations"]
    assert found == [], [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
