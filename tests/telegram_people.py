"""The people on the other side of the stand-in server: they write, press, share, and hear what the bot says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any

from tests.telegram_rules import Json

if TYPE_CHECKING:
    from tests.telegram_account import Account


@dataclass(frozen=True)
class Button:
    label: str
    value: str = ""
    url: str = ""


@dataclass(frozen=True)
class Heard:
    """A message of the bot as this person sees it."""

    id: int
    text: str
    buttons: tuple[Button, ...] = ()
    rows: tuple[int, ...] = ()  # how many buttons each row has
    entities: tuple[Json, ...] = ()
    file: tuple[str, str] = ("", "")  # photo, voice, document ... and its file_id; the text is then its caption
    at: float = field(default=0.0, compare=False)
    raw: Json = field(default_factory=dict, compare=False, repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(button.label for button in self.buttons)


Wanted = str | Callable[[Heard], bool] | None


class Person:
    """A Telegram user in a private chat with the bot; the chat has the user's id."""

    def __init__(self, account: Account, id: int, name: str, language_code: str | None) -> None:
        self.id, self.name, self.language_code = id, name, language_code
        self.heard: list[Heard] = []
        self.keys: tuple[str, ...] = ()  # the keyboard shown in place of letters
        self.key_asks_contact = False
        self.blocked = False
        self.typing_seen = 0
        self.toasts: list[str] = []  # texts of answered button presses
        self._account = account
        self._read = 0  # messages that `hears` has gone past
        self._news = asyncio.Event()

    # What a person does. Each returns the id of the message, or of the update where there is no message.

    async def says(self, text: str, **more: Any) -> int:
        entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text[:1] == "/" else []
        return self._message({"text": text, **({"entities": entities} if entities else {}), **more})

    async def sends(self, **content: Any) -> int:
        """Any other content, as the Bot API names it: photo=[...], voice={...}, caption="..."."""
        return self._message(content)

    async def edits(self, text: str, message_id: int) -> int:
        message = {**self._envelope(message_id), "edit_date": int(time()), "text": text}
        return self._account.queues.add("edited_message", message, f"chat {self.id}")

    async def answers(self, text: str, to: Heard) -> int:
        """Replies to a message of the bot."""
        quoted = {k: v for k, v in to.raw.items() if k in ("message_id", "from", "chat", "date", "text")}
        return self._message({"text": text, "reply_to_message": quoted})

    async def reacts(self, emoji: str, on: Heard) -> int:
        """Puts a sign on a message; an empty one takes it back."""
        change = {
            "chat": self.as_chat(),
            "user": self.as_user(),
            "message_id": on.id,
            "date": int(time()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": emoji}] if emoji else [],
        }
        return self._account.queues.add("message_reaction", change, f"reactions {self.id}")

    async def types_inline(self, query: str) -> list[Json]:
        """Types the bot's name and a question in some other chat, and sees what is offered."""
        query_id = f"{self.id}{len(self._account.inline)}"
        self._account.inline[query_id] = None
        asked = {"id": query_id, "from": self.as_user(), "query": query, "offset": ""}
        self._account.queues.add("inline_query", asked, f"inline {self.id}")
        for _ in range(500):
            if (answer := self._account.inline[query_id]) is not None:
                return list(answer["results"])
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.name} typed {query!r} and was offered nothing")

    async def presses(self, label: str, *, on: Heard | None = None) -> int:
        """The button with this label, on the newest message that has one."""
        for message in [on] if on else reversed(self.heard):
            for button in message.buttons:
                if button.label == label and button.value:
                    return await self.presses_value(button.value, on=message)
        raise AssertionError(f"{self.name} sees no button {label!r}; {self._seen()}")

    async def presses_value(self, value: str, *, on: Heard) -> int:
        """A press with any value, as an old or forged keyboard could send."""
        return self._account.press(self, value, on)

    async def shares_contact(self, phone: str, *, owner: int | None = None, **more: Any) -> int:
        """Own card, or with `owner` somebody else's; `forward_origin=...` makes it a forwarded one."""
        card = {"phone_number": phone, "first_name": self.name, "user_id": self.id if owner is None else owner}
        return self._message({"contact": card, **more})

    async def sends_location(self, latitude: float, longitude: float) -> int:
        return self._message({"location": {"latitude": latitude, "longitude": longitude}})

    async def sends_file(self, content: bytes, name: str, mime: str = "application/octet-stream") -> int:
        file_id = self._account.keep_file(content, name)
        return self._message(
            {
                "document": {"file_id": file_id, "file_unique_id": file_id[-8:], "file_name": name, "mime_type": mime}
                | {"file_size": len(content)}
            }
        )

    async def sends_album(self, pictures: list[bytes], caption: str = "") -> list[int]:
        """Photos sent in one go: a message each, the caption under the first."""
        album = str(time())
        return [
            self._message(
                {"photo": [self._photo(content)], "media_group_id": album} | ({"caption": caption} if not n else {})
            )
            for n, content in enumerate(pictures)
        ]

    async def sends_photo(self, content: bytes, caption: str = "") -> int:
        return self._message({"photo": [self._photo(content)]} | ({"caption": caption} if caption else {}))

    def _photo(self, content: bytes) -> Json:
        file_id = self._account.keep_file(content, "photo.jpg", "photo")
        about = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(content)}
        return about | {"width": 600, "height": 400}

    async def sends_voice(self, content: bytes) -> int:
        file_id = self._account.keep_file(content, "voice.oga", "voice")
        about = {"file_id": file_id, "file_unique_id": file_id[-8:], "mime_type": "audio/ogg"}
        return self._message({"voice": {**about, "duration": 2, "file_size": len(content)}})

    def opens(self, heard: Heard) -> bytes:
        """The file that the bot has sent, as the person's phone got it."""
        return self._account.files[heard.file[1]][1]

    async def blocks(self) -> int:
        self.blocked = True
        return self._membership("member", "kicked")

    async def returns(self) -> int:
        self.blocked = False
        return self._membership("kicked", "member")

    # What a person hears.

    async def hears(self, wanted: Wanted = None, timeout: float = 10.0) -> Heard:  # noqa: ASYNC109
        """The next message, past those already heard here, in which the pattern is found or the check holds."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            for position in range(self._read, len(self.heard)):
                if _fits(self.heard[position], wanted):
                    self._read = position + 1
                    return self.heard[position]
            left = deadline - asyncio.get_running_loop().time()
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, left))
            except TimeoutError:
                raise AssertionError(f"{self.name} waited {timeout:g} s for {wanted!r}; {self._seen()}") from None

    def sees(self, message: Json) -> None:
        """Called by the server: the bot wrote or changed a message."""
        heard = read_message(message)
        known = [position for position, one in enumerate(self.heard) if one.id == heard.id]
        if known:
            self.heard[known[0]] = heard
        else:
            self.heard.append(heard)
        self._news.set()

    def sees_keys(self, markup: Json) -> None:
        if "keyboard" in markup:
            keys = [key if isinstance(key, dict) else {"text": key} for row in markup["keyboard"] for key in row]
            self.keys = tuple(key["text"] for key in keys)
            self.key_asks_contact = any(key.get("request_contact") for key in keys)
        elif "remove_keyboard" in markup:
            self.keys, self.key_asks_contact = (), False

    def as_user(self) -> Json:
        first, _, last = self.name.partition(" ")
        user = {"id": self.id, "is_bot": False, "first_name": first}
        if last:
            user["last_name"] = last
        return user | ({"language_code": self.language_code} if self.language_code else {})

    def as_chat(self) -> Json:
        return {"id": self.id, "type": "private", "first_name": self.name.partition(" ")[0]}

    def _envelope(self, message_id: int) -> Json:
        return {"message_id": message_id, "date": int(time()), "chat": self.as_chat(), "from": self.as_user()}

    def _message(self, content: Json) -> int:
        message_id = self._account.next_message_id()
        self._account.known_ids.add((self.id, message_id))
        self._account.queues.add("message", {**self._envelope(message_id), **content}, f"chat {self.id}")
        return message_id

    def _membership(self, before: str, now: str) -> int:
        member = {"user": self._account.me}
        change = {
            "chat": self.as_chat(),
            "from": self.as_user(),
            "date": int(time()),
            "old_chat_member": {**member, "status": before, "until_date": 0},
            "new_chat_member": {**member, "status": now, "until_date": 0},
        }
        return self._account.queues.add("my_chat_member", change, f"member {self.id}")

    def _seen(self) -> str:
        last = [f"{one.text!r} {list(one.labels)}" for one in self.heard[-5:]]
        return f"last of {len(self.heard)} messages: " + ("; ".join(last) or "none")


class Group(Person):
    """A group chat that the bot is in; `heard` is what all its members see from the bot."""

    def __init__(self, account: Account, id: int, title: str) -> None:
        super().__init__(account, id, title, None)

    def as_chat(self) -> Json:
        return {"id": self.id, "type": "supergroup", "title": self.name}

    async def member_says(self, member: Person, text: str, **more: Any) -> int:
        message_id = self._account.next_message_id()
        self._account.known_ids.add((self.id, message_id))
        envelope = {"message_id": message_id, "date": int(time()), "chat": self.as_chat(), "from": member.as_user()}
        self._account.queues.add("message", {**envelope, "text": text, **more}, f"chat {self.id}")
        return message_id

    async def member_presses(self, member: Person, label: str) -> int:
        on = next(one for one in reversed(self.heard) if label in one.labels)
        value = next(button.value for button in on.buttons if button.label == label)
        return self._account.press(member, value, on)


def read_message(message: Json) -> Heard:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple(
        Button(button["text"], button.get("callback_data", ""), button.get("url", "")) for row in rows for button in row
    )
    return Heard(
        id=message["message_id"],
        text=message.get("text", message.get("caption", "")),
        buttons=buttons,
        rows=tuple(len(row) for row in rows),
        entities=tuple(message.get("entities", message.get("caption_entities", ()))),
        file=_file_of(message),
        at=time(),
        raw=message,
    )


def _file_of(message: Json) -> tuple[str, str]:
    for kind in ("photo", "document", "voice", "audio", "video"):
        if kind in message:
            about = message[kind][-1] if kind == "photo" else message[kind]
            return kind, about["file_id"]
    return "", ""


def _fits(heard: Heard, wanted: Wanted) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return re.search(wanted, heard.text, re.DOTALL) is not None
    return wanted(heard)
