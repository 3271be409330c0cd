"""The chat page in a real Chromium against the running product."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from faq.knowledge import Knowledge
from tests.browser.chat_pages import Opened, asked_in_database, barrier_free, chat_of, say, watched
from tests.world import CAST, World

FIRST_OPEN = 40 * 1024  # bytes over the wire


@pytest_asyncio.fixture(loop_scope="session")
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    async with World(fresh_dsn, knowledge, telegram=False) as world:
        yield world


@pytest.fixture
def opened(site: World, chromium: Browser) -> Opened:
    return chat_of(site, chromium)


async def test_the_first_open_is_light_greets_and_hides_the_token(site: World, chromium: Browser) -> None:
    phone, language, name = CAST["anna"]
    browsing = await chromium.new_context(viewport={"width": 390, "height": 844})
    page = await watched(browsing)
    network = await browsing.new_cdp_session(page)
    await network.send("Network.enable")
    weights: list[float] = []
    network.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    await page.goto(f"{site.url}/chat#token={site.sign(phone, language, name)}")
    await expect(page.locator(".suggested button")).to_have_count(4)
    assert "token" not in page.url
    assert 0 < sum(weights) <= FIRST_OPEN, f"{sum(weights) / 1024:.1f} KiB"
    await page.locator(".suggested button").first.click()
    await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_contain_text("7,5")
    assert page.problems == []  # type: ignore[attr-defined]
    assert await browsing.cookies() == []
    await browsing.close()


async def test_a_message_shows_at_once_is_ticked_and_answered_and_its_buttons_work_once(
    site: World, opened: Opened
) -> None:
    async with opened("anna") as page:
        await say(page, "подключи антиспам пожалуйста")
        mine = page.locator(".row.me .bubble")
        await expect(mine).to_contain_text("подключи антиспам", timeout=1000)
        await expect(mine.get_by_text("отправлено")).to_have_count(1)
        buttons = page.locator(".row.bot .buttons").first.locator("button")
        await expect(buttons.first).to_be_enabled()
        label = (await buttons.first.inner_text()).strip()
        await buttons.first.click()
        await expect(buttons.first).to_be_disabled()
        await expect(page.locator(".row.me .bubble").nth(1)).to_contain_text(label)
        await expect(page.locator(".row.bot .bubble:not(.dots)").nth(1)).to_be_visible()
        await page.reload()
    assert (await asked_in_database(site))[1] == label


async def test_a_press_stays_used_after_the_history_is_loaded_again(site: World, opened: Opened) -> None:
    async with opened("anna") as page:
        await say(page, "сколько осталось гигабайт")
        button = page.locator(".row.bot .buttons button").first
        await button.click()
        await expect(page.locator(".row.bot .bubble:not(.dots)").nth(1)).to_be_visible()
    async with opened("anna") as page:
        await expect(page.locator(".row.bot .buttons button").first).to_be_disabled()
        await expect(page.locator(".row.me")).to_have_count(2)


async def test_enter_in_the_middle_of_a_pinyin_syllable_sends_nothing(site: World, opened: Opened) -> None:
    async with opened("wang") as page:
        await page.locator("textarea").focus()
        keys = await page.context.new_cdp_session(page)
        await keys.send("Input.imeSetComposition", {"text": "liuliang", "selectionStart": 8, "selectionEnd": 8})
        for kind in ("rawKeyDown", "keyUp"):  # 229 is what an input method reports for a key that it keeps
            enter = {"type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
            await keys.send("Input.dispatchKeyEvent", enter)
        await expect(page.locator(".row.me")).to_have_count(0)
        await keys.send("Input.insertText", {"text": "流量"})
        await page.keyboard.press("Shift+Enter")
        await keys.send("Input.insertText", {"text": "还剩多少"})
        await expect(page.locator(".row.me")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator(".row.me .said")).to_have_text("流量\n还剩多少", use_inner_text=True)
        await expect(page.locator("textarea")).to_have_value("")


async def test_nothing_is_cut_at_320_pixels_and_the_composer_grows_to_five_lines(site: World, opened: Opened) -> None:
    for who in ("anna", "wang"):
        async with opened(who, viewport={"width": 320, "height": 568}) as page:
            await say(page, "а" * 300 + " https://angara.example/" + "b" * 80)
            await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
            over = "(box) => box.scrollWidth - box.clientWidth"
            wide, inner = await page.locator("html").evaluate(over), await page.locator(".log").evaluate(over)
            assert (wide, inner) == (0, 0)
            size = "() => parseFloat(getComputedStyle(document.querySelector('textarea')).fontSize)"
            assert await page.evaluate(size) >= 16, "iOS zooms into smaller fields"
            height = "() => document.querySelector('textarea').clientHeight"
            one = await page.evaluate(height)
            await page.locator("textarea").fill("\n".join("12345"))
            five = await page.evaluate(height)
            await page.locator("textarea").fill("\n".join("1234567890"))
            assert five == await page.evaluate(height) > 2.5 * one
            await page.set_viewport_size({"width": 320, "height": 320})  # a keyboard comes up
            await expect(page.locator(".send")).to_be_in_viewport()


async def test_a_thousand_messages_open_at_the_newest_page_and_keep_their_place(site: World, opened: Opened) -> None:
    anna, agent = site.subscriber("anna", "inapp"), await site.agent("ivan")
    await anna.says("позовите человека")
    await anna.hears(".")
    case = await agent.takes_next()
    assert case is not None
    # In the past; the two newest on both sides of midnight in Vladivostok, not in Irkutsk.
    await site.ask(
        """WITH old AS (DELETE FROM event RETURNING conversation_id),
                said AS (
                  INSERT INTO event (conversation_id, n, seq, kind, author_kind, body, at)
                  SELECT (SELECT min(conversation_id) FROM old), n, n, 'msg',
                         CASE n % 2 WHEN 0 THEN 'bot' ELSE 'user' END,
                         jsonb_build_object('text', 'сообщение ' || n),
                         timestamptz '2026-03-02 14:10+00' - (1000 - n) * interval '20 minutes'
                    FROM generate_series(1, 1000) n)
            UPDATE conversation SET head = 1000, tail = 1000, seen = 0 RETURNING id"""
    )
    async with opened("anna", timezone_id="Asia/Vladivostok") as page, opened("anna") as here:
        for one in (page, here):
            await expect(one.get_by_text("сообщение 1000", exact=True)).to_be_in_viewport()
        await expect(page.locator(".row")).to_have_count(50)
        assert await page.locator(".day").count() == await here.locator(".day").count() + 1
        first = page.get_by_text("сообщение 951", exact=True)
        await page.locator(".log").evaluate("(log) => { log.scrollTop = 0; }")
        await expect(page.get_by_text("сообщение 901", exact=True)).to_be_attached()
        await expect(first).to_be_in_viewport()
        # Scrolled up it stays and counts; at the end it follows.
        for n, words in ((1, "Здравствуйте"), (2, "Смотрю")):
            await agent.says(case["id"], words)
            await expect(page.locator(".jump")).to_have_text(str(n))
        await expect(first).to_be_in_viewport()
        await page.locator(".jump").click()
        await expect(page.get_by_text("Смотрю", exact=True)).to_be_in_viewport()
        await expect(page.locator(".jump")).to_have_count(0)
        await agent.says(case["id"], "Готово")
        await expect(page.get_by_text("Готово", exact=True)).to_be_in_viewport()


async def test_hostile_text_stays_text(site: World, opened: Opened) -> None:
    async with opened("anna") as page:
        await say(
            page, "<img src=x onerror=document.title='взломано'> <b>жирно</b> javascript:alert(1) 👩‍👩‍👧 \u202eконец"
        )
        await expect(page.locator(".row.me .said")).to_contain_text("<img src=x")
        await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
        assert await page.locator(".row img, .row.me b, .row.me a").count() == 0
        assert "взломано" not in await page.title()
        assert await page.evaluate("() => getComputedStyle(document.querySelector('.said')).unicodeBidi") == "plaintext"

        # A story longer than a message goes as several, each within the limit, and not a word is lost.
        story = " ".join(f"слово{n}" for n in range(1, 1201))
        await say(page, story)
        await expect(page.locator(".row.me .meta .hear").get_by_text("отправлено")).to_have_count(4)
        await expect(page.locator("textarea")).to_have_value("")
    parts = (await asked_in_database(site))[1:]
    assert len(parts) == 3
    assert max(map(len, parts)) <= 4096
    assert " ".join(parts) == story


async def test_a_whole_chat_is_led_by_the_keyboard_and_each_answer_is_announced_once(
    site: World, opened: Opened
) -> None:
    async with opened("anna") as page:

        async def press(selector: str) -> None:
            """Tab until it is there, as somebody does who has no mouse, and press it."""
            for _ in range(40):
                await page.keyboard.press("Shift+Tab")
                if await page.evaluate("(what) => document.activeElement.matches(what)", selector):
                    return await page.keyboard.press("Enter")
            raise AssertionError(f"{selector} is not reached by Tab")

        await page.evaluate(ANNOUNCED)
        await page.keyboard.press("Tab")
        await press("textarea")
        await page.keyboard.type("подключи антиспам")
        await page.keyboard.press("Enter")
        button = page.locator(".row.bot .buttons button").first
        await expect(button).to_be_enabled()
        await press(".row.bot .buttons button")
        await expect(page.locator(".row.bot .bubble:not(.dots)")).to_have_count(2)
        await press(".human button")
        await expect(page.locator(".queue")).to_be_visible()
        await press(".queue button")
        await expect(page.locator(".queue")).to_have_count(0)
        said = await page.locator(".row.bot .said").all_inner_texts()
        announced = await page.evaluate("() => window.announced")
        assert len(announced) == len(said) == len(set(announced)), announced


ANNOUNCED = """() => {
    window.announced = [];
    const look = (node) => node.querySelectorAll?.(".said").forEach((one) => {
        if (one.closest(".row.bot")) window.announced.push(one.textContent);
    });
    new MutationObserver((changes) => {
        for (const { addedNodes } of changes) addedNodes.forEach(look);
    }).observe(document.querySelector("[role=log]"), { childList: true, subtree: true });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", ["anna", "wang"])
async def test_no_barrier_is_found_in_any_state_of_the_chat(site: World, opened: Opened, who: str, scheme: str) -> None:
    async with opened(who, color_scheme=scheme, reduced_motion="reduce") as page:
        await expect(page.locator(".welcome")).to_be_visible()
        await barrier_free(page)
        await page.locator(".suggested button").first.click()
        await expect(page.locator(".row.bot .bubble:not(.dots)").first).to_be_visible()
        await barrier_free(page)
        await page.locator(".human button").click()
        await expect(page.locator(".queue")).to_be_visible()
        await barrier_free(page)
        agent = await site.agent("li")
        case = await agent.takes_next()
        assert case is not None
        await agent.says(case["id"], "Здравствуйте, смотрю ваш вопрос" if who == "anna" else "您好，我来帮您看看")
        await expect(page.locator("header h1")).to_have_text("Ли" if who == "anna" else "李梅")
        await expect(page.locator(".row.agent .bubble")).to_be_visible()
        await barrier_free(page)
        await agent.closes(case["id"])
        await expect(page.locator(".stars button")).to_have_count(5)
        await barrier_free(page)
        await page.locator(".stars button").nth(4).click()
        await expect(page.locator(".stars button.lit")).to_have_count(5)
        await expect(page.locator(".stars button").first).to_be_disabled()
        await barrier_free(page)
    assert await site.ask("SELECT rating FROM handoff") == 5


async def test_cards_are_fetched_when_the_first_one_comes_and_words_stay_without(site: World, opened: Opened) -> None:
    fetched: list[str] = []

    async def prepare(page: Page) -> None:
        page.on("request", lambda asked: fetched.append(asked.url))

    async with opened("wang", prepare=prepare, viewport={"width": 320, "height": 700}, color_scheme="dark") as page:
        assert not any("cards" in url for url in fetched)
        await say(page, "我还剩多少流量")
        low = page.locator(".packages li").first
        await expect(low).to_contain_text("余量不足")
        await expect(low).to_contain_text("1.2 GB")
        await expect(page.locator(".row.bot .said").first).not_to_contain_text("▓")
        await say(page, "胡日尔有信号吗")
        await expect(page.locator(".coverage th[scope=row]")).to_have_text(["5G", "4G", "3G", "2G"])
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        await say(page, "有哪些套餐")
        offers = page.locator(".offers > li")
        await expect(offers.first).to_contain_text("当前套餐")
        for one in ("Восток", "Весь Байкал"):
            await offers.filter(has_text=one).get_by_role("button", name="对比").click()
        table = page.locator(".compared")
        await expect(table.locator("thead th")).to_contain_text(["Восток", "Весь Байкал"])
        await expect(table.locator("tr.differs").first).to_have_text("月租390 卢布550 卢布 +160 卢布")
        await barrier_free(page)
        await table.get_by_role("button", name="换成 Весь Байкал").click()
        await expect(table).to_have_count(2)
        await expect(page.locator(".row.bot").last).to_contain_text("要换吗？")
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    async def refuse(page: Page) -> None:
        await page.route("**/chat-cards.js", lambda route: route.abort())

    async with opened("anna", viewport={"width": 320, "height": 700}) as page:
        await say(page, "чем отличается Восток от Весь Байкал")
        await expect(page.locator(".compared tr.differs")).to_have_count(5)
        inside = "(table) => table.getBoundingClientRect().right <= innerWidth"
        assert await page.locator(".compared").evaluate(inside)

    async with opened("wang", prepare=refuse) as page:
        await expect(page.locator(".row.bot .said .bar").first).to_be_visible()
        await expect(page.locator(".card")).to_have_count(0)

    async def refuse_chinese(page: Page) -> None:
        await page.route("**/i18n/zh/cards.json", lambda route: route.abort())

    async with opened("anna", prepare=refuse_chinese) as page:
        await say(page, "сколько гигов осталось")
        await expect(page.locator(".packages")).to_have_count(1)
        await say(page, "我还剩多少流量")
        await expect(page.locator(".row.bot .said .bar")).to_have_count(1)
        await expect(page.locator(".packages")).to_have_count(1)
