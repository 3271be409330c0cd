"""What beyond.yaml has for what is not telecom: given where it helps, and only when a human comes anyway."""

from __future__ import annotations

from datetime import date

import pytest

from faq.knowledge import Knowledge

TODAY = date(2030, 1, 15)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("во сколько последняя электричка до Слюдянки", "trains"),
        ("отстал от поезда, сижу на станции", "waiting_in_the_cold"),
        ("завтра обещают метель?", "weather"),
        ("pogoda na zavtra", "weather"),
        ("去北京的火車幾點開", "trains"),
        ("护照丢了怎么办", "consulate"),
        ("huoche wandian le", "trains"),
        ("в поезде не ловит интернет", None),
        ("украли паспорт и симку, как восстановить номер", None),
        ("护照丢了，手机卡还能补办吗", None),
        ("сломал колено, ноет на погоду", None),
        ("расскажи анекдот", None),
        ("讲个笑话", None),
    ],
)
def test_a_tip_is_found_where_it_helps_and_nowhere_else(knowledge: Knowledge, text: str, found: str | None) -> None:
    tip = knowledge.tip(text, TODAY)
    assert (tip.entry.id if tip else None) == found


def test_what_must_find_a_tip_is_nothing_that_the_matcher_answers(knowledge: Knowledge) -> None:
    asked = [(text, one) for tip in knowledge.catalogue.tips for one in tip.entry.ask for text in tip.entry.ask[one]]
    assert len(asked) > 20
    decided = {text: knowledge.match(text, language) for text, language in asked}
    assert {text: (one.decision, one.topic) for text, one in decided.items() if one.topic != "out_of_scope"} == {}
