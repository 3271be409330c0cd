"""What the real Bot API refuses of buttons and keyboards; see telegram_rules.py."""

from __future__ import annotations

import re
from typing import Any

from tests.telegram_rules import Json, bad

BUTTON_ACTIONS = ("callback_data", "url", "web_app", "login_url", "switch_inline_query", "copy_text", "pay")
MARKUP_KEYS = {
    "inline_keyboard": {"inline_keyboard"},
    "keyboard": {"keyboard", "resize_keyboard", "one_time_keyboard", "is_persistent", "selective"}
    | {"input_field_placeholder"},
    "remove_keyboard": {"remove_keyboard", "selective"},
    "force_reply": {"force_reply", "input_field_placeholder", "selective"},
}


def check_markup(markup: Json, *, edit: bool = False) -> None:
    kind = next((name for name in MARKUP_KEYS if name in markup), None)
    if kind is None or not set(markup) <= MARKUP_KEYS[kind]:
        raise bad("can't parse reply keyboard markup JSON object")
    if edit and kind != "inline_keyboard":
        raise bad("inline keyboard expected")
    if kind == "remove_keyboard" and markup[kind] is not True:
        raise bad("can't parse reply keyboard markup: remove_keyboard must be true")
    if kind not in ("inline_keyboard", "keyboard"):
        return
    rows = markup[kind]
    if not isinstance(rows, list) or not all(isinstance(row, list) and 1 <= len(row) <= 8 for row in rows):
        raise bad("can't parse keyboard: rows of 1 to 8 buttons expected")
    buttons = [button for row in rows for button in row]
    if len(buttons) > 100:
        raise bad("REPLY_MARKUP_TOO_LONG")
    for button in buttons:
        (_inline_button if kind == "inline_keyboard" else _key)(button)


def _inline_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad('can\'t parse inline keyboard button: field "text" must be a non-empty String')
    actions = [name for name in BUTTON_ACTIONS if name in button]
    if len(actions) != 1 or set(button) != {"text", *actions}:
        raise bad("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode("utf-8", "surrogatepass")) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not re.match(r"(tg://\S+|https?://[^/\s]+\.[^/\s]+)", str(button["url"])):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _key(button: Any) -> None:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad('can\'t parse keyboard button: field "text" must be a non-empty String')
    if not set(button) <= {"text", "request_contact", "request_location"}:
        raise bad("can't parse keyboard button")
