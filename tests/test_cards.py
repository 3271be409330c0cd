"""Answers as data beside their words: what a card holds in the app, and that it goes nowhere else."""

from __future__ import annotations

from typing import Any

from faq.knowledge import Knowledge
from tests.conversations import known
from tests.world import InApp, World


async def answered(person: InApp, asked: str, expected: str) -> dict[str, Any]:
    """The body of the newest answer; a button's value is pressed, words are said."""
    await person.send(**({"button": asked} if asked.startswith("go:") else {"text": asked}))
    await person.hears(expected)
    return dict(person.events[-1]["body"])


async def in_app(world: World, who: str) -> InApp:
    person = world.subscriber(who, "inapp")
    assert isinstance(person, InApp)
    return person


async def test_what_is_left_comes_as_counters_and_says_which_of_them_runs_low(world: World) -> None:
    anna = await answered(await in_app(world, "anna"), "сколько минут осталось", "312")
    card = anna["card"]
    assert (card["kind"], card["language"]) == ("packages", "ru")
    minutes, internet, sms = card["counters"]
    assert (minutes["for"], minutes["unit"], minutes["left"], minutes["total"]) == ("home", "min", 312, 500)
    assert (internet["for"], internet["unit"], internet["left"], internet["total"]) == ("internet", "gb", 7.5, 30)
    assert [one["state"] for one in (minutes, internet, sms)] == ["enough"] * 3
    assert minutes["until"][-2:] == "05"
    assert "▓" in anna["text"]
    assert "▓" not in card["beside"]["text"]
    assert card["beside"]["text"].startswith("У вас 312 минут из 500")
    wang = (await answered(await in_app(world, "wang"), "我还剩多少流量", "1.2"))["card"]
    states = {one["for"]: one["state"] for one in wang["counters"]}
    assert states == {"internet": "low", "home": "enough", "china": "enough"}, "no SMS in this tariff: no counter"
    assert wang["language"] == "zh"
    pyotr = (await answered(await in_app(world, "pyotr"), "сколько гигов осталось", "закончился"))["card"]
    assert {one["for"]: one["state"] for one in pyotr["counters"]} == {
        "internet": "empty",
        "home": "empty",
        "sms": "enough",
    }


async def test_tariffs_and_services_come_with_the_operators_prices_and_lead_into_the_dialogue(world: World) -> None:
    lina, catalogue = await in_app(world, "lina"), world.bot.knowledge.catalogue.operator
    said = await answered(lina, "有哪些套餐", "卢布")
    mine, *others = said["card"]["tariffs"]
    assert (mine["code"], mine["mine"], "press" in mine) == ("baikal", True, False)
    on_sale = {code for code, one in catalogue.tariffs.items() if one.on_sale}
    assert {mine["code"], *(one["code"] for one in others)} == on_sale
    for one in (mine, *others):
        told = catalogue.tariffs[one["code"]]
        assert (one["fee"], one["min"], one["sms"]) == (told.fee, told.minutes, told.sms), one
        assert (one["gb"], one["change_fee"]) == (told.gigabytes, told.change_fee), one
        assert (one["name"], one["gloss"], one["about"]) == (told.name["ru"], told.name["zh"], told.about["zh"]), one
    taiga = next(one for one in others if one["code"] == "taiga")
    asked = await answered(lina, taiga["press"], "790")
    assert [one["code"] for one in asked["card"]["tariffs"]] == ["baikal", "taiga"]
    assert asked["card"]["compare"] is True
    assert any(button["value"].startswith("yes:") for button in asked["buttons"])
    services = (await answered(lina, "go:services_list", "卢布"))["card"]
    antispam = next(one for one in services["services"] if one["code"] == "antispam")
    assert (antispam["fee"], antispam["period"], antispam["trial_days"]) == (60, "month", 7)
    assert antispam["press"] == "go:service_connect:antispam"
    own = (await answered(lina, "go:tariff_current", "550"))["card"]
    assert [one["code"] for one in own["tariffs"]] == ["baikal"]


async def test_a_tariff_asked_about_by_name_comes_first_and_two_of_them_side_by_side(world: World) -> None:
    anna = await in_app(world, "anna")
    one = await answered(anna, "сколько стоит тариф Безлимит Ангара", "Безлимит")
    assert [plan["code"] for plan in one["card"]["tariffs"]][:2] == ["baikal", "bezlimit"]  # her own, then that one
    assert one["text"].index("Безлимит") < one["text"].index("Восток")
    two = await answered(anna, "чем отличается Восток от Весь Байкал", "Восток")
    assert two["card"]["compare"] is True
    assert {plan["code"] for plan in two["card"]["tariffs"]} == {"vostok", "baikal"}


async def test_coverage_comes_by_technology_and_where_nothing_is_drawn_there_is_no_card(world: World) -> None:
    anna = await in_app(world, "anna")
    card = (await answered(anna, "ловит ли в Листвянке", "4G"))["card"]
    assert (card["kind"], card["place"]) == ("coverage", "Листвянка")
    assert card["outdoors"] == {"5G": "none", "4G": "good", "3G": "good", "2G": "good"}
    assert card["indoors"] == {"5G": "none", "4G": "weak", "3G": "weak", "2G": "good"}
    assert "2G" not in card["beside"]["text"]
    assert "card" not in await answered(anna, "ловит на мысе Хобой", "связи там нет")
    assert "card" not in await answered(anna, "где ваши офисы", ".")


async def test_a_messenger_goes_on_with_the_words_and_its_events_hold_no_card(world: World) -> None:
    there = await known(world, "anna", "telegram")
    for asked, expected in (("сколько гигов осталось", "▓"), ("какие есть тарифы", "Тайга"), ("связь в Хужире", "2G")):
        await there.says(asked)
        await there.hears(expected)
    assert await world.ask("SELECT count(*) FROM event WHERE body ? 'card'") == 0


async def test_a_card_holds_nothing_of_a_person_where_the_channel_may_not(fresh_dsn: str, knowledge: Knowledge) -> None:
    policy = {"inapp": frozenset({"public"}), "telegram": frozenset({"public"})}
    async with World(fresh_dsn, knowledge, telegram=False, channel_policy=policy) as world:
        anna = await in_app(world, "anna")
        tariffs = (await answered(anna, "какие есть тарифы", "Тайга"))["card"]["tariffs"]
        assert not any("mine" in one for one in tariffs)
        for asked in ("go:balance_packages", "go:tariff_current", "go:tariff_change:taiga"):
            assert "card" not in await answered(anna, asked, "приложени")


async def test_the_list_does_not_wait_for_an_operator_who_does_not_say_whose_tariff_is_whose(world: World) -> None:
    slow = await in_app(world, "slow")
    tariffs = (await answered(slow, "какие есть тарифы", "Тайга"))["card"]["tariffs"]
    assert len(tariffs) > 3
    assert not any("mine" in one for one in tariffs)
