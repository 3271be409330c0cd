"""What each call of the Bot API does: the state that Telegram keeps for one bot."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Any
from uuid import uuid4

from tests import telegram_rules as rules
from tests.telegram_forum import Forum, ForumCalls, moved
from tests.telegram_markup import check_markup
from tests.telegram_people import Group, Heard, Person
from tests.telegram_queues import Flood, Queues, Webhook
from tests.telegram_rules import Json, Refusal, bad

_ENDINGS = {"photo": "photos", "voice": "voice", "video": "videos", "audio": "music"}
SHOWN = ("text", "entities", "reply_markup")


@dataclass
class _Press:
    person: Person
    at: float = field(default_factory=monotonic)
    answered: bool = False


class Account:
    """One bot as Telegram knows it: its people, messages, files, waiting updates and the presses to be answered."""

    def __init__(self, bot_id: int, queues: Queues, *, flood: bool, callback_ttl: float, seed: int) -> None:
        self.me = {"id": bot_id, "is_bot": True, "first_name": "Stand-in", "username": "stand_in_test_bot"}
        self.queues = queues
        self.people: dict[int, Person] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.introduction: dict[tuple[str, str], Any] = {}  # (commands, description or short_description; language)
        self.groups: dict[int, Group] = {}
        self.known_ids: set[tuple[int, int]] = set()  # chat and message, of people's messages
        self.inline: dict[str, Json | None] = {}  # the answer to each inline query, None while there is none
        self._presses: dict[str, _Press] = {}
        self._flood = Flood() if flood else None
        self._callback_ttl = callback_ttl
        self._chance = random.Random(seed)
        self._last_message_id = 0

    def next_message_id(self) -> int:
        self._last_message_id += 1
        return self._last_message_id

    def keep_file(self, content: bytes, name: str, kind: str = "document") -> str:
        file_id = f"BQACAgIAAx{uuid4().hex}"
        self.files[file_id] = (f"{_ENDINGS.get(kind, 'documents')}/{file_id}/{name}", content)
        return file_id

    def press(self, person: Person, value: str, on: Heard) -> int:
        query_id = str(self._chance.randrange(10**17, 10**18))
        self._presses[query_id] = _Press(person)
        query = {
            "id": query_id,
            "from": person.as_user(),
            "message": self.messages.get((on.raw["chat"]["id"] if on.raw else person.id, on.id), on.raw),
            "chat_instance": str(person.id),
            "data": value,
        }
        return self.queues.add("callback_query", query, f"presses of {person.id}")

    async def _get_me(self, _: Json) -> Json:
        return self.me | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }

    async def _get_updates(self, said: Json) -> list[bytes]:
        self._allow(said)
        return await self.queues.get(said.get("offset", 0), said.get("limit", 100), said.get("timeout", 0))

    async def _set_webhook(self, said: Json) -> bool:
        secret, connections = said.get("secret_token", ""), said.get("max_connections", 40)
        drop = said.get("drop_pending_updates", False)
        rules.check_webhook(said["url"], secret, connections, said.get("allowed_updates", []))
        self._allow(said)
        self.queues.set_webhook(Webhook(said["url"], secret, connections), drop=drop)
        return True

    async def _delete_webhook(self, said: Json) -> bool:
        self.queues.delete_webhook(drop=said.get("drop_pending_updates", False))
        return True

    async def _get_webhook_info(self, _: Json) -> Json:
        webhook = self.queues.webhook
        return {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": self.queues.waiting,
            "last_error_message": self.queues.last_error,
            "allowed_updates": self.queues.allowed,
        }

    def _allow(self, said: Json) -> None:
        """Not given: what was asked for before stays."""
        if "allowed_updates" in said:
            rules.check_update_kinds(said["allowed_updates"])
            self.queues.allowed = list(said["allowed_updates"])

    async def _answer_inline_query(self, said: Json) -> bool:
        if self.inline.get(said["inline_query_id"], said) is not None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        rules.check_inline_results(said["results"])
        self.inline[said["inline_query_id"]] = said
        return True

    def _check_reply(self, said: Json) -> None:
        to = said.get("reply_parameters")
        if to is None:
            return
        if not isinstance(to.get("message_id"), int) or not set(to) <= {"message_id", "allow_sending_without_reply"}:
            raise bad("can't parse ReplyParameters")
        key = (said["chat_id"], to["message_id"])
        if key not in self.messages and key not in self.known_ids and not to.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")

    async def _send_message(self, said: Json) -> Json:
        rules.check_text(said["text"], said.get("entities", []))
        self._check_reply(said)
        markup = said.get("reply_markup", {})
        if markup:
            check_markup(markup)
        person = self.reachable(said["chat_id"])
        thread = self._into(person, said)
        self.check_flood(person)
        entities = {"entities": said["entities"]} if said.get("entities") else {}
        to = said.get("reply_parameters", {}).get("message_id")
        quoted = {"reply_to_message": {"message_id": to}} if to else {}
        return self._shows(person, {"text": said["text"], **entities, **quoted, **thread}, markup)

    def _sends(self, kind: str) -> Callable[[Json], Awaitable[Json]]:
        """sendPhoto, sendDocument and their like."""

        async def send(said: Json) -> Json:
            rules.check_file(kind, said[kind])
            rules.check_caption(said.get("caption", ""), said.get("caption_entities", []))
            markup = said.get("reply_markup", {})
            if markup:
                check_markup(markup)
            person = self.reachable(said["chat_id"])
            thread = self._into(person, said)
            self.check_flood(person)
            upload = said[kind]
            file_id = self.keep_file(upload.content, upload.name, kind)
            about = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": len(upload.content)}
            shown = [about] if kind == "photo" else {**about, "file_name": upload.name}
            caption = {"caption": said["caption"]} if said.get("caption") else {}
            return self._shows(person, {kind: shown, **caption, **thread}, markup)

        return send

    def check_flood(self, chat: Person | Group) -> None:
        if self._flood is not None and isinstance(chat, Group):
            self._flood.check_group(chat.id)
        elif self._flood is not None:
            self._flood.check(chat.id)

    def _into(self, chat: Person | Group, said: Json) -> Json:
        """The topic that a message goes to."""
        thread_id = said.get("message_thread_id")
        if isinstance(chat, Forum):
            chat.check_thread(thread_id)
        elif thread_id is not None:
            raise bad("message thread not found")
        return {"message_thread_id": thread_id, "is_topic_message": True} if thread_id is not None else {}

    def _shows(self, person: Person | Group, content: Json, markup: Json) -> Json:
        message = {
            "message_id": self.next_message_id(),
            "from": self.me,
            "chat": person.as_chat(),
            "date": int(time()),
            **content,
            **({"reply_markup": markup} if "inline_keyboard" in markup else {}),
        }
        self.messages[person.id, message["message_id"]] = message
        person.sees_keys(markup)
        person.sees(message)
        return message

    async def _send_chat_action(self, said: Json) -> bool:
        if said["action"] not in rules.ACTIONS:
            raise bad("wrong parameter action in request")
        self.reachable(said["chat_id"]).typing_seen += 1
        return True

    async def _answer_callback_query(self, said: Json) -> bool:
        press = self._presses.get(said["callback_query_id"])
        if press is None or press.answered or monotonic() - press.at > self._callback_ttl:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if rules.units(said.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        press.answered = True
        press.person.toasts.append(said.get("text", ""))
        return True

    async def _edit(self, said: Json) -> Json:
        """editMessageText and editMessageReplyMarkup; without reply_markup the buttons go."""
        old = self.messages.get((said["chat_id"], said["message_id"]))
        if old is None:
            raise bad("message to edit not found")
        if "text" in said:
            rules.check_text(said["text"], said.get("entities", []))
        if "reply_markup" in said:
            check_markup(said["reply_markup"], edit=True)
        person = self.reachable(said["chat_id"])
        new = {name: value for name, value in old.items() if name not in SHOWN}
        words = said if "text" in said else old
        new |= {name: words[name] for name in SHOWN[:2] if words.get(name)}
        if said.get("reply_markup", {}).get("inline_keyboard"):
            new["reply_markup"] = said["reply_markup"]
        if all(new.get(name) == old.get(name) for name in SHOWN):
            raise bad("message is not modified")
        if isinstance(person, Group):
            self.check_flood(person)
        self.messages[person.id, said["message_id"]] = new
        person.sees(new)
        return new

    async def _set_introduction(self, said: Json) -> bool:
        language = said.get("language_code", "")
        if language and not (len(language) == 2 and language.isalpha()):
            raise bad("invalid language code specified")
        if "commands" in said:
            rules.check_commands(said["commands"])
        limits = {"description": 512, "short_description": 120}
        for name in ("commands", *limits):
            if name in said:
                if len(said[name]) > limits.get(name, 100):
                    raise bad(f"{name} is too long")
                self.introduction[name, language] = said[name]
        return True

    async def _get_file(self, said: Json) -> Json:
        if said["file_id"] not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        path, content = self.files[said["file_id"]]
        if len(content) > rules.GIVEN_OUT:
            raise bad("file is too big")
        return {"file_id": said["file_id"], "file_unique_id": said["file_id"][-8:], "file_path": path} | {
            "file_size": len(content)
        }

    def reachable(self, chat_id: int) -> Person | Group:
        person = self.people.get(chat_id) or self.groups.get(chat_id)
        if person is None:
            raise bad("chat not found")
        if isinstance(person, Forum) and person.moved_to is not None:
            raise moved(person.moved_to)
        if person.blocked and isinstance(person, Group):
            raise Refusal(403, "Forbidden: bot was kicked from the supergroup chat")
        if person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return person

    @property
    def methods(self) -> dict[str, Callable[[Json], Awaitable[Any]]]:
        return {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendChatAction": self._send_chat_action,
            "answerCallbackQuery": self._answer_callback_query,
            "answerInlineQuery": self._answer_inline_query,
            "editMessageText": self._edit,
            "editMessageReplyMarkup": self._edit,
            "setMyCommands": self._set_introduction,
            "setMyDescription": self._set_introduction,
            "setMyShortDescription": self._set_introduction,
            "getFile": self._get_file,
            **ForumCalls(self).methods,
            **{method: self._sends(kind) for method, kind in rules.SENDS_FILE.items()},
        }
