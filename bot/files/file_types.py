"""What a file is, by its first bytes and never by its name or by what its sender says; and a name fit to be shown.

Unfit    the file is not taken; `code` says why: file_empty, file_type, file_too_big, picture_too_big, picture_broken
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

NAME_LIMIT = 80  # signs, the ending included
_HEAD = 4096  # bytes that betray a page dressed up as a text


class Unfit(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class FileType:
    """One kind of file that we take. `kind` is how it is shown: photo, voice, audio, video or document."""

    mime: str
    kind: str
    endings: tuple[str, ...]  # the first one is given to a name that has none of them


JPEG = FileType("image/jpeg", "photo", ("jpg", "jpeg"))
PNG = FileType("image/png", "photo", ("png",))
WEBP = FileType("image/webp", "photo", ("webp",))
PDF = FileType("application/pdf", "document", ("pdf",))
OPUS = FileType("audio/ogg", "voice", ("ogg", "oga", "opus"))
MP3 = FileType("audio/mpeg", "audio", ("mp3",))
M4A = FileType("audio/mp4", "audio", ("m4a",))
MP4 = FileType("video/mp4", "video", ("mp4", "m4v"))
TEXT = FileType("text/plain", "document", ("txt", "log", "csv"))
TYPES = (JPEG, PNG, WEBP, PDF, OPUS, MP3, M4A, MP4, TEXT)

# The brand at the head of an ISO file: Apple's HEIC pictures and QuickTime films have the same frame and others.
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B "})
_VIDEO_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash"}
)
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"<\s*(!doctype|!--|\?xml|[a-z!?/])", re.IGNORECASE)


def type_of(content: bytes) -> FileType:
    """Raises Unfit for nothing at all and for whatever is not on the list."""
    if not content:
        raise Unfit("file_empty")
    found = _by_signature(content) or (TEXT if _is_text(content) else None)
    if found is None:
        raise Unfit("file_type")
    return found


def _by_signature(content: bytes) -> FileType | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"OggS") and b"OpusHead" in content[:64]:
        return OPUS
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return M4A if brand in _AUDIO_BRANDS else MP4 if brand in _VIDEO_BRANDS else None
    return MP3 if _is_mp3(content) else None


def _is_mp3(content: bytes) -> bool:
    """A tag, or the header of a frame of MPEG layer III: a sync word, a bitrate and a rate that exist."""
    if content.startswith(b"ID3") and len(content) > 10 and content[3] < 0xFF:
        return True
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE6 != 0xE2:
        return False
    return content[2] >> 4 not in (0, 15) and (content[2] >> 2) & 3 != 3


def _is_text(content: bytes) -> bool:
    """Plain UTF-8 that no program would read as a page, a drawing or a script."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not (_NOT_TEXT.search(text) or _MARKUP.search(text[:_HEAD]) or text.startswith("#!"))


def shown_name(given: str, type: FileType) -> str:
    """The name as people may be shown it: no path, nothing that hides or reverses signs, the ending of what it is.

    Empty when nothing is left of it; "act.pdf.exe" that is a PDF becomes "act.pdf".
    """
    stem = plain_name(given)
    while True:
        head, dot, ending = stem.rpartition(".")
        if dot and ending.lower() in type.endings:
            return f"{head[: NAME_LIMIT - len(ending) - 1]}.{ending}" if head else ""
        if not dot or not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,5}", ending):
            break
        stem = head
    stem = stem.strip(" .")[: NAME_LIMIT - len(type.endings[0]) - 1]
    return f"{stem}.{type.endings[0]}" if stem else ""


def plain_name(given: str) -> str:
    """The last part of a path, without control signs, marks of direction and joiners of no width."""
    whole = given.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", whole[:1000]))[-1]
    kept = "".join(" " if sign in '<>:"|?*' or sign.isspace() else sign for sign in last if _shown(sign))
    return " ".join(kept.split()).strip(" .")


def _shown(sign: str) -> bool:
    """Not Cc, Cf, Cs, Co, Cn: controls, formats (bidi, zero width), surrogates, private and unassigned ones."""
    return sign.isspace() or not unicodedata.category(sign).startswith("C")
