"""The desk in a real browser when things go wrong: a lost line, a slow operator, a session that ends, two at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio
from playwright.async_api import Browser, Route, WebSocketRoute, expect

from bot import transcript
from faq.knowledge import Knowledge
from tests.browser.desk_office import Office, log_of, open_office, takes_next
from tests.world import PASSWORD

BUDGET = 90 * 1024  # bytes over the wire for the whole desk, phrases included


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge, chromium: Browser) -> AsyncIterator[Office]:
    async with open_office(fresh_dsn, knowledge, chromium) as opened:
        yield opened


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


async def test_a_draft_survives_switching_chats_a_reload_and_a_storm_of_news(office: Office) -> None:
    await office.waiting()
    await office.waiting("down")
    page = await office.sit("li")
    await takes_next(page)
    field_ = page.locator(".composer textarea")
    await field_.fill("недописанный ответ")
    await takes_next(page)
    await expect(page.locator("#tab-mine .count")).to_have_text("2")
    await expect(field_).to_have_value("")
    await page.reload()
    await expect(page.locator("#tab-mine .count")).to_have_text("2")
    await page.locator("#tab-mine").click()
    await page.locator(".row", has_text="Анна").click()
    await expect(field_).to_have_value("недописанный ответ")

    storm = asyncio.create_task(_storm(office))
    await field_.press("End")
    await field_.press_sequentially(" still being written", delay=40)
    await storm
    await expect(page.locator("#tab-queue .count")).to_have_text("0")
    await expect(field_).to_be_focused()
    await expect(field_).to_have_value("недописанный ответ still being written")


async def _storm(office: Office) -> None:
    """Somebody calls for a human and leaves again, fifty changes of the queue a second."""
    person = await office.waiting("pyotr")
    for _ in range(40):
        await office.world.ask("UPDATE handoff SET priority = 1 - priority WHERE assigned_at IS NULL RETURNING 1")
        office.world.bot.db.bell.ring("queue")
        await asyncio.sleep(0.02)
    await person.presses("Выйти из очереди")


async def test_a_long_history_is_read_backwards_without_losing_the_place(office: Office) -> None:
    await office.waiting()
    async with office.world.bot.db.transaction() as tx:
        conversation = await tx.fetchval("SELECT id FROM conversation")
        for number in range(500):
            await transcript.append(tx, conversation, "msg", "user", {"text": f"сообщение {number}"})
    page = await office.sit("li")
    await takes_next(page)
    log, said = log_of(page), page.locator(".bubble.user .text")
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
    await office.sign_in(page, "li")
    await expect(page.locator(".row")).to_have_count(1)
    await takes_next(page)

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


async def test_a_page_that_a_deploy_made_old_says_so_and_is_loaded_anew_with_its_draft(office: Office) -> None:
    await office.waiting()
    page = await office.page()
    lines: list[WebSocketRoute] = []
    deployed = False

    def through(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        newer = partial(re.sub, '"assets":"[0-9a-f]+"', '"assets":"0"')
        server.on_message(lambda said: line.send(newer(str(said)) if deployed else said))
        lines.append(line)

    await page.route_web_socket(re.compile("/ws/v1"), through)
    await office.sign_in(page, "li")
    await takes_next(page)
    draft, strip = page.locator(".composer textarea"), page.locator(".strip")
    await draft.fill("недописанный ответ")
    await expect(strip).to_be_empty()
    deployed = True
    await lines[-1].close(code=1012)
    await expect(strip.get_by_role("button")).to_be_visible(timeout=20_000)
    await expect(draft).to_have_value("недописанный ответ")
    deployed = False
    await strip.get_by_role("button").click()
    await page.locator("#tab-mine").click()
    await page.locator(".row").click()
    await expect(draft).to_have_value("недописанный ответ")
    await expect(strip).to_be_empty()


async def test_a_slow_operator_never_holds_up_the_chat(office: Office) -> None:
    subscriber = office.world.subscriber("down", "inapp")
    await subscriber.says("позовите человека")
    await subscriber.hears(".")
    page = await office.sit("li")
    await takes_next(page)
    await expect(log_of(page)).to_contain_text("позовите человека")
    await expect(page.locator(".freshness.failed")).to_be_visible(timeout=15_000)
    await expect(page.locator(".composer textarea")).to_be_editable()
    release = asyncio.Event()
    await page.route("**/card", lambda route: _later(route, release))
    await page.locator(".freshness button").click()
    await expect(page.locator(".skeleton")).to_be_visible()
    release.set()
    await expect(page.locator(".freshness.failed button")).to_be_enabled()
    await expect(page.locator(".skeleton")).to_have_count(0)


async def _later(route: Route, release: asyncio.Event) -> None:
    await release.wait()
    await route.continue_()


async def test_a_session_that_ends_elsewhere_brings_the_login_back_and_keeps_the_draft(office: Office) -> None:
    await office.waiting()
    page = await office.sit("li")
    await takes_next(page)
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


async def test_the_whole_desk_weighs_less_than_its_budget(office: Office) -> None:
    page = await office.page()
    network = await page.context.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda done: weights.append(done["encodedDataLength"]))
    await page.goto(office.world.url + "/console", wait_until="networkidle")
    assert 0 < sum(weights) <= BUDGET
