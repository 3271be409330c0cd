"""The editors' bench over HTTP: try a question, keep it, publish a draft, go back; wrong words are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.knowledge.workbench import SHOWN_FINDINGS
from faq.knowledge import Knowledge
from tests.test_editions import NEW, OLD, edit, folder, says, until
from tests.world import AtDesk, World

__all__ = ["folder"]
HEADERS = {"Sec-Fetch-Site": "same-origin"}


async def post(agent: AtDesk, path: str, **body: Any) -> tuple[int, Any]:
    async with agent.http.post(f"/api/v1/ops/faq/{path}", json=body, headers=HEADERS) as answer:
        return answer.status, await answer.json()


async def bench(agent: AtDesk) -> Any:
    async with agent.http.get("/api/v1/ops/faq") as answer:
        return await answer.json()


async def test_a_draft_is_tried_published_and_taken_back_by_an_editor(
    fresh_dsn: str, knowledge: Knowledge, folder: Path, tmp_path: Path
) -> None:
    world = World(fresh_dsn, knowledge, telegram=False, faq_dir=folder, faq_publish="hand", data_dir=tmp_path)
    async with world:
        pavel = AtDesk(world.session(), "pavel")
        await pavel.must("POST", "login", {"login": "pavel", "password": "only-for-tests-1"})
        edit(folder, OLD, NEW)
        await until(lambda: world.bot.editions.draft is not None)
        assert says(world).startswith(OLD), "by hand: an edit waits"
        state = await bench(pavel)
        assert state["draft"]["changes"] == ["~areas/account.yaml"]
        assert [one["first"] for one in state["versions"]] == [True]
        async with pavel.http.get("/api/v1/ops/faq/draft") as answer:
            changed = (await answer.json())["lines"]
        assert [line[0] for line in changed if OLD in line or NEW in line] == ["-", "+"]

        asked = {"text": "как пополнить счёт", "lang": "ru", "channel": "telegram"}
        status, tried = await post(pavel, "try", **asked)
        assert status == 200
        assert tried["live"]["reply"]["text"].startswith(OLD)
        assert tried["draft"]["reply"]["text"].startswith(NEW)
        _, named = await post(pavel, "try", **{**asked, "text": "сколько осталось минут"})
        assert named["live"]["named"] == [{"kind": "unit", "text": "минут"}]
        assert tried["live"]["ranked"][0].keys() == {"topic", "chance", "parts"}
        _, own = await post(pavel, "try", **{**asked, "text": "сколько осталось минут"})
        assert "‹lead.share›" in own["live"]["reply"]["text"], "a person's own facts are named, never asked for"

        status, kept = await post(pavel, "cases", text="как пополнить счёт", lang="ru", topic="topup")
        assert (status, kept["cases"][0]["kind"]) == (200, "find")
        status, kept = await post(pavel, "cases", text="как пополнить счёт", lang="ru", topic="offices")
        assert [(one["kind"], one["topic"]) for one in kept["cases"]] == [("misses", "offices")]
        assert (await post(pavel, "cases", text="а", lang="ru", topic="nowhere"))[0] == 404

        status, published = await post(pavel, "publish", note="shorter")
        assert status == 200
        assert says(world).startswith(NEW)
        async with pavel.http.get(f"/api/v1/ops/faq/editions/{published['id']}") as answer:
            lines = (await answer.json())["lines"]
        assert any(line.startswith("+") and NEW in line for line in lines)
        assert (await post(pavel, "rollback", edition=1, note=""))[0] == 200
        assert says(world).startswith(OLD)
        state = await bench(pavel)
        assert not state["draft"]["differs"], "the folder went back too, else the next edit would undo the way back"
        assert [one["first"] for one in state["versions"]] == [False, False, True]
        edit(folder, "data: public", "data: personal")
        assert (await post(pavel, "rollback", edition=2, note=""))[0] == 200
        assert "data: personal" in (folder / "areas" / "account.yaml").read_text(encoding="utf-8"), "edits stay"
        edit(folder, "data: personal", "data: public")
        done = await world.ask(
            "SELECT array_agg(action || ' ' || actor ORDER BY id) FROM audit WHERE action LIKE 'faq%'"
        )
        assert done == ["faq_published pavel", "faq_rolled_back pavel", "faq_rolled_back pavel"]

        assert (await post(pavel, "rollback", edition=99))[0] == 404
        assert (await post(pavel, "rollback", edition="1"))[0] == 400
        edit(folder, "data: public", "data: secret")
        status, refused = await post(pavel, "publish", note="")
        assert (status, refused["error"]["code"]) == (409, "faq_broken")
        await until(lambda: world.bot.faq_problem() is not None)
        first = (await bench(pavel))["draft"]["findings"][0]
        assert first["text"] == "data: secret", "the line is shown with what is wrong in it"
        assert first["said"]["ru"] != first["message"] != first["said"]["zh"]
        assert "areas/account.yaml" in refused["error"]["problem"]

        edit(folder, "data: secret", "data: public")
        edit(folder, ",IRK,", ",IRKUTSK,", "operator/places.csv")  # a slip in every row
        await until(lambda: "IRKUTSK" in (world.bot.faq_problem() or ""))
        draft = (await bench(pavel))["draft"]
        assert len(draft["findings"]) == SHOWN_FINDINGS
        assert draft["more"] > 0
