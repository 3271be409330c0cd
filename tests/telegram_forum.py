"""A supergroup with topics on the stand-in server: what its members do there, and the Bot API's calls for topics.

Refusals as tdlib/telegram-bot-api words them: "message thread not found", "TOPIC_CLOSED", "not enough rights ...".
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Any

from tests.telegram_people import Group, Heard, Person, read_message
from tests.telegram_rules import Json, Refusal, bad

if TYPE_CHECKING:
    from tests.telegram_account import Account

COLOURS = {0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F}
TITLE = 128


@dataclass
class Topic:
    id: int
    name: str
    colour: int
    closed: bool = False


class Forum(Group):
    """The bot is a member with `rights`; `topics` are those not deleted."""

    def __init__(self, account: Account, id: int, title: str) -> None:
        super().__init__(account, id, title)
        self.topics: dict[int, Topic] = {}
        self.is_forum = True
        self.manages_topics = True
        self.moved_to: int | None = None

    def as_chat(self) -> Json:
        return {**super().as_chat(), **({"is_forum": True} if self.is_forum else {})}

    # What its members do and see.

    async def topic(self, pattern: str, *, but: tuple[int, ...] = ()) -> Topic:
        """The topic whose name holds the pattern, once there is one."""
        return await self.until(
            lambda: next(
                (one for one in self.topics.values() if re.search(pattern, one.name) and one.id not in but), None
            ),
            f"a topic {pattern!r}",
        )

    async def shows(self, topic: Topic, pattern: str) -> Heard:
        """The message of the topic in which the pattern is found, once it is there; also one changed to hold it."""
        return await self.until(
            lambda: next((one for one in self.in_topic(topic) if re.search(pattern, one.text, re.S)), None),
            f"{pattern!r} in {topic.name!r}",
        )

    async def offers(self, topic: Topic, label: str) -> Heard:
        """The message of the topic that has this button, once there is one."""
        return await self.until(
            lambda: next((one for one in self.in_topic(topic) if any(label in it for it in one.labels)), None),
            f"button {label!r} in {topic.name!r}",
        )

    async def is_closed(self, topic: Topic) -> None:
        await self.until(lambda: topic.closed or None, f"{topic.name!r} closed")

    def in_topic(self, topic: Topic) -> list[Heard]:
        mine = (m for (chat, _), m in self._account.messages.items() if chat == self.id)
        return [read_message(m) for m in mine if m.get("message_thread_id") == topic.id]

    async def until(self, found: Callable[[], Any], wanted: str) -> Any:
        for _ in range(1000):
            if (it := found()) is not None:
                return it
            await asyncio.sleep(0.02)
        texts = [m.get("text", m.get("caption")) for (chat, _), m in self._account.messages.items() if chat == self.id]
        raise AssertionError(f"waited in vain for {wanted}; the group has {texts}")

    async def writes(self, member: Person, topic: Topic | None, text: str = "", **content: Any) -> int:
        return await self._posts("message", member, topic, {"text": text} if text else content)

    async def corrects(self, member: Person, topic: Topic, message_id: int, text: str) -> int:
        return await self._posts("edited_message", member, topic, {"text": text}, message_id)

    async def _posts(
        self, kind: str, member: Person, topic: Topic | None, content: Json, message_id: int | None = None
    ) -> int:
        message_id = message_id or self._account.next_message_id()
        self._account.known_ids.add((self.id, message_id))
        message = {"message_id": message_id, "date": int(time()), "chat": self.as_chat(), "from": member.as_user()}
        if topic is not None:  # every message of a topic looks like an answer to the one that made it
            made = {"message_id": topic.id, "chat": self.as_chat(), "date": int(time()), "forum_topic_created": {}}
            message |= {"message_thread_id": topic.id, "is_topic_message": True, "reply_to_message": made}
        self._account.queues.add(kind, {**message, **content}, f"chat {self.id}")
        return message_id

    async def presses(self, member: Person, topic: Topic, label: str) -> str:  # type: ignore[override]
        """Presses the button with this label; what the press was answered with."""
        on = await self.offers(topic, label)
        value = next(button.value for button in on.buttons if label in button.label)
        answered = len(member.toasts)
        self._account.press(member, value, on)
        await self.until(lambda: len(member.toasts) > answered or None, f"an answer to {label!r}")
        return member.toasts[-1]

    def deletes(self, topic: Topic) -> None:
        del self.topics[topic.id]
        for key in [k for k, m in self._account.messages.items() if m.get("message_thread_id") == topic.id]:
            del self._account.messages[key]

    async def closes(self, member: Person, topic: Topic) -> None:
        topic.closed = True
        await self.writes(member, topic, forum_topic_closed={})

    async def changes_rights(self, *, manages_topics: bool, inside: bool = True) -> None:
        self.manages_topics, self.blocked = manages_topics, not inside
        self._membership("administrator", "administrator" if inside else "kicked")

    # What the bot's calls meet.

    def check_thread(self, thread_id: int | None) -> None:
        """Before anything is sent into it."""
        if thread_id is None:
            return
        if thread_id not in self.topics:
            raise bad("message thread not found")
        if self.topics[thread_id].closed:
            raise bad("TOPIC_CLOSED")

    def owned(self, thread_id: int) -> Topic:
        if not self.manages_topics:
            raise bad("not enough rights to manage topics")
        if thread_id not in self.topics:
            raise bad("TOPIC_ID_INVALID")
        return self.topics[thread_id]


class ForumCalls:
    """The Bot API's methods for topics."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def _forum(self, said: Json) -> Forum:
        chat = self._account.reachable(said["chat_id"])
        if not isinstance(chat, Forum) or not chat.is_forum:
            raise bad("the chat is not a forum")
        return chat

    async def get_chat(self, said: Json) -> Json:
        return {**self._account.reachable(said["chat_id"]).as_chat(), "accent_color_id": 0, "max_reaction_count": 11}

    async def get_chat_member(self, said: Json) -> Json:
        chat = self._account.reachable(said["chat_id"])
        if said["user_id"] != self._account.me["id"]:
            raise bad("user not found")
        if not isinstance(chat, Forum):
            return {"user": self._account.me, "status": "member"}
        rights = {"can_manage_topics": chat.manages_topics, "can_delete_messages": True}
        return {"user": self._account.me, "status": "administrator", **rights}

    async def create(self, said: Json) -> Json:
        forum = self._forum(said)
        if not forum.manages_topics:
            raise bad("not enough rights to create a topic")
        _check_name(said["name"])
        if said.get("icon_color", 0x6FB9F0) not in COLOURS:
            raise bad("TOPIC_ICON_COLOR_INVALID")
        self._account.check_flood(forum)
        topic = Topic(self._account.next_message_id(), said["name"], said.get("icon_color", 0x6FB9F0))
        forum.topics[topic.id] = topic
        return {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.colour}

    async def edit(self, said: Json) -> bool:
        forum = self._forum(said)
        topic = forum.owned(said["message_thread_id"])
        _check_name(said["name"])
        if topic.name == said["name"]:
            raise bad("TOPIC_NOT_MODIFIED")
        self._account.check_flood(forum)
        topic.name = said["name"]
        return True

    def turn(self, *, closed: bool) -> Callable[[Json], Awaitable[bool]]:
        """closeForumTopic and reopenForumTopic."""

        async def call(said: Json) -> bool:
            forum = self._forum(said)
            topic = forum.owned(said["message_thread_id"])
            if topic.closed == closed:
                raise bad("TOPIC_NOT_MODIFIED")
            self._account.check_flood(forum)
            topic.closed = closed
            return True

        return call

    async def delete(self, said: Json) -> bool:
        forum = self._forum(said)
        forum.deletes(forum.owned(said["message_thread_id"]))
        return True

    @property
    def methods(self) -> dict[str, Callable[[Json], Awaitable[Any]]]:
        return {
            "getChat": self.get_chat,
            "getChatMember": self.get_chat_member,
            "createForumTopic": self.create,
            "editForumTopic": self.edit,
            "closeForumTopic": self.turn(closed=True),
            "reopenForumTopic": self.turn(closed=False),
            "deleteForumTopic": self.delete,
        }


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= TITLE:
        raise bad("TOPIC_TITLE_INVALID")


def moved(chat_id: int) -> Refusal:
    return Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to=chat_id)
