"""The agents' API over real HTTP and a real socket: who may do what, who wins a race, what subscribers never see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import ClientWebSocketResponse, WSMsgType

from faq.knowledge import Knowledge
from tests.world import PASSWORD, AtDesk, World, a_world

OURS = {"Sec-Fetch-Site": "same-origin"}
SOON = 5.0  # seconds


@pytest_asyncio.fixture
async def office(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    """The product with the in-app door and the desk; these tests need no Telegram."""
    async with a_world(fresh_dsn, knowledge, telegram=False) as world:
        yield world


async def _waiting(office: World, who: str = "anna") -> tuple[Any, int]:
    """Somebody of the cast who waits for a human, and their conversation."""
    subscriber = office.subscriber(who, "inapp")
    await subscriber.says("转人工" if who in ("wang", "lina") else "позовите человека")
    await subscriber.hears(".")
    phone = {"anna": "01", "wang": "02", "pyotr": "03"}[who]
    found = "SELECT c.id FROM conversation c JOIN contact k ON k.id = c.contact_id WHERE k.address = $1"
    conversation = await office.ask(f"{found} AND c.state = 'queued'", f"+790000000{phone}")
    assert conversation, subscriber.texts()
    return subscriber, int(conversation)


async def _socket(agent: AtDesk, *subs: dict[str, int], origin: str = "") -> ClientWebSocketResponse:
    own = str(agent.http._base_url).rstrip("/")
    socket = await agent.http.ws_connect("/ws/v1", origin=origin or own)
    await socket.send_json({"t": "hello", "v": 1, "subs": subs})
    return socket


async def _frame(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of this kind; others before it are passed over."""
    async with asyncio.timeout(SOON):
        while True:
            message = await socket.receive()
            assert message.type is WSMsgType.TEXT, message
            frame: dict[str, Any] = message.json()
            if frame["t"] == kind:
                return frame


async def _close_code(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(SOON):
        while (await socket.receive()).type is WSMsgType.TEXT:
            pass
    return socket.close_code


# ---- the way in


async def test_every_wrong_pair_gets_one_answer_and_a_right_one_a_hidden_cookie(office: World) -> None:
    http = office.session()

    async def enter(login: str, password: str) -> tuple[int, dict[str, Any], str]:
        body = {"login": login, "password": password}
        async with http.post("/api/v1/agent/login", json=body, headers=OURS) as answer:
            return answer.status, await answer.json(), answer.headers.get("Set-Cookie", "")

    wrong = (("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna\0", PASSWORD), ("anna", "\ud800"))
    for login, password in wrong:
        status, body, cookie = await enter(login, password)
        assert (status, body["error"]["code"], cookie) == (401, "refused", ""), login

    status, body, cookie = await enter("anna", PASSWORD)
    assert (status, body["role"]) == (200, "agent")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


async def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(office: World) -> None:
    http = office.session()

    async def enter(password: str) -> int:
        body = {"login": "ivan", "password": password}
        async with http.post("/api/v1/agent/login", json=body, headers=OURS) as answer:
            return answer.status

    assert [await enter("wrong") for _ in range(5)] == [401] * 5
    assert await enter(PASSWORD) == 429


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}],
)
async def test_a_page_of_another_origin_changes_nothing_with_the_agents_cookie(
    office: World, headers: dict[str, str]
) -> None:
    agent = await office.agent("anna")
    async with agent.http.post("/api/v1/agent/presence", json={"state": "away"}, headers=headers) as answer:
        assert answer.status == 403
    assert (await agent.must("GET", "me"))["presence"] == "online"


# ---- the queue


async def test_of_two_agents_who_claim_one_chat_one_wins_and_the_other_is_told_who(office: World) -> None:
    anna, ivan = await office.agent("anna"), await office.agent("ivan")
    _, conversation = await _waiting(office)
    claim = f"conversations/{conversation}/claim"
    answers = await asyncio.gather(anna.call("POST", claim, {}), ivan.call("POST", claim, {}))
    assert sorted(status for status, _ in answers) == [200, 409]
    winner, loser = ("Анна Белова", ivan) if answers[0][0] == 200 else ("Иван Серов", anna)
    refused = next(body["error"] for status, body in answers if status == 409)
    assert (refused["code"], refused["agent"]) == ("held", winner)

    message = {"cid": str(uuid4()), "text": "я тоже здесь"}
    status, body = await loser.call("POST", f"conversations/{conversation}/messages", message)
    assert (status, body["error"]["agent"]) == (409, winner)


async def test_next_gives_the_case_of_my_languages_and_nothing_when_nobody_waits(office: World) -> None:
    anna = await office.agent("anna")
    assert await anna.takes_next() is None
    _, chinese = await _waiting(office, "wang")
    assert await anna.takes_next() is None
    assert (await anna.must("GET", "queue"))["rows"] == []

    li = await office.agent("li")
    rows = (await li.must("GET", "queue"))["rows"]
    assert [(row["id"], row["language"], row["position"]) for row in rows] == [(chinese, "zh", 1)]
    taken = await li.takes_next()
    assert taken is not None
    assert taken["id"] == chinese


async def test_a_row_of_the_queue_tells_what_the_person_wants_and_not_that_they_called(office: World) -> None:
    li = await office.agent("li")
    said = {
        "anna": ["сколько осталось гигабайт", "это всё не то", "позовите человека"],
        "pyotr": ["почему роутер от соседа не ловит", "оператора!"],
        "wang": ["转人工"],
    }
    for who, texts in said.items():
        person = office.subscriber(who, "inapp")
        for text in texts:
            await person.says(text)
            await person.hears(".")
    rows = {row["name"]: (row["preview"], row["topic"]) for row in (await li.must("GET", "queue"))["rows"]}
    assert rows["Анна"] == ("сколько осталось гигабайт", "balance_packages")
    assert rows["Пётр"][0] == "почему роутер от соседа не ловит"
    assert rows["王伟"] == ("转人工", "human")

    await person.says("流量用完了怎么办")  # asked while waiting
    await person.hears(".")
    rows = {row["name"]: row["preview"] for row in (await li.must("GET", "queue"))["rows"]}
    assert rows["王伟"] == "流量用完了怎么办"
    chat = await li.takes_next()
    assert chat is not None
    await person.says("谢谢")
    (mine,) = (await li.must("GET", "queue"))["mine"]
    assert mine["preview"] == "谢谢"  # an agent holds it: what was said last


async def test_a_repeated_reply_is_said_once(office: World) -> None:
    li = await office.agent("li")
    subscriber, conversation = await _waiting(office)
    await li.takes_next()
    body = {"cid": str(uuid4()), "text": "Сейчас посмотрю, что случилось."}
    answers = await asyncio.gather(*(li.must("POST", f"conversations/{conversation}/messages", body) for _ in range(5)))
    assert len({answer["seq"] for answer in answers}) == 1
    await subscriber.hears("Сейчас посмотрю")
    assert sum("Сейчас посмотрю" in text for text in subscriber.texts()) == 1


async def test_after_a_transfer_the_first_agent_writes_no_more(office: World) -> None:
    anna, ivan = await office.agent("anna"), await office.agent("ivan")
    subscriber, conversation = await _waiting(office)
    await anna.takes_next()
    reason = "Нужны знания коллеги: перенос номера"
    await anna.must("POST", f"conversations/{conversation}/transfer", {"agent": "ivan", "reason": reason})

    async def anna_writes() -> tuple[int, str]:
        body = {"cid": str(uuid4()), "text": "ещё одно слово"}
        status, answer = await anna.call("POST", f"conversations/{conversation}/messages", body)
        return status, answer["error"]["code"]

    assert await anna_writes() == (409, "gone")
    assert await anna.takes_next() is None  # it was handed to Ivan, not back to her
    taken = await ivan.takes_next()
    assert taken is not None
    assert await anna_writes() == (409, "held")
    assert reason in [event["body"].get("text") for event in (await ivan.reads(conversation))["events"]]
    await ivan.says(conversation, "Здравствуйте, это Иван.")
    await subscriber.hears("это Иван")
    assert "ещё одно слово" not in " ".join(subscriber.texts())
    assert reason not in " ".join(subscriber.texts())


async def test_a_chat_is_not_handed_over_or_closed_without_a_reason(office: World) -> None:
    li = await office.agent("li")
    _, conversation = await _waiting(office)
    await li.takes_next()
    refused = (
        ("transfer", {"line": "zh"}, "no_reason"),
        ("transfer", {"line": "zh", "reason": "  "}, "no_reason"),
        ("transfer", {"line": "fr", "reason": "язык"}, "bad_line"),
        ("transfer", {"agent": "pavel", "reason": "он редактор"}, "no_such_agent"),
        ("close", {"outcome": "solved"}, "no_reason"),
        ("close", {"reason": "answered"}, "bad_outcome"),
        ("close", {"reason": "answered", "outcome": "perhaps"}, "bad_outcome"),
    )
    for move, body, code in refused:
        status, answer = await li.call("POST", f"conversations/{conversation}/{move}", body)
        assert (status, answer["error"]["code"]) == (400, code), (move, body)
    await li.closes(conversation)
    assert await office.ask("SELECT close_reason FROM handoff WHERE conversation_id = $1", conversation) == "answered"


async def test_a_note_is_seen_by_colleagues_and_never_by_the_subscriber(office: World) -> None:
    li, olga = await office.agent("li"), await office.agent("olga")
    subscriber, conversation = await _waiting(office)
    await li.takes_next()
    await li.must("POST", f"conversations/{conversation}/notes", {"text": "должник, не обещать рассрочку"})
    await li.says(conversation, "Готово.")
    await subscriber.hears("Готово")
    everything = str(subscriber.events)
    assert "должник" not in everything
    seqs = [event["seq"] for event in subscriber.events]
    assert seqs == list(range(1, len(seqs) + 1))  # not even a hole where the note would be
    assert "должник" in str((await olga.reads(conversation))["events"])


async def test_an_agent_reads_only_what_is_theirs_or_waits_on_their_line(office: World) -> None:
    anna, ivan, olga = await office.agent("anna"), await office.agent("ivan"), await office.agent("olga")
    _, russian = await _waiting(office)
    _, chinese = await _waiting(office, "wang")
    assert (await ivan.call("GET", f"conversations/{russian}"))[0] == 200
    await anna.must("POST", f"conversations/{russian}/claim", {})
    for part in ("", "/card", "/events?after=0", "/answers?q=тариф"):
        assert (await ivan.call("GET", f"conversations/{russian}{part}"))[0] in (403, 409), part
        assert (await ivan.call("GET", f"conversations/{chinese}{part}"))[0] in (403, 409), part
        assert (await olga.call("GET", f"conversations/{russian}{part}"))[0] == 200, part
    assert (await ivan.call("POST", f"conversations/{russian}/notes", {"text": "подсмотрел"}))[0] == 409
    assert (await ivan.call("GET", "conversations/999999"))[0] == 404


async def test_a_ready_answer_goes_out_in_the_subscribers_language(office: World) -> None:
    li = await office.agent("li")
    subscriber, conversation = await _waiting(office, "wang")
    await li.takes_next()
    answers = (await li.must("GET", f"conversations/{conversation}/answers?q=sim"))["answers"]
    chosen = next(one for one in answers if one["text_client"])
    assert chosen["title"]["ru"]
    assert chosen["text_ru"] != chosen["text_client"]
    message = {"cid": str(uuid4()), "entry": chosen["entry"]}
    await li.must("POST", f"conversations/{conversation}/messages", message)
    await subscriber.hears(r"[\u4e00-\u9fff]")
    assert chosen["text_client"] in subscriber.texts()


async def test_the_card_comes_apart_from_the_chat_and_hides_the_number(office: World) -> None:
    li = await office.agent("li")
    _, conversation = await _waiting(office)
    await li.takes_next()
    card = await li.must("GET", f"conversations/{conversation}/card")
    assert card["card_error"] is None
    assert card["card"]["phone"].endswith("01")
    assert "9000000001" not in str(card) + str(await li.reads(conversation))


# ---- the live line


async def test_the_line_tells_the_queue_then_the_chat_and_resumes_by_number(office: World) -> None:
    li = await office.agent("li")
    socket = await _socket(li)
    assert (await _frame(socket, "ready"))["hb"] > 0
    assert (await _frame(socket, "queue"))["rows"] == []
    subscriber, conversation = await _waiting(office)
    rows = (await _frame(socket, "queue"))["rows"]
    assert [row["id"] for row in rows] == [conversation]

    await li.takes_next()
    await socket.send_json({"t": "sub", "conv": conversation, "after": 0})
    batch = await _frame(socket, "batch")
    numbers = [event["n"] for event in batch["items"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {"msg", "state"} <= {event["t"] for event in batch["items"]}
    await socket.close()

    await subscriber.says("алло, вы тут?")
    again = await _socket(li, {"conv": conversation, "after": numbers[-1]})
    missed = await _frame(again, "batch")
    assert missed["from"] == numbers[-1] + 1
    assert "алло, вы тут?" in [event["body"].get("text") for event in missed["items"]]
    await again.close()


async def test_the_subscribers_typing_reaches_the_agent_who_holds_the_chat(office: World) -> None:
    li = await office.agent("li")
    _, conversation = await _waiting(office)
    await li.takes_next()
    socket = await _socket(li, {"conv": conversation, "after": 0})
    await _frame(socket, "batch")
    office.bot.db.bell.ring(f"typing:{conversation}:user")
    assert (await _frame(socket, "typing"))["conv"] == conversation
    await socket.close()


async def test_whoever_looked_on_hears_who_took_the_chat_and_nothing_after(office: World) -> None:
    anna, ivan = await office.agent("anna"), await office.agent("ivan")
    _, conversation = await _waiting(office)
    socket = await _socket(ivan, {"conv": conversation, "after": 0})
    await _frame(socket, "batch")
    await anna.must("POST", f"conversations/{conversation}/claim", {})
    last = (await _frame(socket, "batch"))["items"][-1]
    assert (last["t"], last["body"]["agent"]) == ("state", "Анна")
    await _frame(socket, "left")
    await anna.says(conversation, "секрет")

    # Asking anew, from the beginning, gives nothing either.
    await socket.send_json({"t": "sub", "conv": conversation, "after": 0})
    async with asyncio.timeout(SOON):
        while (frame := await socket.receive_json())["t"] != "left":
            assert frame["t"] != "batch", frame
    assert frame["agent"] == "Анна Белова"
    await socket.close()


async def test_a_session_that_has_ended_closes_its_socket_and_a_foreign_page_opens_none(office: World) -> None:
    anna = await office.agent("anna")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await _socket(anna, origin="https://elsewhere.example")
    assert refused.value.status == 403

    socket = await _socket(anna)
    await _frame(socket, "ready")
    cookies = {cookie.key: cookie.value for cookie in anna.http.cookie_jar}
    await anna.must("POST", "logout", {})
    assert await _close_code(socket) == 4401

    async with aiohttp.ClientSession(office.url, cookies=cookies) as stolen:
        late = await _socket(AtDesk(stolen, "anna"))
        assert await _close_code(late) == 4401
        async with stolen.get("/api/v1/agent/queue") as answer:
            assert answer.status == 401


async def test_the_desk_of_an_editor_has_no_line(office: World) -> None:
    pavel = AtDesk(office.session(), "pavel")
    await pavel.must("POST", "login", {"login": "pavel", "password": PASSWORD})
    assert await _close_code(await _socket(pavel)) == 4403


async def test_an_agent_corrects_their_own_words_and_nobody_elses(office: World) -> None:
    anna, ivan = await office.agent("anna"), await office.agent("ivan")
    subscriber, conversation = await _waiting(office)
    await anna.takes_next()
    said = await anna.says(conversation, "Плата 390 рублей, спишется завтра.")
    path = f"conversations/{conversation}/corrections"
    body = {"cid": str(uuid4()), "event": said["event"]["id"], "text": "Плата 550 рублей, спишется завтра."}
    done = await anna.must("POST", path, body)
    assert (done["event"]["t"], done["event"]["body"]["id"]) == ("edit", said["event"]["id"])
    assert await anna.must("POST", path, body) == done  # the same cid: once
    await subscriber.fetch()
    assert [event["body"]["text"] for event in subscriber.events if event["t"] == "edit"] == [body["text"]]
    assert await office.ask("SELECT count(*) FROM event WHERE kind = 'edit'") == 1

    theirs = subscriber.events[0]["id"]
    for change, status, code in (
        ({"event": theirs}, 403, "not_yours"),
        ({"event": str(uuid4())}, 409, "gone"),
        ({"event": "1"}, 409, "gone"),
        ({"text": " "}, 400, "empty"),
        ({"text": "а" * 4001}, 400, "too_long"),
    ):
        answer = await anna.call("POST", path, body | {"cid": str(uuid4())} | change)
        assert (answer[0], answer[1]["error"]["code"]) == (status, code), change
    assert (await ivan.call("POST", path, body | {"cid": str(uuid4())}))[0] == 409
    await anna.closes(conversation)
    assert (await anna.call("POST", path, body | {"cid": str(uuid4())}))[0] in (403, 404, 409)
