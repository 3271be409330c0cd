"""The door of the MAX messenger: the second one that is pushed to, and as small as a door can be.

door.py (what app.py holds), incoming.py (update -> Incoming), outgoing.py (Reply -> message), files.py (both ways),
api.py (calls, errors).
Its API: dev.max.ru/docs-api, github.com/max-messenger/api-schema.
"""

from handlers.max.door import Max
from handlers.max.incoming import CHANNEL

__all__ = ("CHANNEL", "Max")
