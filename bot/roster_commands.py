"""`python -m bot agents add|list|change|disable|enable|password|sessions|totp|telegram`: the roster from a shell."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from bot.config import Settings
from bot.staff.audit import Outsider

WithDatabase = Callable[[Settings, Callable[[str], Awaitable[int | None]]], int]

# What is done to an existing login, and what is told afterwards.
DEEDS = {
    "disable": ("the login ends at once, its chats go back to the queue", "disable", "is disabled."),
    "enable": ("let a disabled login in again", "enable", "may log in again."),
    "sessions": ("end every open session of the login", "end_sessions", "is logged out everywhere."),
    "totp": ("turn the second factor off, for a lost telephone", "reset_totp", "logs in without a code."),
}


def shell() -> Outsider:
    """Who works here, for the audit: no agent, but the name they have on this machine."""
    try:
        return Outsider(getpass.getuser(), "shell")
    except (OSError, KeyError):  # a container's user may have no name
        return Outsider("", "shell")


def add_commands(parser: argparse.ArgumentParser, with_database: WithDatabase) -> None:
    actions = parser.add_subparsers(dest="what", required=True)
    actions.add_parser("list", help="all logins").set_defaults(run=partial(_run, with_database, _list))
    add = actions.add_parser("add", help="create a login; asks for the password, or makes one")
    change = actions.add_parser("change", help="change what is named")
    for one, run in ((add, _add), (change, _change)):
        one.add_argument("login")
        one.add_argument(
            "--name", help="people are told its first word, Chinese ones its hanzi: Ли Мэй (李梅); default: the login"
        )
        one.add_argument("--languages", help="ru,zh")
        one.add_argument("--role", help="agent, supervisor, admin or editor")
        one.add_argument("--capacity", type=int, help="chats at once")
        one.set_defaults(run=partial(_run, with_database, run))
    password = actions.add_parser("password", help="set a new one; open sessions end")
    password.add_argument("login")
    password.set_defaults(run=partial(_run, with_database, _password))
    telegram = actions.add_parser("telegram", help="a one-time code that binds the login to a person in Telegram")
    telegram.add_argument("login")
    telegram.add_argument("--forget", action="store_true", help="nobody in Telegram is this agent any more")
    telegram.set_defaults(run=partial(_run, with_database, _telegram))
    for name, (told, _, _) in DEEDS.items():
        deed = actions.add_parser(name, help=told)
        deed.add_argument("login")
        deed.set_defaults(run=partial(_run, with_database, _deed))


def _run(with_database: WithDatabase, command: Any, settings: Settings, arguments: argparse.Namespace) -> int:
    async def work(dsn: str) -> None:
        await command(dsn, arguments)

    return with_database(settings, work)


def _read_password() -> tuple[str, bool]:
    """(password, made here): asked for on a terminal, else made and to be shown once."""
    if sys.stdin.isatty():
        given = getpass.getpass("Password (empty: make one): ")
        if given:
            return given, False
    return secrets.token_urlsafe(12), True


def _terms(arguments: argparse.Namespace) -> Any:
    from bot.staff.roster import Terms

    said = arguments.languages
    languages = tuple(one.strip() for one in said.split(",") if one.strip()) if said is not None else None
    return Terms(arguments.name, languages, arguments.role, arguments.capacity)


async def _list(dsn: str, _arguments: argparse.Namespace) -> None:
    from bot.staff import roster

    for one in await roster.everyone(dsn):
        state = "disabled" if one.disabled_at else one.presence
        factor = "code" if one.totp else "-"
        print(f"{one.login:20} {one.role:10} {','.join(one.languages):6} {state:8} {factor:4} {one.name}")


async def _add(dsn: str, arguments: argparse.Namespace) -> None:
    from bot.staff import roster

    password, made = _read_password()
    await roster.add(dsn, shell(), arguments.login, password, _terms(arguments))
    print(f"{arguments.login} may log in." + (f" Password: {password}" if made else ""))


async def _change(dsn: str, arguments: argparse.Namespace) -> None:
    from bot.staff import roster

    await roster.change(dsn, shell(), arguments.login, _terms(arguments))
    print(f"{arguments.login} is changed.")


async def _password(dsn: str, arguments: argparse.Namespace) -> None:
    from bot.staff import roster

    password, made = _read_password()
    await roster.set_password(dsn, shell(), arguments.login, password)
    print("The password is changed." + (f" It is: {password}" if made else ""))


async def _telegram(dsn: str, arguments: argparse.Namespace) -> None:
    from bot.staff import telegram_ids

    if arguments.forget:
        await telegram_ids.unbind(dsn, shell(), arguments.login)
        print(f"{arguments.login} is nobody in Telegram now.")
        return
    code = await telegram_ids.new_code(dsn, shell(), arguments.login)
    minutes = int(telegram_ids.CODE_FOR.total_seconds() // 60)
    print(f"{arguments.login} sends this to the bot in a private chat within {minutes} minutes: {code}")


async def _deed(dsn: str, arguments: argparse.Namespace) -> None:
    from bot.staff import roster

    _, function, told = DEEDS[arguments.what]
    await getattr(roster, function)(dsn, shell(), arguments.login)
    print(f"{arguments.login} {told}")
