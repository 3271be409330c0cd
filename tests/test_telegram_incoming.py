"""What the Telegram door hears: every kind of update as one Incoming, and nothing that can break it."""

from __future__ import annotations

import json

import pytest

from handlers.reading import Unusable
from handlers.telegram import key_of, lane_of, normalise
from handlers.telegram.incoming import envelope_of
from tests.malformed import KINDS, malformed

PERSON = {"id": 1001, "is_bot": False, "first_name": "Анна", "last_name": "Соколова", "language_code": "ru"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Анна"}


def update(kind: str = "message", **parts: object) -> bytes:
    about = {"message_id": 7, "date": 1, "chat": PRIVATE, "from": PERSON, **parts}
    return json.dumps({"update_id": 9, kind: about}).encode()


def test_a_text_carries_who_wrote_it_and_where_the_answer_goes():
    said = normalise(update(text=" сколько\x00 осталось "))
    assert said is not None
    assert (said.kind, said.text, said.address, said.key) == ("text", "сколько осталось", "1001", "9")
    assert (said.name, said.language, said.reference, said.edited) == ("Анна Соколова", "ru", "7", False)
    assert (key_of(update(text="x")), lane_of(update(text="x"))) == ("9", "telegram:1001")


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("/start", "start", ""),
        ("/start tok-en_1", "start", "tok-en_1"),
        ("/HELP@angara_bot", "help", ""),
        ("/start@angara_bot abc", "start", "abc"),
        ("/language", "language", ""),
        ("/operator", "operator", ""),
        ("/stop", "stop", ""),
        ("/forget", "forget", ""),
    ],
)
def test_our_commands_are_heard_with_and_without_the_bots_name(text: str, command: str, argument: str):
    said = normalise(update(text=text))
    assert said is not None
    assert (said.kind, said.command, said.argument, said.text) == ("command", command, argument, f"/{command}")


@pytest.mark.parametrize("text", ["/balance", "/старт", "/", "//start", "*100#", "как набрать /start ?"])
def test_what_only_looks_like_a_command_is_a_text(text: str):
    said = normalise(update(text=text))
    assert said is not None
    assert (said.kind, said.text, said.command) == ("text", text, "")


PHOTO = [{"file_id": size, "file_unique_id": size, "width": w, "height": w} for size, w in (("s", 90), ("l", 900))]
FILE = {"file_id": "f1", "file_unique_id": "u1"}


@pytest.mark.parametrize(
    ("content", "kind", "attachment"),
    [
        ({"photo": PHOTO, "caption": "вот"}, "photo", ("photo", "l")),
        ({"voice": {**FILE, "duration": 3, "file_size": 5}}, "voice", ("voice", "f1")),
        ({"video_note": {**FILE, "duration": 3, "length": 240}}, "file", ("video", "f1")),
        ({"video": {**FILE, "duration": 3, "width": 1, "height": 1}}, "file", ("video", "f1")),
        ({"document": {**FILE, "file_name": "../a\u202eb.pdf"}}, "file", ("document", "f1")),
        ({"audio": {**FILE, "duration": 3}}, "file", ("audio", "f1")),
        ({"animation": {**FILE, "duration": 1, "width": 1, "height": 1}, "document": FILE}, "file", ("video", "f1")),
        ({"sticker": {"emoji": "👍"}}, "sticker", None),
        ({"poll": {}}, "other", None),
        ({"dice": {"value": 6}}, "other", None),
        ({"game": {}, "photo": PHOTO}, "other", None),
        ({"story": {}}, "other", None),
        ({"hologram": {}}, "other", None),
    ],
)
def test_everything_a_person_can_send_has_a_kind(content: dict, kind: str, attachment: tuple[str, str] | None):
    said = normalise(update(**content))
    assert said is not None
    assert said.kind == kind
    found = said.attachment
    assert (found and (found.kind, found.reference)) == attachment
    assert said.text == content.get("caption", "👍" if kind == "sticker" else "")
    assert not found or not set(found.name) & set("/\\\u202e")


def test_a_place_is_heard_and_the_steps_of_a_moving_one_are_not():
    point = {"latitude": 51.85, "longitude": 104.87}
    for content in (
        {"location": point},
        {"location": point, "venue": {"location": point, "title": "t", "address": "a"}},
    ):
        said = normalise(update(**content))
        assert said is not None
        assert (said.kind, said.place) == ("location", (51.85, 104.87))
    assert normalise(update("edited_message", location={**point, "live_period": 900})) is None
    nowhere = normalise(update(location={"latitude": 151, "longitude": 0}))
    assert nowhere is not None
    assert (nowhere.kind, nowhere.place) == ("other", None)


CARD = {"phone_number": "79000000001", "first_name": "Анна", "user_id": 1001}


@pytest.mark.parametrize("number", ["79000000001", "+7 900 000-00-01", "8 (900) 000-00-01"])
def test_only_ones_own_contact_from_ones_own_hand_proves_a_number(number: str):
    own = normalise(update(contact={**CARD, "phone_number": number}))
    assert own is not None
    assert (own.kind, own.phone) == ("contact", "+79000000001")
    group = {"id": -100, "type": "group"}
    for doubtful in (
        {"contact": {**CARD, "user_id": 2002}},
        {"contact": {**CARD, "user_id": None}},
        {"contact": {**CARD, "phone_number": "112"}},
        {"contact": CARD, "forward_origin": {"type": "user", "date": 1, "sender_user": PERSON}},
        {"contact": CARD, "forward_date": 1},
        {"contact": CARD, "via_bot": {"id": 5, "is_bot": True, "first_name": "b"}},
        {"contact": CARD, "from": {**PERSON, "id": 3003}},
        {"contact": CARD, "from": None},
    ):
        said = normalise(update(**doubtful))
        assert said is not None
        assert (said.kind, said.phone) == ("contact", None), doubtful
    assert normalise(update(contact=CARD, chat=group)) is None


def test_a_press_goes_to_the_lane_of_its_chat_with_its_value_and_label():
    markup = {"inline_keyboard": [[{"text": "Добавить 5 ГБ", "callback_data": "go:service_connect:gb5"}]]}
    message = {"message_id": 3, "date": 1, "chat": PRIVATE, "text": "x", "reply_markup": markup}
    query = {"id": "55", "from": PERSON, "message": message, "data": "go:service_connect:gb5"}
    payload = json.dumps({"update_id": 9, "callback_query": query}).encode()
    said = normalise(payload)
    assert said is not None
    assert (said.kind, said.button, said.text, said.address, said.reference) == (
        "button",
        "go:service_connect:gb5",
        "Добавить 5 ГБ",
        "1001",
        "3",
    )
    envelope = envelope_of(payload)
    assert (envelope.lane, envelope.callback) == ("telegram:1001", "55")
    for old in (None, {"message_id": 3, "date": 0, "chat": PRIVATE}):
        said = normalise(json.dumps({"update_id": 9, "callback_query": {**query, "message": old}}).encode())
        assert said is not None
        assert (said.kind, said.address, said.text) == ("button", "1001", "")


def test_a_corrected_message_is_marked_as_one():
    said = normalise(update("edited_message", text="в Хужире", edit_date=5))
    assert said is not None
    assert (said.kind, said.text, said.edited) == ("text", "в Хужире", True)


def test_blocking_and_returning_are_heard():
    def change(before: str, now: str) -> bytes:
        return update("my_chat_member", old_chat_member={"status": before}, new_chat_member={"status": now})

    blocked, returned = normalise(change("member", "kicked")), normalise(change("kicked", "member"))
    assert blocked is not None
    assert returned is not None
    assert [(said.kind, said.command) for said in (blocked, returned)] == [
        ("command", "blocked"),
        ("command", "returned"),
    ]
    assert normalise(change("restricted", "administrator")) is None


@pytest.mark.parametrize(
    "payload",
    [
        update(text="x", chat={"id": -5, "type": "group"}),
        update(text="x", chat={"id": -1005, "type": "supergroup"}),
        update("channel_post", text="x", chat={"id": -1005, "type": "channel"}),
        update(text="x", **{"from": {**PERSON, "is_bot": True}}),
        update(pinned_message={"message_id": 1}),
        update("inline_query", query="x"),
    ],
)
def test_groups_channels_bots_and_service_messages_are_politely_ignored(payload: bytes):
    assert normalise(payload) is None
    envelope_of(payload)


def test_3000_malformed_updates_of_46_kinds_never_raise_and_people_are_still_answered():
    heard = 0
    for kind, body in malformed(3000, seed=20):
        said = normalise(body)
        try:
            envelope = envelope_of(body)
        except Unusable:
            assert said is None, kind
            continue
        if said is None:
            continue
        heard += 1
        assert envelope.lane == f"telegram:{said.address}", kind
        assert abs(int(said.key)) < 2**63, kind
        carried = "".join([said.text, said.name or "", said.button, said.reference])
        assert "\x00" not in carried, kind
        carried.encode()
        assert len(said.text) <= 4096, kind
    assert len(KINDS) >= 40
    assert heard > 1500


def test_a_deeply_nested_part_costs_the_part_and_not_the_message():
    said = normalise(update(text="баланс").replace(b'"date": 1', b'"date": ' + b"[" * 100_000 + b"]" * 100_000))
    assert said is not None
    assert said.text == "баланс"
