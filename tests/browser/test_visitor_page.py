"""Whoever has not signed in, in a real browser."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.world import World


async def test_a_visitor_is_given_one_token_for_a_month_and_answered(world: World, chromium: Browser) -> None:
    browsing = await chromium.new_context(locale="ru-RU", viewport={"width": 390, "height": 844})
    page = await browsing.new_page()
    given: list[str] = []
    page.on("request", lambda request: request.url.endswith("/api/v1/visitor") and given.append(request.url))
    await page.goto(f"{world.url}/chat")
    await page.locator("textarea").fill("ловит ли связь в Листвянке")
    await page.locator("textarea").press("Enter")
    await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("Листвянка")
    await page.reload()
    await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("Листвянка")
    assert len(given) == 1
    await browsing.close()
