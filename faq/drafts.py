"""What an editor begins with where an answer is missing: a new entry, or more phrases of one, as YAML for one file.

Whatever has yet to be written is TODO, which the checks refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faq.asked import HIDDEN
from faq.entry import LANGUAGES
from faq.lint_phrases import TODO
from faq.paste import Shelf, scalar
from faq.proposals import worded_differently

MOST_PHRASES = 20


def new_entry(asked: Mapping[str, Sequence[str]], answers: Mapping[str, str], shelf: Shelf) -> str:
    """For a file of areas/: what was asked as its phrases, what agents answered as its answer."""
    lines = [f"- id: {TODO.lower()}", f"  title: {{ru: {TODO}, zh: {TODO}}}", "  data: public", "  answer:"]
    for language in LANGUAGES:
        said = [line.strip() for line in answers.get(language, "").splitlines() if line.strip()]
        lines += [f"    {language}: |-", *(f"      {line}" for line in said or [TODO])]
    lines += ["  next: [human]", "  ask:"]
    for language in LANGUAGES:
        phrases = to_add(asked.get(language, ()), shelf)
        lines += [f"    {language}:", *(f"      - {scalar(phrase)}" for phrase in phrases or [TODO])]
    return "\n".join(lines) + "\n"


def more_phrases(entry: str, asked: Mapping[str, Sequence[str]], shelf: Shelf) -> str:
    """For a file of phrases/; empty if there is nothing to add."""
    lines = []
    for language in LANGUAGES:
        if phrases := to_add(asked.get(language, ()), shelf):
            lines += [f"  {language}:", *(f"    - {scalar(phrase)}" for phrase in phrases)]
    return "\n".join([f"{entry}:", *lines]) + "\n" if lines else ""


def to_add(asked: Sequence[str], shelf: Shelf) -> list[str]:
    """The most typical first; without what hides a number or a name, is a phrase already, or repeats another."""
    fit = [text for text in asked if HIDDEN not in text and not shelf.entry_of(text)]
    return worded_differently(fit, MOST_PHRASES)
