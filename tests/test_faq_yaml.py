"""What an editor may write in a YAML file, and what is refused with its line and a remedy."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from faq.strict_yaml import Rows, Table, YamlError, parse_yaml, read_yaml


def test_every_scalar_stays_the_text_that_was_typed() -> None:
    table = parse_yaml(b"a: 9:30\nb: no\nc: 007\nd: 1e3\ne: 2026-01-01\nf: 'null'\n", "x.yaml")
    assert table == {"a": "9:30", "b": "no", "c": "007", "d": "1e3", "e": "2026-01-01", "f": "null"}


def test_nothing_and_null_are_an_empty_text() -> None:
    assert parse_yaml(b"a:\nb: ~\nc: null\n", "x.yaml") == {"a": "", "b": "", "c": ""}
    assert parse_yaml(b"", "x.yaml") == ""


def test_values_know_their_lines() -> None:
    table = parse_yaml(b"a: x\nb:\n  - one\n  - two\nc: |-\n  first\n  second\n", "x.yaml")
    assert isinstance(table, Table)
    rows = table["b"]
    assert isinstance(rows, Rows)
    assert table.lines == {"a": 1, "b": 2, "c": 5}
    assert (rows.lines, rows[1].line, table["c"].line) == ([3, 4], 4, 6)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    assert parse_yaml("\ufeffа: б\r\nв: |-\r\n  г\r\n  д\r\n".encode(), "x.yaml") == {"а": "б", "в": "г\nд"}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"a: &x 1\nb: *x", 1, "anchor"),
        (b"b: *x", 1, "alias"),
        (b"a: !!python/object/apply:os.system [id]", 1, "tag"),
        (b"a: ! 3", 1, "tag"),
        (b"%TAG ! tag:x,2000:\n---\na: b", 1, "%TAG"),
        (b"a: 1\nb: 2\na: 3", 3, "twice"),
        (b"a: {b: 1, b: 2}", 1, "twice"),
        (b"a: 1\n---\nb: 2", 2, "second document"),
        (b"? [a]\n: b", 1, "key"),
        (b"a:\n\tb: 1", 2, "special sign|tab"),
        (b"a: b: c", 1, "quotes"),
        (b"a: 'x", 1, "quote was opened"),
        (b"a: [1, 2", 1, "closing bracket"),
        (b'a: "\\d"', 1, "single quotes"),
        (b"- a\nb: c", 2, "indentation"),
        (b"a: x\x00", 1, "U\\+0000"),
        (b"a: b\nc: d\x1be", 2, "U\\+001B"),
        ("а: привет".encode("cp1251"), 1, "not UTF-8"),
        ("a: b\nв: г".encode("cp1251"), 2, "not UTF-8"),
        ("а: б".encode("utf-16"), 1, "UTF-16"),
        (b"a: \xed\xa0\x80", 1, "not UTF-8"),
        (b"a" * 1_000_001, 1, "1 MB"),
        (b"[" * 400_000 + b"]" * 400_000, 1, "20 levels"),
        (b"- " * 400_000, 1, "20 levels"),
        (b"{a: " * 100_000, 1, "20 levels"),
    ],
)
def test_what_is_refused_is_named_with_its_line(content: bytes, line: int, words: str) -> None:
    with pytest.raises(YamlError, match=words) as refused:
        parse_yaml(content, "x.yaml")
    assert (refused.value.file, refused.value.line) == ("x.yaml", line)


def test_a_file_is_read_and_a_missing_one_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- привет\n- 你好\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == ["привет", "你好"]
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "b.yaml")


def test_texts_can_be_copied_and_sent_to_another_process() -> None:
    table = parse_yaml(b"a: b", "x.yaml")
    assert copy.deepcopy(table) == table
    assert pickle.loads(pickle.dumps(table["a"])).line == 1  # type: ignore[index, call-overload]
