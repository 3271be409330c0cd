"""What browsers load: headers, caching, the vendored code, and that no path leads out of the pages' folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from yarl import URL

from bot import i18n
from bot.messages import LANGUAGES
from faq.knowledge import Knowledge
from tests.world import World

HANDLERS = Path(__file__).resolve().parent.parent / "handlers"
PAGES = ("/chat", "/demo", "/console", "/ops")


@pytest_asyncio.fixture
async def site(fresh_dsn: str, knowledge: Knowledge) -> AsyncIterator[World]:
    origins = ("https://partner.example",)
    async with World(fresh_dsn, knowledge, telegram=False, inapp_origins=origins) as world:
        yield world


async def test_every_page_runs_our_own_files_only_and_says_who_may_frame_it(site: World) -> None:
    http = site.session()
    for path in PAGES:
        async with http.get(path) as page:
            assert page.status == 200, path
            policy, text = page.headers["Content-Security-Policy"], await page.text()
        for rule in (
            "default-src 'none'",
            "script-src 'self';",
            "style-src 'self';",
            "require-trusted-types-for 'script'",
        ):
            assert rule in policy, (path, rule)
        assert "unsafe" not in policy
        framed = re.search(r"frame-ancestors ([^;]+)", policy)
        assert framed is not None
        assert framed[1] == ("'self' https://partner.example" if path == "/chat" else "'none'"), path
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style", text), f"{path}: inline code or style"
        assert "{{" not in text


async def test_pages_speak_the_language_that_the_browser_asks_for(site: World) -> None:
    http = site.session()
    for headers, query, language in (
        ({}, "", "ru"),
        ({"Accept-Language": "zh-CN,zh;q=0.9,ru;q=0.5"}, "", "zh-CN"),
        ({"Accept-Language": "de"}, "", "ru"),
        ({"Accept-Language": "zh"}, "?lang=ru", "ru"),
    ):
        async with http.get(f"/chat{query}", headers=headers) as page:
            assert f'<html lang="{language}">' in await page.text()
    async with http.get("/i18n/zh/chat.json") as phrases:
        assert (await phrases.json())["page.chat.human"] == "转人工"
    for path in ("/i18n/zh/bot.json", "/i18n/de/chat.json", "/i18n/zh/..%2Fbot.json"):
        async with http.get(URL(site.url + path, encoded=True)) as nothing:
            assert nothing.status == 404, path


async def test_files_are_kept_by_version_and_asked_for_again_by_tag(site: World) -> None:
    http = site.session()
    async with http.get("/chat") as page:
        versioned = re.search(r'src="(/assets/[0-9a-f]{12}/js/chat\.js)"', await page.text())
    assert versioned is not None
    async with http.get(versioned[1]) as file:
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
        assert file.headers["Content-Type"].startswith("text/javascript")
    async with http.get("/assets/js/chat.js") as file:
        tag = file.headers["ETag"]
    async with http.get("/assets/js/chat.js", headers={"If-None-Match": tag}) as file:
        assert (file.status, file.headers["Cache-Control"]) == (304, "no-cache")
    async with http.get("/assets/000000000000/js/chat.js") as old:
        assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache"), "a page may outlive a deploy"


async def test_comments_and_indents_stay_here_and_lines_keep_their_numbers(site: World) -> None:
    http = site.session()
    for name in ("js/chat-core.js", "js/file-store.js", "css/chat.css", "vendor/preact-htm.js"):
        own = (HANDLERS / "pages" / name).read_text()
        async with http.get(f"/assets/{name}") as file:
            served = await file.text()
        if name.startswith("vendor/"):
            assert served == own, "the release as it is"
            continue
        assert served.count("\n") == own.count("\n")
        assert not re.search(r"^\s*(//|/\*|\* )", served, re.MULTILINE), name
        code = [line.lstrip(" ") for line in own.splitlines() if not re.match(r"\s*(//|/?\*)", line)]
        assert [line for line in code if line.strip()] == [line for line in served.splitlines() if line.strip()], name


async def test_no_path_leads_out_of_the_pages_folder(site: World) -> None:
    http = site.session()
    for path in (
        "/assets/../http.py",
        "/assets/%2e%2e/http.py",
        "/assets/..%2fhttp.py",
        "/assets/js/..%2f..%2fauth.py",
        "/assets/%2fetc%2fpasswd",
        "/assets/js/chat.js%00.css",
        "/assets/chat.html",
        "/assets/vendor",
    ):
        async with http.get(URL(site.url + path, encoded=True)) as answer:
            assert answer.status == 404, path
            assert (await answer.json())["error"]["code"] == "not_found"


async def test_answers_that_are_no_page_can_do_nothing_in_a_browser(site: World) -> None:
    http = site.session()
    for path in ("/healthz", "/metrics", "/openapi.json", "/assets/icons/icon.svg", "/nowhere", "/api/v1/events"):
        async with http.get(path) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Python" not in answer.headers["Server"]
    async with http.delete("/healthz") as answer:
        assert (answer.status, (await answer.json())["error"]["code"]) == (405, "method")


async def test_a_process_that_lost_its_database_is_alive_but_not_ready(site: World) -> None:
    http = site.session()
    async with http.get("/readyz") as answer:
        assert (answer.status, (await answer.json())["ready"]) == (200, True)
    await site.bot.db.close()
    async with http.get("/readyz") as answer:
        body = await answer.json()
        assert (answer.status, body["ready"]) == (503, False)
        assert "database" in body["reasons"]
    async with http.get("/healthz") as answer:
        assert answer.status == 200


async def test_in_production_the_demo_does_not_exist(fresh_dsn: str, knowledge: Knowledge) -> None:
    async with World(fresh_dsn, knowledge, telegram=False, demo=False) as production:
        http = production.session()
        demo = ("/demo", "/api/demo/cast", "/api/demo/cast/+79000000001")
        for path, status in (("/chat", 200), *((path, 404) for path in demo)):
            async with http.get(path) as answer:
                assert answer.status == status, path
        async with http.post("/api/demo/token", json={}, headers={"Sec-Fetch-Site": "same-origin"}) as answer:
            assert answer.status == 404


async def test_openapi_describes_every_route_of_the_api_and_no_other(site: World) -> None:
    http = site.session()
    async with http.get("/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    for method, path in described:
        asked = re.sub(r"\{\w+\}", "1", path)
        async with http.request(method, asked) as answer:
            assert answer.status not in (404, 405), (method, path)
    routed = {
        (method, re.sub(r"\{(\w+):[^}]+\}", r"{\1}", path))
        for source in ("chat.py", "console.py", "files.py", "ops.py")
        for method, path in re.findall(r'"(GET|POST)", f?"([^"]+)"', (HANDLERS / source).read_text())
        if path.startswith("/api/")
    }
    assert routed <= described, routed - described


def test_vendored_files_are_the_releases_that_vendor_json_names() -> None:
    folder = HANDLERS / "pages" / "vendor"
    vendored = json.loads((folder / "vendor.json").read_text())
    assert {path.name for path in folder.iterdir() if path.suffix in (".js", ".css")} == set(vendored)
    for name, told in vendored.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told["sha256"], name
        assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])
        for licence in told["licenses"]:
            assert (folder / licence).stat().st_size > 500


def test_every_module_that_a_page_preloads_and_imports_exists() -> None:
    pages = HANDLERS / "pages"
    for page in pages.glob("*.html"):
        named = re.findall(r'(?:href|src)="(?:\{\{assets\}\}|/assets)/([^"]+)"', page.read_text())
        assert named, page.name
        for path in named:
            assert (pages / path).is_file(), f"{page.name}: {path}"
    for module in (pages / "js").glob("*.js"):
        for path in re.findall(r'(?:from|import) "([./][^"]+)"', module.read_text()):
            target = pages / path.removeprefix("/assets/") if path.startswith("/") else module.parent / path
            assert target.is_file(), f"{module.name}: {path}"


def test_every_phrase_that_a_page_asks_for_is_there_in_both_languages() -> None:
    """Keys built at run time (`page.chat.now.${state}`) must at least begin like one that is there."""
    pages = HANDLERS / "pages"
    for language in LANGUAGES:
        known = {key for keys in i18n.keys(language).values() for key in keys}
        for file in (*pages.glob("*.html"), *(pages / "js").glob("*.js")):
            for key, built in re.findall(r"[\"'`{](page\.[a-z]+\.[a-z0-9_.]*[a-z0-9_.])(\$\{)?", file.read_text()):
                found = any(one.startswith(key) for one in known) if built else key in known
                assert found, f"{file.name}: {key} ({language})"
