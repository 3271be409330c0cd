"""When the operator's system is away, broken or forgetful: the person hears it, nothing is lost or done twice."""

from __future__ import annotations

from bot import i18n
from bot.subscribers import SubscribersDown
from tests.conversations import CHANNELS, heard_by, known, phrase, presses_unseen, until
from tests.moods import a_minute_passes, away, broken, content, moody, tries_pass
from tests.world import World

LEFT = "7,5 ГБ"  # what Anna has left
BALANCE = "1,084 卢布"  # what Lina has after one package for 120
ALL_ANSWERED = "SELECT NOT EXISTS (SELECT 1 FROM inbox WHERE done_at IS NULL AND next_at <= now())"


@CHANNELS
async def test_when_the_operator_is_back_the_answer_comes_by_itself(world: World, channel: str) -> None:
    operator = moody(world)
    anna = await known(world, "anna", channel)
    operator.before = away
    await anna.says("сколько гигов осталось")
    bubble = await anna.hears(phrase("bot.system_down"))
    assert i18n.text("ru", "bot.call_human") in bubble.labels
    await anna.says("ловит ли в Листвянке")  # what needs the operator as well
    await anna.hears(phrase("bot.system_down"))
    operator.before = content
    await a_minute_passes(world)
    both = [(await anna.hears(f"{LEFT}|^Листвянка")).text for _ in range(2)]
    assert any(LEFT in text for text in both)
    assert any(text.startswith("Листвянка") for text in both)
    assert await world.ask("SELECT count(*) FROM event WHERE author_kind = 'user' AND body->>'text' ~ 'гигов'") == 1


async def test_when_it_is_still_away_the_person_hears_that_too_and_is_not_tried_for_ever(world: World) -> None:
    operator = moody(world)
    anna = await known(world, "anna", "inapp")
    operator.before = away
    await anna.says("сколько гигов осталось")
    await anna.hears(phrase("bot.system_down"))
    await a_minute_passes(world)
    bubble = await anna.hears(phrase("bot.system_still_down"))
    assert i18n.text("ru", "bot.call_human") in bubble.labels
    await until(world, "SELECT NOT EXISTS (SELECT 1 FROM inbox WHERE done_at IS NULL)")


async def test_a_second_try_keeps_its_promise_to_who_waits_by_then_and_is_silent_once_an_agent_is_there(
    world: World,
) -> None:
    operator = moody(world)
    anna, ivan = await known(world, "anna", "inapp"), await world.agent("ivan")
    operator.before = away
    await anna.says("сколько гигов осталось")
    await anna.hears(phrase("bot.system_down"))
    await anna.says("позовите оператора")
    await anna.hears(phrase("bot.queued"))
    operator.before = content
    await a_minute_passes(world)
    await anna.hears(LEFT)
    operator.before = away
    await anna.says("сколько гигов осталось")
    await anna.hears(phrase("bot.system_down"))
    assert await ivan.takes_next()
    await anna.hears("На связи")
    before = await heard_by(anna)
    operator.before = content
    await a_minute_passes(world)
    await until(world, ALL_ANSWERED)
    assert await heard_by(anna) == before


async def test_what_the_operator_did_before_it_fell_silent_is_not_done_again(world: World) -> None:
    operator = moody(world)
    lina = await known(world, "lina", "inapp")
    await presses_unseen(lina, "go:service_connect:gb5")
    await lina.hears("120 卢布")

    async def silent_after(call: str) -> None:
        if call == "connect":
            raise SubscribersDown("did it, and its answer was lost")

    operator.after = silent_after
    await lina.presses("开通")
    await lina.hears(phrase("bot.system_down", "zh"))
    await lina.presses("开通")  # who would wait a minute?
    await lina.hears(phrase("bot.system_down", "zh"))
    operator.after = content
    await a_minute_passes(world)
    await until(world, ALL_ANSWERED)
    await lina.says("话费余额")
    await lina.hears(BALANCE)


async def test_a_question_from_a_link_is_answered_right_after_the_number_is_known(world: World) -> None:
    anna = world.subscriber("anna", "telegram")
    await anna.says("/start topic_balance_money")
    await anna.hears(phrase("bot.ask_phone"))
    await anna.links()
    await anna.hears("236,40 ₽")


async def test_a_question_that_waited_for_the_number_survives_an_operator_that_is_away(world: World) -> None:
    operator, anna = moody(world), world.subscriber("anna", "telegram")
    await anna.says("сколько гигов осталось")
    await anna.hears(phrase("bot.ask_phone"))
    operator.before = away
    await anna.links()
    await anna.hears(phrase("bot.system_down"))
    operator.before = content
    await a_minute_passes(world)
    await anna.hears(LEFT)


@CHANNELS
async def test_a_message_that_breaks_the_turn_goes_to_a_human_and_the_next_is_heard(world: World, channel: str) -> None:
    operator = moody(world)
    anna, ivan = await known(world, "anna", channel), await world.agent("ivan")
    operator.before = broken
    await anna.says("сколько гигов осталось")
    await tries_pass(world, channel)
    await anna.hears(phrase("bot.queued"))
    await anna.says("что случилось?")
    await anna.hears(phrase("bot.added_to_case"))
    case = await ivan.takes_next()
    assert case
    read = str((await ivan.reads(case["id"]))["events"])
    assert "сколько гигов осталось" in read
    assert "что случилось?" in read
    assert world.app.ended is None


async def test_a_message_kept_in_a_shape_nobody_can_read_any_more_does_not_hold_up_its_chat(world: World) -> None:
    anna = await known(world, "anna", "inapp")
    await anna.says("ловит ли в Листвянке")
    await anna.hears("^Листвянка")
    lane = await world.ask("SELECT lane FROM inbox")
    stored = (
        "INSERT INTO inbox (channel, source, key, lane, payload, heard_n) VALUES ('inapp', 'inapp', 'old', $1, $2, 1)"
    )
    await world.ask(stored + " RETURNING id", lane, b'{"shape": "of another release"}')
    await anna.says("ловит ли в Хужире")
    await tries_pass(world, "inapp")
    await anna.hears("^Хужир")
