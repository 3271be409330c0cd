"""`faq check` finds every kind of mistake of the corpus at its line, and says nothing of harmless edits."""

from __future__ import annotations

from pathlib import Path

from faq.catalogue import load_catalogue, read_catalogue
from faq.lint_near import near_strangers
from tests import seeded_mistakes


def test_every_seeded_mistake_is_named_at_its_line_and_little_else_is(tmp_path: Path) -> None:
    outcomes = seeded_mistakes.run(seeded_mistakes.sample(tmp_path / "faq"))
    assert len({one.seed.kind for one in outcomes}) == len(outcomes) >= 120
    assert [f"{one.seed.kind}: {one.seed.rule} in line {one.seed.line}" for one in outcomes if not one.found] == []
    false = [str(other) for one in outcomes for other in one.others]
    assert len(false) <= 0.02 * len(outcomes), false
    assert [english for one in outcomes for english in seeded_mistakes.untranslated(one.findings)] == []


def test_harmless_edits_have_no_finding(tmp_path: Path) -> None:
    outcomes = seeded_mistakes.run_harmless(seeded_mistakes.sample(tmp_path / "faq"))
    assert [(edit, [str(one) for one in found]) for edit, found in outcomes if found] == []


def test_a_file_too_large_for_an_edition_and_one_that_nobody_reads_are_named(tmp_path: Path) -> None:
    folder = seeded_mistakes.sample(tmp_path / "faq")
    large, stray = folder / "tests" / "account.yaml", folder / "operator" / "tariffs - copy.yaml"
    large.write_bytes(b"- {ask: x}\n" * 400_000)
    stray.write_bytes(b"")
    _, findings = read_catalogue(folder)
    about = {one.file: (one.line, one.rule, one.warning) for one in findings if one.rule != "topics"}
    assert about == {str(large): (1, "files", False), str(stray): (1, "files", True)}
    assert "larger than 4 MB" in str(findings)
    assert "nobody reads" in str(findings)


def test_a_phrase_in_the_wrong_entry_is_named_with_the_one_it_resembles(tmp_path: Path) -> None:
    folder = seeded_mistakes.sample(tmp_path / "faq")
    assert list(near_strangers(load_catalogue(folder), folder, tmp_path)) == []
    phrases = folder / "phrases" / "account.yaml"
    phrases.write_text(
        phrases.read_text(encoding="utf-8").replace("закинуть денег", "позовите мне человека"), encoding="utf-8"
    )
    (found,) = (
        one for one in near_strangers(load_catalogue(folder), folder, tmp_path) if "of `topup` is" in one.message
    )
    assert (found.file, found.line, found.warning) == (str(phrases), 3, True)
    assert "“позовите мне человека” of `topup` is nearly “позовите человека” of `human`" in found.message
