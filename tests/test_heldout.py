"""The matcher on messages that it has never seen: benchmarks/understanding/heldout.*.jsonl.

No phrase was written and no threshold chosen by these messages alone; the floors stand a little below what is
measured, so that an edit which spoils the matcher is noticed and one that only shifts it is not.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from faq.head import NOT_ANSWERED
from faq.knowledge import Knowledge
from faq.match import TALK

HELD_OUT = Path(__file__).resolve().parent.parent / "benchmarks" / "understanding"


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_messages_never_seen_are_understood(knowledge: Knowledge, language: str) -> None:
    rows = [json.loads(line) for line in (HELD_OUT / f"heldout.{language}.jsonl").read_text("utf-8").splitlines()]
    n: Counter[str] = Counter()
    for row in rows:
        topic, found = row["topic"], knowledge.match(row["text"], language)
        right = found.topic == topic
        answered = found.decision == "answer"
        n["wrong"] += answered and not right
        n["false alarm"] += found.topic == "emergency" and not right
        if topic in NOT_ANSWERED:
            n[topic] += 1
            to_human = not answered and found.topic != "emergency"
            n[f"{topic} right"] += right if topic != "out_of_scope" else to_human
        elif topic not in TALK:
            n["in scope"] += 1
            n["direct"] += answered and right
            n["resolved"] += (answered and right) or topic in found.options
    assert n["resolved"] >= 0.96 * n["in scope"]
    assert n["direct"] >= 0.80 * n["in scope"]
    assert n["wrong"] <= 0.02 * len(rows)
    assert n["out_of_scope right"] >= 0.90 * n["out_of_scope"]
    assert n["human right"] == n["human"]
    assert n["emergency right"] == n["emergency"]
    assert n["false alarm"] <= 0.006 * len(rows)
