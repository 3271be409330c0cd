"""The knowledge: entries, how they are written, and how a question finds one. Imports nobody else here.

Read in this order: entry, entry_rows, catalogue, lint, lint_*, check; wording; then knowledge, match, reading, fold,
phrase_rows, learn, head; what subscribers asked: asked, clusters, gaps, proposals.
"""

import os

# Before numpy is imported anywhere: a thread is fastest for single messages and does not fight the event loop.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
