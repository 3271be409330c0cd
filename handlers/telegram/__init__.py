"""The Telegram door; the only place that knows aiogram, so import it only when Telegram is on.

Read: door.py (what app.py holds), incoming.py (Update -> Incoming; content.py for what is not text), outgoing.py
(Reply -> Bot API), arrivals.py (raw updates into the inbox) with webhook.py and polling.py,
bot_api.py (calls and their errors), aiogram_parts.py (why the import is cheap).
A desk in a group: forum.py (what it writes), forum_letters.py (what agents do there), forum_updates.py (reading that),
forum_calls.py (the Bot API's calls and their limit).
"""

from handlers.telegram.bot_api import BotApi
from handlers.telegram.door import Telegram
from handlers.telegram.incoming import CHANNEL, key_of, lane_of, normalise
from handlers.telegram.introduction import introduce
from handlers.telegram.outgoing import TelegramChannel

__all__ = ("CHANNEL", "BotApi", "Telegram", "TelegramChannel", "introduce", "key_of", "lane_of", "normalise")
