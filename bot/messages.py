"""The nouns every module speaks: what came in, what goes out, and the door it goes out by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.cards import Card

Language = Literal["ru", "zh"]
IN_APP = "inapp"  # the one channel that reads the transcript instead of being pushed to
LANGUAGES: tuple[Language, ...] = ("ru", "zh")

Kind = Literal[
    "text", "button", "command", "contact", "location", "photo", "voice", "file", "sticker", "reaction", "other"
]


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message; ours to give out by `id`, or still its channel's to fetch by `reference`."""

    kind: str  # photo, voice, audio, video, document
    reference: str = ""
    name: str = ""
    size: int = 0  # bytes; 0 when the channel does not say
    type: str = ""  # MIME; what the channel says until we have looked into it ourselves
    width: int = 0  # of a photo or video, when known
    height: int = 0
    id: str = ""  # in bot/files/store.py


@dataclass(frozen=True)
class Incoming:
    """One thing a person did, said in the core's words whatever the channel was.

    `key` is the channel's dedupe key (Telegram's update id, the app's cid); `reference` its message id.
    """

    channel: str  # telegram, inapp
    address: str  # where an answer goes: the chat id, or the subscriber id in the app
    key: str
    kind: Kind = "text"
    text: str = ""
    button: str = ""  # the value of the pressed button
    command: str = ""  # without the slash: start, help, language, operator, stop
    argument: str = ""  # what followed the command
    phone: str | None = None  # E.164, only when the channel proves it is the sender's own
    place: tuple[float, float] | None = None  # latitude, longitude in degrees
    language: str | None = None  # what the client is set to, BCP 47
    name: str | None = None
    reference: str = ""
    edited: bool = False  # the person changed a message sent before
    attachment: Attachment | None = None
    album: str = ""  # what was sent in one go has it in common
    quote: str = ""  # what the person answered to, as they saw it
    quoted: str = ""  # and its message id in the channel
    shared: bool = False  # said in a group, where others read along


@dataclass(frozen=True)
class Entity:
    """A styled stretch of text; offset and length in UTF-16 units, as Telegram and browsers count."""

    type: Literal["bold", "code", "link"]
    offset: int
    length: int
    url: str = ""


@dataclass(frozen=True)
class Choice:
    """A button; `value` is at most 64 bytes of UTF-8, Telegram's limit, and is never trusted when it returns.

    With `url` it opens that address instead and carries no value.
    """

    label: str
    value: str = ""
    url: str = ""


@dataclass(frozen=True)
class Drawn:
    """A card, and the words that stand beside it where it is drawn: those of the reply without what it shows."""

    card: Card
    language: str
    text: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class Reply:
    """What one bubble says. `choices` are buttons under it; `ask_phone` labels a share-contact button."""

    text: str
    entities: tuple[Entity, ...] = ()
    choices: tuple[Choice, ...] = ()
    ask_phone: str = ""
    mock: bool = False  # what it says rests on invented data
    files: tuple[Attachment, ...] = ()  # all of them ours, by id
    reply_to: str = ""  # the channel's id of the message that this answers
    answers: str = ""  # or the event's id, of which the transcript knows the rest
    drawn: Drawn | None = None  # for clients that draw; the text alone says all of it


class ChannelError(Exception):
    """A send did not succeed.

    ChannelError
    ├── SlowDown        the channel asked for a pause of `seconds`
    ├── Unreachable     the person blocked the bot or is gone: stop writing to this address
    ├── Refused         this message will never be accepted as it is
    │   └── TooLarge    the channel does not give out a file of this size
    ├── Unauthorized    the channel does not accept us at all
    └── InDoubt         it may or may not have arrived
    """


class SlowDown(ChannelError):
    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:g} s")
        self.seconds = seconds


class Unreachable(ChannelError):
    pass


class Refused(ChannelError):
    pass


class TooLarge(Refused):
    pass


class Unauthorized(ChannelError):
    pass


class InDoubt(ChannelError):
    pass


@dataclass(frozen=True)
class Abilities:
    """What a messenger can do; what it cannot is said in another way."""

    edits: bool = True  # else the change is sent as a message of its own
    typing: bool = True
    files: bool = True  # else the person hears that the app has the file


class PushChannel(Protocol):
    """A messenger we must push to; the in-app chat is not one, it reads the transcript."""

    name: str
    abilities: Abilities
    fetch_limit: int  # bytes; a larger attachment cannot be fetched

    async def send(self, address: str, reply: Reply) -> str:
        """Deliver one reply and return the channel's message id. Raises ChannelError."""

    def invitation(self, payload: str) -> str | None:
        """The address under which a person begins a chat with us there with this payload; None: not known (yet)."""

    async def edit(self, address: str, reference: str, reply: Reply) -> None:
        """Say this in place of what was sent before; the same again is fine. Raises ChannelError."""

    async def typing(self, address: str) -> None:
        """Show that an answer is on its way; best effort, never raises."""

    async def fetch(self, reference: str) -> bytes:
        """The bytes of an attachment. Raises TooLarge, Refused when it cannot be had any more, and ChannelError."""
