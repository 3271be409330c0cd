"""What the real Bot API refuses, and a little more: a parameter it would silently ignore is refused here too.

Pure functions; the stand-in server in telegram_server.py calls them. Limits: core.telegram.org/bots/api.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

Json = dict[str, Any]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENTITIES = _words(
    "mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler blockquote"
    " expandable_blockquote code pre text_link text_mention custom_emoji"
)
ACTIONS = _words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)
UPDATE_KINDS = _words(
    "message edited_message channel_post edited_channel_post callback_query inline_query my_chat_member chat_member"
    " message_reaction poll poll_answer"
)


class Refusal(Exception):
    """An answer with ok=false."""

    def __init__(
        self, code: int, description: str, *, retry_after: int | None = None, migrate_to: int | None = None
    ) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after
        self.migrate_to = migrate_to


def bad(why: str) -> Refusal:
    return Refusal(400, f"Bad Request: {why}")


def units(text: str) -> int:
    """UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _integer(name: str, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise bad(f'parameter "{name}" must be an Integer')
    return value


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise bad(f'parameter "{name}" must be a String')
    if "\x00" in value or re.search("[\ud800-\udfff]", value):
        raise bad("strings must be encoded in UTF-8")
    return value


def _boolean(name: str, value: Any) -> bool:
    known = {True: True, False: False, "true": True, "True": True, "false": False, "False": False}
    if not isinstance(value, bool | str) or value not in known:
        raise bad(f'parameter "{name}" must be a Boolean')
    return known[value]


def _json(shape: type) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise bad(f"can't parse {name} JSON object") from None
        if not isinstance(value, shape):
            raise bad(f'object expected as "{name}"')
        return value

    return read


_list, _object = _json(list), _json(dict)
_MESSAGE = {
    "chat_id!": _integer,
    "entities": _list,
    "link_preview_options": _object,
    "disable_notification": _boolean,
    "protect_content": _boolean,
    "reply_parameters": _object,
    "reply_markup": _object,
}


def _file(name: str, value: Any) -> Upload:
    """Bytes sent along; a file_id or an address, which the real one would take as well, we never send."""
    if not isinstance(value, Upload):
        raise bad(f"wrong remote file identifier specified: {name}")
    return value


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes


_TOPIC = {"chat_id!": _integer, "message_thread_id!": _integer}
_CAPTIONED = {
    "chat_id!": _integer,
    "message_thread_id": _integer,
    "caption": _string,
    "caption_entities": _list,
    "disable_notification": _boolean,
    "reply_markup": _object,
}
SENDS_FILE = {f"send{kind.capitalize()}": kind for kind in ("photo", "document", "voice", "audio", "video")}
# Parameters by method; `!` marks those that must be there.
PARAMETERS: dict[str, dict[str, Callable[[str, Any], Any]]] = {
    "getMe": {},
    "getWebhookInfo": {},
    "getUpdates": {"offset": _integer, "limit": _integer, "timeout": _integer, "allowed_updates": _list},
    "setWebhook": {
        "url!": _string,
        "secret_token": _string,
        "max_connections": _integer,
        "allowed_updates": _list,
        "drop_pending_updates": _boolean,
    },
    "deleteWebhook": {"drop_pending_updates": _boolean},
    "sendMessage": {"text!": _string, "message_thread_id": _integer, **_MESSAGE},
    "sendChatAction": {"chat_id!": _integer, "action!": _string},
    "answerCallbackQuery": {
        "callback_query_id!": _string,
        "text": _string,
        "show_alert": _boolean,
        "cache_time": _integer,
    },
    "answerInlineQuery": {
        "inline_query_id!": _string,
        "results!": _list,
        "cache_time": _integer,
        "is_personal": _boolean,
        "next_offset": _string,
        "button": _object,
    },
    "editMessageText": {"message_id!": _integer, "text!": _string, **_MESSAGE},
    "editMessageReplyMarkup": {"chat_id!": _integer, "message_id!": _integer, "reply_markup": _object},
    "setMyCommands": {"commands!": _list, "scope": _object, "language_code": _string},
    "setMyDescription": {"description": _string, "language_code": _string},
    "setMyShortDescription": {"short_description": _string, "language_code": _string},
    "getFile": {"file_id!": _string},
    "getChat": {"chat_id!": _integer},
    "getChatMember": {"chat_id!": _integer, "user_id!": _integer},
    "createForumTopic": {"chat_id!": _integer, "name!": _string, "icon_color": _integer},
    "editForumTopic": {"name!": _string, **_TOPIC},
    "closeForumTopic": _TOPIC,
    "reopenForumTopic": _TOPIC,
    "deleteForumTopic": _TOPIC,
    **{method: {f"{kind}!": _file, **_CAPTIONED} for method, kind in SENDS_FILE.items()},
}
GIVEN_OUT = 20 * 1024 * 1024  # bytes getFile gives out
TAKEN_IN = 50 * 1024 * 1024  # bytes a bot may send
PHOTO = 10 * 1024 * 1024


def check_file(kind: str, upload: Upload) -> None:
    """core.telegram.org/bots/api: sendPhoto, sendVoice, sending files."""
    if not upload.content:
        raise bad("file must be non-empty")
    if len(upload.content) > TAKEN_IN:
        raise Refusal(413, "Request Entity Too Large")
    if kind == "voice" and not (upload.content.startswith(b"OggS") and b"OpusHead" in upload.content[:64]):
        raise bad("wrong file type: voice must be OGG with OPUS")
    if kind == "photo":
        _check_photo(upload.content)


def _check_photo(content: bytes) -> None:
    if len(content) > PHOTO:
        raise bad("file is too big for a photo")
    try:
        with Image.open(BytesIO(content)) as picture:
            sides = sorted(picture.size)
    except OSError:
        raise bad("IMAGE_PROCESS_FAILED") from None
    if sum(sides) > 10_000 or sides[1] > 20 * sides[0]:
        raise bad("PHOTO_INVALID_DIMENSIONS")


def check_caption(caption: str, entities: list[Any]) -> None:
    if units(caption) > 1024:
        raise bad("message caption is too long")
    for entity in entities:
        _entity(caption, entity)


def read_parameters(method: str, raw: Json) -> Json:
    """The call's parameters with their types; raises Refusal for an unknown, missing or mistyped one."""
    rules = PARAMETERS[method]
    known = {name.rstrip("!"): read for name, read in rules.items()}
    for name in raw:
        if name not in known:
            raise bad(f'unknown parameter "{name}"')
    for name in rules:
        if name.endswith("!") and name[:-1] not in raw:
            missing = {"text!": "message text is empty", "chat_id!": "chat_id is empty"}
            raise bad(missing.get(name, f'parameter "{name[:-1]}" is required'))
    return {name: known[name](name, value) for name, value in raw.items()}


def check_text(text: str, entities: list[Any]) -> None:
    if not text.strip():
        raise bad("message text is empty")
    if units(text.strip()) > 4096:
        raise bad("message is too long")
    spans = [_entity(text, entity) for entity in entities]
    for i, (start, end) in enumerate(spans):
        for other_start, other_end in spans[i + 1 :]:
            if other_end <= start or end <= other_start:
                continue
            nested = (start <= other_start and other_end <= end) or (other_start <= start and end <= other_end)
            if not nested:
                raise bad("can't parse entities: entities overlap")


def _entity(text: str, entity: Any) -> tuple[int, int]:
    if not isinstance(entity, dict) or entity.get("type") not in ENTITIES:
        raise bad("can't parse entities: unknown type of entity")
    start, length = entity.get("offset"), entity.get("length")
    if type(start) is not int or type(length) is not int or start < 0 or length <= 0:
        raise bad("can't parse entities: offset and length must be positive")
    if start + length > units(text):
        raise bad("can't parse entities: entity is out of the text")
    wide = text.encode("utf-16-le")
    for edge in (start, start + length):
        if 0xDC00 <= int.from_bytes(wide[2 * edge : 2 * edge + 2], "little") <= 0xDFFF:
            raise bad("can't parse entities: entity begins or ends inside a sign")
    if entity["type"] == "text_link" and not re.match(r"(https?|tg)://", str(entity.get("url"))):
        raise bad("can't parse entities: text_link without a url")
    return start, start + length


def check_commands(commands: list[Any]) -> None:
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or set(command) != {"command", "description"}:
            raise bad("can't parse BotCommand")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command["command"])):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command["description"])) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")


def check_inline_results(results: list[Any]) -> None:
    """core.telegram.org/bots/api#answerinlinequery; of the kinds of results only articles are known here."""
    if len(results) > 50:
        raise bad("RESULTS_TOO_MUCH")
    ids = [one.get("id") if isinstance(one, dict) else None for one in results]
    if len(set(ids)) != len(ids):
        raise bad("RESULT_ID_DUPLICATE")
    for one in results:
        if not isinstance(one, dict) or one.get("type") != "article":
            raise bad("can't parse inline query result: unknown type")
        if not isinstance(one.get("id"), str) or not 1 <= len(one["id"].encode()) <= 64:
            raise bad("RESULT_ID_INVALID")
        if not isinstance(one.get("title"), str) or not one["title"].strip():
            raise bad("can't parse inline query result: title must be non-empty")
        content = one.get("input_message_content")
        if not isinstance(content, dict) or not isinstance(content.get("message_text"), str):
            raise bad("can't parse inline query result: input_message_content is required")
        check_text(content["message_text"], content.get("entities", []))


def check_webhook(url: str, secret: str, connections: int, updates: list[Any]) -> None:
    """Plain http is accepted, as a self-hosted Bot API server does."""
    if not re.match(r"https?://[^/\s]+", url):
        raise bad("bad webhook: invalid URL")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    if not 1 <= connections <= 100:
        raise bad("bad webhook: max_connections out of 1..100")
    check_update_kinds(updates)


def check_update_kinds(updates: list[Any]) -> None:
    if not set(map(str, updates)) <= UPDATE_KINDS:
        raise bad("unknown kind of update in allowed_updates")
