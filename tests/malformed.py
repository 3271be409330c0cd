"""Updates that no healthy Telegram sends, of 40 kinds, the same for the same seed."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

Json = dict[str, Any]
Chance = random.Random

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**63,
    -(2**80),
    1.5,
    1e308,
    "",
    "x",
    "\x00",
    [],
    {},
    [[]],
    {"id": {}},
    [None],
)
PERSON: Json = {"id": 5005, "is_bot": False, "first_name": "Аня", "language_code": "ru"}
CHAT: Json = {"id": 5005, "type": "private", "first_name": "Аня"}


def malformed(number: int, seed: int = 0, chat_id: int = 5005, first_id: int = 1) -> Iterator[tuple[str, bytes]]:
    """(kind, body) of as many updates; all kinds come in turn."""
    chance = Chance(seed)
    ids = count(first_id)
    for n in range(number):
        name = list(KINDS)[n % len(KINDS)]
        update = _said("сколько осталось", next(ids), chat_id)
        made = KINDS[name](chance, update)
        yield name, made if isinstance(made, bytes) else json.dumps(made).encode()


def _said(text: str, update_id: int, chat_id: int) -> Json:
    message = {
        "message_id": update_id,
        "date": 1_760_000_000,
        "chat": {**CHAT, "id": chat_id},
        "from": {**PERSON, "id": chat_id},
        "text": text,
    }
    return {"update_id": update_id, "message": message}


def _with(update: Json, **parts: Any) -> Json:
    """The message with these parts in place of its text."""
    message = {name: value for name, value in update["message"].items() if name != "text"}
    return {**update, "message": {**message, **parts}}


def _pressed(update: Json, **parts: Any) -> Json:
    message = update["message"]
    query = {"id": "77", "from": message["from"], "message": message, "chat_instance": "1", "data": "human"}
    return {"update_id": update["update_id"], "callback_query": {**query, **parts}}


def _in_place(update: Json, name: str, value: Any) -> Json:
    return {**update, "message": {**update["message"], name: value}}


def _raw(update: Json, name: str, literal: str) -> bytes:
    """The message with a value that json.dumps would not write."""
    return json.dumps(_in_place(update, name, "@@")).replace('"@@"', literal).encode()


def _any_node(chance: Chance, update: Json) -> Json:
    """One random value anywhere replaced by junk."""
    changed = copy.deepcopy(update)
    node: Any = changed
    while True:
        key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if isinstance(node[key], dict | list) and node[key] and chance.random() < 0.7:
            node = node[key]
            continue
        node[key] = chance.choice(JUNK)
        return changed


def _flipped(chance: Chance, update: Json) -> bytes:
    body = bytearray(json.dumps(update, ensure_ascii=False).encode())
    for _ in range(chance.randint(1, 8)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def _without_one(chance: Chance, update: Json) -> Json:
    gone = chance.choice(list(update["message"]))
    return {**update, "message": {name: value for name, value in update["message"].items() if name != gone}}


def _levels(chance: Chance) -> int:
    """Deep enough to break a recursive reader; now and then as deep as 1 MB can be."""
    return chance.choices([2_000, 100_000], [19, 1])[0]


def _deep(chance: Chance, update: Json, opening: str, closing: str) -> bytes:
    levels = _levels(chance)
    return _raw(update, "reply_to_message", opening * levels + "1" + closing * levels)


KINDS: dict[str, Callable[[Chance, Json], Json | bytes]] = {
    "NUL in the text": lambda c, u: _in_place(u, "text", "скол\x00ько"),
    "NUL in the name": lambda c, u: _in_place(u, "from", {**u["message"]["from"], "first_name": "\x00"}),
    "lone surrogate in the text": lambda c, u: _in_place(u, "text", "a\ud83d b\udc00"),
    "lone surrogate in the name": lambda c, u: _in_place(u, "from", {**u["message"]["from"], "last_name": "\udfff"}),
    "NaN": lambda c, u: _raw(u, c.choice(["date", "text", "message_id"]), "NaN"),
    "infinity": lambda c, u: _raw(u, "date", c.choice(["Infinity", "-Infinity", "1e999"])),
    "update id beyond int64": lambda c, u: {**u, "update_id": 2**63 + c.randrange(2**40)},
    "chat id beyond int64": lambda c, u: _in_place(u, "chat", {**CHAT, "id": 2 ** c.randint(63, 200)}),
    "person id below int64": lambda c, u: _in_place(u, "from", {**PERSON, "id": -(2 ** c.randint(64, 90))}),
    "number of 10,000 digits": lambda c, u: _raw(u, "message_id", "9" * 10_000),
    "a part is missing": _without_one,
    "no chat": lambda c, u: {**u, "message": {"message_id": 1, "text": "x"}},
    "no sender": lambda c, u: _in_place(u, "from", None),
    "text is not a text": lambda c, u: _in_place(u, "text", c.choice([1, None, True, ["x"], {"x": 1}])),
    "deep lists": lambda c, u: _deep(c, u, "[", "]"),
    "deep objects": lambda c, u: _deep(c, u, '{"a":', "}"),
    "deep and never closed": lambda c, u: b'{"update_id":1,"message":' + b'{"chat":[' * _levels(c),
    "unknown kind of update": lambda c, u: {"update_id": u["update_id"], f"kind_{c.randrange(99)}": {"chat": CHAT}},
    "text of half a megabyte": lambda c, u: _in_place(u, "text", "длинно " * 12_000),
    "not JSON": lambda c, u: c.choice([b"", b"x", b"<html>", b"\xff\xfe\x00", b"update_id=1", b"{]", b'"']),
    "cut off": lambda c, u: json.dumps(u).encode()[: c.randint(1, 150)],
    "bad UTF-8": lambda c, u: json.dumps(u, ensure_ascii=False).encode().replace("с".encode(), b"\xd1\x00\xff"),
    "UTF-16": lambda c, u: json.dumps(u).encode("utf-16"),
    "not an object": lambda c, u: json.dumps(c.choice([[u], "x", 5, None, True, []])).encode(),
    "a key twice": lambda c, u: json.dumps(u).replace('"text"', '"chat": 1, "text"').encode(),
    "update id of another type": lambda c, u: {**u, "update_id": c.choice(["7", 7.5, None, True, [], {}])},
    "message is not an object": lambda c, u: {**u, "message": c.choice([[], "x", 1, None, [u["message"]]])},
    "chat of another type": lambda c, u: _in_place(
        u, "chat", c.choice([5005, "5005", [], {"id": "5005"}, {"id": 5.0}])
    ),
    "kind of chat of another type": lambda c, u: _in_place(
        u, "chat", {**CHAT, "type": c.choice([1, None, {}, "moon"])}
    ),
    "boolean ids": lambda c, u: _in_place(u, "chat", {**CHAT, "id": True}),
    "press without a message": lambda c, u: _pressed(u, message=c.choice([None, [], {"chat": None}])),
    "press without a value": lambda c, u: _pressed(u, data=c.choice([None, "", 5, ["x"], "ж" * 33, "\ud800"])),
    "keyboard of junk": lambda c, u: _pressed(u, message={**u["message"], "reply_markup": c.choice(JUNK)}),
    "contact of junk": lambda c, u: _with(u, contact=c.choice([*JUNK, {"phone_number": 7900}, {"user_id": 5005}])),
    "location of junk": lambda c, u: _with(u, location=c.choice([*JUNK, {"latitude": 91, "longitude": 0}])),
    "venue of junk": lambda c, u: _with(u, venue=c.choice([*JUNK, {"location": {"latitude": "x", "longitude": []}}])),
    "photo of junk": lambda c, u: _with(u, photo=c.choice([*JUNK, [{"file_id": "x"}], [1, 2]]), caption=c.choice(JUNK)),
    "file of junk": lambda c, u: _with(u, **{c.choice(["voice", "video", "document", "audio"]): c.choice(JUNK)}),
    "sticker of junk": lambda c, u: _with(u, sticker=c.choice(JUNK)),
    "entities of junk": lambda c, u: _in_place(u, "entities", c.choice(JUNK)),
    "hidden user without a name": lambda c, u: _in_place(u, "forward_origin", {"type": "hidden_user", "date": 1}),
    "membership of junk": lambda c, u: {**u, "message": None, "my_chat_member": c.choice([*JUNK, {"chat": CHAT}])},
    "nothing we know in it": lambda c, u: _with(u, hologram={"file_id": "x"}),
    "control signs unescaped": lambda c, u: _raw(u, "text", '"a\x01\x02\x1f\nb"'),
    "one value anywhere is junk": _any_node,
    "bytes flipped": _flipped,
}

# These would break a whole getUpdates answer; only a webhook can bring them.
NOT_JSON = frozenset(
    ["deep and never closed", "not JSON", "cut off", "bad UTF-8", "UTF-16", "control signs unescaped", "bytes flipped"]
)
