"""Everything that can be said about a folder: what keeps it from being used, what is against the rules, what is odd."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from faq.catalogue import in_order, read_catalogue
from faq.entry import Finding
from faq.lint_deep import check_deeply
from faq.lint_near import near_strangers


def check_all(
    folder: Path, today: date | None = None, *, cache_dir: Path | None = None, compare: bool = True
) -> tuple[Finding, ...]:
    """Every finding, in the order of files and lines. `compare` looks at all pairs of phrases, which takes 5 s."""
    catalogue, findings = read_catalogue(folder, today)
    if catalogue is None:
        return findings
    more = list(check_deeply(catalogue, folder))
    if compare and all(finding.warning for finding in findings):
        more += near_strangers(catalogue, folder, cache_dir)
    return in_order((*findings, *more))
