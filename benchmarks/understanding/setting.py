"""What a reader of a table must know to judge it: which code, which machine, how busy, which command."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def setting() -> str:
    module = Path(sys.argv[0]).stem
    arguments = " ".join(Path(word).name if "/" in word else word for word in sys.argv[1:])
    lines = (
        f"command: python -m benchmarks.understanding.{module} {arguments}".rstrip(),
        f"commit: {_git('rev-parse', '--short', 'HEAD')}{' and changes' if _changed() else ''}",
        f"machine: {os.cpu_count()} x {_processor()}, {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}",
        f"begun: {datetime.now():%d %B %Y %H:%M}, load {load()}",
    )
    return "\n".join(lines)


def load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _changed() -> bool:
    return bool(_git("status", "--porcelain", "--", "faq"))


def _git(*words: str) -> str:
    done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _processor() -> str:
    """Linux tells which; elsewhere the architecture must do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
