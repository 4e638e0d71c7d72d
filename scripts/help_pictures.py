"""Takes the pictures of the manual from a running demonstration: `make help-pictures`.

Real pages with the demonstration's invented people and enterprises, 1200 px wide (the phone 390),
written as WebP to static/jz/help/. Needs Chromium and playwright (`make setup-dev`).
"""

import base64
import os
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "static" / "jz" / "help"
#: picture → account, address or (address, link to follow), width, height
PICTURES: dict[str, tuple[str, str | tuple[str, str], int, int]] = {
    "register": ("officer", "/t/new/", 1200, 720),
    "phone": ("officer", "/home/", 390, 760),
    "town": ("teamleader", "/home/", 1200, 720),
    "desk": ("dispatcher", "/dispatch/", 1200, 860),
    "ticket": ("liaison", ("/t/", "main a.tt[href^='/t/JZ']"), 1200, 860),
    "callbacks": ("followup", "/callbacks/", 1200, 600),
    "late": ("officechief", "/late/", 1200, 640),
    "board": ("leader", "/dash/", 1200, 860),
    "filing": ("officechief", ("/imp/?state=CHECKED", "table a.tt"), 1200, 720),
    "accounts": ("teamleader", "/set/users/", 1200, 600),
}
QUALITY = 45


def log_in(page: Page, username: str, password: str) -> None:
    """Type name and password."""
    page.goto("/login/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/home/")


def main() -> None:
    """Take every picture again."""
    url = os.environ.get("URL", "http://127.0.0.1:8000")
    var = Path(os.environ.get("VAR_DIR", ROOT / "var"))
    lines = (var / "demo_accounts.txt").read_text(encoding="utf-8").splitlines()
    passwords = {line.split()[1]: line.split()[2] for line in lines}
    TARGET.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--lang=zh-CN"]
        )
        for name, (account, where, width, height) in PICTURES.items():
            context = browser.new_context(
                base_url=url, locale="zh-CN", viewport={"width": width, "height": height}
            )
            page = context.new_page()
            log_in(page, account, passwords[account])
            page.goto(where if isinstance(where, str) else where[0])
            if not isinstance(where, str):
                with page.expect_navigation():
                    page.locator(where[1]).first.click()
            page.wait_for_timeout(800)  # charts are drawn after the page is there
            shot = context.new_cdp_session(page).send(
                "Page.captureScreenshot", {"format": "webp", "quality": QUALITY}
            )
            (TARGET / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
