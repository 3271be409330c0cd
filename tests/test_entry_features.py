"""Answers with days of their own and words for a channel, a stopped number, an archived tariff, an unmanned hour."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from faq.entry import Entry, Period, Variant
from faq.knowledge import Knowledge
from faq.schema import schema
from tests.conftest import FAQ
from tests.world import AtDesk, World

ALWAYS = Period()


def edited(knowledge: Knowledge, name: str, **changes: Any) -> Knowledge:
    entries: dict[str, Entry] = dict(knowledge.catalogue.entries)
    entries[name] = replace(entries[name], **changes)
    return replace(knowledge, catalogue=replace(knowledge.catalogue, entries=entries))


def words(text: str) -> dict[str, str]:
    return {"ru": text, "zh": text}


def variant(text: str, period: Period = ALWAYS, **when: str) -> Variant:
    return Variant(when, words(text), period, 1)


async def test_the_first_variant_that_fits_the_channel_the_person_and_the_day_is_said(
    fresh_dsn: str, knowledge: Knowledge
) -> None:
    variants = (
        variant("stopped", number="blocked"),
        variant("gone", Period(last=date(2020, 1, 1))),
        variant("holidays", Period(date(2031, 1, 1), date(2031, 1, 8))),
        variant("in telegram", channel="telegram"),
        variant("at night", people="away"),
    )
    async with World(fresh_dsn, edited(knowledge, "topup", variants=variants)) as world:
        pyotr, anna, wang = (world.subscriber(who, "inapp") for who in ("pyotr", "anna", "wang"))
        tanya = world.subscriber("anna", "telegram")
        world.now = lambda: datetime(2030, 6, 3, 4, tzinfo=UTC)  # a Monday noon in Irkutsk
        await pyotr.says("как пополнить счёт")
        await pyotr.hears("^stopped$")
        await anna.says("как пополнить счёт")
        await anna.hears("^Быстрее всего")
        await tanya.says("как пополнить счёт")
        await tanya.hears("^in telegram$")
        await wang.says("怎么充值")
        await wang.hears("^最快")
        world.now = lambda: datetime(2030, 6, 3, 18, tzinfo=UTC)  # two at night
        await wang.says("怎么充值")
        await wang.hears("^at night$")
        world.now = lambda: datetime(2031, 1, 8, 15, 59, tzinfo=UTC)  # the last minute of the 8th in Irkutsk
        await anna.says("как пополнить счёт")
        await anna.hears("^holidays$")


async def test_an_entry_outside_its_days_gives_way_to_another_or_to_a_human(
    fresh_dsn: str, knowledge: Knowledge
) -> None:
    spring = Period(date(2030, 3, 1), date(2030, 5, 31))
    changed = edited(edited(knowledge, "topup", valid=spring, fallback="offices"), "number_port", valid=spring)
    channels = (variant("in telegram", channel="telegram"), variant("in the app", channel="inapp"))
    changed = edited(changed, "offices", variants=channels)
    async with World(fresh_dsn, changed, telegram=False) as world:
        anna = world.subscriber("anna", "inapp")
        world.now = lambda: datetime(2030, 5, 31, 15, 30, tzinfo=UTC)
        await anna.says("как пополнить счёт")
        await anna.hears("^Быстрее всего")
        await anna.says("перейти к вам со своим номером")
        await anna.hears("^Да, номер можно сохранить")
        world.now = lambda: datetime(2030, 5, 31, 16, 0, tzinfo=UTC)  # the first of June in Irkutsk
        await anna.says("как пополнить счёт")
        await anna.hears("^in the app$")
        await anna.says("перейти к вам со своим номером")
        await anna.hears("могло измениться")
        assert await world.ask("SELECT topic FROM handoff") == "number_port"

        ivan = await world.agent("ivan")
        chat = (await ivan.takes_next() or {})["id"]
        assert await _ready(ivan, chat, "topup") == [("offices", "in the app")]
        assert "number_port" not in dict(await _ready(ivan, chat, "number_port")), (
            "out of its days, and nothing instead"
        )
        said = {"cid": str(uuid4()), "entry": "number_port"}
        assert (await ivan.call("POST", f"conversations/{chat}/messages", said))[0] == 409


async def _ready(agent: AtDesk, chat: int, query: str) -> list[tuple[str, str]]:
    """The first of what the desk offers for a few typed letters."""
    found = (await agent.must("GET", f"conversations/{chat}/answers?q={query}"))["answers"]
    return [(one["entry"], one["text_client"]) for one in found][:1]


def test_the_schema_beside_the_entries_is_that_of_the_program() -> None:
    kept = (FAQ / "entry.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == schema(), "run: python -m faq schema > faq/entry.schema.json"
    printed = subprocess.run(
        [sys.executable, "-m", "faq", "schema"], cwd=FAQ.parent, capture_output=True, check=True, timeout=60
    )
    assert printed.stdout.decode() == kept
    for path in (FAQ / "areas").glob("*.yaml"):
        assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../entry.schema.json\n")


def test_agents_are_told_how_to_speak_where_it_matters(knowledge: Knowledge) -> None:
    entries = knowledge.catalogue.entries
    told = {name: entry.care for name, entry in entries.items() if entry.care}
    assert len(told) >= 10
    assert {"coverage_none", "balance_history", "contract_data"} <= told.keys()
    assert all(set(care) == {"ru", "zh"} for care in told.values())
