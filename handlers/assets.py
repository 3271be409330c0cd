"""Pages, their modules and styles: read once at start, served from memory, so that no path can lead elsewhere.

`/assets/<version>/...` never changes and is kept for a year; `/assets/...` is asked for again by ETag. The version is a
hash over all files, so modules find each other by relative imports within one version.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web

from bot import i18n
from bot.messages import LANGUAGES
from handlers.errors import ApiError, language_of

FOLDER = Path(__file__).parent / "pages"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_HOLE = re.compile(r"\{\{([\w.]+)\}\}")
_INDENT = re.compile(r"^ +", re.MULTILINE)
# Comments that fill whole lines; one behind code stays.
_COMMENTS = {
    ".js": re.compile(r"^[ \t]*(?://.*|/\*\*(?s:.*?)\*/[ \t]*)$", re.MULTILINE),
    ".css": re.compile(r"^[ \t]*/\*(?s:.*?)\*/[ \t]*$", re.MULTILINE),
}
_VERSIONED = re.compile(r"[0-9a-f]{12}/")


@dataclass(frozen=True)
class File:
    body: bytes
    packed: bytes  # gzip; empty when it would not be smaller
    type: str
    tag: str

    @staticmethod
    def of(body: bytes, suffix: str) -> File:
        packed = gzip.compress(body, 9, mtime=0)
        tag = hashlib.sha256(body).hexdigest()[:20]
        return File(body, packed if len(packed) < len(body) else b"", TYPES[suffix], tag)


def answer(request: web.Request, file: File, cache_control: str) -> web.Response:
    """The file, packed if the client takes that; 304 when it has this very one. What is kept for ever needs no tag."""
    headers = {"Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if cache_control != FOR_EVER:
        headers["ETag"] = f'"{file.tag}"'
    known = request.headers.get("If-None-Match", "")
    if f'"{file.tag}"' in known or known == "*":
        return web.Response(status=304, headers=headers)
    body = file.body
    if file.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = file.packed, "gzip"
    return web.Response(body=body, headers={**headers, "Content-Type": file.type})


def _light(name: str, body: bytes) -> bytes:
    """Our own modules and styles without comments and indents, a sixth of what goes over the wire; lines stay."""
    comments = _COMMENTS.get(Path(name).suffix)
    if comments is None or name.startswith("vendor/"):
        return body
    said = comments.sub(lambda found: "\n" * found[0].count("\n"), body.decode())
    return _INDENT.sub("", said).encode()


def _modules(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    """Vendored scripts that only set a global, as modules that export it; the files themselves stay as released."""
    told = json.loads(bodies.get("vendor/vendor.json", b"{}"))
    exports = {f"vendor/{name}": one["exports"] for name, one in told.items() if "exports" in one}
    return {path: bodies[path] + f"\nexport default {name};\n".encode() for path, name in exports.items()}


class Assets:
    """All files under pages/, by their path below it."""

    def __init__(self, folder: Path = FOLDER) -> None:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in TYPES]
        bodies = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        bodies |= _modules(bodies)
        self.pages = {name: body.decode() for name, body in bodies.items() if name.endswith(".html")}
        self.files = {
            name: File.of(_light(name, body), Path(name).suffix)
            for name, body in bodies.items()
            if name not in self.pages
        }
        whole = hashlib.sha256(b"".join(file.tag.encode() for file in self.files.values()))
        self.version = whole.hexdigest()[:12]

    async def serve(self, request: web.Request) -> web.Response:
        """GET /assets/{path}. An old version's path gets today's file, unkept: a page may outlive a deploy."""
        path = request.match_info["path"]
        versioned = _VERSIONED.match(path)
        file = self.files.get(path[versioned.end() :] if versioned else path)
        if file is None:
            raise ApiError(404, "not_found")
        return answer(request, file, FOR_EVER if path.startswith(self.version + "/") else ASK_AGAIN)

    @cache  # noqa: B019  (one Assets per process, a handful of pages)
    def page(self, name: str, language: str) -> File:
        """A page with its holes filled: {{assets}}, {{language}}, {{lang}}, {{phrases}} and phrases by their key."""
        stem = Path(name).stem
        values = {
            "assets": f"/assets/{self.version}",
            "language": {"ru": "ru", "zh": "zh-CN"}[language],
            "lang": language,
            "phrases": f"/i18n/{language}/{stem}.json?v={phrases(language, stem).tag[:12]}",
        }

        def fill(hole: re.Match[str]) -> str:
            return html.escape(values.get(hole[1]) or i18n.text(language, hole[1]), quote=True)

        return File.of(_HOLE.sub(fill, self.pages[name]).encode(), ".html")

    def loader(self) -> File:
        """js/loader.js with the launcher's phrases in it: a host page loads this one file and nothing more."""
        words = {
            language: {name: i18n.text(language, f"page.loader.{name}") for name in ("title", "unread")}
            for language in LANGUAGES
        }
        source = self.files["js/loader.js"].body.decode()
        return File.of(source.replace('"{{phrases}}"', json.dumps(words, ensure_ascii=False)).encode(), ".js")

    def serve_page(self, request: web.Request, name: str) -> web.Response:
        language = language_of(request)
        response = answer(request, self.page(name, language), ASK_AGAIN)
        response.headers["Vary"] = "Accept-Encoding, Accept-Language"
        response.headers["Content-Language"] = language
        return response


ASSETS = web.AppKey("assets", Assets)


@cache
def phrases(language: str, name: str) -> File:
    """A page's phrases as JSON; empty when it has none. Only keys meant for pages leave the server."""
    found = {key: text for key, text in i18n.page(language, name).items() if _for_pages(key)}
    return File.of(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode(), ".json")


def _for_pages(key: str) -> bool:
    return key.startswith(("page.", "error."))


async def serve_phrases(request: web.Request) -> web.Response:
    """GET /i18n/{language}/{name}.json; with the hash that the page names as ?v= it is kept for ever."""
    language, name = request.match_info["language"], request.match_info["name"]
    if language not in i18n.STAFF_LANGUAGES or not re.fullmatch(r"[a-z]{1,20}", name):
        raise ApiError(404, "not_found")
    file = phrases(language, name)
    if file.body == b"{}":
        raise ApiError(404, "not_found")
    version = request.query.get("v")
    return answer(request, file, FOR_EVER if version and file.tag.startswith(version) else ASK_AGAIN)


def weight(files: Iterable[File]) -> int:
    """Bytes over the wire."""
    return sum(len(file.packed or file.body) for file in files)
