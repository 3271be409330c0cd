"""Intent -> Outcome: what to say, what to keep in mind, what to change.

outcomes   one function per kind of intent
deciding   what all of them stand on
unclear    a choice of three, then a human
meanwhile  while the person waits for a human
crowd      in a group
own_data   what is kept about the person, and erasing it
"""

from bot.decide.outcomes import decide

__all__ = ["decide"]
