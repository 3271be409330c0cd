"""A picture pasted by a subscriber and seen by an agent, answered with a document: in one browser, over both pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from faq.knowledge import Knowledge
from tests import samples
from tests.browser.chat_pages import PATIENCE, WCAG, say, watched
from tests.world import CAST, PASSWORD, World

PASTE = """bytes => { const data = new DataTransfer();
data.items.add(new File([new Uint8Array(bytes)], 'image.png', { type: 'image/png' }));
const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
document.querySelector('textarea').dispatchEvent(event); }"""
DROP = """bytes => { const data = new DataTransfer();
data.items.add(new File([new Uint8Array(bytes)], 'Памятка.pdf', { type: 'application/pdf' }));
for (const name of ['dragenter', 'drop'])
  document.querySelector('textarea').dispatchEvent(
    new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true })); }"""
DRAWN = "image => image.complete && image.naturalWidth > 0"


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _chat(site: World, chromium: Browser) -> Page:
    phone, language, name = CAST["anna"]
    browsing = await chromium.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True)
    page = await watched(browsing)
    await page.goto(f"{site.url}/chat?lang={language}#token={site.sign(phone, language, name)}")
    await expect(page.locator("textarea")).to_be_visible(timeout=PATIENCE)
    return page


async def _desk(site: World, chromium: Browser) -> Page:
    browsing = await chromium.new_context(viewport={"width": 1366, "height": 860}, locale="ru-RU")
    page = await watched(browsing)
    await page.goto(f"{site.url}/console")
    await page.locator("#login").fill("ivan")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_text("На линии", exact=True).click()
    return page


async def _drawn(page: Page, selector: str) -> None:
    picture = page.locator(selector).last
    await expect(picture).to_be_visible(timeout=PATIENCE)
    await page.wait_for_function(f"() => [...document.querySelectorAll('{selector}')].every({DRAWN})")


async def test_a_pasted_picture_reaches_the_agent_and_the_agents_document_comes_back(
    site: World, chromium: Browser, tmp_path: Path
) -> None:
    chat = await _chat(site, chromium)
    await say(chat, "позовите человека")
    await expect(chat.locator(".queue")).to_be_visible()

    await chat.evaluate(PASTE, list(samples.screenshot(300, 500)))
    drawing = {"name": "схема.svg", "mimeType": "image/svg+xml", "buffer": samples.SVG}
    await chat.locator("input[type=file]").set_input_files([drawing])
    await expect(chat.locator(".tray li")).to_have_count(2)
    await expect(chat.locator(".tray .unfit")).to_contain_text("Подойдут фото")
    await chat.locator(".tray .unfit button").click()
    await chat.context.set_offline(True)
    await say(chat, "вот что на экране")
    await expect(chat.locator(".lifting")).to_be_visible()
    await chat.context.set_offline(False)
    await expect(chat.locator(".row.me").last.get_by_text("отправлено")).to_have_count(1, timeout=PATIENCE)
    await _drawn(chat, ".file-photo img")

    desk = await _desk(site, chromium)
    await desk.get_by_text("Следующий чат").first.click()
    await expect(desk.get_by_text("вот что на экране").last).to_be_visible(timeout=PATIENCE)
    await _drawn(desk, ".log .file-photo img")
    await desk.locator(".log .file-photo").click()
    await expect(desk.locator("dialog.lightbox img")).to_be_visible()
    await desk.keyboard.press("Escape")
    await expect(desk.locator("dialog.lightbox")).to_have_count(0)

    await desk.evaluate(DROP, list(samples.PDF))
    await expect(desk.locator(".tray li")).to_contain_text("Памятка.pdf")
    assert (await Axe().run(desk)).violations_count == 0
    await desk.locator(".composer textarea").fill("Посмотрите памятку")
    await desk.locator(".composer .send").click()

    paper = chat.locator(".row.agent .file-card")
    await expect(paper).to_contain_text("Памятка.pdf", timeout=PATIENCE)
    await expect(chat.get_by_text("Посмотрите памятку")).to_be_visible()
    async with chat.expect_download() as waiting:
        await paper.click()
    download = await waiting.value
    assert download.suggested_filename == "Памятка.pdf"
    await download.save_as(tmp_path / "got.pdf")
    assert (tmp_path / "got.pdf").read_bytes() == samples.PDF
    report = await Axe().run(chat, options=WCAG)
    assert report.violations_count == 0, report.generate_report()
    for page in (chat, desk):
        assert page.problems == []  # type: ignore[attr-defined]
        await page.context.close()


async def test_a_picture_not_yet_sent_survives_a_reload_and_goes_out_once(site: World, chromium: Browser) -> None:
    chat = await _chat(site, chromium)
    await chat.route("**/api/v1/files", lambda route: route.abort())
    await chat.evaluate(PASTE, list(samples.screenshot()))
    await expect(chat.locator(".tray li")).to_have_count(1)
    await say(chat, "не открывается")
    await expect(chat.locator(".lifting")).to_be_visible()
    await say(chat, "привет")  # words pass the file that waits
    await expect(chat.locator(".row.bot").first).to_be_visible()
    await chat.unroute("**/api/v1/files")
    phone, language, name = CAST["anna"]
    await chat.goto("about:blank")
    await chat.goto(f"{site.url}/chat?lang={language}#token={site.sign(phone, language, name)}")
    await expect(chat.locator(".row.me .file-photo")).to_have_count(1)
    await expect(chat.locator(".row.me").get_by_text("отправлено")).to_have_count(2, timeout=PATIENCE)
    await expect(chat.locator(".lifting")).to_have_count(0)
    await expect(chat.get_by_text("не открывается")).to_be_visible()
    assert await site.ask("SELECT count(*) FROM file WHERE event_n IS NOT NULL") == 1
    assert await site.ask("SELECT count(*) FROM event WHERE author_kind = 'user'") == 2
    assert chat.problems == []  # type: ignore[attr-defined]
    await chat.context.close()
