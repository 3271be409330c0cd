"""The FAQ's command line, for editors and scripts."""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from faq.asked import Asked, LessonsError, lessons_of_a_file, lessons_of_the_bot
from faq.base import NoBase, base_folder
from faq.catalogue import CatalogueError, in_order, load_catalogue
from faq.check import check_in_turn
from faq.entry import Finding
from faq.head import BEYOND
from faq.knowledge import Knowledge
from faq.match import Match
from faq.proof import prove, sentences, summary
from faq.public import public_facts
from faq.saying import TRANSLATED, said
from faq.schema import schema
from faq.since import since
from faq.strict_yaml import YamlError
from faq.wording import spans

_FOLDER = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """The exit code: 0 all well, 1 something is wrong with the FAQ, 2 with the command or what it reads."""
    if arguments and arguments[0] in _OF_THE_BOT:
        return _hand_over(arguments)
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s: %(message)s")
    try:
        return int(options.run(options))
    except CatalogueError as error:
        print(*(finding.said(_own_language()) for finding in error.findings), sep="\n", file=sys.stderr)
        return 1
    except YamlError as error:
        print(f"{error.file}:{error.line}: {said(error.message, _own_language())}", file=sys.stderr)
        return 1
    except (LessonsError, NoBase) as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


_OF_THE_BOT = ("versions", "publish", "rollback", "export")  # they need the database, which the FAQ never opens


def _hand_over(arguments: list[str]) -> int:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_FOLDER.parent), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run([sys.executable, "-m", "bot", "faq", *arguments], env=environment, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    also = "Editions, from the bot's database: versions, publish [DIR], rollback ID, export ID DIR; each has --help."
    parser = argparse.ArgumentParser(prog="python -m faq", description=__doc__, epilog=also)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="every finding of the linter; exit code 1 if any is an error")
    check.add_argument("folder", nargs="?", type=Path, default=_FOLDER, metavar="DIR")
    check.add_argument("--json", action="store_true", help="findings as JSON: file, line, rule, message, warning, said")
    check.add_argument("--lang", choices=(*TRANSLATED, "en"), default=_own_language(), help="by LANG, else en")
    check.set_defaults(run=_check)
    ask = commands.add_parser("ask", help="decision, ranked topics and the answer to one question")
    ask.add_argument("text")
    ask.add_argument("--lang", choices=("ru", "zh"))
    ask.add_argument("--after", metavar="TOPIC", help="topic of the answer before, for short follow-ups")
    ask.set_defaults(run=_ask)
    match = commands.add_parser("match", help="JSON lines in, decisions as JSON lines out")
    match.set_defaults(run=_match)
    test = commands.add_parser("test", help="the sentences of tests/: prints what fails, then a summary")
    test.set_defaults(run=_test)
    schema = commands.add_parser("schema", help="the shape of an entry as a JSON Schema, for editors' programs")
    schema.set_defaults(run=_schema)
    train = commands.add_parser("train", help="fill the cache, so that the next start is fast")
    train.set_defaults(run=_train)
    gaps = commands.add_parser("gaps", help="what subscribers asked and the bot could not answer, as YAML to paste")
    gaps.add_argument("--top", type=_count, default=30, metavar="N", help="how many groups to show (30)")
    gaps.set_defaults(run=_gaps)
    learn = commands.add_parser("learn", help="phrases to review, from what people picked and agents answered")
    learn.set_defaults(run=_learn)
    diff = commands.add_parser("diff", help="what would be decided otherwise than with another edition of the FAQ")
    diff.add_argument("base", metavar="BASE", help="a git revision, or a folder with an FAQ")
    diff.add_argument("--most", type=_count, default=10_000, metavar="N", help="how many messages, the newest (10000)")
    diff.add_argument("--json", action="store_true", help="the whole comparison as JSON")
    diff.add_argument("--progress", action="store_true", help="how far it has come, as JSON lines on stderr")
    diff.set_defaults(run=_diff)
    for command, span in ((gaps, "7d"), (learn, "30d"), (diff, "30d")):
        command.add_argument("--since", type=since, metavar="SPAN", help=f"24h, 7d, 4w ({span}; of a file all)")
        command.add_argument(
            "--from", dest="file", metavar="FILE", help="lines of `bot lessons` kept before; - is stdin"
        )
        command.set_defaults(usual=since(span))
    for command in (ask, match, test, train, gaps, learn, diff):
        command.add_argument("--faq", type=Path, default=_FOLDER, metavar="DIR", help="the FAQ's folder")
    return parser


def _check(options: argparse.Namespace) -> int:
    findings: list[Finding] = []
    with _told_on_the_way():
        for found in check_in_turn(_near(options.folder)):
            findings += found
            if not options.json:
                print(*(one.said(options.lang) for one in found), sep="\n", end="\n" if found else "", flush=True)
    if options.json:
        print(json.dumps([finding.as_row() for finding in in_order(findings)], ensure_ascii=False, indent=1))
    errors = sum(not finding.warning for finding in findings)
    print(f"{errors} errors, {len(findings) - errors} warnings", file=sys.stderr)
    return 1 if errors else 0


def _own_language() -> str:
    """What the editor's terminal speaks, if editors are told things in it."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return chosen[:2] if chosen[:2] in TRANSLATED else "en"


def _schema(_options: argparse.Namespace) -> int:
    print(json.dumps(schema(), ensure_ascii=False, indent=1))
    return 0


def _near(folder: Path) -> Path:
    """Shown from where the editor stands, if it is below."""
    here = Path.cwd()
    folder = folder.resolve()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _ask(options: argparse.Namespace) -> int:
    knowledge = Knowledge.load(options.faq)
    match = knowledge.match(options.text, options.lang, options.after)
    print(f"{match.decision}  {match.topic or ' | '.join(match.options)}  {match.confidence:.2f}  {match.language}")
    for topic, chance in match.ranked[:5]:
        print(f"  {chance:.3f}  {topic}")
    for one in match.named:
        print(f"  {one.kind} {one.value}: {one.text}")
    entry = knowledge.catalogue.entries.get(match.entry or "")
    today = datetime.now(knowledge.catalogue.operator.hours.timezone).date()
    if match.topic == BEYOND and (tip := knowledge.tip(options.text, today)) is not None:
        entry = tip.entry
        print(f"  tip {entry.id}: {entry.file}:{entry.line}")
    if entry is not None:
        facts = public_facts(knowledge.catalogue.operator)
        words = entry.answer[match.language]
        print("\n" + "".join(span.text for span in spans(words, facts, match.language)))
        if entry.action:
            print(f"(action {entry.action}: its own facts are left out here)")
    return 0


def _match(options: argparse.Namespace) -> int:
    knowledge = Knowledge.load(options.faq)
    for line in sys.stdin.buffer:
        if line.strip():
            print(json.dumps(_decision(knowledge, line), ensure_ascii=False), flush=True)
    return 0


def _decision(knowledge: Knowledge, line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.decode("utf-8", "replace"))
        text, language = row["text"], row.get("lang")
        if not isinstance(text, str):
            raise TypeError("`text` must be a string")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {"error": f'a line must be {{"text": "..", "lang": "ru|zh"}}: {error}'}
    return as_json(knowledge.match(text, language if language in ("ru", "zh") else None, row.get("after")))


def as_json(match: Match) -> dict[str, object]:
    """The contract's shape."""
    return {
        "decision": match.decision,
        "topic": match.topic,
        "options": list(match.options),
        "confidence": round(match.confidence, 4),
        "lang": match.language,
    }


def _test(options: argparse.Namespace) -> int:
    knowledge = Knowledge.load(options.faq)
    proved = list(sentences(_near(options.faq / "tests")))
    failures = [failure for one in proved if (failure := prove(knowledge, one)) is not None]
    for line in (*failures, *summary(proved, failures)):
        print(line)
    return 1 if failures else 0


@contextmanager
def _told_on_the_way() -> Iterator[None]:
    """What takes long says how far it is, for a person at a terminal; the line is gone when it is done."""
    if not sys.stderr.isatty():
        yield
        return
    log, line = logging.getLogger("faq.progress"), logging.StreamHandler(sys.stderr)
    line.terminator = "\x1b[K\r"
    log.addHandler(line)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(line)
        print("\x1b[K", end="", file=sys.stderr, flush=True)


def _train(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    with _told_on_the_way():
        knowledge = Knowledge.load(options.faq)
    spent = time.perf_counter() - start
    print(f"{len(knowledge.catalogue.entries)} entries ready, level {knowledge.level}, {spent:.1f} s")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _lessons(options: argparse.Namespace) -> list[Asked]:
    if options.file:
        return lessons_of_a_file(options.file, options.since)
    return lessons_of_the_bot(options.since or options.usual)


def _gaps(options: argparse.Namespace) -> int:
    from faq.gaps import as_yaml

    asked = _lessons(options)
    for line in as_yaml(asked, Knowledge.load(options.faq, hasty=True), options.top):
        print(line)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from faq import replay_report
    from faq.replay import questions_of, replay

    def tell(step: str, done: int = 0, of: int = 0) -> None:
        if options.progress:
            print(json.dumps({"step": step, "done": done, "of": of}), file=sys.stderr, flush=True)

    if options.progress and hasattr(os, "nice"):
        os.nice(10)  # somebody waits for it beside a running bot: people's messages go first
    tell("messages")
    questions = questions_of(_lessons(options), options.most)
    with base_folder(options.base, options.faq) as folder:
        tell("learning")
        before, after = Knowledge.load(folder, served=True), Knowledge.load(options.faq)
        proof = list(sentences(_near(options.faq / "tests")))
        found = replay(before, after, questions, proof, lambda done, of: tell("deciding", done, of))
    if options.json:
        print(json.dumps(replay_report.as_json(found), ensure_ascii=False))
    else:
        print(*replay_report.as_lines(found), sep="\n")
    return 0


def _learn(options: argparse.Namespace) -> int:
    from faq.proposals import as_yaml, propose

    catalogue = load_catalogue(options.faq)
    for line in as_yaml(propose(_lessons(options), catalogue), catalogue):
        print(line)
    return 0
