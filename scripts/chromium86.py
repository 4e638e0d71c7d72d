"""Draws the five key pages with Chromium 86, the oldest browser in use, and keeps the pictures.

`make old-chromium` against a running demonstration (`make run`): takes the browser out of the npm
package chrome-aws-lambda 5.3.1, logs in as the demonstration accounts, writes
screenshots/chromium86-<page>-<width>.png and fails when a page has errors of scripts. Not a part
of the tests: the package is 45 MB and comes from the network.
"""

import atexit
import base64
import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import brotli

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "chrome-aws-lambda@5.3.1"
SHA256 = "e258e73f4d5957f39de30f6343a2f44de425d978d8058631e4e9d20111c2222a"
FLAGS = [
    *("--headless", "--no-sandbox", "--single-process", "--no-zygote", "--disable-gpu"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe", "about:blank"),
]
#: picture → account, address; {ticket} is the first one of the liaison's list
PAGES = {
    "workbench": ("officer", "/home/"),
    "register": ("officer", "/t/new/"),
    "dispatch": ("dispatcher", "/dispatch/"),
    "ticket": ("liaison", "{ticket}"),
    "dashboard": ("officechief", "/dash/"),
}
#: seconds for an answer; in one process this build now and then hangs while it starts
PATIENCE, STARTS = 20, 4
SIZES = ((1440, 900), (390, 844))
FIRST_TICKET = "document.querySelector('main a.tt[href^=\"/t/JZ\"]').getAttribute('href')"
LOGIN = """(() => {
  document.getElementById('id_username').value = %s;
  document.getElementById('id_password').value = %s;
  HTMLFormElement.prototype.submit.call(document.querySelector('main form'));
})()"""


def browser(folder: Path) -> Path:
    """Return the program of Chromium 86, fetched and unpacked once."""
    program = folder / "chromium"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True)
    package = next(folder.glob("chrome-aws-lambda-*.tgz"))
    if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
        sys.exit(f"{package.name} 的校验和不对，没有使用。")
    with tarfile.open(package) as archive:
        found = archive.extractfile("package/bin/chromium.br")
        assert found is not None  # noqa: S101  the checksum says what is inside
        program.write_bytes(brotli.decompress(found.read()))
    program.chmod(0o755)
    package.unlink()
    return program


def started(program: Path, profile: str) -> "Page":
    """Return the page of a browser that answers; one that hangs while starting is put away."""
    for number in range(STARTS):
        page = Page(program, f"{profile}/{number}")
        try:
            page.attach()
        except TimeoutError:
            page.process.kill()
        else:
            return page
    sys.exit("Chromium 86 启动后没有应答，请再试一次。")


class Page:
    """One page of the browser, driven through its debugging pipe."""

    def __init__(self, program: Path, profile: str) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def wire() -> None:  # the browser reads its orders from 3 and answers on 4
            held = os.dup(to_browser), os.dup(from_browser)
            os.dup2(held[0], 3)
            os.dup2(held[1], 4)

        self.process = subprocess.Popen(
            [str(program), f"--user-data-dir={profile}", *FLAGS],
            close_fds=False,
            preexec_fn=wire,
            stderr=subprocess.DEVNULL,
        )
        atexit.register(self.process.kill)
        os.close(to_browser)
        os.close(from_browser)  # so that we read the end when the browser dies
        self._rest, self._count, self._session = b"", 0, ""
        self.faults: list[str] = []

    def attach(self) -> None:
        """Take hold of the page that stands open after the start."""
        time.sleep(2)
        page = self._first_page()
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _first_page(self) -> str:
        """Return the id of the page that the browser opens by itself, a moment after it starts."""
        for _ in range(100):
            for one in self.call("Target.getTargets")["targetInfos"]:
                if one["type"] == "page":
                    return str(one["targetId"])
            time.sleep(0.2)
        sys.exit("Chromium 86 没有打开页面。")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise TimeoutError
            more = os.read(self._in, 1 << 16)
            if not more:
                sys.exit("Chromium 86 没有应答就退出了。")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(message["params"]["exceptionDetails"]["text"])
        if message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] == "error":
                self.faults.append(entry["text"])
        return message

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send an order and return its answer."""
        self._count += 1
        order = {"id": self._count, "method": method, "params": params}
        if self._session:
            order["sessionId"] = self._session
        os.write(self._out, json.dumps(order).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._count:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    def evaluate(self, script: str) -> Any:
        """Run a script in the page and return its value."""
        return self.call("Runtime.evaluate", expression=script)["result"].get("value")

    def open(self, url: str) -> None:
        """Go to an address and wait until everything is there."""
        self.call("Page.navigate", url=url)
        self.wait()

    def wait(self) -> None:
        """Wait until the page is complete and has rested for half a second."""
        time.sleep(0.5)
        while self.evaluate("document.readyState") != "complete":
            time.sleep(0.2)
        time.sleep(0.5)

    def size(self, width: int, height: int) -> None:
        """Make the window so large, before a page is opened or for its whole length."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 768,
        )
        time.sleep(0.3)

    def shoot(self, path: Path, width: int, height: int) -> None:
        """Keep a picture of the whole page."""
        whole = self.evaluate("document.documentElement.scrollHeight")
        self.size(width, max(whole, height))
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


def main() -> None:
    """Draw every page at both widths; exit with 1 when one has errors."""
    url = os.environ.get("URL", "http://127.0.0.1:8000")
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    lines = (var / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
    passwords = {line.split()[1]: line.split()[2] for line in lines}
    shots = ROOT / "screenshots"
    shots.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        page = started(browser(var / "chromium86"), profile)
        try:
            page.open(url)
            print(page.evaluate("navigator.userAgent"))
            for name, (account, address) in PAGES.items():
                page.call("Network.clearBrowserCookies")
                page.open(f"{url}/login/")
                page.evaluate(LOGIN % (json.dumps(account), json.dumps(passwords[account])))
                page.wait()
                if address == "{ticket}":
                    page.open(f"{url}/t/")
                    address = page.evaluate(FIRST_TICKET)
                for width, height in SIZES:
                    page.size(width, height)
                    page.open(url + address)
                    path = shots / f"chromium86-{name}-{width}.png"
                    page.shoot(path, width, height)
                    print(path.relative_to(ROOT))
        finally:
            with contextlib.suppress(OSError, RuntimeError, SystemExit, TimeoutError):
                page.call("Browser.close")
            page.process.terminate()
    if page.faults:
        sys.exit("脚本出错：\n" + "\n".join(page.faults))


if __name__ == "__main__":
    main()
