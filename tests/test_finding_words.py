"""Editors read findings in their own language: each sentence has a translation, each translation is of a sentence."""

from __future__ import annotations

import ast
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from faq.entry import Finding
from faq.saying import TRANSLATED, say, sentences
from tests import seeded_mistakes
from tests.world import ROOT

CODE = [*(ROOT / "faq").glob("*.py"), *(ROOT / "bot" / "knowledge").glob("*.py")]


def test_both_languages_of_editors_say_the_same_sentences() -> None:
    assert set(sentences("ru")) == set(sentences("zh"))
    assert len(sentences("ru")) > 150


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_with_holes_is_translated_with_the_same_holes(language: str) -> None:
    told, templates = sentences(language), dict(_templates())
    assert templates.keys() - told.keys() == set()
    for template, names in templates.items():
        for name in names:
            assert f"{{{name}}}" in template and f"{{{name}}}" in told[template], template  # noqa: PT018


def test_no_translation_is_of_a_sentence_that_nobody_says() -> None:
    texts = {
        node.value
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(sentences("ru")) - texts == set()


def test_what_fills_a_hole_is_not_translated_unless_it_is_a_sentence_itself() -> None:
    finding = Finding(
        "areas/a.yaml", 3, "shape", say("unknown key `{key}`; {hint}", key="nothing", hint=say("delete it"))
    )
    assert str(finding) == "areas/a.yaml:3: shape: unknown key `nothing`; delete it"
    assert finding.said("ru") == "areas/a.yaml:3: shape: незнакомое поле `nothing`; удалите его"
    assert finding.said("zh") == "areas/a.yaml:3: shape: 不认识的字段 `nothing`；请删除"
    assert finding.said("de") == str(finding)
    assert pickle.loads(pickle.dumps(finding)).said("ru") == finding.said("ru")


def test_a_value_with_braces_of_its_own_fills_its_hole_and_no_other() -> None:
    sentence = say("`{key}` is here twice, first in line {line}; keep one", key="{line}", line=7)
    assert sentence == "`{line}` is here twice, first in line 7; keep one"


def test_the_command_speaks_the_language_of_the_terminal_or_the_one_it_is_told(tmp_path: Path) -> None:
    folder = seeded_mistakes.sample(tmp_path / "faq")
    (folder / "areas" / "account.yaml").write_bytes(b"- id: topup\n\tdata: public\n")
    own = _check(folder, LC_ALL="ru_RU.UTF-8")
    assert "account.yaml:2: yaml: здесь табуляция; сделайте отступ пробелами" in own
    assert "account.yaml:2: yaml: 这里是制表符；请用空格缩进" in _check(folder, "--lang", "zh", LC_ALL="ru_RU.UTF-8")
    assert "account.yaml:2: yaml: a tab stands here; indent with spaces" in _check(folder, LC_ALL="C.UTF-8")
    (row,) = (one for one in json.loads(_check(folder, "--json")) if one["rule"] == "yaml")
    assert row["message"] == "a tab stands here; indent with spaces"
    assert row["said"] == {language: sentences(language)[row["message"]] for language in TRANSLATED}


def _check(folder: Path, *options: str, LC_ALL: str = "C.UTF-8") -> str:
    command = [sys.executable, "-m", "faq", "check", str(folder), *options]
    environment = {"PATH": "/usr/bin:/bin", "FAQ_ENCODER": "none", "LC_ALL": LC_ALL, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    return done.stdout


def _templates() -> Iterator[tuple[str, set[str]]]:
    """Every sentence that is made by say(), with the names of its holes."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                if path.name == "saying.py":
                    continue
                template, names = node.args[0], {keyword.arg or "" for keyword in node.keywords}
                assert isinstance(template, ast.Constant), f"{path.name}:{node.lineno}: a template is written out"
                yield str(template.value), names
