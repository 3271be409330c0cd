"""The bot's own phrases and the pages', from locales/<language>/LC_MESSAGES/*.po, read as they are, not compiled.

Message ids are keys such as `bot.queued`; a phrase with `{name}` takes plain values. The language is an argument.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.messages import LANGUAGES
from faq import saying

STAFF_LANGUAGES = (*LANGUAGES, "en")  # what the pages of those who work here can be read in
FOLDER = Path(__file__).resolve().parent.parent / "locales"
_HANZI = re.compile(r"[\u3400-\u9fff]+")
_OWN_SCRIPT = re.compile(r"\([^)]*\)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class PhraseMissing(KeyError):
    """A key that the language's catalog does not have; a test keeps both catalogs complete."""


@cache
def _catalog(language: str) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """All phrases of a language by file name without .po."""
    named: dict[str, dict[str, str | tuple[str, ...]]] = {}
    for path in sorted((FOLDER / language / "LC_MESSAGES").glob("*.po")):
        if path.stem == saying.DOMAIN:
            continue  # its ids are sentences
        with path.open("rb") as file:
            catalog: Catalog = read_po(file, locale=language)
        phrases = named.setdefault(path.stem, {})
        for message in catalog:
            if message.id and message.string:
                key = message.id if isinstance(message.id, str) else message.id[0]
                phrases[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return named


@cache
def _phrases(language: str) -> dict[str, str | tuple[str, ...]]:
    return {key: text for phrases in _catalog(language).values() for key, text in phrases.items()}


def known(language: str) -> str:
    """The language if we have it, else Russian."""
    return language if language in LANGUAGES else "ru"


def called(name: str, language: str) -> str:
    """How somebody who works here is called to a person: “Ли Мэй (李梅)” is 李梅 in Chinese and Ли elsewhere."""
    if language == "zh" and (own := _HANZI.search(name)):
        return own[0]
    words = _OWN_SCRIPT.sub(" ", name).split() or name.split()
    return words[0] if words else ""


def text(language: str, key: str, **values: object) -> str:
    """One phrase; `{name}` in it is replaced by the value, and nothing else in it is special."""
    phrase = _phrases(known(language)).get(key)
    if not isinstance(phrase, str):
        raise PhraseMissing(f"{key} ({language})")
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), phrase)


def counted(language: str, key: str, number: int, **values: object) -> str:
    """A phrase with plural forms: the one that `number` asks for; `{n}` is the number."""
    forms = _phrases(known(language)).get(key)
    if forms is None:
        raise PhraseMissing(f"{key} ({language})")
    form = forms if isinstance(forms, str) else forms[min(_plural(known(language), number), len(forms) - 1)]
    return _PLACEHOLDER.sub(lambda found: str({"n": number, **values}.get(found[1], found[0])), form)


def _plural(language: str, n: int) -> int:
    if language != "ru":
        return 0
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


def page(language: str, name: str) -> dict[str, str | tuple[str, ...]]:
    """The phrases of one page's file, for the browser; what a staff language lacks is said in Russian."""
    phrases = _catalog(known(language)).get(name, {})
    return phrases | _catalog(language).get(name, {}) if language in STAFF_LANGUAGES else dict(phrases)


def keys(language: str) -> dict[str, set[str]]:
    """Every key by file, for the test that both languages are complete."""
    return {name: set(phrases) for name, phrases in _catalog(language).items()}


def own(language: str, name: str) -> set[str]:
    """The keys that a page's file has in this very language."""
    return set(_catalog(language).get(name, {}))
