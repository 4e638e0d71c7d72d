"""A real server with demonstration data, and browsers that look at it as people do."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SHOTS = ROOT / "screenshots"
ZONE_LINK = "a[href^='/zones/']:not([href*=new])"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Server:
    """Where it listens, the password of each account, and the tickets made for the journeys."""

    url: str
    passwords: dict[str, str]
    tickets: dict[str, str]


def free_port() -> int:
    """Return a port below the range from which clients take theirs; each worker has a hundred."""
    first = 21000 + 100 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    for port in range(first, first + 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Migrate, seed and serve in a folder of its own, as `make run` does."""
    if not CHROMIUM:
        pytest.skip("没有 Chromium，跳过浏览器测试")
    var = tempfile.mkdtemp(prefix="jizhou-browser-")
    env = {**os.environ, "VAR_DIR": var, "SESSION_IDLE_MINUTES": "30", "LOG_LEVEL": "WARNING"}
    env.pop("DATABASE_URL", None)
    env.pop("REDIS_URL", None)
    scene = _scene(env)
    lines = (Path(var) / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
    passwords = {line.split()[1]: line.split()[2] for line in lines}
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "jizhou_service.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "-k",
        "gthread",
        "--threads",
        "4",
        "--log-level",
        "warning",
    ]
    with (Path(var) / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            known = passwords | scene["passwords"]
            yield Server(f"http://127.0.0.1:{port}", known, scene["tickets"])
        finally:
            process.terminate()
            process.wait(30)
            shutil.rmtree(var, ignore_errors=True)


def _scene(env: dict[str, str]) -> dict[str, dict[str, str]]:
    """Migrate, collect, seed, and add what the journeys need beside the demonstration."""
    made = subprocess.run(
        [sys.executable, "-m", "jizhou_service.tests.browser.scene"],
        cwd=ROOT,
        env={**env, "DJANGO_SETTINGS_MODULE": "jizhou_service.settings"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, dict[str, str]] = json.loads(made.stdout.splitlines()[-1])
    return found


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own loopback address
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@pytest.fixture(scope="package")
def chromium(server):
    """One headless Chromium for these tests.

    It closes with the package: its driver keeps an event loop in the thread, in which Django
    refuses the database to the tests that follow.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def states(chromium, server):
    """The cookies of each logged-in account: one login an account and session."""
    kept: dict[str, dict] = {}

    def state(username: str) -> dict:
        if username not in kept:
            context = chromium.new_context(base_url=server.url, locale="zh-CN")
            page = context.new_page()
            log_in(page, username, server.passwords[username])
            page.wait_for_url("**/home/")
            kept[username] = context.storage_state()
            context.close()
        return kept[username]

    return state


def log_in(page, username: str, password: str) -> None:
    """Type name and password and press the button."""
    page.goto("/login/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="登录", exact=True).click()


def watch(page, server, faults):
    """Note errors of scripts and of the content policy, and requests to anywhere else."""
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "console",
        lambda line: (
            faults.append(f"console: {line.text}")
            if line.type == "error" and "status of 4" not in line.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            faults.append(f"outside: {request.url}")
            if not request.url.startswith((server.url, "data:"))
            else None
        ),
    )


@pytest.fixture
def visit(chromium, server, states):
    """Return a page for an account (None: a stranger) that fails on script and CSP errors."""
    contexts, faults = [], []

    def open_as(username=None, *, width=1440, height=900, javascript=True):
        context = chromium.new_context(
            base_url=server.url,
            locale="zh-CN",
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            storage_state=states(username) if username else None,
        )
        contexts.append(context)
        page = context.new_page()
        watch(page, server, faults)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="package")
def contexts(chromium, server, states):
    """One browser context an account, with its files in the cache: for tests that only look."""
    kept = {}

    def context(username):
        if username not in kept:
            kept[username] = chromium.new_context(
                base_url=server.url,
                locale="zh-CN",
                storage_state=states(username) if username else None,
            )
        return kept[username]

    yield context
    for one in kept.values():
        one.close()


@pytest.fixture
def window(contexts, server):
    """Return a fresh page for an account in its kept context; fails on script and CSP errors."""
    pages, faults = [], []

    def open_as(username=None):
        page = contexts(username).new_page()
        page.set_viewport_size({"width": 1440, "height": 900})
        pages.append(page)
        watch(page, server, faults)
        return page

    yield open_as
    for page in pages:
        page.close()
    assert faults == []


@pytest.fixture(scope="package")
def scene(server):
    """The tickets that lie with 区住房建设委: ``open``, ``timely`` and ``late``."""
    return server.tickets
