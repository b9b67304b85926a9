"""Peers for the checks of what watches a service: answers as told, hostile ones, real ones."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from checks.core.base import Tools
from tests.checks.kit import Talk, tools

OK = b"HTTP/1.1 200 OK\r\n"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HOSTILE = {
    "nothing": b"",
    "garbage": b"\xff\xfe garbage\r\n\r\n",
    "half": OK + b"Content-Length: 100\r\n\r\n{",
    "a page": OK + b"Content-Type: text/html\r\n\r\n<h1>Sign in</h1>",
    "a list": OK + b"\r\n[]",
    "a number": OK + b"\r\n17",
    "null": OK + b"\r\nnull",
    "NaN": OK + b'\r\n{"status": NaN}',
    "another shape": OK + b'\r\n{"status": "success", "data": {"groups": 1}, "results": []}',
    "invalid UTF-8": OK + b'\r\n{"status": "\xff\xfe"}',
    "deep": OK + b"\r\n" + b"[" * 100_000,
    "huge": OK + b"\r\n[" + b"0," * 3_000_000 + b"0]",
    "compressed": OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "an error": b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
}


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a text that never ends."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK + b'\r\n"')
    while True:
        writer.write(b"y\n" * 32_000)
        await writer.drain()


def dripping(answer: bytes) -> Talk:
    """Return a talk that sends an endless answer, a byte at a time."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\n" + answer)
        while await reader.read(1):
            pass

    return talk


class Hurried:
    """A clock on which waiting takes no time, and every look at it a hundredth of a second."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        self.now_s += 0.01
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await asyncio.sleep(0)


def hurried(**env: str) -> Tools:
    """Return tools with a hurried clock and the environment."""
    return replace(tools(env=env), clock=Hurried())


@contextlib.asynccontextmanager
async def answering(answers: Mapping[str, Handler | Any]) -> AsyncIterator[str]:
    """Answer `METHOD /path` with JSON, or by a handler; give the address."""
    app = web.Application(client_max_size=8 * 1024 * 1024)
    for route, answer in answers.items():
        method, path = route.split(" ")
        app.router.add_route(method, path, answer if callable(answer) else _saying(answer))
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _saying(value: Any) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(value)

    return handler


def refusing(status: int, **body: str) -> Handler:
    """Return a handler that refuses."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return handler


def program(name: str) -> str:
    """Return the path of a real peer; without it the test is skipped, and fails in CI."""
    if found := shutil.which(name):
        return found
    why = f"{name} is not installed: apt-get install --no-install-recommends {name}"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def free_port() -> int:
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port: int = once.getsockname()[1]
        return port


class Exporter:
    """A page of metrics in a thread; each scrape of it is an occasion to look what became of it."""

    def __init__(self, page: bytes) -> None:
        scraped = self._scraped = threading.Semaphore(0)

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
                scraped.release()

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def until(self, is_so: Callable[[], bool], scrapes: int = 100) -> None:
        """Look after each scrape whether it is so."""
        for _ in range(scrapes):
            assert self._scraped.acquire(timeout=30), "nobody scrapes"
            if is_so():
                return
        raise AssertionError("it never came to be")

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def said(url: str) -> str:
    """Return what an address answers now; None when it does not."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return ""


@contextlib.contextmanager
def remembering(folder: Path, lines: Iterable[str]) -> Iterator[str]:
    """Run a Prometheus that scrapes nothing and remembers samples in OpenMetrics; its address."""
    prometheus, promtool, port = program("prometheus"), program("promtool"), free_port()
    (folder / "p.yml").write_text("scrape_configs: []\n")
    (folder / "past.txt").write_text("".join(lines))
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", "past.txt", "data"],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    flags = ["--config.file=p.yml", "--storage.tsdb.path=data"]
    with running(folder, prometheus, *flags, f"--web.listen-address=127.0.0.1:{port}"):
        deadline_s = time.monotonic() + 20
        while "success" not in said(f"http://127.0.0.1:{port}/api/v1/query?query=1"):
            assert time.monotonic() < deadline_s
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def running(folder: Path, *argv: str) -> Iterator[None]:
    """Run a program in a folder until the end of the block."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
