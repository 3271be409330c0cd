"""Where heads come from: the cache, or a training process; a head of yesterday's phrases serves while one learns.

TrainingFailed    the training process died; the reason is in the message
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.encoder import Encoder
from faq.features import BUCKETS, seen_along
from faq.head import NEARNESS, Calibration, Head
from faq.nearest import Nearest
from faq.phrase_rows import Phrase, Rows, digest, read_rows
from faq.reading import Reader
from faq.store import Arrays, Store

log = logging.getLogger(__name__)
progress = logging.getLogger("faq.progress")

HERE = Path(__file__).resolve().parent
_TRAINING_LIMIT = 900  # seconds
_METHOD = 2  # count up when heads are fitted in another way; how texts are read shows in the probes
_PROBES = (
    "Здравствуйте! Сколько у меня осталось минут и гигов?",
    "kak pomenyat tarif, podskazhite pozhaluysta",
    "ghbdtn rfr gjgjkybnm cxtn",
    "пачиму ниработает инет в Листвянке???",
    "хочу подключить антиспам, перейти на «Тайгу» и позвонить в Китай",
    "我还剩多少流量？請問漫遊怎麼開通",
    "wo de huafei zenme chongzhi",
    "ВЫДАЙТЕ eSIM, 5 GB 和 100 分钟",
)


class TrainingFailed(Exception):
    pass


@dataclass(frozen=True)
class Lesson:
    """Everything a head is made of: the phrases, how they are read, and where to keep what was learned."""

    phrases: tuple[Phrase, ...]
    reader: Reader
    encoder: Encoder | None
    store: Store
    tables: tuple[Path, ...]  # files of data that decide how texts are read
    spelled: str  # names that are recognised in texts
    folder: Path | None = None  # where the phrases stand, so that a second process can read half of them

    @cached_property
    def family(self) -> str:
        """Names what makes heads comparable: the encoder, the tables, and how a few sentences come to be read."""
        encoder = f"{self.encoder.name} {self.encoder.version}" if self.encoder else "none"
        found = sha256(f"{_METHOD} {encoder} {BUCKETS} {NEARNESS} {self.spelled}".encode())
        for path in self.tables:
            found.update(path.read_bytes())
        for probe in _PROBES:
            reading = self.reader.read(probe)
            found.update(reading.folded.encode())
            found.update(reading.bag.buckets.tobytes())
            found.update(reading.bag.values.tobytes())
        return found.hexdigest()[:12]

    @cached_property
    def key(self) -> str:
        """The same for lessons that read and weigh every text alike."""
        return f"{self.family}-{digest(self.phrases)}"

    @property
    def classes(self) -> list[str]:
        return sorted({phrase.entry for phrase in self.phrases})


def known_head(lesson: Lesson) -> tuple[Head | None, bool]:
    """The cached head of these very phrases and True; or the newest one that knows most of them and False."""
    family, key = lesson.family, digest(lesson.phrases)
    rows: Rows | None = None
    for name in sorted(lesson.store.names(f"head-{family}-"), key=lambda name: key not in name):
        arrays = lesson.store.read(name)
        if arrays is not None:
            rows = rows or rows_of(lesson, family)
            head = _assemble(arrays, lesson.phrases, rows)
            if head is not None:
                return head, key in name
    return None, False


def learn(lesson: Lesson) -> Head:
    """Trains in a process of its own and caches the result. Raises TrainingFailed."""
    with lesson.store.lock("learning"):  # several processes of one machine need it only once
        lesson.store.tidy()
        head, exact = known_head(lesson)
        return head if head is not None and exact else _train(lesson)


def _train(lesson: Lesson) -> Head:
    rows = rows_of(lesson, lesson.family, keep=True)
    classes = lesson.classes
    progress.info("learning %d phrases of %d entries", len(lesson.phrases), len(classes))
    job: dict[str, NDArray[Any]] = {
        "classes": np.array(classes),
        "labels": np.array([classes.index(phrase.entry) for phrase in lesson.phrases]),
        "vectors": rows.vectors,
        "offsets": rows.bags.offsets,
        "buckets": rows.bags.buckets,
        "values": rows.bags.values,
    }
    arrays = {**_run(job, lesson.store.folder), "classes": job["classes"]}
    lesson.store.write(f"head-{lesson.family}-{digest(lesson.phrases)}.npz", arrays)
    head = _assemble(arrays, lesson.phrases, rows)
    if head is None:
        raise TrainingFailed("the training process returned something else than a head")
    return head


def rows_of(lesson: Lesson, family: str, *, keep: bool = False) -> Rows:
    return read_rows(lesson.phrases, family, lesson.reader, lesson.encoder, lesson.store, lesson.folder, keep=keep)


def _run(job: Arrays, folder: Path) -> dict[str, NDArray[Any]]:
    with tempfile.TemporaryDirectory(dir=folder, prefix="training-") as desk:
        job_file, result_file = Path(desk, "job.npz"), Path(desk, "result.npz")
        with job_file.open("wb") as file:
            np.savez(file, **job)  # type: ignore[arg-type]
        command = [sys.executable, "-m", "faq.train", str(job_file), str(result_file)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # it has threads of its own
        environment["PYTHONPATH"] = str(HERE.parent)
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_TRAINING_LIMIT, env=environment)
            with np.load(result_file, allow_pickle=False) as result:
                return {name: result[name] for name in result.files}
        except subprocess.CalledProcessError as error:
            raise TrainingFailed(error.stderr.decode(errors="replace")[-500:]) from error
        except (subprocess.TimeoutExpired, OSError, ValueError) as error:
            raise TrainingFailed(str(error)) from error


def _assemble(arrays: Arrays, phrases: Sequence[Phrase], rows: Rows) -> Head | None:
    """A head from trained arrays and today's phrases; None if something is missing or out of shape.

    Phrases of entries that the head never learned are left out: word for word they are found all the same.
    """
    try:
        classes = tuple(str(name) for name in arrays["classes"])
        mean, rarity = arrays["mean"].astype(np.float32), arrays["rarity"].astype(np.float32)
        weights, axes = arrays["weights"].astype(np.float32), arrays["axes"].astype(np.float32)
        calibration = Calibration(
            arrays["calibration"].astype(np.float64),
            arrays["confidences"],
            arrays["rights"],
            arrays["beyond"],
            arrays["answerable"],
        )
        shape = (len(mean) + BUCKETS + 2 * len(classes) + 1, len(classes))
        fits = weights.shape == shape and mean.shape == rows.vectors.shape[1:] and rarity.shape == (BUCKETS,)
        fits = fits and axes.shape[0] == len(mean)
    except (KeyError, ValueError, TypeError):
        fits = False
    entries = {phrase.entry for phrase in phrases}
    if not fits or not np.isfinite(weights).all() or not set(classes) <= entries:
        return None
    place = {name: number for number, name in enumerate(classes)}
    kept = np.array([row for row, phrase in enumerate(phrases) if phrase.entry in place])
    labels = np.array([place[phrases[row].entry] for row in kept])
    bags = rows.bags.weighted(rarity).picked(kept)
    nearest = Nearest(seen_along(rows.vectors, kept, mean, axes), bags, labels, len(classes))
    return Head(classes, weights, mean, axes, rarity, nearest, calibration)
