"""The editable rules of the matcher, read together: slang.yaml, safety.yaml, others.yaml, policy.yaml.

RulebookError    a file of them is broken; file, line and message tell where
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from faq.lexicon import Slang
from faq.others import Others
from faq.policy import Policy
from faq.safety import Safety
from faq.saying import say
from faq.strict_yaml import Table, Value, YamlError, read_yaml

_HERE = Path(__file__).resolve().parent

T = TypeVar("T")


class RulebookError(Exception):
    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file, self.line, self.message = file, line, message


@dataclass(frozen=True)
class Rulebook:
    slang: Slang
    safety: Safety
    others: Others
    policy: Policy

    @classmethod
    def load(cls, faq_dir: Path) -> Rulebook:
        """Files that the folder does not have are taken from the program's own. Raises RulebookError."""
        return cls(**{name: _read(rules_file(faq_dir, f"{name}.yaml"), read) for name, read in _READERS.items()})

    @staticmethod
    def problems(faq_dir: Path) -> Iterator[RulebookError]:
        """What is wrong with each file, the first mistake of every one."""
        for name, read in _READERS.items():
            try:
                _read(rules_file(faq_dir, f"{name}.yaml"), read)
            except RulebookError as problem:
                yield problem


_READERS: Mapping[str, Callable[[Table], Any]] = {
    "slang": Slang.read,
    "safety": Safety.read,
    "others": Others.read,
    "policy": Policy.read,
}


def rules_file(faq_dir: Path, name: str) -> Path:
    path = faq_dir / name
    return path if path.exists() else _HERE / name


def _read(path: Path, read: Callable[[Table], T]) -> T:
    try:
        table: Value = read_yaml(path)
        if not isinstance(table, Table):
            raise RulebookError(str(path), 1, "names with a `:` behind them are expected at the left margin")
        return read(table)
    except YamlError as error:
        raise RulebookError(str(path), error.line, error.message) from None
    except KeyError as error:
        raise RulebookError(str(path), 1, say("`{key}` is missing", key=error.args[0])) from None
    except OSError as error:
        raise RulebookError(str(path), 1, say("the file cannot be read ({reason})", reason=error.strerror)) from None
