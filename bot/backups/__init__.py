"""Dumps of the database, made whole, proven readable, restored without bringing back who was erased.

folder.py: what lies beside each other in BACKUP_DIR. dumping.py: PostgreSQL's own programs. erasures.py: who must not
return. making.py: one backup. restoring.py: the order of a restore. preparing.py: before the product serves.
nightly.py: what it does while it serves. commands.py: db upgrade, db backup, db restore.

BackupError
├── CannotDump      no program, no room, no right; the message carries the program's words
│   └── Busy        another process writes to the folder
├── CannotRestore   the file or the database is not fit for it; nothing was changed
└── Unfinished      the file is in and nobody may be served from it until `db upgrade` has ended the restore
"""


class BackupError(Exception):
    pass


class CannotDump(BackupError):
    pass


class Busy(CannotDump):
    pass


class CannotRestore(BackupError):
    pass


class Unfinished(BackupError):
    pass
