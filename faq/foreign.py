"""Is a message in a language that we do not speak? Seen by its letters and by the small words of other languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from faq.strict_yaml import Table, read_yaml, texts

_WORD = re.compile(r"[a-zß-ɏḀ-ỹ]+(?:['’ʻ][a-z]+)*|[\u0430-\u052f]+")
_RUSSIAN = re.compile("[а-я]{3,}")
_HANZI = re.compile(r"[\u3400-\u9fff]")
_NOT_RUSSIAN = re.compile("[\u0450-\u052f]")  # ө ү қ ғ ў ҳ і ї є
# Kana, Hangul, Arabic, Hebrew, Thai, Georgian, Armenian, Indian scripts, Mongolian.
_OTHER_SCRIPT = re.compile(
    "[\u3041-\u30ff\uac00-\ud7a3\u0600-\u06ff\u0590-\u05ff\u0e01-\u0e5b\u10a0-\u10ff\u0531-\u058f\u0900-\u0dff\u1800-\u18af]"
)
_LEAST_LETTERS = 3  # of another script: の and ツ are ornaments of Chinese chats
_LEAST_WORDS = 2


@cache
def _languages() -> tuple[frozenset[str], ...]:
    table = read_yaml(Path(__file__).with_name("languages.yaml"))
    if not isinstance(table, Table):
        raise TypeError("languages.yaml: a list of words is expected for each language")
    return tuple(frozenset(texts(words)) for words in table.values())


def foreign(typed: str, folded: str, ours: Callable[[str], bool]) -> bool:
    """`typed` sanitised, `folded` after all steps; `ours` knows Russian words.

    Russian on another keyboard, Russian by ear and pinyin are no foreign languages: `folded` has them in their letters.
    """
    other = len(_OTHER_SCRIPT.findall(typed))
    if other >= _LEAST_LETTERS and 2 * other >= sum(sign.isalpha() for sign in typed):
        return True
    if _HANZI.search(folded):
        return False
    words = _WORD.findall(typed.replace("’", "'").replace("ʻ", "'"))
    strange = {word for word in words if _NOT_RUSSIAN.search(word)}
    telling = max((strange | (set(words) & small) for small in _languages()), key=len)
    if len(telling) < _LEAST_WORDS:
        return False
    russian = [word for word in _RUSSIAN.findall(typed) if word not in telling and ours(word)]
    return 2 * len(russian) < len(telling)
