"""The desk in a real browser: the keyboard alone, every width, every language, light and dark."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from faq.knowledge import Knowledge
from tests.browser.desk_office import Office, log_of, no_violations, open_office, takes_next
from tests.world import PASSWORD

LEFT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
COUNT_TONES = """window.tones = 0; const Tone = OscillatorNode;
window.OscillatorNode = class extends Tone { constructor(...how) { super(...how); window.tones += 1; } };"""
KEEP_NOTICES = """window.notices = []; window.away = false;
window.Notification = class { static permission = "granted"; close() {}
  constructor(title, { body }) { window.notices.push(`${title} ${body}`); } };
Object.defineProperty(document, "visibilityState", { get: () => (window.away ? "hidden" : "visible") });"""


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge, chromium: Browser) -> AsyncIterator[Office]:
    async with open_office(fresh_dsn, knowledge, chromium) as opened:
        yield opened


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

    keyboard = await page.context.new_cdp_session(page)
    russian_n = {"type": "keyDown", "code": "KeyN", "key": "т", "modifiers": 1}  # Alt, on a Russian layout
    await keyboard.send("Input.dispatchKeyEvent", russian_n)
    await expect(page.locator(".composer textarea")).to_be_focused()
    await page.keyboard.type("nr/? ")  # keys that do something outside of a text
    await expect(page.locator(".composer textarea")).to_have_value("nr/? ")
    await page.locator(".composer textarea").fill("")
    await page.keyboard.type("Здравствуйте, я Ли. Смотрю ваш вопрос.")
    await page.keyboard.press("Enter")
    await subscriber.hears("я Ли")
    await page.keyboard.press("ArrowUp")  # the last message, to be corrected
    await expect(page.locator(".composer textarea")).to_have_value(re.compile("Смотрю ваш вопрос"))
    await page.keyboard.press("Control+KeyA")
    await page.keyboard.type("Здравствуйте, я Ли. Вижу ваш вопрос.")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.agent .text").first).to_have_text("Здравствуйте, я Ли. Вижу ваш вопрос.")
    await expect(page.locator(".bubble.agent del")).to_contain_text("Смотрю")
    await expect(page.locator(".composer textarea")).to_have_value("")
    await expect(page.locator(".correcting")).to_have_count(0)

    await page.keyboard.press("Alt+KeyM")
    await page.keyboard.type("спросить про второй номер")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.note .text")).to_have_text("спросить про второй номер")
    await subscriber.says("спасибо, жду")
    await expect(log_of(page)).to_contain_text("спасибо, жду")

    await page.keyboard.press("Alt+KeyX")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.type("списание")
    await expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")  # the reason, and with it that it is solved
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator("#tab-mine .count")).to_have_text("0")
    assert await office.world.ask("SELECT outcome FROM handoff") == "solved"
    await subscriber.fetch()
    assert "второй номер" not in str(subscriber.events)


@pytest.mark.parametrize(("language", "theme"), [("ru", "light"), ("zh", "dark"), ("en", "light")])
async def test_the_desk_is_accessible_and_wholly_translated(office: Office, language: str, theme: str) -> None:
    await office.waiting()
    await office.waiting("wang")
    page = await office.page(language=language, theme=theme)
    await page.goto(office.world.url + "/console")
    await page.locator("form").wait_for()
    await no_violations(page)
    await page.close()

    page = await office.sit("li", language=language, theme=theme)
    await expect(page.locator(".row")).to_have_count(2)
    await no_violations(page)
    await takes_next(page)
    await expect(page.locator(".card .amount")).to_be_visible()
    await no_violations(page)
    await page.locator(".composer textarea").fill("/")
    await expect(page.get_by_role("option").first).to_be_visible()
    await no_violations(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    for key in ("Alt+KeyT", "Alt+KeyZ", "Alt+KeyB", "Alt+KeyX", "Alt+KeyS", "Alt+Slash", "Control+KeyK"):
        await page.keyboard.press(key)
        await expect(page.get_by_role("dialog")).to_be_visible()
        await no_violations(page)
        assert not re.search(r"page\.(desk|ops)\.", await page.locator("body").inner_text())
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)  # gone, not only hidden: then keys act again


@pytest.mark.parametrize("width", [1280, 1024, 400])
async def test_nothing_is_cut_off_at_any_width(office: Office, width: int) -> None:
    await office.waiting()
    page = await office.sit("li", width=width, height=768)
    await takes_next(page)
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


async def test_enter_belongs_to_the_input_method_while_chinese_is_being_typed(office: Office) -> None:
    subscriber = await office.waiting("wang")
    page = await office.sit("li", language="zh")
    await takes_next(page)
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
    await takes_next(page)
    await page.keyboard.type("первая")
    await page.keyboard.press("Enter")
    await page.keyboard.type("вторая")
    await expect(page.locator(".composer textarea")).to_have_value("первая\nвторая")
    await page.keyboard.press("Control+Enter")
    await subscriber.hears("первая\nвторая")


async def test_a_sound_is_made_and_a_notification_shown_only_after_it_was_switched_on(office: Office) -> None:
    page = await office.page()
    await page.context.add_init_script(COUNT_TONES)
    await page.context.add_init_script(KEEP_NOTICES)
    await page.goto(office.world.url + "/console")
    await page.locator("#login").fill("li")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.locator(".switch .online").click()
    await office.waiting()
    await expect(page.locator(".row")).to_have_count(1)
    assert await page.evaluate("() => [window.tones, window.notices.length]") == [0, 0]

    await page.keyboard.press("Alt+KeyS")
    await page.locator("[name=sound][value=once]").check()
    await page.locator("[name=notify][value=hidden]").check()
    await page.keyboard.press("Escape")
    await office.waiting("pyotr")
    await expect(page.locator(".row")).to_have_count(2)
    assert await page.evaluate("() => window.tones") > 0
    assert await page.evaluate("() => window.notices") == []  # the agent looks at the desk

    await page.evaluate("() => { window.away = true; document.dispatchEvent(new Event('visibilitychange')); }")
    person = await office.waiting("lina")
    await expect(page).to_have_title(re.compile(r"^\(3\) "))  # the line is open in a tab nobody looks at
    (notice,) = await page.evaluate("() => window.notices")
    assert person.name in notice
    assert "转人工" not in notice  # anybody may look at a screen


async def test_a_ready_answer_shows_its_russian_meaning_and_goes_out_in_chinese(office: Office) -> None:
    subscriber = await office.waiting("wang")
    page = await office.sit("li")
    await takes_next(page)
    await page.keyboard.type("/sim")
    first = page.get_by_role("option").first
    await expect(first.locator(".picker-text")).to_contain_text(re.compile(r"[\u4e00-\u9fff]"))
    await expect(first.locator(".picker-meaning")).to_contain_text(re.compile("[а-я]"))
    await page.keyboard.press("Enter")
    await expect(page.locator(".meaning")).to_contain_text(re.compile("[а-я]"))
    text = await page.locator(".composer textarea").input_value()
    await page.keyboard.press("Enter")
    await subscriber.hears(re.escape(text.splitlines()[0][:20]))


async def test_what_a_subscriber_writes_is_text_and_nothing_else(office: Office) -> None:
    subscriber = await office.waiting()
    await subscriber.says(
        "<img src=x onerror=\"document.title='pwned'\"> <script>alert(1)</script> javascript:alert(1)"
    )
    page = await office.sit("li")
    await takes_next(page)
    await expect(log_of(page)).to_contain_text("<img src=x onerror=")
    assert await log_of(page).locator("img, script, a[href^='javascript']").count() == 0
    assert "pwned" not in await page.title()


async def test_a_chat_is_put_aside_closed_and_opened_again_and_colleagues_see_each_other(office: Office) -> None:
    await office.waiting("wang")
    li, olga = await office.sit("li"), await office.sit("olga", language="en", width=1440)
    for page in (li, olga):
        await page.locator(".row").click()
    await expect(li.locator(".others")).to_contain_text("Ольга")
    await expect(olga.locator(".others")).to_contain_text("Ли")
    await li.keyboard.press("Alt+Enter")
    await expect(li.locator(".composer textarea")).to_be_focused()
    await expect(li.locator(".phone")).to_contain_text("•••")
    await li.locator(".card-who .link").click()
    await expect(li.locator(".phone")).to_have_text("+79000000002")
    assert await office.world.ask("SELECT count(*) FROM audit WHERE action = 'reveal'") == 1

    await li.keyboard.press("Alt+KeyZ")
    await expect(li.get_by_label("10 минут")).to_be_focused()
    await li.keyboard.press("Enter")
    await expect(li.locator(".aside .row")).to_have_count(1)
    await expect(li.locator(".me .load")).to_contain_text("0/")
    await li.locator(".aside .row").click()
    await li.locator(".aside-strip button").click()
    await expect(li.locator(".aside")).to_have_count(0)

    await li.keyboard.press("Control+KeyK")
    await expect(li.locator(".palette input")).to_be_focused()
    await li.keyboard.type("закрыть чат")
    await li.keyboard.press("Enter")
    await li.locator("#reason-filter").fill("не отвечает")
    await li.keyboard.press("Enter")
    await li.get_by_label("кандидаты").check()
    await li.locator("dialog .primary").click()
    await expect(li.locator(".notice")).to_be_visible()
    assert await office.world.ask("SELECT outcome || close_reason || candidate FROM handoff") == "unsolvedsilenttrue"
    await li.locator("#tab-shift").click()
    await expect(li.locator(".closed-chat")).to_have_count(1)
    await no_violations(li)
    await li.locator(".closed-chat button").click()
    await expect(li.locator(".composer textarea")).to_be_focused()
    assert await office.world.ask("SELECT count(*) FROM handoff WHERE closed_at IS NULL") == 1


async def test_what_cannot_be_done_is_said_kindly_and_loses_nothing(office: Office) -> None:
    await office.waiting()
    page, ivan = await office.sit("anna"), await office.sit("ivan")
    await ivan.keyboard.press("Alt+KeyO")
    await expect(ivan.locator(".switch .online")).to_have_attribute("aria-pressed", "true")
    await takes_next(page)
    field_ = page.locator(".composer textarea")
    await field_.fill("я" * 20_000)
    await expect(page.locator(".too-long")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator(".send")).to_be_disabled()
    await expect(field_).to_have_value("я" * 20_000)
    await field_.fill("")

    await page.keyboard.press("Alt+KeyM")
    await page.keyboard.type("<b>жирно</b> <img src=x>")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.note .text")).to_have_text("<b>жирно</b> <img src=x>")

    await page.keyboard.press("Alt+KeyT")
    await page.locator('[value="agent:ivan"]').check()
    await page.locator(".dialog .chip").first.click()
    async with office.world.bot.db.transaction() as tx:
        await tx.execute("UPDATE agent SET presence = 'offline' WHERE login = 'ivan'")
    await page.locator(".dialog .primary").click()
    await expect(page.locator(".dialog .problem")).to_contain_text("Иван")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    assert await office.world.ask("SELECT state FROM conversation") == "assigned"
