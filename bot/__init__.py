"""The core of the support bot; it knows no channel.

Reading order: messages, conversation, turn (the whole life of one message), understand, decide, act, render, then
handoff (the queue), inbox and outbox (what must not be lost), transcript, contacts, staff, desk, subscribers, tables,
database, app.
"""
