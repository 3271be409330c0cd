"""The tables of places, row by row: what is missing, what is no number, what is there twice."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from faq.entry import Finding
from faq.saying import say

_PLACES = ("id", "ru", "zh", "aliases", "region", "lat", "lon", "population", "kind")
_REGIONS = ("code", "ru", "zh", "aliases")
Row = Mapping[str, str]


def places(folder: Path) -> Iterator[Finding]:
    """operator/places.csv, places_extra.csv and regions.csv: every row whole, its region known, its numbers numbers."""
    files = [folder / "operator" / name for name in ("places.csv", "places_extra.csv", "regions.csv")]
    lost = [path for path in files if not path.exists() and not path.is_symlink()]
    if 0 < len(lost) < len(files):  # without any it is a part of a FAQ
        yield from (Finding(str(path), 1, "places", "the file is missing") for path in lost)
    table = _Table(folder / "operator" / "regions.csv", _REGIONS)
    regions = {row["code"] for _, row in table.rows()}
    yield from table.findings
    if not regions and not table.findings and not lost:
        yield Finding(str(files[2]), 1, "places", "no region is left in the table; put its rows back")
    known: set[str] = set()
    for name in ("places.csv", "places_extra.csv"):
        table = _Table(folder / "operator" / name, _PLACES)
        seen: set[str] = set()
        for line, row in table.rows():
            if row["id"] in seen:
                table.find(line, say("`{id}` is here twice; keep one", id=row["id"]))
            seen.add(row["id"])
            if message := _objection(row, regions, more=row["id"] in known):
                table.find(line, message)
        known |= seen
        yield from table.findings
        if not known and not table.findings and not lost:
            yield Finding(str(files[0]), 1, "places", "no place is left in the table; put its rows back")
        if not seen:
            return  # nobody knows what the next table adds to


def _objection(row: Row, regions: set[str], *, more: bool) -> str:
    """`more`: the row adds to one of places.csv, so that it may leave out what stands there."""
    if more:
        row = {key: value for key, value in row.items() if value}
    for key in ("ru", "zh"):
        if not row.get(key, "-" if more else ""):
            return say("the place has no `{key}` name; add it", key=key)
    if "region" in row and regions and row["region"] not in regions:
        return say("there is no region `{region}` in regions.csv; correct it", region=row["region"])
    for key, most in (("lat", 90), ("lon", 180)):
        try:
            if not -most <= float(row.get(key, "0")) <= most:
                raise ValueError
        except ValueError:
            return say(
                "`{key}` is `{value}`, it must be a number from -{most} to {most}, such as 52.29",
                key=key,
                value=row[key],
                most=most,
            )
    if not row.get("population", "0").isdecimal():
        return say("`population` is `{number}`, it must be a whole number", number=row["population"])
    return ""


class _Table:
    """One CSV file; what cannot be read is in `findings` afterwards."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._path, self._columns = path, columns
        self.findings: list[Finding] = []

    def find(self, line: int, message: str) -> None:
        self.findings.append(Finding(str(self._path), line, "places", message))

    def rows(self) -> Iterator[tuple[int, Row]]:
        text = self._text()
        reader = csv.reader(text.splitlines(keepends=True))
        try:
            header = next(reader, [])
            if text and (lost := [name for name in self._columns if name not in header]):
                self.find(
                    1,
                    _parted_otherwise(text)
                    or say("the first line must name the columns; missing: {columns}", columns=", ".join(lost)),
                )
                return
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(header):
                    self.find(
                        reader.line_num,
                        say(
                            "{count} columns where {wanted} belong; is a comma missing?",
                            count=len(cells),
                            wanted=len(header),
                        ),
                    )
                else:
                    yield reader.line_num, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            self.find(reader.line_num, say("the row cannot be read ({reason})", reason=error))

    def _text(self) -> str:
        content = b""
        try:
            content = self._path.read_bytes()
            return content.decode("utf-8-sig")
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self.find(line, "the file is not UTF-8, perhaps a spreadsheet's own; save it as CSV UTF-8")
        except OSError as error:
            self.find(1, say("the file cannot be read ({reason})", reason=error.strerror))
        return ""


_PARTED = (
    (";", "`;` part the columns here; save the table as CSV with commas"),
    ("\t", "tabs part the columns here; save the table as CSV with commas"),
)


def _parted_otherwise(text: str) -> str:
    """What a spreadsheet did to the columns, if it did."""
    header = text.partition("\n")[0].strip()
    if header.startswith('"') and header.endswith('"') and "," in header:
        return "each row is one text in quotes, as a spreadsheet saves a single column; save it with its columns apart"
    for sign, told in _PARTED:
        if header.count(sign) > header.count(","):
            return told
    return ""
