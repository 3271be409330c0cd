"""Files in both directions: kept in parts in the database, their type sniffed, pictures cleaned and made small.

store         keep, give back, forget
file_types    what the first bytes say it is
pictures      turned upright, without where and with what they were taken
remote_files  those that a messenger keeps until we fetch them
"""

from bot.files.store import (
    PER_DAY,
    Examined,
    FileError,
    NoSuchFile,
    StoredFile,
    TooMany,
    arrived,
    content,
    examined,
    forget_old,
    keep,
    load,
    lost,
    measure,
    of_person,
    parts,
    remote,
    sent,
    shown,
    uploaded,
)

__all__ = [
    "PER_DAY",
    "Examined",
    "FileError",
    "NoSuchFile",
    "StoredFile",
    "TooMany",
    "arrived",
    "content",
    "examined",
    "forget_old",
    "keep",
    "load",
    "lost",
    "measure",
    "of_person",
    "parts",
    "remote",
    "sent",
    "shown",
    "uploaded",
]
