"""The desk in a Telegram group, for a small team that lives there: a topic per case, the same queue as everywhere.

Nothing here speaks to Telegram: handlers/telegram/forum.py asks what to write next and does what agents did there.

topics  a row per case: which topic needs what next, what stands in which message, what was deleted
pack    the first message of a topic: what is wanted, what the bot tried, who it is
lines   what happened since, joined into as few messages as Telegram's limit for a group asks for
deeds   a button pressed, words written by an agent there: handoff's calls, and what is answered to the agent

The transcript is what is mirrored and a topic's cursor into it is all that is kept, as in the app's own chat: no rows
of an outbox, since what is joined into one message is decided when there is room to send it. A kill between a send and
its mark repeats one message and loses none.
"""

STAFF = "ru"  # the language of the group, whatever the person's is
