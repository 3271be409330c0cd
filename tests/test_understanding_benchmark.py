"""The figures of benchmarks/understanding count what they say, and its switches really take parts away."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.understanding.figures import Guess, auroc, covered, decided, exchanged, figures, table
from benchmarks.understanding.messages import Message, read_parts
from benchmarks.understanding.switches import SWITCHES, limited, make_reader, stand_ins
from faq.features import BUCKETS
from faq.head import BEYOND
from faq.match import Decision, Match
from faq.names import Names
from faq.operator_data import load_operator
from faq.phrase_rows import Phrase
from faq.places import Gazetteer
from faq.reading import Reader, Reading
from faq.rulebook import Rulebook
from faq.train import train

FAQ = Path(__file__).resolve().parent.parent / "faq"
PHRASES = (
    "сколько минут осталось на моём тарифе",
    "перевести деньги",
    "перевести гигабайты",
    "怎么充值",
    "话费怎么充值",
    "查一下流量",
)


def message(topic: str) -> Message:
    return Message("", "ru", topic)


def guess(sure: float, *ranked: str) -> Guess:
    return Guess(ranked, sure)


def match(decision: Decision, topic: str | None, *options: str) -> Match:
    return Match(decision, topic, options, 0.5, "ru", ())


def test_the_likeliest_topics_are_counted_in_scope_alone() -> None:
    messages = [message("a"), message("b"), message("c"), message(BEYOND)]
    guesses = [guess(0.9, "a", "b"), guess(0.5, "a", "c", "b"), guess(0.4, "a", "b", "d", "c"), guess(0.3, BEYOND)]
    found = figures(messages, guesses)
    assert (found.top1, found.top3, found.auroc) == (1 / 3, 2 / 3, 1.0)


def test_sureness_ranks_and_equal_ones_count_half() -> None:
    assert auroc([3, 2], [1, 0]) == 1
    assert auroc([0], [1]) == 0
    assert auroc([1, 1], [1]) == 0.5
    assert auroc([2, 1], [1, 0]) == 0.875
    assert math.isnan(auroc([], [1]))


def test_being_sure_of_out_of_scope_is_no_sign_of_being_in_scope() -> None:
    assert guess(0.9, BEYOND).in_scope < guess(0.1, "a").in_scope
    assert not guess(0.9, BEYOND).answers
    assert not Guess((), 0.0).answers


def test_answers_are_given_down_to_the_sureness_at_which_too_many_are_wrong() -> None:
    messages = [message("a")] * 4 + [message(BEYOND)]
    guesses = [guess(0.9, "a"), guess(0.8, "b"), guess(0.7, "a"), guess(0.2, "a"), guess(0.6, "c")]
    assert covered(messages, guesses, 0.0) == 1 / 4
    assert covered(messages, guesses, 0.2) == 2 / 4
    assert covered(messages, guesses, 0.4) == 3 / 4


def test_messages_of_the_same_sureness_are_answered_together_or_not_at_all() -> None:
    messages = [message("a"), message("b"), message("a")]
    guesses = [guess(0.5, "a"), guess(0.5, "a"), guess(0.4, "a")]
    assert covered(messages, guesses, 0.0) == 0
    assert covered(messages, guesses, 0.34) == 2 / 3


def test_what_is_out_of_scope_to_a_method_is_never_answered() -> None:
    assert covered([message("a"), message(BEYOND)], [guess(0.2, "a"), guess(0.9, BEYOND)], 0.0) == 1


def test_decisions_count_among_questions_and_wrong_answers_among_all_messages() -> None:
    messages = [message("topup"), message("topup"), message("topup"), message("thanks"), message(BEYOND)]
    matches = [
        match("answer", "topup"),
        match("clarify", None, "offices", "topup"),
        match("handoff", BEYOND),
        match("answer", "thanks"),
        match("answer", "topup"),
    ]
    found = decided(messages, matches)
    assert (found.direct, found.resolved, found.wrong) == (1 / 3, 2 / 3, 1 / 5)


def test_what_only_one_of_two_gets_right_is_counted_both_ways() -> None:
    messages = [message("a"), message("b"), message("c"), message(BEYOND)]
    full = [guess(1, "a"), guess(1, "b"), guess(1, "a"), guess(1, BEYOND)]
    other = [guess(1, "b"), guess(1, "a"), guess(1, "c"), guess(1, "a")]
    assert exchanged(messages, full, other) == (2, 1)


def test_messages_are_parted_by_language(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    lines = [
        '{"text": "a", "lang": "zh", "topic": "t", "noise": ["typo"]}',
        '{"text": "b", "lang": "ru", "topic": "t"}',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    ru, zh = read_parts([file])
    assert (ru.name, zh.name) == ("mine ru", "mine zh")
    assert zh.messages == (Message("a", "zh", "t", frozenset({"typo"})),)
    assert not zh.without(frozenset({"a"})).messages
    with pytest.raises(SystemExit, match="missing"):
        read_parts([tmp_path / "missing.jsonl"])


def test_a_table_is_markdown() -> None:
    assert table(("", "x"), {"one": ["1"]}) == "|  | x |\n| --- | --- |\n| one | 1 |"


def test_fewer_phrases_are_drawn_from_each_topic_and_language_and_a_bigger_draw_holds_the_smaller() -> None:
    phrases = [
        Phrase(f"{n}", language, topic) for n in range(9) for language in ("ru", "zh") for topic in ("a", BEYOND)
    ]
    topics = {"a": "a", BEYOND: BEYOND}
    one, two = (limited(phrases, topics, most, seed=7) for most in (1, 2))
    assert sum(phrase.entry == "a" for phrase in one) == 2
    assert sum(phrase.entry == BEYOND for phrase in one) == 10
    assert set(one) < set(two)
    assert limited(phrases, topics, None, seed=7) == tuple(phrases)


Read = Callable[..., Reading]


@pytest.fixture(scope="module")
def read() -> Read:
    """Reads a text without the parts that are named behind it."""
    gazetteer = Gazetteer.load(FAQ / "operator" / "places.csv")
    names, rules = Names(load_operator(FAQ / "operator"), gazetteer), Rulebook.load(FAQ)
    readers: dict[frozenset[str], Reader] = {}

    def reading(text: str, *switches: str) -> Reading:
        off = frozenset(switches)
        with stand_ins(off):
            if off not in readers:
                readers[off] = make_reader(PHRASES, rules.slang, names, gazetteer, off)
            return readers[off].read(text)

    return reading


@pytest.mark.parametrize(
    ("switch", "text", "folded"),
    [
        ("repeats", "查一下流量量量量", "查一下流量"),
        ("traditional", "查一下流量嗎", "查一下流量吗"),
        ("layout", "skolko minut ostalos", "сколько минут осталось"),
        ("layout", "crjkmrj vbyen", "сколько минут"),
        ("pinyin", "zenme chongzhi", "怎么充值"),
        ("slang", "скок минут", "сколько минут"),
        ("typos", "перевести гигобайты", "перевести гигабайты"),
    ],
)
def test_a_step_that_is_switched_off_leaves_the_text_as_it_was(read: Read, switch: str, text: str, folded: str) -> None:
    assert read(text).folded == folded
    assert read(text, switch).folded != folded


@pytest.mark.parametrize(
    ("switch", "text"),
    [("sounds", "怎么充值"), ("lemmas", "гигабайты"), ("names", "связь в Иркутске"), ("pieces", "гигабайты")],
)
def test_features_that_are_switched_off_are_not_in_the_bag(read: Read, switch: str, text: str) -> None:
    with_it, without = read(text).bag, read(text, switch).bag
    assert read(text).folded == read(text, switch).folded
    assert len(without.buckets) < len(with_it.buckets)
    assert (switch == "pieces") == (len(without.buckets) == 0)


def test_without_nearest_phrases_nothing_is_learned_from_them(read: Read) -> None:
    def learned(*off: str) -> float:
        readings: Sequence[Reading] = [read(text) for text in PHRASES * 3]
        job = {
            "classes": np.array(["a", BEYOND]),
            "labels": np.arange(len(readings)) % 2,
            "vectors": np.zeros((len(readings), 0), np.float32),
            "offsets": np.cumsum([0, *(len(reading.bag.buckets) for reading in readings)]),
            "buckets": np.concatenate([reading.bag.buckets for reading in readings]),
            "values": np.concatenate([reading.bag.values for reading in readings]),
        }
        with stand_ins(frozenset(off)):
            return float(np.abs(train(job)["weights"][BUCKETS:-1]).sum())

    assert learned() > 0
    assert learned("nearest") == 0


def test_every_switch_is_known_and_gives_everything_back(read: Read) -> None:
    before = read("skolko minuuut")
    for switch in SWITCHES:
        read("skolko minuuut", switch)
    after = read("skolko minuuut")
    assert (before.folded, before.bag.buckets.tolist()) == (after.folded, after.bag.buckets.tolist())
