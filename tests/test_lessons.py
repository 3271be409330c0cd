"""What the bot keeps to learn from: each question once, masked, with what became of it, in both channels."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bot.knowledge import lessons
from bot.masking import masked
from faq.asked import read_lessons
from faq.knowledge import Knowledge
from tests.conversations import CHANNELS, known, phrase, until
from tests.world import AtDesk, Subscriber, World

ROOT = Path(__file__).resolve().parent.parent
BEYOND = "домофон оплатить"  # stands in faq/phrases/beyond.yaml
VAGUE = ("интернет", "тариф и связь", "пакет", "услуга", "номер", "связь")


async def kept(world: World) -> list[dict[str, Any]]:
    """The lessons as `python -m bot lessons` tells them, oldest first."""
    async with world.bot.db.transaction() as tx:
        return [row async for row in lessons.since(tx, timedelta(days=1))]


async def asked_vaguely(person: Subscriber, knowledge: Knowledge) -> tuple[str, ...]:
    """The labels of the choice that the bot then offers; the last is none of these."""
    await person.says(next(words for words in VAGUE if knowledge.match(words, "ru").decision == "clarify"))
    return (await person.hears(phrase("bot.which_one"))).labels


async def answered_by(agent: AtDesk, entry: str) -> int:
    """The next case, taken and answered with a ready entry."""
    case = await agent.takes_next()
    assert case
    await agent.must("POST", f"conversations/{case['id']}/messages", {"cid": str(uuid4()), "entry": entry})
    return int(case["id"])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("мой номер 8 (902) 111-22-33, перезвоните", "мой номер • (•••) •••-••-••, перезвоните"),
        ("паспорт 45 08 123456", "паспорт •• •• ••••••"),
        ("8\u200b902\u200b111\u200b22\u200b33 это я", "••••••••••• это я"),
        ("我的号码是１３８００１３８０００", "我的号码是•••••••••••"),
        ("一三八零零一三八零零零是我的", "•••••••••••是我的"),
        ("我的邮箱anna.iv@qq.com怎么改", "我的邮箱•@•怎么改"),
        ("пишите @anna_1 или t.me/anna", "пишите @• или t.me/•"),
        ("https://u:p@lk.example.ru/pay?name=Иванов не открывается", "https://lk.example.ru/• не открывается"),
        ("родился 12.05.1980", "родился ••.••.••••"),
        (
            "5 000 рублей, 500 минут, *100#, 24/7, с 10:00 до 18:30",
            "5 000 рублей, 500 минут, *100#, 24/7, с 10:00 до 18:30",
        ),
    ],
)
def test_what_tells_who_somebody_is_is_hidden_and_nothing_else(said: str, shown: str) -> None:
    assert masked(said) == shown


@CHANNELS
async def test_a_question_is_kept_masked_with_what_the_bot_did(world: World, channel: str) -> None:
    anna = world.subscriber("anna", channel)
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await anna.says("номер 8 902 111-22-33 ловит ли в Хужире, пишите на anna@mail.ru")
    await until(world, "SELECT count(*) = 2 FROM lesson")
    first, second = await kept(world)
    assert (first["text"], first["decision"], first["topic"]) == ("ловит ли в Листвянке", "answer", "coverage_place")
    assert (first["lang"], first["channel"], first["doubt"], first["chosen"]) == ("ru", channel, False, None)
    assert first["ranked"][0][0] == "coverage_place"
    assert len(first["ranked"]) <= 3
    assert 0 < first["confidence"] <= 1
    assert second["text"] == "номер • ••• •••-••-•• ловит ли в Хужире, пишите на •@•"
    assert first["person"] == second["person"]


@CHANNELS
async def test_the_button_that_was_pressed_is_what_was_meant(world: World, knowledge: Knowledge, channel: str) -> None:
    person = await known(world, "anna", channel)
    labels = await asked_vaguely(person, knowledge)
    await person.presses(labels[0])
    await until(world, "SELECT EXISTS (SELECT 1 FROM lesson WHERE chosen IS NOT NULL)")
    lesson = (await kept(world))[-1]
    assert lesson["decision"] == "clarify"
    assert lesson["chosen"] == lesson["offered"][0]


@CHANNELS
async def test_none_of_the_buttons_is_kept_too_and_leads_the_second_time_to_the_agents_answer(
    world: World, knowledge: Knowledge, channel: str
) -> None:
    person, ivan = world.subscriber("anna", channel), await world.agent("ivan")
    for again in ("bot.say_otherwise", "bot.unclear"):
        labels = await asked_vaguely(person, knowledge)
        await person.presses(labels[-1])
        await person.hears(phrase(again))
    await answered_by(ivan, "offices")
    first, second = await kept(world)
    assert first["chosen"] == second["chosen"] == "none"
    assert (first["agent"], second["agent"]) == (None, "offices")


@CHANNELS
async def test_an_agents_ready_answer_is_what_the_question_was_about(world: World, channel: str) -> None:
    anna, ivan = world.subscriber("anna", channel), await world.agent("ivan")
    await anna.says(BEYOND)
    await anna.hears(phrase("bot.queued"))
    await anna.says("вы где все")  # for the agent, no question of the bot's
    case = await answered_by(ivan, "offices")
    await ivan.must("POST", f"conversations/{case}/messages", {"cid": str(uuid4()), "entry": "topup"})
    await ivan.closes(case)
    [lesson] = await kept(world)
    assert (lesson["decision"], lesson["topic"]) == ("handoff", "out_of_scope")
    assert (lesson["agent"], lesson["outcome"]) == ("offices", "solved")


@CHANNELS
async def test_a_call_for_a_human_right_after_an_answer_doubts_it(world: World, channel: str) -> None:
    anna, ivan = world.subscriber("anna", channel), await world.agent("ivan")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await anna.says("спасибо")
    await anna.says("позовите оператора")
    await anna.hears(phrase("bot.queued"))
    await answered_by(ivan, "coverage_none")
    doubted = [one for one in await kept(world) if one["doubt"]]
    assert [(one["topic"], one["agent"]) for one in doubted] == [("coverage_place", "coverage_none")]


@CHANNELS
async def test_not_that_doubts_the_answer_and_says_what_was_meant_but_a_call_after_a_while_says_nothing(
    world: World, channel: str
) -> None:
    wang, anna = world.subscriber("wang", channel), world.subscriber("anna", channel)
    await wang.says("利斯特维扬卡有信号吗")
    await wang.hears("^利斯特维扬卡")
    await wang.says("答非所问！")
    labels = (await wang.hears(phrase("bot.not_that", "zh"))).labels
    await wang.presses(labels[0])
    await until(world, "SELECT chosen IS NOT NULL FROM lesson")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await world.ask("UPDATE lesson SET at = at - interval '6 minutes' RETURNING id")
    await anna.says("позовите оператора")
    await until(world, "SELECT EXISTS (SELECT 1 FROM handoff WHERE topic = 'human')")
    found = {one["text"]: one for one in await kept(world)}
    doubted = found["利斯特维扬卡有信号吗"]
    assert (doubted["doubt"], doubted["decision"], doubted["topic"]) == (True, "answer", "coverage_place")
    assert doubted["chosen"] == doubted["offered"][0]
    assert not found["ловит ли в Листвянке"]["doubt"]
    assert "答非所问！" not in found


async def test_a_yes_is_no_question_and_one_that_waited_for_the_number_is_kept_once(world: World) -> None:
    lina = world.subscriber("lina", "telegram")
    await lina.says("帮我开通防骚扰")
    await lina.hears(phrase("bot.ask_phone", "zh"))
    await lina.links()
    await lina.hears("60 卢布")
    await lina.says("好的")
    await lina.hears("防骚扰")
    [lesson] = await kept(world)
    assert (lesson["text"], lesson["lang"]) == ("帮我开通防骚扰", "zh")
    assert lesson["decision"] == "answer"


async def test_danger_blames_no_answer_before_it(world: World) -> None:
    anna, ivan = world.subscriber("anna", "inapp"), await world.agent("ivan")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    await anna.says("помогите человек без сознания не дышит")
    await anna.hears("112")
    await answered_by(ivan, "offices")
    assert [(one["doubt"], one["agent"]) for one in await kept(world)] == [(False, None)] * 2


async def test_after_half_a_year_a_lesson_is_gone(world: World) -> None:
    anna = world.subscriber("anna", "inapp")
    for place in ("Листвянка", "Хужир"):
        await anna.says(f"есть связь {place}")
        await anna.hears(place)
    await world.ask("UPDATE lesson SET at = now() - interval '181 days' WHERE text LIKE '%Хужир' RETURNING id")
    async with world.bot.db.transaction() as tx:
        await lessons.forget_old(tx)
    assert [one["text"] for one in await kept(world)] == ["есть связь Листвянка"]


async def test_the_commands_read_the_lessons_of_a_running_bot(world: World, fresh_dsn: str) -> None:
    anna = world.subscriber("anna", "inapp")
    await anna.says(BEYOND)
    await until(world, "SELECT EXISTS (SELECT 1 FROM handoff)")

    def run(*command: str) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "DATABASE_URL": fresh_dsn}
        return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True)

    told = await asyncio.to_thread(run, "bot", "lessons", "--since", "1h")
    assert [one.text for one in read_lessons(told.stdout.splitlines())] == [BEYOND], told.stderr
    assert json.loads(told.stdout)["topic"] == "out_of_scope"
    found = await asyncio.to_thread(run, "faq", "gaps", "--since", "1h")
    assert BEYOND in found.stdout.decode(), found.stderr
    wrong = await asyncio.to_thread(run, "bot", "lessons", "--since", "soon")
    assert wrong.returncode == 2
    assert b"'soon' is no span of time" in wrong.stderr
