"""The desk's phrases: whatever its modules and pages name is there in every language, and nothing else is."""

from __future__ import annotations

import re

import pytest

from bot import i18n
from handlers.assets import FOLDER

OURS = ("js/console*.js", "js/desk-*.js", "js/ops*.js", "console.html", "ops.html")
NAMED = re.compile(r"(page\.(?:desk|ops)\.[\w.]*)(\$\{)?")


def _named() -> tuple[set[str], set[str]]:
    """Keys that stand whole in the source, and the beginnings of those that are put together."""
    sources = [path.read_text(encoding="utf-8") for pattern in OURS for path in FOLDER.glob(pattern)]
    found = [match for source in sources for match in NAMED.findall(source)]
    return {key for key, open_ended in found if not open_ended}, {key for key, open_ended in found if open_ended}


@pytest.mark.parametrize("language", i18n.STAFF_LANGUAGES)
def test_every_phrase_that_the_desk_names_is_there(language: str) -> None:
    whole, begun = _named()
    both = (*i18n.page(language, "desk"), *i18n.page(language, "ops"))
    known = {key for key in both if key.startswith("page.")}
    assert whole - known == set()
    assert {start for start in begun if not any(key.startswith(start) for key in known)} == set()
    # `page.desk.${name}.title` and the like name whole families; the others must name each phrase somewhere.
    families = tuple(start for start in begun if start.count(".") > 2)
    idle = {
        key
        for key in known - whole
        if not key.startswith(families) and not re.fullmatch(r"page\.\w+\.\w+(\.title)?", key)
    }
    assert idle == set()


def test_the_desk_says_in_english_all_that_it_says_in_russian() -> None:
    for page in ("desk", "files"):
        russian = {key for key in i18n.page("ru", page) if key.startswith("page.")}
        assert russian - i18n.own("en", page) == set()
