"""Where a channel may carry public data only, nothing of a person's own ever goes out by it; the app's chat answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from bot.applinks import LASTS
from faq.knowledge import Knowledge
from tests.conversations import known, phrase, until
from tests.telegram_people import Heard
from tests.test_dialogues import dialogues
from tests.world import CAST, InApp, InTelegram, World

PUBLIC = {"telegram": frozenset({"public"}), "inapp": frozenset({"public", "personal", "money"})}
PEOPLE = ("anna", "wang", "pyotr", "lina")


async def facts_of(world: World, who: str) -> set[str]:
    """All that the operator knows of this person and nobody else's answer may hold, as it would be written."""
    phone, ask = CAST[who][0], world.bot.subscribers
    person, plan, balance = await ask.identify(phone), await ask.tariff(phone), await ask.balance(phone)
    spent = await ask.expenses(phone)
    amounts = [balance.amount, spent.total, *(one.amount for one in spent.charges)]
    # A bare "0" or "550" stands in public prices too: only what has kopecks tells a person apart.
    money = {f"{abs(one):.2f}" for one in amounts if one % 1}
    left = {f"{one.left.normalize():f}" for one in await ask.packages(phone) if one.left and one.left % 1}
    numbers = {form for one in money | left for form in (one, one.replace(".", ","))}
    shown = {phone, phone[1:], phone[-7:], f"{phone[5:8]}-{phone[8:10]}-{phone[10:]}"}
    return {*shown, *person.name.split(), *numbers} - {plan.tariff.names["ru"]}


def outbound(world: World) -> str:
    """Every call of the Bot API so far, as it went over the wire."""
    calls = [call.parameters for call in world.telegram.calls if call.method != "getUpdates"]
    return json.dumps(calls, ensure_ascii=False, default=str)


async def linked(world: World, who: str) -> InTelegram:
    """Somebody whose number was linked before the channel was narrowed."""
    person = world.subscriber(who, "telegram")
    assert isinstance(person, InTelegram)
    await world.ask(
        "INSERT INTO contact (channel, address, phone, linked_at) VALUES ('telegram', $1, $2, now()) RETURNING id",
        str(person.person.id),
        person.phone,
    )
    await world.ask("INSERT INTO conversation (contact_id, language) SELECT max(id), 'ru' FROM contact RETURNING id")
    return person


async def presses(person: InTelegram, value: str) -> None:
    await person.person.presses_value(value, on=Heard(id=1, text=""))


async def settled(world: World) -> None:
    await until(world, "SELECT count(*) = 0 FROM inbox WHERE done_at IS NULL")
    await until(world, "SELECT count(*) = 0 FROM outbox WHERE state IN ('new', 'sending')")


async def test_no_fact_of_a_person_goes_out_by_a_public_channel(fresh_dsn: str, knowledge: Knowledge) -> None:
    async with World(fresh_dsn, knowledge, channel_policy=PUBLIC) as world:
        secrets = {who: await facts_of(world, who) for who in PEOPLE}
        asked = [f"go:{entry}" for entry in knowledge.catalogue.entries if entry != "human"]
        asked += ["go:service_connect:antispam", "go:tariff_change:vostok", "go:balance_packages:min", "yes:0", "no:0"]
        for number, value in enumerate(asked):
            await presses(await linked(world, PEOPLE[number % len(PEOPLE)]), value)
        for dialogue in dialogues():
            if dialogue.channel == "telegram" and dialogue.who in PEOPLE and not dialogue.agents:
                person = await linked(world, dialogue.who)
                for step in dialogue.steps:
                    if "says" in step:
                        await person.says(step["says"])
                await person.links()
        await settled(world)
        said = outbound(world)
        for who, facts in secrets.items():
            assert not {fact for fact in facts if fact in said}, who
        assert "chat?ask=" in said
        assert world.telegram.refused == []


async def test_a_channel_that_may_carry_them_says_a_persons_facts(world: World) -> None:
    for who, value in (("anna", "go:balance_money"), ("lina", "go:balance_packages"), ("pyotr", "go:balance_money")):
        await presses(await linked(world, who), value)
    await settled(world)
    said = outbound(world)
    assert "236,40" in said
    assert "35,10" in said


async def test_a_ready_answer_with_personal_facts_goes_out_as_the_link(fresh_dsn: str, knowledge: Knowledge) -> None:
    async with World(fresh_dsn, knowledge, channel_policy=PUBLIC) as world:
        anna, ivan = await linked(world, "anna"), await world.agent("ivan")
        await anna.says("/operator")
        await anna.hears(phrase("bot.queued"))
        case = await ivan.takes_next()
        assert case
        talk = f"conversations/{case['id']}/messages"
        await ivan.must("POST", talk, {"cid": str(uuid4()), "entry": "balance_money"})
        heard = await anna.person.hears("личные данные")
        assert heard.buttons[0].url.startswith(f"{world.bot.settings.public_url}/chat?ask=")
        await ivan.must("POST", talk, {"cid": str(uuid4()), "entry": "offices"})
        await anna.hears(".")
        app = await known(world, "lina", "inapp")  # the app carries it all
        assert isinstance(app, InApp)
        assert "236" not in outbound(world)


@dataclass(frozen=True)
class Following:
    """What somebody hears in a public channel, and what the app says under the link."""

    who: str
    asks: str
    in_app: str


FOLLOWING = [
    Following("anna", "сколько у меня гигов осталось", "7,5"),
    Following("anna", "подключи антиспам", "Антиспам"),
    Following("wang", "我还剩多少话费", "58"),
]


@pytest.mark.parametrize("case", FOLLOWING, ids=lambda one: one.asks)
async def test_the_link_opens_the_apps_chat_at_that_very_answer(
    fresh_dsn: str, knowledge: Knowledge, case: Following
) -> None:
    async with World(fresh_dsn, knowledge, channel_policy=PUBLIC) as world:
        there, here = world.subscriber(case.who, "telegram"), world.subscriber(case.who, "inapp")
        assert isinstance(there, InTelegram)
        assert isinstance(here, InApp)
        await there.says(case.asks)
        heard = await there.person.hears(phrase("bot.only_in_app", CAST[case.who][1]))
        ask = parse_qs(urlsplit(heard.buttons[0].url).query)["ask"][0]
        await here.send(ask=ask)
        await here.hears(case.in_app)

        async def refused(body: dict[str, Any]) -> str:
            async with here.http.post("/api/v1/send", json={"cid": str(uuid4()), **body}, headers=here._headers) as no:
                assert no.status == 400, await no.text()
                return str((await no.json())["error"]["code"])

        for position in (2, -3):
            forged = ask[:position] + ("A" if ask[position] != "A" else "B") + ask[position + 1 :]
            assert await refused({"ask": forged}) == "link_bad"
        assert await refused({"ask": "rubbish"}) == await refused({"ask": 7}) == "link_bad"
        assert await refused({"ask": ask.partition(".")[0] + "."}) == "link_bad"
        now = world.now
        world.now = lambda: now() + LASTS + timedelta(minutes=1)
        assert await refused({"ask": ask}) == "link_old"
