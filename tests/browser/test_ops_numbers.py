"""The figures and mass events in a real browser: tile, table and CSV agree, the URL holds the wish, all is usable."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.demo_history import fill
from faq.knowledge import Knowledge
from tests.world import PASSWORD, World, a_world

LOCALES = {"ru": "ru-RU", "zh": "zh-CN"}
BUDGET = 48 * 1024  # bytes over the wire that opening this tab adds: code, charts, phrases and a week of figures
VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample))"
LEFT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture
async def house(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        await fill(fresh_dsn, knowledge.catalogue, datetime.now(ZoneInfo("Asia/Irkutsk")), {}, days=16, per_day=40)
        async with world.bot.db.transaction() as tx:
            await tx.execute("INSERT INTO incident (topic, people, usual) VALUES ('internet_slow', 23, 1.4)")
        yield world


async def _open(house: World, chromium: Browser, language: str, theme: str, width: int) -> tuple[Page, list[str]]:
    complaints: list[str] = []
    scheme: Any = theme
    context = await chromium.new_context(
        viewport={"width": width, "height": 900},
        locale=LOCALES[language],
        color_scheme=scheme,
        timezone_id="America/New_York",  # the viewer's own zone has no say
    )
    await context.add_init_script(VIOLATIONS)
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    login = {"login": "olga", "password": PASSWORD}
    await context.request.post(f"{house.url}/api/v1/agent/login", data=login, headers={"Sec-Fetch-Site": "same-origin"})
    return page, complaints


async def _no_violations(page: Page) -> None:
    found = (await Axe().run(page)).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"][:160]) for one in found]


@pytest.mark.parametrize(("language", "theme", "width"), [("ru", "light", 1440), ("zh", "dark", 1024)])
async def test_a_supervisor_reads_the_figures_and_announces_an_outage(
    house: World, chromium: Browser, language: str, theme: str, width: int
) -> None:
    page, complaints = await _open(house, chromium, language, theme, width)
    network = await page.context.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda done: weights.append(done["encodedDataLength"]))
    await page.goto(f"{house.url}/ops?tab=account")
    await page.locator(".sessions li").first.wait_for()
    weights.clear()
    await page.locator(".tabs a[href='?tab=numbers']").click()
    for chart in ("volume", "response", "speed"):
        await expect(page.locator(f"[data-table={chart}] canvas")).to_have_count(1)
    await expect(page.locator(".tile[aria-busy=false]")).to_have_count(10)
    assert 0 < sum(weights) <= BUDGET, f"{sum(weights) / 1024:.1f} KiB"
    assert await page.evaluate(LEFT) == 0
    assert "page." not in await page.locator("body").inner_text()
    await _no_violations(page)

    volume = page.locator("[data-table=volume]")
    await volume.locator(".as-table summary").focus()
    await page.keyboard.press("Enter")
    rows = [await row.locator("td").all_inner_texts() for row in await volume.locator("tbody tr").all()]
    total = sum(int(cells[0]) for cells in rows)
    tile = await page.locator("[data-name=contacts] .value").inner_text()
    assert "".join(filter(str.isdigit, tile)) == str(total)
    assert await _csv_total(page, house) == total

    await page.locator("[data-name=by_bot] .how summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-name=by_bot] .how p")).to_be_visible()
    await page.locator(".wish select").nth(1).select_option("inapp")
    await page.locator(".presets button").nth(3).click()  # thirty days
    await expect(page.locator("[data-table=doors] tbody tr")).to_have_count(2)
    assert "channel=inapp" in page.url
    assert "since=" in page.url
    await expect(page.locator(".tile[aria-busy=false]")).to_have_count(10)
    shown = await page.locator("[data-name=contacts] .value").inner_text()
    await page.reload()
    await expect(page.locator("[data-name=contacts] .value")).to_have_text(shown)

    await page.locator(".alarm button").click()
    await page.locator(".incident[data-state=alarm] .primary").click()
    await page.locator("textarea[name=ru]").fill("Авария на вышке, чиним до 18:00.")
    await page.keyboard.press("Tab")
    await page.keyboard.type("基站故障，预计 18:00 前恢复。")
    await _no_violations(page)
    await page.locator("dialog .primary").click()
    await expect(page.locator(".incident[data-state=announced]")).to_contain_text("预计 18:00")
    await expect(page.locator(".alarm")).to_have_count(0)
    await page.locator(".incident .primary").click()
    await page.locator("dialog .primary").click()
    await expect(page.locator(".incident[data-state=over]")).to_have_count(1)
    await _no_violations(page)
    assert complaints == []


async def _csv_total(page: Page, house: World) -> int:
    path = await page.locator("[data-table=volume] .csv").get_attribute("href")
    answer = await page.context.request.get(f"{house.url}{path}")
    table = list(csv.reader(io.StringIO((await answer.body()).decode("utf-8-sig"))))
    assert len(table) == 8
    assert datetime.fromisoformat(table[1][0]).replace(tzinfo=UTC)
    return sum(int(row[1]) for row in table[1:])
