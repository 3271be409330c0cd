"""Answers whose data matters beyond their words."""

from __future__ import annotations

from tests.world import InApp, World


async def test_an_answer_about_coverage_says_in_its_data_that_the_coverage_is_invented(world: World) -> None:
    anna = world.subscriber("anna", "inapp")
    assert isinstance(anna, InApp)
    await anna.says("ловит ли в Листвянке")
    await anna.hears("Листвянка")
    await anna.says("какие есть тарифы")
    await anna.hears("Просто звонки")
    coverage, tariffs = (event["body"] for event in anna.events if event["from"]["kind"] == "bot")
    assert coverage["mock"] is True
    assert "mock" not in tariffs


async def test_a_tariff_is_changed_after_its_price_and_date_were_named(world: World) -> None:
    anna = world.subscriber("anna", "inapp")
    await anna.says("хочу перейти на тариф Тайга")
    offered = await anna.hears("790 ₽")
    assert "Сменить тариф" in offered.labels
    await anna.presses("Сменить тариф")
    await anna.hears("Готово")
    await anna.says("какой у меня тариф")
    await anna.hears("переход уже заказан")


async def test_a_promised_payment_names_its_price_before_it_is_taken(world: World) -> None:
    pyotr = world.subscriber("pyotr", "inapp")
    await pyotr.says("обещанный платёж")
    offered = await pyotr.hears("₽")
    assert "Взять" in offered.labels
    await pyotr.presses("Взять")
    await pyotr.hears("Готово|зачислен|на счёте|на счету")
    await pyotr.says("обещанный платёж")
    again = await pyotr.hears(".")
    assert "Взять" not in again.labels
