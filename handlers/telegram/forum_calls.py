"""What the desk in a group asks of the Bot API, within Telegram's limit for a group.

core.telegram.org/bots/faq: 20 messages a minute in a group. Edits and topics made count as messages (levlam, tdlib/td
issue 2592), so everything that shows in the group is counted here.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any

from bot.messages import Refused, Reply, Unreachable
from handlers.splitting import split
from handlers.telegram.aiogram_parts import TelegramMethod, build, types
from handlers.telegram.bot_api import BotApi, EditText, SendText
from handlers.telegram.files import CAPTION_LIMIT, Files, ReadFile, message_id_of
from handlers.telegram.outgoing import entity_of, markup_of

A_MINUTE = 61.0  # seconds; one more, for the way to Telegram
MIRRORED = 16  # a minute for what is mirrored; the rest is kept for what an agent must hear now
SLOW_BELOW = 8  # with less room than this left, messages are collected

# What an administrator must be allowed: a forgotten person's topic is deleted.
RIGHTS = {"can_manage_topics": "manage topics", "can_delete_messages": "delete messages"}

# Colours that Telegram allows for a topic's icon.
COLOURS = {"ru": 0x6FB9F0, "zh": 0xFFD67E, "urgent": 0xFB6F5F}


class _InForum(TelegramMethod[Any]):
    __returning__ = Any

    chat_id: int


class GetChat(_InForum):
    __api_method__ = "getChat"


class GetChatMember(_InForum):
    __api_method__ = "getChatMember"

    user_id: int


class CreateForumTopic(_InForum):
    __api_method__ = "createForumTopic"

    name: str
    icon_color: int


class EditForumTopic(_InForum):
    __api_method__ = "editForumTopic"

    message_thread_id: int
    name: str


class _OfTopic(_InForum):
    message_thread_id: int


class CloseForumTopic(_OfTopic):
    __api_method__ = "closeForumTopic"


class ReopenForumTopic(_OfTopic):
    __api_method__ = "reopenForumTopic"


class DeleteForumTopic(_OfTopic):
    __api_method__ = "deleteForumTopic"


class EditButtons(_InForum):
    __api_method__ = "editMessageReplyMarkup"

    message_id: int
    reply_markup: types.InlineKeyboardMarkup | None = None


build(_InForum, _OfTopic, GetChat, GetChatMember, CreateForumTopic, EditForumTopic, EditButtons)
build(CloseForumTopic, ReopenForumTopic, DeleteForumTopic)


class ForumCalls:
    """One group. Raises as BotApi.call; `room` says how many calls may go now."""

    def __init__(self, api: BotApi, read_file: ReadFile) -> None:
        self._api = api
        self._files = Files(api, read_file)
        self._made: deque[float] = deque()
        self._paused_until = 0.0
        self.chat_id = 0

    def room(self) -> int:
        now = monotonic()
        while self._made and self._made[0] < now - A_MINUTE:
            self._made.popleft()
        return 0 if now < self._paused_until else max(0, MIRRORED - len(self._made))

    def pause(self, seconds: float) -> None:
        """Telegram asked for it."""
        self._paused_until = monotonic() + seconds

    def left(self) -> float:
        """Seconds until there is room again."""
        now = monotonic()
        oldest = self._made[0] + A_MINUTE if len(self._made) >= MIRRORED else now
        return max(0.0, self._paused_until - now, oldest - now)

    async def trouble(self) -> str:
        """Why this group cannot be a desk, in a sentence for whoever runs us; empty when it can."""
        chat = await self._api.call(GetChat(chat_id=self.chat_id))
        if not (isinstance(chat, dict) and chat.get("type") == "supergroup" and chat.get("is_forum") is True):
            return f"FORUM_CHAT {self.chat_id}: topics are off in this group; switch them on in its settings"
        me = await self._api.call(GetChatMember(chat_id=self.chat_id, user_id=int(self._api.source)))
        if not isinstance(me, dict) or me.get("status") != "administrator":
            return f"FORUM_CHAT {self.chat_id}: the bot is no administrator of this group; make it one"
        lacks = [name for right, name in RIGHTS.items() if me.get(right) is not True]
        return f"FORUM_CHAT {self.chat_id}: the bot may not {' and '.join(lacks)} there; let it" if lacks else ""

    async def create(self, name: str, colour: str) -> int:
        made = await self._counted(CreateForumTopic(chat_id=self.chat_id, name=name, icon_color=COLOURS[colour]))
        return int(made["message_thread_id"])

    async def rename(self, thread_id: int, name: str) -> None:
        await self._counted(EditForumTopic(chat_id=self.chat_id, message_thread_id=thread_id, name=name))

    async def post(self, thread_id: int | None, reply: Reply, answers: int | None = None) -> int:
        """In as many messages as it takes; the first one's id. `answers`: the message this is a reply to."""
        markup = markup_of(reply) if reply.choices else None
        if reply.files:
            return await self._post_files(thread_id, reply)
        ids = []
        for part in (parts := split(reply)):
            message = SendText(
                chat_id=self.chat_id,
                message_thread_id=thread_id,
                text=part.text,
                entities=[entity_of(entity) for entity in part.entities],
                reply_markup=markup if part is parts[-1] else None,
                link_preview_options=types.LinkPreviewOptions(is_disabled=True),
                reply_parameters={"message_id": answers, "allow_sending_without_reply": True} if answers else None,
            )
            ids.append(int(message_id_of(await self._counted(message))))
        return ids[0]

    async def _post_files(self, thread_id: int | None, reply: Reply) -> int:
        """Its words under the first file."""
        ids = []
        for n, file in enumerate(reply.files):
            said = Reply(reply.text[:CAPTION_LIMIT] if n == 0 else "", reply.entities if n == 0 else (), files=(file,))
            self._made.append(monotonic())
            entities = [entity_of(entity) for entity in said.entities]
            ids.append(int(await self._files.send(self.chat_id, said, entities, None, thread_id)))
        return ids[0]

    async def edit(self, message_id: int, reply: Reply) -> None:
        change = EditText(
            chat_id=self.chat_id,
            message_id=message_id,
            text=split(reply)[0].text,
            entities=[entity_of(entity) for entity in split(reply)[0].entities],
            link_preview_options=types.LinkPreviewOptions(is_disabled=True),
        )
        await self._unless_done(change)

    async def buttons(self, message_id: int, reply: Reply) -> None:
        markup = markup_of(reply) if reply.choices else None
        shown = markup if isinstance(markup, types.InlineKeyboardMarkup) else None
        await self._unless_done(EditButtons(chat_id=self.chat_id, message_id=message_id, reply_markup=shown))

    async def close(self, thread_id: int) -> None:
        await self._unless_done(CloseForumTopic(chat_id=self.chat_id, message_thread_id=thread_id))

    async def reopen(self, thread_id: int) -> None:
        await self._unless_done(ReopenForumTopic(chat_id=self.chat_id, message_thread_id=thread_id))

    async def delete(self, thread_id: int) -> None:
        await self._unless_done(DeleteForumTopic(chat_id=self.chat_id, message_thread_id=thread_id))

    async def _unless_done(self, method: TelegramMethod[Any]) -> None:
        """It is so already, or the message is gone: nothing to do."""
        try:
            await self._counted(method)
        except Refused as refused:
            why = str(refused).lower().replace("_", " ")
            if "not modified" not in why and "message to edit not found" not in why:
                raise

    async def _counted(self, method: TelegramMethod[Any]) -> Any:
        self._made.append(monotonic())
        return await self._api.call(method)


def is_gone(refused: Refused) -> bool:
    """The topic was deleted by hand."""
    why = str(refused).lower().replace("_", " ")
    return "thread not found" in why or "topic deleted" in why or "topic id invalid" in why


def is_closed(refused: Refused) -> bool:
    return "topic closed" in str(refused).lower().replace("_", " ")


def is_shut_out(problem: Exception) -> bool:
    """We are not in the group any more, or may not do there what a desk needs."""
    return isinstance(problem, Unreachable) or "not enough rights" in str(problem).lower()
