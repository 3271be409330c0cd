"""An editor's way in a real browser: what nobody knew, found, drafted, checked, replayed, published, answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from faq.knowledge import Knowledge
from tests.little_faq import ANSWERED, ENTRY, JOBS, little_faq
from tests.world import PASSWORD, World

LEFT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
RUSSIAN, CHINESE = ("ru-RU", "light"), ("zh-CN", "dark")
REHEARSED = 120_000  # ms; it takes seconds, unless everybody's tests run here


@pytest_asyncio.fixture
async def house(fresh_dsn: str, tmp_path: Path) -> AsyncIterator[World]:
    folder = little_faq(tmp_path / "faq")
    little = await asyncio.to_thread(Knowledge.load, folder)
    async with World(fresh_dsn, little, telegram=False, faq_dir=folder, data_dir=tmp_path / "data") as world:
        yield world


async def _open(house: World, chromium: Browser, reader: tuple[str, str], query: str) -> tuple[Page, list[str]]:
    locale, theme = reader
    context = await chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale=locale, color_scheme="dark" if theme == "dark" else "light"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    login = {"login": "pavel", "password": PASSWORD}
    await context.request.post(f"{house.url}/api/v1/agent/login", data=login, headers={"Sec-Fetch-Site": "same-origin"})
    await page.goto(f"{house.url}/ops?{query}")
    return page, complaints


async def _sound(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"][:160]) for one in found]
    assert "page." not in await page.locator("body").inner_text()
    assert await page.evaluate(LEFT) <= 0


async def _nobody_knows(house: World) -> None:
    anna = house.subscriber("anna", "inapp")
    await anna.says(JOBS["ru"][0])
    await anna.hears("Этого я не знаю")
    ivan = await house.agent("ivan")
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], ANSWERED)
    await ivan.closes(case["id"])
    for who, text in (("pyotr", JOBS["ru"][1]), ("wang", JOBS["zh"][0])):
        person = house.subscriber(who, "inapp")
        await person.says(text)
        await person.hears(".")


async def test_an_editor_turns_what_nobody_knew_into_an_answer(house: World, chromium: Browser) -> None:
    await _nobody_knows(house)
    page, complaints = await _open(house, chromium, RUSSIAN, "tab=faq")
    await page.locator(".parts button").nth(1).click()
    row = page.locator(".gap")
    await expect(row).to_contain_text("Людей: 3")
    await row.click()
    await expect(page.locator(".examples li")).to_have_count(3)
    await expect(page.locator("blockquote")).to_have_text(ANSWERED)
    await page.locator(".deeds .primary").click()
    draft = page.locator("textarea[name=draft]")
    assert "TODO" in await draft.input_value()
    await _sound(page)
    await page.locator(".draft .primary").click()
    await expect(page.locator(".draft .findings .error")).to_contain_text(["здесь осталось TODO"])

    await draft.fill(ENTRY)
    await expect(page.locator(".target select")).to_have_value("jobs")
    await page.locator(".examples button").first.click()
    await expect(page.locator(".examples .mark")).to_have_text("Сохранено как проверка")
    await page.locator(".draft form button").first.click()
    await expect(page.locator(".draft .verdict")).to_have_text("Ошибок нет, можно прогнать и публиковать.")
    await page.locator(".draft details summary").click()
    await expect(page.locator(".lines .added").first).to_be_visible()
    await page.locator(".draft form button").nth(1).click()
    await expect(page.get_by_text("Проверок починено: 1")).to_be_visible(timeout=REHEARSED)
    await _sound(page)
    await page.locator(".draft form input").fill("Спрашивают о работе")
    await page.locator(".draft .primary").click()
    await expect(page.locator(".missing-one .verdict")).to_contain_text("Бот уже отвечает")
    await expect(page.locator(".gap")).to_have_count(0)

    lina = house.subscriber("lina", "inapp")
    await lina.says(JOBS["zh"][0])
    await lina.hears("加入我们")
    page, more = await _open(house, chromium, CHINESE, "tab=faq&part=missing&state=accepted")
    await page.locator(".gap").click()
    await expect(page.locator(".missing-one .figures .good")).to_have_text("处理后机器人已答：1")
    await _sound(page)
    assert complaints + more == []
