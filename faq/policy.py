"""How bold the bot is: what policy.yaml says."""

from __future__ import annotations

from dataclasses import dataclass

from faq.saying import say
from faq.strict_yaml import Table, Text, YamlError


@dataclass(frozen=True)
class Policy:
    """Shares and probabilities, 0..1."""

    wrong_share: float
    beyond_share: float
    emergency_from: float
    human_from: float
    talk_from: float
    beyond_from: float
    buttons_from: float

    @classmethod
    def read(cls, table: Table) -> Policy:
        """Raises KeyError, YamlError."""
        return cls(
            wrong_share=_number(table, "wrong_answers_percent", 100) / 100,
            beyond_share=_number(table, "beyond_percent", 100) / 100,
            emergency_from=_number(table, "emergency_from"),
            human_from=_number(table, "human_from"),
            talk_from=_number(table, "talk_from"),
            beyond_from=_number(table, "beyond_from"),
            buttons_from=_number(table, "buttons_from"),
        )


def _number(table: Table, name: str, most: float = 1.0) -> float:
    value, line = table[name], table.lines[name]
    try:
        number = float(value) if isinstance(value, Text) else -1.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise YamlError("", line, say("`{name}` must be a number from 0 to {most}", name=name, most=f"{most:g}"))
    return number
