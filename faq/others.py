"""Other companies and their things, as others.yaml lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from faq.strict_yaml import Table, expect, texts


@dataclass(frozen=True)
class Others:
    names: re.Pattern[str]
    normal_in: frozenset[str]  # topics where such a name belongs

    @classmethod
    def read(cls, table: Table) -> Others:
        """Raises KeyError, YamlError."""
        names = expect(table["names"], Table)
        ru = "|".join(re.escape(name.lower()).replace(r"\*", r"[а-я-]*") for name in texts(names["ru"]))
        zh = "|".join(re.escape(name.lower()) for name in texts(names["zh"]))
        pattern = re.compile(rf"(?<![а-яa-z0-9-])(?:{ru})(?![а-яa-z0-9])|{zh}")
        return cls(pattern, frozenset(texts(table["normal_in"])))

    def named(self, *readings: str) -> bool:
        """Does one of these readings of a message (as typed, folded) name something of another company?"""
        return any(self.names.search(text) for text in readings)
