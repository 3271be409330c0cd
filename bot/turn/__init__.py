"""The whole life of one message.

taking     receive and take: from the door to the answer, in two short transactions
hearing    what was heard, into the transcript
attached   files that came with it
changes    edited afterwards
reactions  thumbs under an answer
"""

from bot.turn.taking import from_bytes, incoming_of, receive, take, to_bytes

__all__ = ["from_bytes", "incoming_of", "receive", "take", "to_bytes"]
