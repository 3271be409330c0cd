"""The subscriber's page and the agents' desk in one real browser, talking to each other through the real product."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from tests.world import PASSWORD, World

PATIENCE = 20_000  # milliseconds


async def _open_chat(browser: Browser, world: World, person: str, language: str) -> tuple[Page, FrameLocator]:
    page = await browser.new_page(viewport={"width": 1280, "height": 860})
    await page.goto(f"{world.url}/demo")
    if language == "zh":
        await page.get_by_text("中文", exact=True).click()
    await page.get_by_text(person, exact=True).first.click()
    opener = "Бот ответит сразу" if language == "ru" else "机器人秒回|智能客服|即时"
    await page.get_by_text(re.compile(opener)).first.click()
    return page, page.frame_locator("iframe")


async def _say(chat: FrameLocator, text: str) -> None:
    box = chat.locator("textarea")
    await box.fill(text)
    await box.press("Enter")


async def _log_in(browser: Browser, world: World, login: str) -> Page:
    page = await (await browser.new_context(locale="ru-RU", viewport={"width": 1366, "height": 860})).new_page()
    await page.goto(f"{world.url}/console")
    await page.locator("input:not([type=password])").first.fill(login)
    await page.locator("input[type=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_text("На линии", exact=True).click()
    return page


@pytest.mark.parametrize(
    ("person", "language", "question", "answer", "wish", "agent", "greeting"),
    [
        ("Анна Соколова", "ru", "сколько гигов осталось", "7,5 ГБ из 30", "позовите человека", "ivan", "Здравствуйте"),
        ("王伟", "zh", "我还剩多少流量", "1.2 GB", "转人工", "li", "您好，我来帮您"),
    ],
)
async def test_a_subscriber_is_answered_by_the_bot_and_then_by_an_agent(
    chromium: Browser,
    world: World,
    person: str,
    language: str,
    question: str,
    answer: str,
    wish: str,
    agent: str,
    greeting: str,
) -> None:
    page, chat = await _open_chat(chromium, world, person, language)
    await _say(chat, question)
    await expect(chat.get_by_text(answer).first).to_be_visible(timeout=PATIENCE)
    await _say(chat, wish)

    desk = await _log_in(chromium, world, agent)
    await desk.get_by_text("Следующий чат").first.click()
    await expect(desk.get_by_text(wish).last).to_be_visible(timeout=PATIENCE)
    await expect(desk.get_by_text(question).first).to_be_visible(timeout=PATIENCE)

    composer = desk.locator("textarea").first
    await composer.fill(greeting)
    await composer.press("Enter")
    await expect(chat.get_by_text(greeting)).to_be_visible(timeout=PATIENCE)
    answer_at_desk = desk.locator(".bubble.agent", has_text=greeting)
    await expect(answer_at_desk).to_contain_text("прочитано", timeout=PATIENCE)
    await page.keyboard.press("Escape")  # the chat is put away: what is said now is not on the screen
    await composer.fill("42?")
    await composer.press("Enter")
    await expect(desk.locator(".bubble.agent .said", has_text="42?")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".support")).to_contain_text("1", timeout=PATIENCE)
    await expect(answer_at_desk).to_contain_text("прочитано")
    await page.locator(".support").click()
    await expect(desk.locator(".bubble.agent", has_text="42?")).to_contain_text("прочитано", timeout=PATIENCE)
    await expect(answer_at_desk).not_to_contain_text("прочитано")

    await _say(chat, "ok, 42")
    await expect(desk.get_by_text("ok, 42").last).to_be_visible(timeout=PATIENCE)
    await page.close()
    await desk.context.close()
