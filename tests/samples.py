"""Files as people send them, and as people who mean harm do."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

from PIL import Image

PLACE = b"52.2869N 104.3050E"  # stands in the EXIF of every photo made here


def photo(width: int = 900, height: int = 600, *, rotated: bool = False) -> bytes:
    """A JPEG as a phone makes it: with the camera and the place in it."""
    exif = Image.Exif()
    exif[0x010F] = "Spy camera"
    exif[0x9286] = PLACE
    if rotated:
        exif[0x0112] = 6
    out = BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def screenshot(width: int = 120, height: int = 260) -> bytes:
    out = BytesIO()
    Image.new("RGB", (width, height), (0, 110, 120)).save(out, "PNG")
    return out.getvalue()


def webp() -> bytes:
    out = BytesIO()
    Image.new("RGBA", (40, 30), (0, 110, 120, 90)).save(out, "WEBP")
    return out.getvalue()


def pixel_flood(side: int = 30_000) -> bytes:
    """A PNG of a few bytes that says it has 900 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("../../evil.sh", "#!/bin/sh\n")
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
OPUS = b"OggS\0\2" + b"\0" * 22 + b"OpusHead\1\1" + b"\0" * 200
MP3 = b"\xff\xfb\x90\x00" + b"\0" * 400
M4A = b"\0\0\0\x20ftypM4A \0\0\0\0" + b"\0" * 100
MP4 = b"\0\0\0\x20ftypisom\0\0\2\0" + b"\0" * 100
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"

# name -> content: what must not get in, whatever its name says
REFUSED: dict[str, bytes] = {
    "drawing.svg": SVG,
    "drawing.png": SVG,
    "page.html": HTML,
    "page.txt": b"\n\n  <script>alert(1)</script>",
    "xml.txt": b"\xef\xbb\xbf<?xml version='1.0'?><x/>",
    "photo.png": archive(),
    "photo.jpg": b"MZ\x90\0" + b"\0" * 200,
    "program.pdf": b"\x7fELF" + b"\0" * 200,
    "letter.docx": archive(),
    "script.txt": b"#!/bin/sh\nrm -rf /\n",
    "binary.txt": b"hello\0world",
    "cut.png": screenshot()[:60],
    "picture.gif": b"GIF89a" + b"\0" * 50,
    "iphone.heic": b"\0\0\0\x18ftypheic\0\0\0\0" + b"\0" * 100,
    "empty.pdf": b"",
    "flood.png": pixel_flood(),
    "later.pdf": b"\n" * 10 + HTML + PDF,
}

# A file name as the network may carry it -> what must not be in what is shown
NAMES = (
    "<img src=x onerror=alert(1)>.png",
    '"><svg/onload=alert(1)>.png',
    "javascript:alert(1).png",
    "../../../etc/passwd.png",
    "..\\..\\windows\\system.png",
    "photo\u202egnp.exe",
    "photo\u200b.\u200dpng",
    "a\r\nX-Injected: 1.png",
    "a\0b.png",
    "{{constructor.constructor('alert(1)')()}}.png",
    "'; DROP TABLE file; --.png",
    "фото из кабинета.PNG",
    "截图 2026.png",
    "photo.png.exe",
    "x" * 500 + ".png",
    "....",
    "",
)
