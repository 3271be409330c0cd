"""What the gazetteer costs: prints seconds to load, megabytes it keeps, milliseconds a message.

Time is the processor's, so that a busy machine does not count.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy  # noqa: F401  (part of every process that matches)
import opencc
import rapidfuzz.process  # noqa: F401

from faq.names import Names
from faq.operator_data import load_operator
from faq.places import Gazetteer
from faq.russian import dictionary
from faq.strict_yaml import Rows, read_yaml

ROOT = Path(__file__).parents[1]


def main() -> None:
    dictionary()
    opencc.OpenCC("t2s").convert("貝")
    operator = load_operator(ROOT / "faq" / "operator")
    gc.collect()
    process = psutil.Process()
    before, began = process.memory_info().rss, time.process_time()
    names = Names(operator, Gazetteer.load(ROOT / "faq" / "operator" / "places.csv"))
    load, kept = time.process_time() - began, process.memory_info().rss - before
    rows = read_yaml(ROOT / "tests" / "places.yaml")
    assert isinstance(rows, Rows)
    times = []
    for row in rows:
        began = time.process_time()
        names.find(str(row["say"]))  # type: ignore[call-overload, index]
        times.append((time.process_time() - began) * 1000)
    print(
        json.dumps({"load": load, "megabytes": kept / 1e6, "median_ms": statistics.median(times), "max_ms": max(times)})
    )


if __name__ == "__main__":
    main()
