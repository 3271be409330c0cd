"""THE QUEUE: ask for a human, claim, say, put aside, pass on, take over, close, rate, and what the clock does to it.

Every function runs inside the caller's transaction, locks the conversation's row first, and changes state only along
conversation.MOVES. Ring rings(conversation_id) after the commit. Whose turn it is, is said in cases.

HandoffError
├── Gone      no such conversation, or nobody waits in it any more
├── Held      another agent has it; `agent` is their name
├── Full      the agent holds as many chats as they may; `agent` is their name if it is another one
├── Absent    the agent whom it is handed to is not at the desk; `agent` is their name
└── NotYours  the agent neither holds it nor may do this (language, role)

queue        into the queue and out of it, by the person
assignment   from the queue to an agent, by the agent or by the clock
passing      from an agent to another, to the queue, to the bot; a supervisor may take any
chat         what an agent says, notes, and puts aside
closing      the end of a chat, its rating, the chat opened again
cases        who waits, in which order, and where each of them stands
reception    opening hours and what a person who asks for a human is told
assigning    the clock hands cases out, where that is set
queue_news   one message per person who waits, edited in place
copying      the transcript for the subscriber
"""

from bot.handoff.assignment import auto_assign, claim, claim_next
from bot.handoff.chat import edit, note, say, snooze, unsnooze, wake, wake_due
from bot.handoff.closing import REOPEN_WITHIN, close, close_idle, comment, rate, reopen, warn_idle
from bot.handoff.moves import Absent, Full, Gone, HandoffError, Held, NotYours, rings, tell_state
from bot.handoff.passing import hand_back, reassign, return_silent, take_over, transfer
from bot.handoff.queue import ask, change_line, leave, mark_missed, raise_priority, resume

__all__ = [
    "REOPEN_WITHIN",
    "Absent",
    "Full",
    "Gone",
    "HandoffError",
    "Held",
    "NotYours",
    "ask",
    "auto_assign",
    "change_line",
    "claim",
    "claim_next",
    "close",
    "close_idle",
    "comment",
    "edit",
    "hand_back",
    "leave",
    "mark_missed",
    "note",
    "raise_priority",
    "rate",
    "reassign",
    "reopen",
    "resume",
    "return_silent",
    "rings",
    "say",
    "snooze",
    "take_over",
    "tell_state",
    "transfer",
    "unsnooze",
    "wake",
    "wake_due",
    "warn_idle",
]
