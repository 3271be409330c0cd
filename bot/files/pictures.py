"""Pictures made anew: what leaves here was drawn by us, without place, camera or anything else that hid in the file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from bot.files.file_types import JPEG, PNG, FileType, Unfit

MOST_PIXELS = 25_000_000  # read from the header, before a single pixel is decoded
LONGEST_SIDE = 2560  # enough to read a screenshot of any phone
SMALL_SIDE = 640  # a bubble of 320 points on a dense screen
QUALITY = 85
PNG_LIMIT = 1024 * 1024  # bytes; above it an opaque picture is a photo and no screenshot

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# One at a time: 25 million pixels are 100 MB while they are worked on.
_turn = asyncio.Semaphore(1)


@dataclass(frozen=True)
class Picture:
    """`small` is the same for bubbles; empty when the whole one is small enough."""

    type: FileType
    whole: bytes
    small: bytes
    width: int
    height: int


async def redrawn(content: bytes) -> Picture:
    """In a thread, one at a time. Raises Unfit."""
    async with _turn:
        return await asyncio.to_thread(_redraw, content)


def _redraw(content: bytes) -> Picture:
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unfit("picture_too_big")
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded no larger than needed
            drawn = ImageOps.exif_transpose(opened)
            type = PNG if opened.format == "PNG" or _see_through(drawn) else JPEG
            drawn = drawn.convert("RGBA" if _see_through(drawn) else "RGB")
    except Unfit:
        raise
    except Image.DecompressionBombError:
        raise Unfit("picture_too_big") from None
    except Exception:  # Pillow's decoders raise whatever comes: OSError, ValueError, SyntaxError, struct.error ...
        raise Unfit("picture_broken") from None
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    small = drawn.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
    whole = _encoded(drawn, type)
    if type is PNG and drawn.mode == "RGB" and len(whole) > PNG_LIMIT:
        type, whole = JPEG, _encoded(drawn, JPEG)
    less = _encoded(small, type) if small.size != drawn.size else b""
    return Picture(type, whole, less if len(less) < len(whole) else b"", drawn.width, drawn.height)


def _see_through(drawn: Image.Image) -> bool:
    return drawn.has_transparency_data


def _encoded(drawn: Image.Image, type: FileType) -> bytes:
    """Only the pixels: `info` of the original, with its EXIF, texts and colour profile, is not handed on."""
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    out = BytesIO()
    if type is PNG:
        clean.save(out, "PNG", compress_level=6)
    else:
        clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()
