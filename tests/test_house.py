"""The house keeps its own rules: who may import whom, types, style, both languages complete, the schema the code's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest

from bot import i18n, migrate
from bot.act import ACTIONS
from bot.messages import LANGUAGES
from faq import facts
from faq.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports", "--no-cache")],
    ids=lambda command: " ".join(command),
)
def test_the_checkers_find_nothing(command: tuple[str, ...]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_phrase_exists_in_every_language_with_the_same_placeholders() -> None:
    first, *others = LANGUAGES
    for other in others:
        assert i18n.keys(first) == i18n.keys(other)
    for name in i18n.keys(first):
        pages = [i18n.page(language, name) for language in LANGUAGES]
        for key in pages[0]:
            if key.startswith("line."):
                continue  # each language picks from the same facts what it needs
            wanted = [_placeholders(page[key]) for page in pages]
            assert wanted[0] == wanted[1], (name, key)


def _placeholders(phrase: str | tuple[str, ...]) -> set[str]:
    forms = (phrase,) if isinstance(phrase, str) else phrase
    return {field for form in forms for _, field, _, _ in Formatter().parse(form) if field}


def test_who_works_here_is_called_by_the_name_of_the_persons_language() -> None:
    assert [i18n.called("Ли Мэй (李梅)", language) for language in ("ru", "zh")] == ["Ли", "李梅"]
    assert [i18n.called("Анна Белова", language) for language in ("ru", "zh")] == ["Анна", "Анна"]
    assert [i18n.called("李梅", language) for language in ("ru", "zh")] == ["李梅", "李梅"]
    assert i18n.called("(Ли)", "ru") == "(Ли)"
    assert i18n.called("", "zh") == ""


def test_every_phrase_that_the_code_names_exists() -> None:
    known = {key for keys in i18n.keys("ru").values() for key in keys}
    said = re.compile(r"[\"'](bot\.[a-z_]+|line\.[a-z_]+)[\"']")
    for path in (*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")):
        for key in said.findall(path.read_text(encoding="utf-8")):
            assert key in known or any(one.startswith(f"{key}.") for one in known), f"{path.name}: {key}"


def test_every_action_an_entry_may_name_exists_and_uses_only_its_own_facts() -> None:
    assert set(ACTIONS) == set(facts.ACTIONS)
    for entry in load_catalogue(ROOT / "faq").entries.values():
        if entry.action:
            assert set(facts.ACTIONS[entry.action].cases) <= set(entry.cases), entry.id


def test_no_text_for_people_stands_in_the_code() -> None:
    """Cyrillic or hanzi in Python or JavaScript is data to recognise or an example in a comment, never a sentence."""
    sentence = re.compile(
        r"[\"'`][^\"'`\n]*(?:[а-яё]{2,}[ ,][^\"'`\n]*[а-яё]{2,}[.!?]|[\u4e00-\u9fff]{6,}[。！？])", re.I
    )
    for folder in ("bot", "handlers"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".js") and "vendor" not in path.parts:
                code = re.sub(r'"""[\s\S]*?"""|#.*|//.*', "", path.read_text(encoding="utf-8"))
                assert not sentence.search(code), f"{path}: {sentence.search(code)}"


async def test_the_migrations_lead_to_the_schema_of_the_code(fresh_dsn: str) -> None:
    assert await migrate.check(fresh_dsn) == []
    await migrate.upgrade(fresh_dsn)
    assert await migrate.check(fresh_dsn) == []
