"""The examples of docs/embedding.md, as whoever embeds the chat would copy them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ADDRESS = "https://support.example"  # stands for PUBLIC_URL
_TEXT = (Path(__file__).resolve().parent.parent / "docs" / "embedding.md").read_text(encoding="utf-8")


def block(language: str, containing: str = "") -> str:
    """The one example in this language that has this in it."""
    found = [code for code in re.findall(rf"^```{language}\n(.*?)^```", _TEXT, re.M | re.S) if containing in code]
    assert len(found) == 1, (language, containing, len(found))
    return str(found[0])


def python(name: str) -> Any:
    """The documented function of this name, run as it stands."""
    scope: dict[str, Any] = {}
    exec(compile(block("python", f"def {name}("), "docs/embedding.md", "exec"), scope)
    return scope[name]
