"""What an editor is told: English where the code says it, the editors' languages in locales/*/LC_MESSAGES/findings.po.

The English sentence with its holes is the message id. What fills a hole is the editor's own word and is never
translated, unless it is a saying itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

TRANSLATED = ("ru", "zh")
DOMAIN = "findings"
_LOCALES = Path(__file__).resolve().parent.parent / "locales"
_HOLE = re.compile(r"\{(\w+)\}")


class Saying(str):
    """An English sentence that remembers how it was made; to all else it is that sentence."""

    template: str
    values: Mapping[str, str]

    def __new__(cls, template: str, values: Mapping[str, str]) -> Saying:
        saying = super().__new__(cls, _filled(template, values))
        saying.template, saying.values = template, values
        return saying

    def __getnewargs__(self) -> tuple[str, Mapping[str, str]]:  # type: ignore[override]
        return self.template, self.values


def say(template: str, **values: object) -> Saying:
    """`{name}` in the template is replaced by the value, and nothing else in it is special."""
    return Saying(template, {name: one if isinstance(one, Saying) else str(one) for name, one in values.items()})


def said(message: str, language: str) -> str:
    """The message in the language; in English where the catalog does not know it, as what another program said."""
    template = message.template if isinstance(message, Saying) else message
    translated = sentences(language).get(template)
    if not isinstance(message, Saying):
        return translated or message
    values = {name: said(one, language) if isinstance(one, Saying) else one for name, one in message.values.items()}
    return _filled(translated or template, values)


def within(message: str, folder: Path) -> str:
    """The message with the paths in it from the folder on."""
    if not isinstance(message, Saying):
        return message
    values = {
        name: within(one, folder) if isinstance(one, Saying) else shown(one, folder)
        for name, one in message.values.items()
    }
    return Saying(message.template, values)


def shown(path: str, folder: Path) -> str:
    """As an editor knows it: from the FAQ's folder on."""
    for start in (str(folder), str(folder.resolve()), folder.name):
        if path.startswith(f"{start}/"):
            return path[len(start) + 1 :]
    return path


def told(message: str) -> dict[str, str]:
    """The message in every language of editors."""
    return {language: said(message, language) for language in TRANSLATED}


@cache
def sentences(language: str) -> Mapping[str, str]:
    """English -> the language's own; empty for a language that has none."""
    path = _LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if language not in TRANSLATED or not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id and one.string}


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda found: values.get(found[1], found[0]), template)
