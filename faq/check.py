"""Everything that can be said about a folder: what keeps it from being used, what is against the rules, what is odd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from faq.catalogue import in_order, read_catalogue
from faq.entry import Finding
from faq.lint_deep import check_deeply
from faq.lint_near import near_strangers


def check_all(
    folder: Path, today: date | None = None, *, cache_dir: Path | None = None, compare: bool = True
) -> tuple[Finding, ...]:
    """Every finding, in the order of files and lines. `compare` looks at all pairs of phrases, see check_in_turn."""
    return in_order(one for found in check_in_turn(folder, today, cache_dir, compare=compare) for one in found)


def check_in_turn(
    folder: Path, today: date | None = None, cache_dir: Path | None = None, *, compare: bool = True
) -> Iterator[tuple[Finding, ...]]:
    """The same, the quick rules' findings first: two seconds, then a few, then five; a minute if nothing was read yet.

    What keeps the folder from being used is among the first.
    """
    catalogue, findings = read_catalogue(folder, today)
    yield findings
    if catalogue is None:
        return
    yield in_order(check_deeply(catalogue, folder))
    if compare and all(finding.warning for finding in findings):
        yield in_order(near_strangers(catalogue, folder, cache_dir))
