"""Where the matcher's knowledge comes from: training, the cache, and what happens when either fails."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import faq
from faq.encoder import Usem3
from faq.knowledge import Knowledge

SHIPPED = Path(faq.__file__).parent
AREA = {
    "balance_money": (
        "сколько денег, мой баланс, остаток на счёте, сколько на телефоне денег, проверить счёт, какой баланс, "
        "деньги на номере, баланс покажи",
        "话费余额, 还有多少钱, 查话费, 账户余额, 卡里多少钱, 我的余额, 还剩多少话费, 余额查询",
    ),
    "topup": (
        "пополнить счёт, как заплатить, положить деньги, оплатить телефон, внести оплату, оплата картой, "
        "пополнение номера, кинуть деньги",
        "怎么充值, 充话费, 交话费, 给手机充钱, 在哪充值, 充值方式, 我要充值, 银行卡充值",
    ),
    "out_of_scope": (
        "какая погода, расскажи анекдот, где купить хлеб, рецепт борща, кто президент, курс доллара, "
        "расписание поездов, новости спорта",
        "今天天气, 讲个笑话, 哪里好吃, 火车时刻, 汇率多少, 写首诗, 谁赢了, 新闻",
    ),
}


def entry(name: str, ru: str, zh: str) -> str:
    return (
        f"- id: {name}\n  title: {{ru: Тема, zh: 主题}}\n  data: public\n  answer: {{ru: Ответ., zh: 回答。}}\n"
        f"  ask:\n    ru: [{ru}]\n    zh: [{zh}]\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small FAQ that is learned in seconds."""
    here = tmp_path / "faq"
    shutil.copytree(SHIPPED / "operator", here / "operator", ignore=shutil.ignore_patterns("*.py"))
    (here / "areas").mkdir()
    text = "".join(entry(name, *asks) for name, asks in AREA.items())
    (here / "areas" / "money.yaml").write_text(text, encoding="utf-8")
    return here


def say(folder: Path, topic: str, phrase: str) -> None:
    (folder / "phrases").mkdir(exist_ok=True)
    (folder / "phrases" / "more.yaml").write_text(f"{topic}: {{ru: [{phrase}]}}\n", encoding="utf-8")


def test_what_was_learned_is_found_again_without_training(folder: Path, tmp_path: Path) -> None:
    first = Knowledge.load(folder, tmp_path / "cache")
    again = Knowledge.load(folder, tmp_path / "cache", hasty=True)
    assert again.settled
    assert first.level == again.level == "sentences"
    for text in ("сколько у меня денег на балансе", "怎么给手机充值", "какая завтра погода"):
        assert first.match(text) == again.match(text)


def test_an_edit_counts_at_once_and_is_learned_later(folder: Path, tmp_path: Path) -> None:
    Knowledge.load(folder, tmp_path / "cache")
    say(folder, "topup", "хочу закинуть тугриков на мобилу")
    hasty = Knowledge.load(folder, tmp_path / "cache", hasty=True)
    assert not hasty.settled
    assert hasty.match("хочу закинуть тугриков на мобилу").topic == "topup"
    settled = hasty.settle()
    assert settled.settled
    assert settled.settle() is settled
    assert Knowledge.load(folder, tmp_path / "cache", hasty=True).settled


def test_a_new_entry_is_found_word_for_word_before_it_is_learned(folder: Path, tmp_path: Path) -> None:
    Knowledge.load(folder, tmp_path / "cache")
    asks = [", ".join(f"{words} {n}" for n in range(8)) for words in ("поймать рыбу", "钓鱼")]
    (folder / "areas" / "fish.yaml").write_text(entry("fish", *asks), encoding="utf-8")
    hasty = Knowledge.load(folder, tmp_path / "cache", hasty=True)
    assert hasty.match("Поймать рыбу 3!").topic == "fish"
    assert hasty.settle().match("где поймать рыбу").topic == "fish"


def test_a_price_may_change_without_learning_anew(folder: Path, tmp_path: Path) -> None:
    Knowledge.load(folder, tmp_path / "cache")
    tariffs = folder / "operator" / "tariffs.yaml"
    tariffs.write_text(tariffs.read_text(encoding="utf-8").replace("fee: 550", "fee: 560"), encoding="utf-8")
    assert Knowledge.load(folder, tmp_path / "cache", hasty=True).settled


def test_a_damaged_cache_is_made_anew_with_a_warning(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    whole = Knowledge.load(folder, cache).match("сколько денег у меня")
    for number, path in enumerate(sorted(cache.glob("*.npz"))):
        content = path.read_bytes()
        path.write_bytes([b"", content[: len(content) // 2], b"rubbish" * 999][number % 3])
    with caplog.at_level(logging.WARNING):
        mended = Knowledge.load(folder, cache)
    assert "damaged" in caplog.text
    assert mended.match("сколько денег у меня") == whole


def test_a_folder_that_cannot_be_written_to_is_replaced_by_a_temporary_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    known = Knowledge.load(folder, tmp_path / "file" / "cache")
    assert known.lesson.store.folder.parent == tmp_path / "tmp"
    assert known.match("сколько денег").topic == "balance_money"


def test_without_an_encoder_characters_alone_are_matched(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from faq.knowledge import Knowledge\n"
        "known = Knowledge.load(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(known.level, *(known.match(text).topic for text in sys.argv[3:]))"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, "баланс покажите", "我要充值", "ребёнок не дышит"],
        env={**os.environ, "FAQ_ENCODER": "none"},
        cwd=SHIPPED.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == ["characters", "balance_money", "topup", "emergency"]


def test_when_learning_fails_phrases_are_still_found_word_for_word(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    known = Knowledge.load(folder, tmp_path / "cache")
    assert known.level == "phrases"
    assert "could not be learned" in caplog.text
    assert known.match("Мой баланс?").topic == "balance_money"
    assert known.match("ребёнок не дышит").topic == "emergency"
    assert known.match("баланс мой какой там").decision == "handoff"


def test_an_faq_of_one_entry_is_no_error(folder: Path, tmp_path: Path) -> None:
    (folder / "areas" / "money.yaml").write_text(entry("topup", *AREA["topup"]), encoding="utf-8")
    known = Knowledge.load(folder, tmp_path / "cache")
    assert known.match("пополнить счёт").topic == "topup"
    known.match("что угодно")


def test_an_edit_of_words_alone_keeps_the_matcher_and_one_of_phrases_or_names_does_not(
    folder: Path, tmp_path: Path
) -> None:
    def loaded(serving: Knowledge | None) -> Knowledge:
        return Knowledge.load(folder, tmp_path / "cache", hasty=True, serving=serving)

    def edit(file: str, old: str, new: str) -> None:
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    known = loaded(None)
    edit("operator/tariffs.yaml", "fee: 550", "fee: 555")
    priced = loaded(known)
    assert priced.matcher.reader is known.matcher.reader
    assert priced.matcher.head is known.matcher.head
    assert priced.catalogue.operator.tariffs["baikal"].fee == 555
    edit("operator/tariffs.yaml", "ru: Весь Байкал", "ru: Весь Кедр")
    named = loaded(priced)
    assert named.matcher.reader is not priced.matcher.reader
    assert [one.value for one in named.names.find("весь кедр")] == ["baikal"]
    say(folder, "topup", "хочу закинуть тугриков на мобилу")
    assert loaded(named).match("хочу закинуть тугриков на мобилу").topic == "topup"


def test_what_a_killed_training_left_behind_is_removed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / "training-old").mkdir(parents=True)
    (tmp_path / "cache" / "old.part").write_bytes(b"half")
    (tmp_path / "cache" / "usem3-old.part").mkdir()
    for name in ("old.part", "usem3-old.part"):
        os.utime(tmp_path / "cache" / name, (0, 0))
    Knowledge.load(folder, tmp_path / "cache")
    left = {path.suffix for path in (tmp_path / "cache").iterdir() if not (path / "table.npy").exists()}
    assert left == {".npz", ".lock"}


def test_the_encoders_weights_are_kept_as_they_were_and_made_anew_when_damaged(tmp_path: Path) -> None:
    texts = ["сколько у меня гигов", "流量还剩多少", "как дела, Thai: ไทย, é"]
    plain, first, second = Usem3(), Usem3(tmp_path), Usem3(tmp_path)
    for kept in (first, second):
        assert np.array_equal(kept.encode(texts), plain.encode(texts))
    (table,) = tmp_path.glob("usem3-*/table.npy")
    good = table.read_bytes()
    for damaged in (b"", good[: len(good) // 2], good[:200] + bytes(len(good) - 200)):
        table.unlink()  # mapped by those before: not to be written over
        table.write_bytes(damaged)
        assert np.array_equal(Usem3(tmp_path).encode(texts), plain.encode(texts))
        assert table.read_bytes() == good
