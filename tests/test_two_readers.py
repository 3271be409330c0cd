"""Phrases read by two processes are what one would have read, and an edition of another moment is never read for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from faq.catalogue import load_catalogue
from faq.knowledge import lesson_of
from faq.phrase_rows import digest
from faq.two_readers import READY, Block, Second, read_all, read_block, receive, send
from tests.world import ROOT

FOLDER = ROOT / "tests" / "faq_sample"


def test_the_second_reader_reads_as_the_first_and_refuses_another_edition(tmp_path: Path) -> None:
    lesson = lesson_of(load_catalogue(FOLDER), FOLDER, tmp_path)
    asked = [(phrase.text, phrase.language) for phrase in lesson.phrases]
    alone = read_block(asked, lesson.reader, lesson.encoder, {})
    with _reader(digest(lesson.phrases), tmp_path) as reader, _reader("yesterday's", tmp_path, encoder=False) as other:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.read(1) == READY
        send(reader.stdin, "\0".join(f"{language}\t{text}" for text, language in asked).encode())
        beside = Block.unpacked(receive(reader.stdout))
        reader.stdin.close()
        assert other.communicate()[0] == b"", "the folder is not what it was: nothing is read"
    assert beside.folded == alone.folded
    assert np.array_equal(beside.vectors, alone.vectors)
    assert np.array_equal(beside.bags.buckets, alone.bags.buckets)
    assert np.array_equal(beside.bags.values, alone.bags.values)

    blocks = list(read_all(lesson.phrases, lesson.reader, None, {}, Second(tmp_path, "", tmp_path), block=16))
    assert [text for block in blocks for text in block.folded] == list(alone.folded), "alone, if the second one dies"


def _reader(wanted: str, cache: Path, *, encoder: bool = True) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "faq.second_reader", str(FOLDER), wanted, str(cache)]
    environment = {**os.environ, **({} if encoder else {"FAQ_ENCODER": "none"})}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
