"""The FAQ's folder: read whole, checked whole, every mistake named with file, line and remedy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import faq
from faq.catalogue import CatalogueError, load_catalogue, read_catalogue
from faq.entry import TOPICS, Next

SHIPPED = Path(faq.__file__).parent
ENTRY = """
- id: {id}
  title: {{ru: Погода, zh: 天气}}
  data: public
  answer:
    ru: |-
      Солнечно, 5 градусов.
      Подробнее https://angara.example/w
    zh: |-
      晴，5 度。
      详情 https://angara.example/w
  ask:
    ru: [{ru}]
    zh: [{zh}]
"""


def entry(name: str = "weather") -> str:
    asks = {language: ", ".join(f"{name} {language} {n}" for n in range(8)) for language in ("ru", "zh")}
    return ENTRY.format(id=name, **asks)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED / "operator", tmp_path / "operator", ignore=shutil.ignore_patterns("*.csv", "*.py"))
    (tmp_path / "areas").mkdir()
    (tmp_path / "phrases").mkdir()
    (tmp_path / "areas" / "sky.yaml").write_text(entry(), encoding="utf-8")
    return tmp_path


Write = Callable[[str, str], None]


def findings(folder: Path, rule: str) -> list[str]:
    _, found = read_catalogue(folder)
    return [str(one).replace(str(folder) + "/", "") for one in found if one.rule == rule]


def test_the_shipped_faq_has_no_finding_at_all() -> None:
    _, found = read_catalogue(SHIPPED)
    assert [str(one) for one in found] == []


def test_the_shipped_faq_answers_every_promised_topic_in_both_languages() -> None:
    catalogue = load_catalogue(SHIPPED)
    for area, topics in TOPICS.items():
        for topic in topics:
            assert catalogue.of_topic(topic), f"{area}: {topic}"
            assert all(catalogue.entries[topic].answer[language].strip() for language in ("ru", "zh"))


def test_an_entry_is_read_with_its_defaults(folder: Path) -> None:
    catalogue = load_catalogue(folder)
    found = catalogue.entries["weather"]
    assert (found.topic, found.area, found.button, found.human) == ("weather", "sky", found.title, False)
    assert found.answer["zh"].startswith("晴")
    assert (found.file, found.line) == (str(folder / "areas" / "sky.yaml"), 2)


def test_phrases_of_their_own_folder_join_the_entry(folder: Path) -> None:
    (folder / "phrases" / "sky.yaml").write_text("weather:\n  ru:\n    - дождь ли\n  zh: [下雨吗]\n", encoding="utf-8")
    found = load_catalogue(folder).entries["weather"]
    assert found.ask["ru"][-1] == "дождь ли"
    assert found.ask["zh"][-1] == "下雨吗"


def test_a_finer_entry_belongs_to_its_topic(folder: Path) -> None:
    finer = entry("storm").replace("  data:", "  topic: weather\n  next: [weather]\n  data:")
    (folder / "areas" / "storm.yaml").write_text(finer, encoding="utf-8")
    catalogue = load_catalogue(folder)
    assert [one.id for one in catalogue.of_topic("weather")] == ["weather", "storm"]
    assert catalogue.entries["storm"].next == (Next("weather", line=5),)


MISTAKES = [
    ("shape", "  data: public", "  data: secret", 4, "public, personal, money"),
    ("shape", "  data: public", "  colour: red\n  data: public", 4, "unknown key `colour`"),
    ("shape", "zh: 天气}", "en: weather}", 3, "no text in `zh`"),
    ("shape", "- id: weather", "- id: Погода", 2, "a-z"),
    ("shape", "  data: public", "  data: public\n  next: [weather, weather, weather, weather]", 5, "at most 3"),
    ("shape", "  data: public", "  data: public\n  human: maybe", 5, "true, false"),
    ("shape", "[weather ru 0, ", "[{a: b}, ", 13, "quotes"),
    ("shape", "[weather ru 0, ", "['', ", 13, "empty"),
    ("topics", "  data: public", "  topic: sky\n  data: public", 4, "`topic: sky` is not"),
    ("targets", "  data: public", "  next: [nowhere]\n  data: public", 4, "no entry `nowhere`"),
    ("targets", "  data: public", '  next: ["weather:gb5"]\n  data: public', 4, "takes no code"),
    ("actions", "  data: public", "  action: fly\n  data: public", 4, "unknown action `fly`"),
    ("actions", "  data: public", "  cases: {gone: {ru: а, zh: 啊}}\n  data: public", 4, "unknown case `gone`"),
    ("actions", "  data: public", "  action: money\n  data: money", 2, "case `blocked`"),
    ("data_class", "  data: public", "  action: my_number\n  data: public", 2, "data: personal"),
    ("facts", "Солнечно", "{sun} светит", 7, "`{sun}` is not known"),
    ("facts", "Подробнее", "{tariff.gone.fee}", 8, "`{tariff.gone.fee}` is not known"),
    ("facts", "Солнечно", "Солнечно {", 7, "brace"),
    ("figures", "Солнечно, 5", "Солнечно, 6", 7, "6: only in `ru`; 5: only in `zh`"),
    ("figures", "晴，5 度", "晴，5 度 `*100#`", 10, "*100#: only in `zh`"),
    ("figures", "详情 https://angara.example/w", "详情 https://angara.example/v", 8, "example/v: only in `zh`"),
    ("titles", "zh: 天气}", "zh: 天气天气天气天气天气天气天气天}", 3, "does not fit"),
    ("titles", "{ru: Погода", "{ru: Погода на завтра и на послезавтра тоже", 3, "32 signs"),
    ("asks", "weather zh 0, ", "", 2, "7 phrases in `zh`"),
]


@pytest.mark.parametrize(("rule", "old", "new", "line", "words"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_keeps_the_folder_out(
    folder: Path, rule: str, old: str, new: str, line: int, words: str
) -> None:
    text = entry()
    assert old in text
    (folder / "areas" / "sky.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    found = findings(folder, rule)
    assert any(one.startswith(f"areas/sky.yaml:{line}: {rule}: ") and words in one for one in found), found
    with pytest.raises(CatalogueError):
        load_catalogue(folder)


STYLE = [
    ("chinese_punctuation", "晴，5 度", "晴,5 度", 10, "full-width"),
    ("look_alikes", "Солнечно", "Coлнечно", 7, "Latin"),
    ("long_answers", "Солнечно", "Солнечно " + "и ясно " * 100, 7, "too long"),
]


@pytest.mark.parametrize(("rule", "old", "new", "line", "words"), STYLE)
def test_a_matter_of_style_is_shown_and_keeps_nothing_out(
    folder: Path, rule: str, old: str, new: str, line: int, words: str
) -> None:
    (folder / "areas" / "sky.yaml").write_text(entry().replace(old, new, 1), encoding="utf-8")
    found = findings(folder, rule)
    assert any(one.startswith(f"areas/sky.yaml:{line}: warning: {rule}: ") and words in one for one in found), found
    assert [one.rule for one in load_catalogue(folder).warnings if one.rule == rule]


def test_first_lines_and_blocks_of_lines_have_their_rules(folder: Path) -> None:
    text = entry().replace("data: public", "action: extras\n  data: public")
    text = text.replace("Солнечно", "{extras.lines} солнечно").replace("晴", "{extras.lines}\n      晴")
    (folder / "areas" / "sky.yaml").write_text(text, encoding="utf-8")
    assert findings(folder, "facts") == [
        "areas/sky.yaml:8: facts: `{extras.lines}` is several lines; give it a line of its own"
    ]


def test_two_entries_share_neither_id_nor_phrase(folder: Path) -> None:
    (folder / "areas" / "storm.yaml").write_text(entry(), encoding="utf-8")
    assert findings(folder, "id") == ["areas/storm.yaml:2: id: `weather` is also in areas/sky.yaml:2; rename one"]
    other = entry("storm").replace("storm ru 0", "Weather ru 0!")
    (folder / "areas" / "storm.yaml").write_text(other, encoding="utf-8")
    assert len(findings(folder, "shared_phrases")) == 1


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    (folder / "areas" / "a.yaml").write_text("- id: a\n  id: b\n", encoding="utf-8")
    (folder / "areas" / "b.yaml").write_bytes("- id: привет".encode("cp1251"))
    (folder / "phrases" / "c.yaml").write_text("nothing: {ru: [а]}\n- x", encoding="utf-8")
    (folder / "policy.yaml").write_text("wrong_answers_percent: many\n", encoding="utf-8")
    (folder / "operator" / "tariffs.yaml").write_text("- code: x", encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_catalogue(folder)
    files = {Path(one.file).name for one in refused.value.findings}
    assert {"a.yaml", "b.yaml", "c.yaml", "policy.yaml", "tariffs.yaml"} <= files


def test_check_prints_findings_and_its_exit_code_tells(folder: Path) -> None:
    command = [sys.executable, "-m", "faq", "check", str(folder)]
    good = subprocess.run(command, cwd=SHIPPED.parent, capture_output=True, text=True, timeout=60, check=False)
    assert good.returncode == 0
    (folder / "areas" / "sky.yaml").write_text(entry().replace("data: public", "data: secret"), encoding="utf-8")
    bad = subprocess.run(command, cwd=SHIPPED.parent, capture_output=True, text=True, timeout=60, check=False)
    assert bad.returncode == 1
    assert f"{folder}/areas/sky.yaml:4: shape: `data` must be one of public, personal, money" in bad.stdout
