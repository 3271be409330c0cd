"""Reads blocks of phrases for another process: `python -m faq.second_reader FOLDER DIGEST CACHE`, see two_readers.

It says nothing and ends if the folder's phrases are no longer those of the digest: it was edited meanwhile.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from faq.catalogue import load_catalogue
from faq.knowledge import lesson_of
from faq.phrase_rows import digest
from faq.two_readers import READY, read_block, receive, send, texts_of


def main(folder: Path, wanted: str, cache: Path) -> None:
    if hasattr(os, "nice"):
        os.nice(5)  # messages go first
    lesson = lesson_of(load_catalogue(folder, served=True), folder, cache)
    if digest(lesson.phrases) != wanted:
        return
    known = lesson.store.known(lesson.encoder) if lesson.encoder else {}
    answers, asked = sys.stdout.buffer, sys.stdin.buffer
    answers.write(READY)
    answers.flush()
    while True:
        try:
            message = receive(asked)
        except EOFError:
            return
        send(answers, read_block(texts_of(message), lesson.reader, lesson.encoder, known).packed())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
