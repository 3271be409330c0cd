"""Questions without an answer, as editors see them: put together, decided, drafted, published; who is told what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from faq.additions import added
from faq.knowledge import Knowledge
from faq.strict_yaml import YamlError
from tests.little_faq import ANSWERED, ENTRY, JOBS, little_faq
from tests.world import PASSWORD, AtDesk, World

FAQ = "/api/v1/ops/faq"
SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Editor:
    http: Any

    async def call(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        sent = {"json": body, "headers": SAME} if method == "POST" else {}
        async with self.http.request(method, f"{FAQ}/{path}".removesuffix("/."), **sent) as answer:
            return answer.status, await answer.json()

    async def must(self, method: str, path: str, **body: Any) -> Any:
        status, answer = await self.call(method, path, **body)
        assert status == 200, (path, status, answer)
        return answer


@dataclass
class Office:
    world: World
    folder: Path
    pavel: Editor
    olga: Editor

    async def rows(self, state: str = "open") -> list[Any]:
        found: list[Any] = (await self.pavel.must("GET", f"missing?state={state}"))["rows"]
        return found


async def _editor(world: World, login: str) -> Editor:
    desk = AtDesk(world.session(), login)
    await desk.must("POST", "login", {"login": login, "password": PASSWORD})
    return Editor(desk.http)


@pytest_asyncio.fixture
async def office(fresh_dsn: str, tmp_path: Path) -> AsyncIterator[Office]:
    folder = little_faq(tmp_path / "faq")
    little = await asyncio.to_thread(Knowledge.load, folder)
    async with World(fresh_dsn, little, telegram=False, faq_dir=folder, data_dir=tmp_path / "data") as world:
        yield Office(world, folder, await _editor(world, "pavel"), await _editor(world, "olga"))


async def _nobody_answers(office: Office) -> None:
    """Five people ask for work, two of them in Chinese; an agent tells the first."""
    world = office.world
    anna = world.subscriber("anna", "inapp")
    await anna.says(JOBS["ru"][0])
    await anna.hears("Этого я не знаю")
    ivan = await world.agent("ivan")
    case = await ivan.takes_next()
    assert case
    await ivan.says(case["id"], ANSWERED)
    await ivan.closes(case["id"])
    for who, text in (("pyotr", JOBS["ru"][1]), ("slow", JOBS["ru"][2]), ("wang", JOBS["zh"][0])):
        person = world.subscriber(who, "inapp")
        await person.says(text)
        await person.hears(".")


async def test_a_question_goes_from_nobody_knows_to_an_answer_and_its_effect_is_counted(office: Office) -> None:
    world, pavel = office.world, office.pavel
    await _nobody_answers(office)
    row = (await office.rows())[0]
    assert (row["people"], row["messages"], row["ways"]) == (4, 4, {"handed_over": 4})
    asked = await pavel.must("GET", f"missing/{row['id']}")
    assert {one["text"] for one in asked["examples"]} == {*JOBS["ru"], JOBS["zh"][0]}
    assert asked["said"]["ru"] == ANSWERED

    sketch = await pavel.must("POST", f"missing/{row['id']}/draft")
    assert ANSWERED in sketch["text"]
    assert JOBS["ru"][1] in sketch["text"]
    told = (await pavel.must("POST", "additions/check", **sketch))["findings"]
    unwritten = {one["line"] for one in told if one["rule"] == "unwritten" and not one["warning"]}
    lines = sketch["text"].split("\n")
    assert unwritten == {n for n, line in enumerate(lines, 1) if "todo" in line.lower()}, "all of it is named at once"
    status, refused = await pavel.call("POST", "additions/publish", **sketch, gap=row["id"], note="")
    assert (status, refused["error"]["code"]) == (409, "draft_broken")
    assert refused["error"]["findings"]

    ready = {**sketch, "text": ENTRY, "gap": row["id"], "note": "спрашивают о работе"}
    checked = await pavel.must("POST", "additions/check", **ready)
    assert [one for one in checked["findings"] if not one["warning"]] == []
    assert "+- id: jobs" in checked["lines"]
    await pavel.must("POST", f"missing/{row['id']}/case", text=JOBS["ru"][0], lang="ru", topic="jobs")
    before = (office.folder / sketch["file"]).read_text(encoding="utf-8")
    edition = await pavel.must("POST", "additions/publish", **ready)
    after = (office.folder / sketch["file"]).read_text(encoding="utf-8")
    assert after == before.rstrip("\n") + "\n\n" + ENTRY, "comments and all else stay"
    assert (await pavel.must("GET", "."))["draft"]["differs"] is False, "the folder has what serves"

    lina = world.subscriber("lina", "inapp")
    await lina.says(JOBS["zh"][0])
    await lina.hears("加入我们")
    [done] = await office.rows("accepted")
    assert (done["id"], done["decision"]["edition"], done["decision"]["entry"]) == (row["id"], edition["id"], "jobs")
    assert (done["effect"], await office.rows()) == ({"before": 4, "missed": 0, "answered": 1}, [])
    [case] = (await pavel.must("GET", "cases"))["cases"]
    assert (case["kind"], case["topic"]) == ("find", "jobs"), "it missed before, and is to be found from now on"
    assert await world.ask("SELECT array_agg(actor) FROM audit WHERE action = 'faq_published'") == ["pavel"]


async def test_what_is_decided_stays_decided_in_other_words_and_who_comes_second_is_told_who_was_first(
    office: Office,
) -> None:
    pavel, olga = office.pavel, office.olga
    await _asks(office, "anna", JOBS["ru"][0])
    await _asks(office, "pyotr", JOBS["ru"][1])
    [row] = await office.rows()
    assert (await pavel.must("POST", f"missing/{row['id']}/ignore"))["state"] == "ignored"
    status, refused = await olga.call("POST", f"missing/{row['id']}/ignore")
    assert (status, refused["error"]["code"], refused["error"]["agent"]) == (409, "gap_decided", "pavel")
    await _asks(office, "slow", JOBS["ru"][2])
    assert await office.rows() == []
    [ignored] = await office.rows("ignored")
    assert (ignored["id"], ignored["messages"], ignored["effect"]["answered"]) == (row["id"], 3, 0)
    assert len(await office.world.ask("SELECT members FROM faq_gap")) == 3, "the newcomer is known from now on"

    await olga.must("POST", f"missing/{row['id']}/reopen")
    [again] = await office.rows()
    assert again["messages"] == 3
    assert (await olga.call("POST", f"missing/{row['id']}/reopen"))[0] == 404
    for odd in ("state=odd", "days=0", "days=999", "days=x"):
        assert (await pavel.call("GET", f"missing?{odd}"))[0] == 400
    assert (await pavel.call("POST", f"missing/{'0' * 16}/ignore"))[0] == 404


async def _asks(office: Office, who: str, text: str) -> None:
    person = office.world.subscriber(who, "inapp")
    await person.says(text)
    await person.hears(".")


async def test_phrases_join_an_entry_and_of_two_editors_of_one_file_the_second_is_named_the_first(
    office: Office,
) -> None:
    pavel, olga = office.pavel, office.olga
    await _asks(office, "anna", JOBS["ru"][1])
    [row] = await office.rows()
    assert (await pavel.call("POST", f"missing/{row['id']}/phrases", entry="nowhere"))[0] == 404
    sketch = await pavel.must("POST", f"missing/{row['id']}/phrases", entry="offices")
    assert sketch["text"] == f"offices:\n  ru:\n    - {JOBS['ru'][1]}\n"
    hers = {**sketch, "text": "money:\n  ru:\n    - сколько там денег\n"}
    await olga.must("POST", "additions/publish", **hers, note="")
    for deed in ("check", "rehearsal", "publish"):
        status, refused = await pavel.call("POST", f"additions/{deed}", **sketch, gap=row["id"])
        assert (status, refused["error"]["code"], refused["error"]["agent"]) == (409, "faq_overtaken", "olga"), deed
    fresh = await pavel.must("POST", f"missing/{row['id']}/phrases", entry="offices")
    await pavel.must("POST", "additions/publish", **fresh, gap=row["id"])
    phrases = (office.folder / "phrases" / "account.yaml").read_text(encoding="utf-8")
    assert "- сколько там денег" in phrases, "the first editor's are there too"
    assert JOBS["ru"][1] in phrases
    [merged] = await office.rows("merged")
    assert merged["decision"]["entry"] == "offices"
    status, refused = await pavel.call("POST", "additions/publish", **{**fresh, "file": "../bot/app.py"})
    assert (status, refused["error"]["code"]) == (409, "draft_broken")
    assert (await pavel.call("POST", "additions/publish", **{**fresh, "base": "1"}))[0] == 400


@pytest.mark.parametrize(
    ("before", "addition", "after"),
    [
        ("# a\nx:\n  ru:\n    - а  # b\n", "x:\n  ru: [б]\n", "# a\nx:\n  ru:\n    - а  # b\n    - б\n"),
        ("x:\n  ru: [а]\n", "x:\n  ru:\n    - 'б: в'\n", 'x:\n  ru: [а, "б: в"]\n'),
        ("x:\n  ru: [а]\n", "x:\n  zh: [一]\n", "x:\n  zh:\n    - 一\n  ru: [а]\n"),
        ("x:\r\n  ru:\r\n  - а\r\n", "y:\n  ru: [б]\n", "x:\r\n  ru:\r\n  - а\r\n\r\ny:\r\n  ru:\r\n    - б\r\n"),
        ("", "y:\n  ru: [б]\n  zh: []\n", "\n\ny:\n  ru:\n    - б\n"),
    ],
)
def test_phrases_go_where_they_belong_and_every_other_byte_stays(before: str, addition: str, after: str) -> None:
    assert added(before.encode(), "phrases/x.yaml", addition).decode() == after


@pytest.mark.parametrize(
    ("file", "addition", "told"),
    [
        ("areas/x.yaml", "id: x\n", "begins with `- id: `"),
        ("phrases/x.yaml", "- x\n", "lists is expected"),
        ("phrases/x.yaml", "x:\n  en: [a]\n", "needs ru and zh lists"),
        ("phrases/x.yaml", "x: {ru: а}\n", "needs a list of phrases"),
        ("areas/x.yaml", "- id: x\n id: [\n", ":2: "),
    ],
)
def test_an_addition_of_another_shape_is_refused_with_its_line(file: str, addition: str, told: str) -> None:
    with pytest.raises(YamlError) as refused:
        added(b"", file, addition)
    assert told in str(refused.value)
