"""One bot's side of the Bot API: every call ends in a result or in an error the core can answer.

ChannelError (nothing was done, worth another try)
├── SlowDown       429
├── Unreachable    403, or the chat is gone
├── Refused        400 and other refusals of this very message
│   ├── TooLarge   a file over the Bot API's limit
│   └── GroupMoved the group has another id now, `chat_id`
├── Unauthorized   401, 404: the token is wrong
│   └── Conflict   409: somebody else receives this bot's updates
└── InDoubt        5xx, time-out, connection lost after the request went out, an answer nobody can read
"""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

from bot.messages import ChannelError, InDoubt, Refused, SlowDown, TooLarge, Unauthorized, Unreachable
from handlers.reading import read_json, whole
from handlers.telegram.aiogram_parts import (
    AiohttpSession,
    Bot,
    TelegramAPIServer,
    TelegramMethod,
    build,
    exceptions,
    methods,
    types,
)

T = TypeVar("T")

DOWNLOAD_LIMIT = 20 * 1024 * 1024  # bytes; more the Bot API gives out to nobody
DOWNLOAD_TIMEOUT = 25
SEND_TIMEOUT = 9.0  # the outbox gives a delivery 10 s; 2 s make healthy sends doubtful
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
# What Telegram says with a 400 when there is nobody to write to any more.
GONE = ("chat not found", "user not found", "peer_id_invalid", "input_user_deactivated", "user is deactivated")


class Conflict(Unauthorized):
    pass


class GroupMoved(Refused):
    def __init__(self, chat_id: int) -> None:
        super().__init__("the group has another id now")
        self.chat_id = chat_id


class RawUpdates(TelegramMethod[list[Any]]):
    """getUpdates as plain JSON: aiogram's own refuses the whole batch for one update it does not like."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int = 100
    timeout: int = 0
    allowed_updates: list[str] | None = None


class SendText(TelegramMethod[Any]):
    """sendMessage of whose answer only the id is read: a message delivered must not fail on its echo."""

    __returning__ = Any
    __api_method__ = "sendMessage"

    chat_id: int
    message_thread_id: int | None = None
    text: str
    entities: list[types.MessageEntity] | None = None
    link_preview_options: types.LinkPreviewOptions | None = None
    reply_markup: types.InlineKeyboardMarkup | types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove | None = None
    reply_parameters: dict[str, Any] | None = None


class AnswerInline(TelegramMethod[bool]):
    """answerInlineQuery with the results as plain JSON: aiogram's twenty kinds of them would all have to be built."""

    __returning__ = bool
    __api_method__ = "answerInlineQuery"

    inline_query_id: str
    results: list[dict[str, Any]]
    cache_time: int
    is_personal: bool
    button: dict[str, Any] | None = None


class EditText(TelegramMethod[Any]):
    """editMessageText of whose answer nothing is read."""

    __returning__ = Any
    __api_method__ = "editMessageText"

    chat_id: int
    message_id: int
    text: str
    entities: list[types.MessageEntity] | None = None
    link_preview_options: types.LinkPreviewOptions | None = None
    reply_markup: types.InlineKeyboardMarkup | None = None


class _SendFile(TelegramMethod[Any]):
    """As SendText, with a file of ours and what is said under it; one method of the API for each kind."""

    __returning__ = Any

    chat_id: int
    message_thread_id: int | None = None
    caption: str | None = None
    caption_entities: list[types.MessageEntity] | None = None
    reply_markup: types.InlineKeyboardMarkup | types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove | None = None


class SendPhoto(_SendFile):
    __api_method__ = "sendPhoto"

    photo: types.InputFile


class SendVoice(_SendFile):
    __api_method__ = "sendVoice"

    voice: types.InputFile


class SendAudio(_SendFile):
    __api_method__ = "sendAudio"

    audio: types.InputFile


class SendVideo(_SendFile):
    __api_method__ = "sendVideo"

    video: types.InputFile


class SendDocument(_SendFile):
    __api_method__ = "sendDocument"

    document: types.InputFile


class WhereFile(TelegramMethod[Any]):
    """getFile, of whose answer only the path and the size are read."""

    __returning__ = Any
    __api_method__ = "getFile"

    file_id: str


build(_SendFile, SendPhoto, SendVoice, SendAudio, SendVideo, SendDocument, WhereFile)
build(
    RawUpdates,
    SendText,
    AnswerInline,
    EditText,
    methods.AnswerCallbackQuery,
    methods.SendChatAction,
    methods.SetMyCommands,
)
build(methods.GetMe, methods.SetMyDescription, methods.SetMyShortDescription, methods.SetWebhook, methods.DeleteWebhook)


class _Session(AiohttpSession):
    """aiogram's session, mended where it breaks on a 5xx that carries no description.

    And closed without its nap of 250 ms: aiohttp now waits for TLS connections to end by itself.
    """

    def check_response(self, bot: Bot, method: TelegramMethod[T], status_code: int, content: str) -> Any:
        try:
            return super().check_response(bot, method, status_code, content)
        except TypeError:
            raise exceptions.TelegramServerError(method, f"status {status_code} without a description") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class BotApi:
    """`source` is the bot's id, the part of its token that is no secret."""

    def __init__(self, token: str, base_url: str) -> None:
        server = TelegramAPIServer.from_base(base_url)
        self._bot = Bot(token, session=_Session(api=server, json_loads=read_json, timeout=SEND_TIMEOUT))
        self.source = str(self._bot.id)
        self.name = ""  # the bot's @name, once Telegram has told it

    async def call(self, method: TelegramMethod[T], seconds: float = SEND_TIMEOUT) -> T:
        """The result, or a ChannelError; neither its text nor its context carries the token."""
        failure: ChannelError
        try:
            return await self._bot(method, request_timeout=seconds)  # type: ignore[arg-type]
        except exceptions.TelegramAPIError as error:
            failure = self._refusal(error)
        except (exceptions.ClientDecodeError, UnicodeDecodeError):
            failure = InDoubt("an answer that cannot be read")
        except UnicodeEncodeError:
            failure = Refused("text that is not Unicode")
        # Outside the except blocks, so that the errors of aiohttp, whose addresses hold the token, are not chained.
        raise failure

    async def download(self, file_id: str) -> bytes:
        """A file that somebody sent. Raises TooLarge, Refused, ChannelError; none of them carries the token."""
        found = await self.call(WhereFile(file_id=file_id))
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or not path:
            raise Refused("no path to the file")
        if (whole(found.get("file_size")) or 0) > DOWNLOAD_LIMIT:
            raise TooLarge("over the limit for downloads")
        failure: ChannelError
        try:
            return await self._stream(self._bot.session.api.file_url(self._bot.token, quote(path)))
        except aiohttp.ClientResponseError as answer:
            kind = Refused if answer.status in (400, 404) else ChannelError
            failure = kind(f"download: status {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            failure = ChannelError(f"download: {type(error).__name__}")
        raise failure  # outside the except blocks, as above

    async def _stream(self, url: str) -> bytes:
        content = bytearray()
        async for chunk in self._bot.session.stream_content(url, timeout=DOWNLOAD_TIMEOUT):
            content += chunk
            if len(content) > DOWNLOAD_LIMIT:
                raise TooLarge("over the limit for downloads")
        return bytes(content)

    async def close(self) -> None:
        await self._bot.session.close()

    def _refusal(self, error: exceptions.TelegramAPIError) -> ChannelError:
        said = error.message.replace(self._bot.token, "[secret]")[:300]
        match error:
            case exceptions.TelegramRetryAfter():
                return SlowDown(float(error.retry_after))
            case exceptions.TelegramMigrateToChat():
                return GroupMoved(error.migrate_to_chat_id)
            case exceptions.TelegramForbiddenError():
                return Unreachable(said)
            case exceptions.TelegramConflictError():
                return Conflict(said)
            case exceptions.TelegramUnauthorizedError() | exceptions.TelegramNotFound():
                return Unauthorized(said)
            case exceptions.TelegramBadRequest() if "file is too big" in said.lower():
                return TooLarge(said)
            case exceptions.TelegramBadRequest() if any(sign in said.lower() for sign in GONE):
                return Unreachable(said)
            case exceptions.TelegramEntityTooLarge():
                return Refused(said)
            case exceptions.TelegramNetworkError():
                return _network_failure(error.__cause__)
            case exceptions.TelegramServerError():
                return InDoubt(said)
            case _:
                return Refused(said)


def _network_failure(cause: BaseException | None) -> ChannelError:
    """Only the kind of failure is told: the texts of aiohttp's errors may hold the address, and so the token."""
    kind = type(cause).__name__
    return ChannelError(f"not sent: {kind}") if isinstance(cause, NOT_SENT) else InDoubt(f"no answer: {kind}")
