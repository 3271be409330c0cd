"""What the editors are told of questions that were not answered, and the phrases they are shown for review."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from faq import clusters, gaps, proposals
from faq.asked import Asked, LessonsError, read_lessons
from faq.catalogue import Catalogue, load_catalogue, read_catalogue
from faq.knowledge import Knowledge
from faq.strict_yaml import Rows, Table, parse_yaml

ROOT = Path(__file__).resolve().parent.parent
_people = count(1)

# Three things the FAQ does not know, as people of both languages ask for them.
CHILD = {
    "ru": (
        "как отследить где находится ребенок по телефону",
        "узнать местоположение дочки по номеру",
        "следить где ребенок",
    ),
    "zh": ("怎么定位孩子的手机", "想知道孩子在哪里", "查孩子手机位置"),
}
JOBS = {
    "ru": ("есть ли у вас вакансии", "хочу работать у вас в салоне", "как устроиться к вам на работу"),
    "zh": ("有什么工作岗位", "怎么应聘"),
}
INVOICE = {"zh": ("怎么开发票", "我需要话费发票报销", "电子发票在哪里下载", "公司报销要发票")}


def row(text: str, language: str = "ru", **more: Any) -> dict[str, Any]:
    """A hand-over of a message that nobody understood, or what `more` says; each of another person."""
    usual = {
        "at": "2026-11-20T10:00:00+00:00",
        "person": next(_people),
        "lang": language,
        "channel": "inapp",
        "text": text,
        "decision": "handoff",
        "topic": "out_of_scope",
        "offered": [],
        "ranked": [["topup", 0.31], ["balance_money", 0.2]],
        "confidence": 0.3,
        "chosen": None,
        "agent": None,
        "outcome": None,
        "doubt": False,
    }
    return usual | more


def picked(text: str, topic: str, language: str = "ru", **more: Any) -> dict[str, Any]:
    offered = ["topup", "balance_money", "offices"]
    return row(text, language, **{"decision": "clarify", "topic": None, "offered": offered, "chosen": topic} | more)


def asked(*rows: dict[str, Any]) -> list[Asked]:
    return list(read_lessons(json.dumps(one).encode() for one in rows))


def all_of(*things: dict[str, tuple[str, ...]]) -> list[Asked]:
    return asked(*(row(text, language) for one in things for language, texts in one.items() for text in texts))


def lines_of(rows: list[Asked], knowledge: Knowledge, top: int = 30) -> tuple[str, Any]:
    text = "\n".join(gaps.as_yaml(rows, knowledge, top)) + "\n"
    return text, parse_yaml(text.encode(), "gaps")


def test_questions_about_one_thing_come_together_in_both_languages(knowledge: Knowledge) -> None:
    found = clusters.groups(all_of(CHILD, JOBS, INVOICE), knowledge)
    wanted = [{text for texts in thing.values() for text in texts} for thing in (CHILD, JOBS, INVOICE)]
    assert [{one.text for one in group.asked} for group in found] == wanted
    assert [list(group.typical) for group in found] == [["ru", "zh"], ["ru", "zh"], ["zh"]]


def test_many_people_come_before_many_messages(knowledge: Knowledge) -> None:
    insistent = [row(text, "zh", person=7) for text in INVOICE["zh"]]
    found = clusters.groups([*asked(*insistent), *all_of({"ru": JOBS["ru"]})], knowledge)
    assert [group.size for group in found] == [(3, 3), (1, 4)]


def test_more_than_can_be_compared_join_the_group_they_are_near_to(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "MOST_COMPARED", 6)
    often = [row(text) for text in (*CHILD["ru"][:2], *JOBS["ru"][:2]) for _ in range(3)]
    rare = all_of({"ru": (CHILD["ru"][2], JOBS["ru"][2], "подскажите рецепт борща", "кто выиграл вчера матч")})
    found = clusters.groups([*asked(*often), *rare], knowledge)
    assert [len(group.asked) for group in found][:2] == [7, 7]


def test_without_an_encoder_pieces_of_words_bring_messages_together(knowledge: Knowledge) -> None:
    bare = replace(knowledge, matcher=replace(knowledge.matcher, encoder=None))
    voice = {"ru": ("как послушать голосовую почту", "голосовая почта не открывается", "почту голосовую где послушать")}
    found = clusters.groups(all_of(voice, JOBS), bare)
    assert set(voice["ru"]) in [{one.text for one in group.asked} for group in found]


def test_only_what_was_not_answered_is_a_gap() -> None:
    rows = asked(
        row("а"),
        row("б", topic="unclear"),
        row("в", topic="sim_blocked"),
        picked("г", "none"),
        picked("д", "topup"),
        row("е", decision="answer", topic="topup"),
        row("ж", decision="answer", topic="topup", doubt=True),
        row("з", topic="human"),
        row("и", decision="answer", topic="topup", doubt=True, chosen="offices"),
    )
    assert [one.text for one in rows if gaps.is_unanswered(one)] == ["а", "б", "г", "ж"]


def test_an_unknown_thing_becomes_a_draft_that_cannot_go_live_unwritten(knowledge: Knowledge, tmp_path: Path) -> None:
    text, blocks = lines_of(all_of(CHILD), knowledge)
    assert isinstance(blocks, Rows)
    assert {name: set(texts) for name, texts in blocks[0]["ask"].items()} == {n: set(t) for n, t in CHILD.items()}
    (tmp_path / "areas").mkdir()
    (tmp_path / "operator").symlink_to(ROOT / "faq" / "operator")
    (tmp_path / "areas" / "new.yaml").write_text(text, encoding="utf-8")
    told = "\n".join(str(one) for one in read_catalogue(tmp_path)[1] if one.rule == "shape")
    assert "`answer` must have" in told
    assert "unknown key" not in told


def test_what_agents_answered_names_the_topic_and_its_file(knowledge: Knowledge) -> None:
    rows = asked(*(row(text, agent="contract_data") for text in JOBS["ru"][:2]), row(JOBS["ru"][2]))
    text, blocks = lines_of(rows, knowledge)
    assert set(blocks[0]["contract_data"]["ru"]) == set(JOBS["ru"])
    assert "faq/phrases/account.yaml" in text
    assert "agents answered: contract_data 2" in text


def test_a_topic_that_people_turned_down_is_not_proposed_to_them(knowledge: Knowledge) -> None:
    text = "хочу пополнить телефон картой мужа"
    assert knowledge.match(text).ranked[0][0] == "topup"
    assert "topup" in lines_of(asked(row(text)), knowledge)[1][0]
    assert lines_of(asked(picked(text, "none")), knowledge)[1][0]["id"] == "new_1"


def test_what_is_hidden_or_a_phrase_already_is_shown_and_not_pasted(knowledge: Knowledge) -> None:
    known = str(knowledge.catalogue.entries["topup"].ask["ru"][0])
    hidden = "где мой договор ••••••"
    text, blocks = lines_of(asked(row(known, doubt=True, decision="answer", topic="offices"), row(hidden)), knowledge)
    assert f"# - {known}  (is a phrase of topup already)" in text
    assert f"# - {hidden}  (a number" in text
    assert known not in json.dumps([dict(one) for one in blocks], ensure_ascii=False)


def test_whatever_people_write_the_output_is_yaml(knowledge: Knowledge) -> None:
    odd = [
        "- a: b",
        "# x",
        "«да»: нет",
        "*100#",
        "&a",
        "{x}",
        "null",
        "yes",
        "'",
        '"',
        "a\u2028b\x00c",
        "👍🏽",
        "\ud800",
        "%",
    ]
    rows = asked(*(row(f"{one} {JOBS['ru'][0]}") for one in odd), *(row(one) for one in odd))
    assert len(lines_of(rows, knowledge, top=3)[1]) == 3
    assert lines_of([], knowledge)[1] == []
    picks = [picked(f"{one} заплатить за что-то такое", "topup") for one in odd for _ in range(2)]
    catalogue = knowledge.catalogue
    lines = proposals.as_yaml(proposals.propose(asked(*picks), catalogue), catalogue)
    assert isinstance(parse_yaml("\n".join(lines).encode(), "learn"), Table)


def proposed(*rows: dict[str, Any], catalogue: Catalogue | None = None) -> tuple[proposals.Proposals, str]:
    catalogue = catalogue or load_catalogue(ROOT / "faq")
    found = proposals.propose(asked(*rows), catalogue)
    return found, "\n".join(proposals.as_yaml(found, catalogue)) + "\n"


def test_a_phrase_needs_two_people_or_one_agent() -> None:
    found, text = proposed(
        picked("карточкой мужа закинуть можно ли", "topup"),
        picked("Карточкой мужа закинуть, можно ли?", "topup"),
        row("到哪儿给爸爸办一个新号", "zh", agent="offices"),
        picked("одинокий вопрос про что-то своё", "topup"),
        picked("дважды один человек про своё", "topup", person=5_000),
        picked("дважды один человек про своё", "topup", person=5_000),
    )
    table = parse_yaml(text.encode(), "learn")
    assert table == {
        "topup": {"ru": ["карточкой мужа закинуть можно ли"]},
        "offices": {"zh": ["到哪儿给爸爸办一个新号"]},
    }
    assert found.waiting == 2
    assert "# people 2; asked back topup balance_money offices" in text
    assert "# agents 1; handed over as out_of_scope, thought topup 0.31" in text
    assert "# faq/phrases/account.yaml" in text


def test_what_the_faq_has_nearly_is_not_proposed_and_under_another_entry_it_is_a_conflict() -> None:
    entries = load_catalogue(ROOT / "faq").entries
    own, other = str(entries["topup"].ask["ru"][0]), str(entries["offices"].ask["ru"][0])
    found, text = proposed(*(picked(words, "topup") for words in (own, own + "?", other, other + " а")))
    assert not found.ready
    assert found.known == 1
    assert [(one.text, entry, owner) for one, entry, owner in found.conflicting] == [(other, "topup", "offices")]
    assert f"# - {other}" in text
    assert parse_yaml(text.encode(), "learn") == {}


def test_what_people_picked_for_different_topics_is_listed_apart() -> None:
    found, text = proposed(
        *(picked("деньги на карточку", topic) for topic in ("topup", "topup", "balance_money")),
        *(picked("моё число •••••", "topup") for _ in range(2)),
        *(picked("про то чего больше нет", "gone_entry") for _ in range(2)),
    )
    assert not found.ready
    assert [one.text for one in found.contradictory] == ["деньги на карточку"]
    assert "topup: people 2, balance_money: people 1" in text
    assert found.hidden == 2


def test_an_agents_finer_entry_of_the_topic_is_no_contradiction() -> None:
    catalogue = load_catalogue(ROOT / "faq")
    finer = replace(catalogue.entries["topup"], id="topup_abroad", ask={})
    catalogue = replace(catalogue, entries={**catalogue.entries, finer.id: finer})
    rows = [picked("закинуть с китайской карточки", "topup", agent=agent) for agent in (None, finer.id)]
    assert set(proposed(*rows, catalogue=catalogue)[0].ready) == {finer.id}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "line 2"),
        (b"[]", "line 2"),
        (b'{"text": "x"}', "line 2: `at` is missing"),
        (json.dumps(row("123", "de")).encode(), "line 2: not a JSON object of a lesson (`lang`"),
        (json.dumps(row("x", agent=5)).encode(), "line 2: not a JSON object of a lesson (`agent`"),
        (b"\xff\xfe", "line 2"),
    ],
)
def test_a_broken_line_is_named(line: bytes, told: str) -> None:
    with pytest.raises(LessonsError) as caught:
        list(read_lessons([json.dumps(row("x")).encode(), line]))
    assert told in str(caught.value)


def test_the_commands_read_a_file_or_stdin_and_say_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "lessons.jsonl"
    lines = [json.dumps(row(text), ensure_ascii=False) for text in JOBS["ru"]]
    file.write_text("\n".join(lines), encoding="utf-8")

    def run(*command: str, given: bytes = b"") -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-m", "faq", *command], cwd=ROOT, input=given, capture_output=True)
        return done.returncode, (done.stdout + done.stderr).decode()

    code, told = run("gaps", "--from", str(file))
    assert (code, "people 3, messages 3" in told) == (0, True)
    assert "Nobody asked anything" in run("gaps", "--from", str(file), "--since", "24h")[1], "they are older"
    assert run("learn", "--from", "-", given=file.read_bytes()) == (0, run("learn", "--from", str(file))[1])
    code, told = run("gaps", "--since", "soon")
    assert (code, "'soon' is no span of time" in told) == (2, True)
    code, told = run("learn", "--from", "-", given=b'\n{"a": 1}\n')
    assert (code, "-: line 2: `text` is missing" in told) == (2, True)
    assert run("gaps", "--from", str(tmp_path / "none"))[0] == 2
