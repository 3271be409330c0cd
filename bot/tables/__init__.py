"""The schema. A rule about rows is a constraint here first and code second; Alembic reads this metadata.

The hot path writes these tables by hand-written SQL (2-3 times cheaper, see database.py); the administration of agents
uses the classes below as they are.
"""

from bot.tables.forum import ForumErased, ForumGroup, ForumMessage, ForumTopic
from bot.tables.knowledge import FaqCase, FaqEdition, FaqFile, FaqGap, Incident, IncidentTold, Lesson
from bot.tables.mail import Inbox, Outbox, SigningKey, Tombstone, UnreadNotice
from bot.tables.staff import Agent, AgentSession, AgentTotp, Audit, LoginFailure, RecoveryCode
from bot.tables.talk import Contact, Conversation, Event, File, FilePart, Handoff, LinkToken

__all__ = [
    "Agent",
    "AgentSession",
    "AgentTotp",
    "Audit",
    "Contact",
    "Conversation",
    "Event",
    "FaqCase",
    "FaqEdition",
    "FaqFile",
    "FaqGap",
    "File",
    "FilePart",
    "ForumErased",
    "ForumGroup",
    "ForumMessage",
    "ForumTopic",
    "Handoff",
    "Inbox",
    "Incident",
    "IncidentTold",
    "Lesson",
    "LinkToken",
    "LoginFailure",
    "Outbox",
    "RecoveryCode",
    "SigningKey",
    "Tombstone",
    "UnreadNotice",
]
