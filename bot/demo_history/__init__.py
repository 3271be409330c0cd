"""Two months of invented traffic behind `make demo`, so that its pages show what they are for.

visits   who came, when, about what: days and weeks have their rhythm, topics their trend, one day an outage
words    what people ask, what the bot and the agents answer
rows     what each visit left in the tables
fill     all of it by COPY, once, before the demo's doors open; never with `bot run`

The people live at addresses no channel can have (`demo-history:17`), hold no open case and have no phone.
"""

from bot.demo_history.fill import fill
from bot.demo_history.words import exchanges

__all__ = ["exchanges", "fill"]
