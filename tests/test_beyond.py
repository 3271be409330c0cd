"""Hints for what is not about the operator: said first, a human comes all the same, nothing of ours is hidden."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from faq.catalogue import CatalogueError, load_catalogue
from faq.knowledge import Knowledge
from tests.conversations import CHANNELS, phrase
from tests.world import World

GOOD = """trains:
  asks:
    ru: [поезд*]
    zh: [火车]
  says:
    ru: 8 800 775-00-00 (free), rzd.ru
    zh: rzd.ru, 8 800 775-00-00
"""
SHIPPED = Path(__file__).resolve().parent.parent / "faq"


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("ru", "во сколько последняя электричка до Слюдянки", "rzd.ru"),
        ("ru", "отстал от поезда, сижу на станции, замерзаю", "номер поезда"),
        ("ru", "завтра обещают метель?", "meteoinfo.ru"),
        ("ru", "в поезде не ловит интернет", None),
        ("ru", "украли паспорт и симку, как восстановить номер", None),
        ("ru", "расскажи анекдот", None),
        ("zh", "去北京的火車幾點開", "rzd.ru"),
        ("zh", "护照丢了怎么办", "12308"),
        ("zh", "护照丢了，手机卡还能补办吗", None),
        ("zh", "讲个笑话", None),
    ],
)
def test_a_hint_is_given_where_it_helps_and_nowhere_else(
    knowledge: Knowledge, language: str, text: str, told: str | None
) -> None:
    hint = knowledge.hint(text, language)
    assert (hint is None) if told is None else (hint is not None and told in hint)


@CHANNELS
async def test_trains_are_hinted_at_and_the_agent_who_comes_reads_both(world: World, channel: str) -> None:
    person, ivan = world.subscriber("anna", channel), await world.agent("ivan")
    await person.says("во сколько электричка до слюдянки")
    await person.hears("8 800 775-00-00")
    await person.hears(phrase("bot.queued"))
    case = await ivan.takes_next()
    assert case
    texts = [event["body"].get("text", "") for event in (await ivan.reads(case["id"]))["events"]]
    assert any("rzd.ru" in text for text in texts)


@pytest.mark.parametrize(
    ("there", "instead", "line", "named"),
    [
        ("8 800 775-00-00 (free)", "8 800 775-00-01 (free)", 6, "88007750001"),
        ("    zh: rzd.ru", "    en: rzd.ru", 1, "`zh` is missing"),
        ("  asks:", "  ask:", 1, "`asks` is missing"),
        ("    ru: [поезд*]", "    ru: поезд*", 3, "a list must stand here"),
    ],
)
def test_a_broken_hint_is_named_with_its_line(tmp_path: Path, there: str, instead: str, line: int, named: str) -> None:
    folder = tmp_path / "faq"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("phrases", "*.py", "__pycache__"))
    file = folder / "beyond.yaml"
    file.write_text(GOOD, encoding="utf-8")
    load_catalogue(folder)
    assert there in GOOD
    file.write_text(GOOD.replace(there, instead), encoding="utf-8")
    with pytest.raises(CatalogueError) as broken:
        load_catalogue(folder)
    finding = str(broken.value.findings[0])
    assert named in finding
    assert f"beyond.yaml:{line}:" in finding
