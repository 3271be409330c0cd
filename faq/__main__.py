"""`python -m faq`: check | ask | match | test | train | gaps | learn | diff | schema. See --help."""

from __future__ import annotations

import sys

from faq.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
