"""Two editions decide the same messages: what is lost, gained and moved is counted, and told as it will be."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faq.asked import Asked
from faq.base import NoBase, base_folder
from faq.batch import match_all
from faq.knowledge import Knowledge
from faq.proof import Sentence
from faq.replay import questions_of, replay
from faq.replay_report import as_json, as_lines

SAID = (
    *(("сколько осталось гигов", "ru"), ("чё по остаткам", "ru"), ("а в хужире ловит", "ru"), ("как с балансом", "ru")),
    *(("我还剩多少流量", "zh"), ("这里信号不好", "zh"), ("позовите человека", "ru"), ("какая погода завтра", "ru")),
    *(("здравствуйте! сколько денег на счету", "ru"), ("баланс? и где ваш салон?", "ru"), ("???", "ru"), ("", "ru")),
)  # fmt: skip


def asked(text: str, language: str, person: str) -> Asked:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    return Asked(text, language, person, "answer", None, (), (), None, None, None, False, at)


def edition(knowledge: Knowledge, **policy: float) -> Knowledge:
    """Another edition without learning anew: what it dares to answer differs."""
    matcher = replace(knowledge.matcher, policy=replace(knowledge.matcher.policy, **policy))
    return replace(knowledge, matcher=matcher)


def test_a_batch_decides_as_one_message_after_another_does(knowledge: Knowledge) -> None:
    messages = [(text, language, None) for text, language in SAID] + [("а в листвянке", "ru", "coverage_place")]
    for message, (one, other) in zip(
        messages, match_all([knowledge, edition(knowledge, talk_from=1.0)], messages), strict=True
    ):
        alone = knowledge.match(*message)
        assert (one.decision, one.topic, one.options, one.entry) == (
            *(alone.decision, alone.topic, alone.options, alone.entry),
        )
        assert one.confidence == pytest.approx(alone.confidence, abs=1e-4)
        assert other.topic is not None or other.options


def test_what_an_edit_loses_gains_and_breaks_is_counted(knowledge: Knowledge) -> None:
    questions = questions_of(
        [
            *(asked("сколько осталось гигов", "ru", "a"), asked("Сколько осталось гигов?", "ru", "b")),
            *(asked("какая погода завтра", "ru", "c"), asked("позовите человека", "ru", "d")),
        ],
        100,
    )
    assert (questions[0].times, questions[0].people) == (2, 2)
    exact = {**knowledge.matcher.exact, "сколькоосталосьгигов": "offices", "позовитечеловека": "topup"}
    edited = replace(knowledge, matcher=replace(knowledge.matcher, exact=exact))
    proof = [Sentence("сколько осталось гигов", "ru", "find", "balance_packages", "tests/a.yaml", 3)]
    found = replay(knowledge, edited, questions, proof)
    assert {(one.kind, one.question.times) for one in found.changes} == {("moved", 2), ("unsafe", 1)}
    assert found.changes[0].kind == "unsafe", "the worst stands first"
    assert found.flows()[0] == ("balance_packages", "offices", 2)
    said = "\n".join(as_lines(found))
    assert "4 messages, 3 of them different: 3 decided otherwise (75.0%)" in said
    assert "2  balance_packages -> offices" in said
    assert "tests/a.yaml:3" in said
    assert as_json(found)["kinds"]["moved"] == 2
    nothing = replay(knowledge, knowledge, questions, proof)
    assert (nothing.changes, nothing.proofs, nothing.proved) == ((), (), 1)


def test_the_base_is_a_folder_or_a_revision_and_anything_else_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "faq"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("old", encoding="utf-8")
    author = ("-c", "user.name=a", "-c", "user.email=a@example")
    for order in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "one")):
        subprocess.run(["git", "-C", str(tmp_path), *order], check=True)
    (folder / "a.yaml").write_text("new", encoding="utf-8")
    with base_folder("HEAD", folder) as base:
        assert (base / "a.yaml").read_text(encoding="utf-8") == "old"
    with base_folder(str(folder), folder) as base:
        assert base == folder
    with pytest.raises(NoBase, match="neither a folder nor a git revision"), base_folder("no_such", folder):
        pass
