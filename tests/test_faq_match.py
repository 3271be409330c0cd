"""Messages as people write them, and what the matcher decides with the FAQ that ships."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import faq
from faq.knowledge import Knowledge
from faq.proof import prove, sentences

ROOT = Path(faq.__file__).parent.parent
RUBBISH = [
    "",
    "   ",
    "?",
    "...",
    "\x00",
    "\x00\x1b[31m",
    "\ud800",
    "\udfff\ud83d",
    "🦄🦄",
    "👨‍👩‍👧‍👦",
    "\u202e\u200f",
    "\ufdfa" * 50,
    "\ufdfa" * 5000,
    "a" * 1_000_000,
    "я" * 1_000_000,
    "我" * 100_000,
    "z̸̢̛" * 3000,
    "shch" * 100,
    "'" * 400,
    "12345",
    "+79000000001",
    "{}|{balance}%s%n",
    "<script>alert(1)</script>",
]


def decided(knowledge: Knowledge, text: str, after: str | None = None) -> str:
    found = knowledge.match(text, None, after)
    return found.topic or " ".join(found.options)


def test_every_proof_sentence_of_the_editors_holds(knowledge: Knowledge) -> None:
    failures = [failure for one in sentences(ROOT / "faq" / "tests") if (failure := prove(knowledge, one))]
    assert [str(failure) for failure in failures] == []


@pytest.mark.parametrize("text", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_decided_quickly_and_answered_never(knowledge: Knowledge, text: str) -> None:
    start = time.perf_counter()
    found = knowledge.match(text, "ru", "coverage_place")
    assert time.perf_counter() - start < 1
    assert found.decision != "answer"
    assert found.language in ("ru", "zh")


@given(st.text())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_matcher(knowledge: Knowledge, text: str) -> None:
    found = knowledge.match(text)
    assert 0 <= found.confidence <= 1
    assert (found.topic is None) == (found.decision == "clarify")
    assert bool(found.options) == (found.decision == "clarify")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Здравствуйте! Подскажите пожалуйста, сколько у меня минут осталось", "balance_packages"),
        ("спасибо, понял. а как отключить платную подписку", "service_disconnect"),
        ("привет, баланс", "balance_money"),
        ("до свидания, и отключите подписки", "service_disconnect"),
        ("谢谢，那怎么充值？", "topup"),
        ("добрый день, позовите оператора", "human"),
    ],
)
def test_courtesy_around_a_question_does_not_hide_it(knowledge: Knowledge, text: str, topic: str) -> None:
    assert decided(knowledge, text) == topic


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("роуминг в Белоруссии", "roaming_abroad"),
        ("роуминг в Казани", "roaming_home"),
        ("минута в Китай почём", "calls_abroad"),
        ("подключите автоответчик", "service_connect"),
        ("перейти на тайгу", "tariff_change"),
        ("俄罗斯国内漫游收费吗", "roaming_home"),
    ],
)
def test_a_name_tells_neighbours_apart(knowledge: Knowledge, text: str, topic: str) -> None:
    assert decided(knowledge, text) == topic


def test_what_is_named_comes_with_the_decision(knowledge: Knowledge) -> None:
    named = {(one.kind, one.value) for one in knowledge.match("подключи антиспам").named}
    assert ("service", "antispam") in named
    assert "country" in {one.kind for one in knowledge.match("kak podklyuchit rouming v kitae").named}


def test_a_short_question_is_about_the_last_answer_only_if_it_names_what_that_reads(knowledge: Knowledge) -> None:
    assert decided(knowledge, "а в хужире?", "coverage_place") == "coverage_place"
    assert decided(knowledge, "那安加尔斯克呢？", "coverage_place") == "coverage_place"
    assert decided(knowledge, "а интернет?", "balance_packages") == "balance_packages"
    assert decided(knowledge, "спасибо", "coverage_place") == "thanks"
    assert decided(knowledge, "позови человека", "coverage_place") == "human"
    assert decided(knowledge, "а баланс?", "balance_packages") == "balance_money"


@pytest.mark.parametrize(
    "text",
    [
        "умираю от скуки, включите интернет",
        "у меня телефон умирает, садится батарея",
        "умираю со смеху с вашей рекламы",
        "сгорят ли гигабайты в конце месяца",
        "дедушка умер, как переоформить его номер",
        "утопил телефон, симка нужна новая",
        "хочу чтоб меня не трогали эти",
        "手机掉水里了，SIM卡还能用吗",
        "网慢死了，烦死我了",
        "流量用得太快，话费大出血",
    ],
)
def test_a_figure_of_speech_is_no_emergency(knowledge: Knowledge, text: str) -> None:
    assert knowledge.match(text).topic != "emergency"


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("ребёнок не дышит", "emergency"),
        ("вызовите скорую", "emergency"),
        ("горим, помогите", "emergency"),
        ("救命有人掉水里了", "emergency"),
        ("позовите оператора", "human"),
        ("转人工", "human"),
    ],
)
def test_danger_and_the_wish_for_a_human_need_no_model(knowledge: Knowledge, text: str, topic: str) -> None:
    bare = replace(knowledge.matcher, head=None, encoder=None, exact={})
    assert bare.match(text).topic == topic


def test_signs_alone_are_thanks_or_nothing(knowledge: Knowledge) -> None:
    assert decided(knowledge, "👍") == decided(knowledge, "🙏🙏🙏") == "thanks"
    assert knowledge.match("👍", "zh").language == "zh"
    assert knowledge.match("🍕").decision == "handoff"


def test_other_companies_are_not_answered_for(knowledge: Knowledge) -> None:
    for text in ("как на билайне подключить автоответчик", "заблокируйте карту сбербанка", "怎么开通移动营业厅的彩铃"):
        assert knowledge.match(text).decision != "answer"


def test_a_language_hint_counts_only_if_the_text_does_not_tell(knowledge: Knowledge) -> None:
    assert knowledge.match("12345", "zh").language == "zh"
    assert knowledge.match("我还剩多少流量", "ru").language == "zh"
    assert knowledge.match("сколько минут", "zh").language == "ru"
    assert knowledge.match("skolko ostalos minut").language == "ru"


def test_threads_share_one_matcher(knowledge: Knowledge) -> None:
    texts = ["сколько минут", "我还剩多少流量", "позовите оператора", "ловит в Хужире?"] * 10
    alone = [knowledge.match(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(knowledge.match, texts)) == alone


def test_the_serving_process_imports_no_training_library() -> None:
    code = "import sys, faq.knowledge; print([one for one in ('sklearn', 'scipy') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_answers_line_by_line_in_the_contracts_shape(knowledge: Knowledge) -> None:
    lines = [
        b'{"text": "\xd0\xb1\xd0\xb0\xd0\xbb\xd0\xb0\xd0\xbd\xd1\x81", "lang": "ru"}',
        '{"text": "转人工"}'.encode(),
        b'{"text": "\\ud800"}',
        b"not json",
        b'{"lang": "ru"}',
        b'{"text": 5}',
        b"\xff\xfe",
    ]
    command = [sys.executable, "-m", "faq", "match"]
    done = subprocess.run(command, cwd=ROOT, input=b"\n".join(lines), capture_output=True, check=True, timeout=600)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(rows) == len(lines)
    assert rows[0] == {
        "decision": "answer",
        "topic": "balance_money",
        "options": [],
        "confidence": rows[0]["confidence"],
        "lang": "ru",
    }
    assert (rows[1]["decision"], rows[1]["topic"], rows[1]["lang"]) == ("handoff", "human", "zh")
    assert [set(row) for row in rows[3:]] == [{"error"}] * 4


def test_ask_shows_the_decision_and_the_answer(knowledge: Knowledge) -> None:
    command = [sys.executable, "-m", "faq", "ask", "как узнать свой номер"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    assert done.stdout.startswith("answer  my_number")
