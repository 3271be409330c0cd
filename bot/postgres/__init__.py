"""The embedded PostgreSQL: a server of our own in DATA_DIR, started, watched and stopped by this process.

server.py: its life; start reading there. folder.py: what lies in DATA_DIR, and who may. programs.py: where its
programs come from and as whom they run.
"""

from bot.postgres.programs import AlreadyRunning, NoPrograms, PostgresError, StartFailed, Unusable, client_programs
from bot.postgres.server import EmbeddedPostgres, running_dsn

__all__ = [
    "AlreadyRunning",
    "EmbeddedPostgres",
    "NoPrograms",
    "PostgresError",
    "StartFailed",
    "Unusable",
    "client_programs",
    "running_dsn",
]
