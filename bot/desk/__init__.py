"""What an agent has in front of them.

chats         a chat in one look, ready answers, what is revealed and what is said with a file
suggestions   the likeliest answers for the last message
live          what has changed, by cursor, for one socket
shared_board  the queue, read once for all desks of a process
archive       every case there was, for supervisors
agent_typing  who writes at this moment
"""

from bot.desk.chats import (
    Card,
    Pack,
    ReadyAnswer,
    card,
    look_into,
    nearby,
    pack,
    ready_answer,
    ready_answers,
    reveal,
    say_ready,
    say_with_file,
)

__all__ = [
    "Card",
    "Pack",
    "ReadyAnswer",
    "card",
    "look_into",
    "nearby",
    "pack",
    "ready_answer",
    "ready_answers",
    "reveal",
    "say_ready",
    "say_with_file",
]
