"""A corpus of mistakes that editors make, each one edit of a clean little FAQ, with the rule and the line to be named.

`python -m tests.seeded_mistakes` prints how many are found (recall) and how many findings are true (precision).
"""

# ruff: noqa: E501  a mistake a line reads better than wrapped ones

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from faq.check import check_all
from faq.entry import Finding

ROOT = Path(__file__).resolve().parent
TODAY = date(2030, 1, 15)
A, P, T = "areas/account.yaml", "phrases/account.yaml", "tests/account.yaml"
TARIFFS, SERVICES, BRAND = "operator/tariffs.yaml", "operator/services.yaml", "operator/brand.yaml"
PLACES, EXTRA = "operator/places.csv", "operator/places_extra.csv"
REGIONS = "operator/regions.csv"
BEYOND = "beyond.yaml"

# kind of mistake, rule (behind a + others that the same edit breaks), file, what stood there, what stands there now;
# then, if the finding is not in the first line that differs, how many lines below (+) or above (-) it is.
Edit = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, int]
MISTAKES: tuple[Edit, ...] = (
    # tips about other things
    ("a tip without an id", "shape", BEYOND, "- id: weather\n  title", "- title"),
    ("a tip with an unknown key", "shape", BEYOND, "  unless:", "  except:"),
    ("a tip without Chinese", "shape", BEYOND, ", zh: 天气看 https://meteoinfo.ru}", "}"),
    ("two tips of one id", "tips", BEYOND, "- id: weather", "- id: trains"),
    ("a tip that nothing finds", "tips+tips", BEYOND, "  words: {ru: [погод*], zh: [天气]}", "  words: {ru: [погод*]}", -2),
    ("words in capitals", "tips", BEYOND, "    ru: [поезд/поезда]", "    ru: [поезд/поезда, Электричка]"),
    ("a word that is in every message", "tips", BEYOND, "    ru: [поезд/поезда]", "    ru: [поезд/поезда, по]"),
    ("a part that is empty", "tips", BEYOND, "    ru: [поезд/поезда]", "    ru: [поезд/поезда, вокзал +]"),
    ("a message the words miss", "tips", BEYOND, "ru: [во сколько поезд]", "ru: [во сколько поезд, где вокзал]"),
    ("a message that is forbidden", "tips", BEYOND, "ru: [во сколько поезд]", "ru: [есть ли интернет в поезде]"),
    ("a message another tip finds first", "tips", BEYOND, "ru: [какая погода]", "ru: [какая погода в поезде, погода поезда]"),
    ("a tip without messages", "tips", BEYOND, "  ask: {ru: [какая погода], zh: [天气怎么样]}", "  ask: {zh: [天气怎么样]}", -4),
    ("a full stop in a link", "tips+figures", BEYOND, "Погода на https://meteoinfo.ru", "Погода на https://meteoinfo.ru. Вот"),
    ("a link to no host", "tips+figures", BEYOND, "zh: 天气看 https://meteoinfo.ru", "zh: 天气看 https://meteoinfo"),
    ("a tip's numbers differ", "figures", BEYOND, "    zh: 请问铁路热线 `8-800-775-00-00`", "    zh: 请问铁路热线 `8-800-775-00-01`"),
    # the form
    ("half-written file", "yaml", A, "  care:\n    ru: Деньги", "  care: {ru: Деньги"),
    ("quote never closed", "yaml", A, "owner: Павел", "owner: 'Павел"),
    ("tab for indentation", "yaml", A, "  owner: Павел", "\towner: Павел"),
    ("wrong indentation", "yaml", A, "  owner: Павел", " owner: Павел"),
    ("colon in plain text", "yaml", A, "owner: Павел", "owner: Павел: редактор"),
    ("quotes from a spreadsheet", "yaml", A, "owner: Павел", 'owner: ""Павел"" Котов'),
    ("text begins with a brace", "yaml", A, "ru: Хорошо, позову человека.", "ru: {brand.name} позовёт человека."),
    ("text begins with an asterisk", "yaml", A, "owner: Павел", "owner: *102# узнать"),
    ("text begins with an exclamation mark", "yaml", A, "owner: Павел", "owner: !Павел"),
    ("text begins with an at sign", "yaml", A, "owner: Павел", "owner: @pavel"),
    ("text right behind the block sign", "yaml", A, "    ru: Хорошо,", "    ru: |- Хорошо,"),
    ("key twice", "yaml", A, "  owner: Павел", "  owner: Павел\n  owner: Олег"),
    ("anchor", "yaml", A, "owner: Павел", "owner: &x Павел"),
    ("merge marks", "yaml", A, "- id: offices", "<<<<<<< HEAD\n- id: offices"),
    ("second document", "yaml", A, "- id: offices", "---\n- id: offices"),
    ("invisible sign", "yaml", A, "owner: Павел", "owner: Па\u200bвел"),
    ("a Chinese colon", "yaml", A, "  owner: Павел", "  owner：Павел"),
    ("a no-break space for indentation", "yaml", A, "  owner: Павел", "\u00a0 owner: Павел"),
    ("no space behind the colon", "yaml", A, "  owner: Павел", "  owner:Павел", 1),
    # the shape
    ("unknown key", "shape", A, "  owner: Павел", "  ovner: Павел"),
    ("a draft not written", "unwritten", A, "ru: Хорошо, позову человека.", "ru: Хорошо, TODO."),
    ("Chinese missing", "shape", A, "zh: 好的，这就帮您找人工客服。", "zh: ''"),
    ("Russian missing", "shape", A, "    ru: Хорошо, позову человека.\n", "", -1),
    ("a third language", "shape", A, "客服。\n  ask:\n    ru: [оператора", "客服。\n    en: Well\n  ask:\n    ru: [оператора"),
    ("data class unknown", "shape", A, "  data: money", "  data: finance"),
    ("id with capitals", "shape", A, "- id: topup", "- id: TopUp"),
    ("human neither true nor false", "shape", A, "human: true", "human: maybe"),
    ("four buttons", "shape", A, "next: [offices, {go", "next: [offices, money, {go: topup, ru: Ещё, zh: 再来}, {go"),
    ("a phrase with a colon", "shape", A, "      - оплата через сбп", "      - вопрос: оплата через сбп"),
    ("an empty phrase", "shape", A, "      - оплата через сбп", "      -"),
    ("phrases as one text", "shape", P, "  zh:\n    - 充钱", "  zh: 充钱"),
    ("phrases of no entry", "shape", P, "topup:", "top_up:"),
    ("an unknown condition", "shape", A, "{channel: telegram}", "{chanel: telegram}"),
    ("an unknown channel", "shape", A, "{channel: telegram}", "{channel: whatsapp}"),
    ("a day that does not exist", "shape", A, "valid_until: 2030-06-30", "valid_until: 2030-06-31"),
    ("a day written the Russian way", "shape", A, "valid_until: 2030-06-30", "valid_until: 30.06.2030"),
    ("a tone without Russian", "shape", A, "    ru: Деньги заплачены, а их нет. Скажите, что платёж не теряется.", "    zh: 款项不会丢", -1),
    ("a variant without conditions", "shape", A, "    - when: {channel: telegram}\n      answer", "    - answer"),
    ("the same id twice", "id+targets", A, "- id: offices", "- id: topup"),
    # links
    ("a button to nowhere", "targets", A, "  next: [topup, human]\n  ask:\n    ru:\n", "  next: [topap, human]\n  ask:\n    ru:\n"),
    ("an argument nobody takes", "targets", A, "next: [offices, {go", 'next: ["offices:gb5", {go'),
    ("the same button twice", "buttons", A, "next: [offices, {go", "next: [offices, offices, {go"),
    ("a topic that is none", "topics+tests", A, "  owner: Павел", "  topic: money_things"),
    ("an unknown action", "actions", A, "action: money", "action: cash"),
    ("a case missing", "actions", A, "    blocked:\n      ru: На счёте {balance}, связь остановлена. Внесите {owed}.\n      zh: 话费余额 {balance}，已经停机。请充 {owed}。\n", "", -15),
    ("an unknown case", "actions", A, "    negative:", "    negativ:", 1),
    ("personal facts called public", "data_class", A, "  data: money", "  data: public", -2),
    ("a fallback to nowhere", "fallbacks", A, "fallback: topup", "fallback: topap"),
    ("a fallback in a circle", "fallbacks", A, "fallback: topup", "fallback: offices"),
    # days
    ("days the wrong way round", "days", A, "valid_from: 2030-01-01", "valid_from: 2031-01-01", -1),
    ("days that are over", "days+buttons", A, "valid_until: 2030-06-30", "valid_until: 2029-06-30", -3),
    ("days that end soon", "days", A, "valid_until: 2030-06-30", "valid_until: 2030-01-20", -3),
    ("a variant never reached", "variants", A, "{number: blocked}", "{channel: telegram, number: blocked}"),
    ("variants that overlap", "variants", A, "{channel: telegram}", "{number: blocked}\n      valid_from: 2030-12-31", 5),
    # facts and figures
    ("an unknown fact", "facts+figures", A, "{brand.site} или в", "{brand.web} или в"),
    ("a fact of another action", "facts+figures", A, "позову человека.", "позову человека, {balance}."),
    ("a fact named in Russian", "facts", A, "ru: Хорошо, позову человека.\n    zh: 好的，这就帮您找人工客服。", "ru: Хорошо, {имя}, позову человека.\n    zh: 好的，{姓名}，这就帮您找人工客服。"),
    ("a brace not closed", "facts", A, "позову человека.", "позову {человека."),
    ("plural forms missing", "facts", A, "{tariff.fee} за тариф", "{tariff.fee} {tariff.fee|день|дня} за тариф"),
    ("an optional fact in the first line", "facts", A, "На счёте {balance}.\n", "На счёте {balance}, {tariff.fee}.\n"),
    ("figures differ", "figures+promises", A, "390 ₽, в нём", "550 ₽, в нём"),
    ("volumes differ", "figures+promises", A, "含 15 GB", "含 30 GB", -4),
    ("codes differ", "figures+promises", A, "拨 `*102#`", "拨 `*103#`", -4),
    ("links differ", "figures+promises", A, "详情：https://angara.example/pay", "详情：https://angara.example/p", -4),
    ("a fact only in Russian", "figures", A, "позову человека.", "позову человека из {brand.name}."),
    # promises
    ("a price that is none", "promises+figures", A, "стоит 390 ₽", "стоит 391 ₽"),
    ("a price in words", "promises+figures", A, "月租 390 卢布", "月租 400 卢布"),
    ("a volume of another tariff", "promises+figures", A, "в нём 15 ГБ", "в нём 60 ГБ"),
    ("minutes of another tariff", "promises+figures", A, "и 300 минут", "и 900 минут"),
    ("a trial that is none", "promises+figures", A, "первые 7 дней", "первые 30 дней"),
    ("a tariff that is none", "promises+figures", A, "Тариф «Восток»", "Тариф «Север»"),
    ("a service that is none", "promises+figures", A, "Услуга «Антиспам»", "Услуга «Антивирус»"),
    ("a Chinese tariff that is none", "promises+figures", A, "套餐《东方》", "套餐《西方》"),
    ("a code that is none", "promises+figures", A, "команда `*102#`", "команда `*109#`"),
    ("a link that leads elsewhere", "promises+figures", A, "Подробнее: https://angara.example/pay", "Подробнее: https://angara.sample/pay"),
    ("a link without encryption", "promises+figures", A, "Подробнее: https://angara.example/pay", "Подробнее: http://angara.example/pay"),
    # typography
    ("half-width comma in Chinese", "chinese_punctuation", A, "好的，这就", "好的,这就"),
    ("Latin letter in a Russian word", "look_alikes", A, "Хорошо, позову", "Xoрошо, позову"),
    ("straight quotes", "quotes", A, "Хорошо, позову человека.", "Хорошо, \"позову\" человека."),
    ("English quotes in Russian", "quotes", A, "позову человека.", "позову “человека”."),
    ("Russian quotes in Chinese", "quotes", A, "人工客服。", "«人工客服»。"),
    ("two spaces", "spaces", A, "Хорошо, позову", "Хорошо,  позову"),
    ("no-break space", "spaces", A, "Хорошо, позову", "Хорошо,\u00a0позову"),
    ("space before a comma", "spaces", A, "Хорошо, позову", "Хорошо , позову"),
    ("no space behind a comma", "spaces", A, "Хорошо, позову", "Хорошо,позову"),
    ("full-width sign in Russian", "signs", A, "Хорошо, позову", "Хорошо， позову"),
    ("hyphen for a dash", "signs", A, "Хорошо, позову", "Хорошо - позову"),
    ("three dots", "signs", A, "позову человека.", "позову человека..."),
    ("two exclamation marks", "signs", A, "позову человека.", "позову человека!!"),
    ("Chinese full stop twice", "signs", A, "找人工客服。", "找人工客服。。"),
    ("Chinese in Russian", "alphabet", A, "Хорошо, позову человека.", "Хорошо, позову 人工."),
    ("Russian in Chinese", "alphabet", A, "zh: 好的，这就帮您找人工客服。", "zh: Хорошо"),
    ("traditional signs", "alphabet", A, "这就帮您", "這就幫您"),
    ("a word twice", "repeated", A, "позову человека.", "позову позову человека."),
    ("a hanzi twice", "repeated", A, "这就帮您", "这就就帮您"),
    ("markup not closed", "markup", A, "команда `*102#`", "команда `*102#"),
    ("HTML", "markup", A, "позову человека.", "<b>позову</b> человека."),
    ("Markdown link", "markup", A, "позову человека.", "позову [человека](human)."),
    ("a misspelled word", "spelling", A, "позову человека.", "позаву человека."),
    ("a misspelled title", "spelling", A, "{ru: Позвать человека", "{ru: Позвать челавека"),
    ("text cut by a hash", "cut", A, "ru: Хорошо, позову человека.", "ru: Хорошо, наберите #31#"),
    # labels and lengths
    ("a title too long", "titles", A, "{ru: Позвать человека", "{ru: Позвать живого человека из поддержки"),
    ("a Chinese title too long", "titles", A, "zh: 转人工客服", "zh: 转人工客服转人工客服转人工客服"),
    ("a fact in a title", "titles", A, "{ru: Позвать человека, zh: 转人工客服}", "{ru: '{brand.name}', zh: '{brand.name}'}"),
    ("an answer too long", "long_answers", A, "Хорошо, позову человека.", "Хорошо, позову человека" + ", который вам поможет" * 40 + "."),
    ("an empty line", "long_answers", A, "      Возьмите паспорт.", "\n      Возьмите паспорт.", -1),
    # phrases
    ("too few phrases", "asks", A, "[转人工, ", "[", -9),
    ("a phrase of two entries", "shared_phrases", P, "    - пополнение", "    - Где ваш салон?"),
    ("a phrase in the wrong list", "phrases", P, "    - пополнение", "    - 怎么充值呢"),
    ("somebody's number in a phrase", "phrases", P, "    - пополнение", "    - пополнить 89021234567"),
    ("somebody's address in a phrase", "phrases", P, "    - пополнение", "    - чек на ivanov@mail.ru"),
    ("a phrase without words", "phrases", P, "    - пополнение", "    - '???'"),
    ("a proof of no topic", "tests", T, "  topup:", "  topap:"),
    ("a proof of no kind", "tests", T, "nothing:", "nothin:"),
    # the operator's data
    ("a price that is no number", "operator", TARIFFS, "fee: 390", "fee: 390р"),
    ("a field misspelled", "operator", TARIFFS, "  sms: 0\n", "  smss: 0\n", -6),
    ("a code twice", "operator", TARIFFS, "code: vostok", "code: baikal"),
    ("a period that is none", "operator", SERVICES, "fee: 60\n  period: month", "fee: 60\n  period: monthly"),
    ("a brand without a site", "operator", BRAND, "site: https://angara.example\n", "", -3),
    ("a column too few", "places", PLACES, "2,Листвянка,利斯特维扬卡,,", "2,Листвянка,利斯特维扬卡,"),
    ("a place nowhere on earth", "places", PLACES, "51.87,104.83", "151.87,104.83"),
    ("a place without Chinese", "places", PLACES, "Листвянка,利斯特维扬卡", "Листвянка,"),
    ("an unknown region", "places", PLACES, ",BU,51.83", ",BA,51.83"),
    ("a place twice", "places", PLACES, "3,Улан-Удэ", "2,Улан-Удэ"),
    ("a table without its header", "places", EXTRA, "id,ru,zh,aliases,region,lat,lon,population,kind\n", ""),
    ("a policy beyond 100 percent", "rulebook", "policy.yaml", "beyond_percent: ", "beyond_percent: 120"),
)  # fmt: skip

# Files that arrive broken as bytes: kind, rule, file, content made of the good one, line.
BYTES: tuple[tuple[str, str, str, str, int], ...] = (
    ("Windows-1251", "yaml", A, "cp1251", 1),
    ("UTF-16", "yaml", A, "utf-16", 1),
    ("binary", "yaml", A, "binary", 2),
    ("five megabytes", "yaml", A, "huge", 1),
    ("aliases of aliases", "yaml", A, "bomb", 1),
    ("a spreadsheet's own table", "places", PLACES, "cp1251", 2),
    ("an office program's document", "yaml", A, "office", 1),
    ("a web page", "yaml", A, "page", 1),
    ("cut in the middle of a letter", "yaml", A, "letter", 3),
    ("columns parted by semicolons", "places", PLACES, "semicolons", 1),
    ("rows as texts in quotes", "places", PLACES, "quoted", 1),
    ("a table of places cut off", "places", PLACES, "header", 1),
    ("a table of regions cut off", "places", REGIONS, "header", 1),
)

HARMLESS: tuple[tuple[str, str, str], ...] = (
    (A, "\n", "\r\n"),
    (A, "- id: topup", "# a comment\n- id: topup"),
    (A, "owner: Павел", "owner: 'Павел'"),
    (A, "owner: Павел", "note: Цены проверить 1 марта"),
    (A, "позову человека.", "позову человека…"),
    (A, "позову человека.", "позову человека, он на связи!"),
    (A, "позову человека.", "позову человека — одну минуту."),
    (A, "позову человека.", "позову кого-нибудь из наших, по-русски."),
    (A, "Хорошо, позову человека.", "Нажмите «Позвать», и я позову."),
    (A, "Хорошо, позову человека.", "Подождите минуту, позову человека."),
    (A, "这就帮您找人工客服。", "请点“转人工”，马上接入。"),
    (A, "这就帮您找人工客服。", "这就帮您找人工客服（Ангара）。"),
    (A, "和话费", "和话费"),
    (A, "`*102#`", "`**21*номер#`"),
    (A, "{number: blocked}", "{tariff: archived}"),
    (A, "valid_until: 2030-06-30", "valid_until: 2030-03-31"),
    (A, "next: [offices, {go", 'next: [money, {go'),
    (A, "стоит 390 ₽", "стоит 390 рублей"),
    (P, "    - пополнение", "    - gde popolnit balans"),
    (P, "    - пополнение", "    - кинуть 100 р на номер"),
    (P, "    - 充钱", "    - zenme chongzhi"),
    (P, "    - 充钱", "    - SIM卡充值"),
    (T, "[хочу пополнить]", "[хочу пополнить, 'а как?']"),
    (TARIFFS, "sms: 0", "sms: 10"),
    (PLACES, "617000", "618000"),
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    kind: str
    rule: str
    file: str
    content: bytes
    line: int


@dataclass(frozen=True)
class Outcome:
    seed: Seed
    found: bool
    others: tuple[Finding, ...]  # findings that the edit does not deserve
    findings: tuple[Finding, ...]


def seeds(folder: Path) -> Iterator[Seed]:
    for kind, rule, file, old, new, *below in MISTAKES:
        before = (folder / file).read_text(encoding="utf-8")
        assert old in before, kind
        after = before.replace(old, new, 1)
        yield Seed(kind, rule, file, after.encode(), _first_change(before, after) + sum(below))
    for kind, rule, file, how, line in BYTES:
        yield Seed(kind, rule, file, _broken((folder / file).read_text(encoding="utf-8"), how), line)


def _first_change(before: str, after: str) -> int:
    pairs = zip(before.split("\n"), after.split("\n"), strict=False)
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), after.count("\n") + 1)


def _broken(text: str, how: str) -> bytes:
    if how == "huge":
        return text.encode() + b"# filler\n" * 600_000
    if how == "header":
        return text.partition("\n")[0].encode()
    if how == "office":
        return b"PK\x03\x04" + text.encode()
    if how == "page":
        return b"<!DOCTYPE html>\n" + text.encode()
    if how == "letter":
        return text.encode()[: text.encode().index("П".encode()) + 1]
    if how == "semicolons":
        return text.replace(",", ";").encode()
    if how == "quoted":
        return "".join(f'"{line}"\n' for line in text.splitlines()).encode()
    if how == "binary":
        return bytes(range(256)) * 4
    if how == "bomb":
        return b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 120))
    return text.encode(how, "replace")


def sample(folder: Path) -> Path:
    """A copy of the clean little FAQ, with the shipped policy."""
    shutil.copytree(ROOT / "faq_sample", folder)
    shutil.copy(ROOT.parent / "faq" / "policy.yaml", folder)
    return folder


def findings(folder: Path) -> tuple[Finding, ...]:
    """All but the topics that a little FAQ lacks."""
    return tuple(one for one in check_all(folder, TODAY, compare=False) if (one.rule, one.line) != ("topics", 1))


def untranslated(found: Iterable[Finding]) -> list[str]:
    """Those that an editor would read in English."""
    rows = [one.as_row() for one in found]
    return [str(row["message"]) for row in rows if row["message"] in row["said"].values()]


def run(folder: Path) -> list[Outcome]:
    outcomes = []
    for seed in tuple(seeds(folder)):
        path = folder / seed.file
        good = path.read_bytes()
        path.write_bytes(seed.content)
        found = findings(folder)
        path.write_bytes(good)
        rule, *also = seed.rule.split("+")
        place = f"{path}:{seed.line}"
        named = any(one.rule == rule and place in f"{one.file}:{one.line} {one.message}" for one in found)
        others = tuple(one for one in found if one.rule not in (rule, *also))
        outcomes.append(Outcome(seed, named, others, found))
    return outcomes


def run_harmless(folder: Path) -> list[tuple[str, tuple[Finding, ...]]]:
    outcomes = []
    for file, old, new in HARMLESS:
        path = folder / file
        good = path.read_text(encoding="utf-8")
        path.write_bytes(good.replace(old, new).encode())
        outcomes.append((new, findings(folder)))
        path.write_text(good, encoding="utf-8")
    return outcomes


def main() -> int:
    with tempfile.TemporaryDirectory() as desk:
        folder = sample(Path(desk) / "faq")
        outcomes, harmless = run(folder), run_harmless(folder)
    for one in outcomes:
        if not one.found or one.others:
            print(f"{'ok  ' if one.found else 'LOST'} {one.seed.kind} ({one.seed.rule} in line {one.seed.line})")
            print(*(f"       {other}" for other in one.others), sep="\n")
    for edit, found in harmless:
        print(*(f"FALSE {edit!r}: {one}" for one in found), sep="\n", end="\n" if found else "")
    right = sum(one.found for one in outcomes)
    wrong = sum(len(one.others) for one in outcomes) + sum(len(found) for _, found in harmless)
    print(f"{len(outcomes)} kinds of mistakes, {right} found: recall {right / len(outcomes):.3f}")
    print(
        f"{len(harmless)} harmless edits; findings true {right}, false {wrong}: precision {right / (right + wrong):.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
