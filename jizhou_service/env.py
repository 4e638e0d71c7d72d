"""Typed readers of environment variables; a bad value stops the start with one clear sentence."""

import os
import secrets
from pathlib import Path
from urllib.parse import ParseResult, parse_qsl, unquote, urlparse

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class BadSetting(SystemExit):
    """A setting cannot be used; the message names it and says what is expected."""


def text(name: str, default: str = "") -> str:
    """Return NAME, or the content of the file named by NAME_FILE, or the default."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"设置 {name}_FILE 指向的文件读不出来：{error}") from error
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """Return NAME as a boolean; anything but 1/0, true/false, yes/no, on/off is refused."""
    raw = text(name, "1" if default else "0").lower()
    if raw in TRUE:
        return True
    if raw in FALSE:
        return False
    raise BadSetting(f"设置 {name} 应为 1 或 0，现在是“{raw}”。")


def number(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """Return NAME as a whole number between low and high."""
    raw = text(name, str(default))
    if not raw.isdecimal() or not low <= int(raw) <= high:
        raise BadSetting(f"设置 {name} 应为 {low} 到 {high} 的整数，现在是“{raw}”。")
    return int(raw)


def listing(name: str, default: str = "") -> list[str]:
    """Return NAME split at commas, blanks dropped."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def kept_secret(name: str, path: Path, *, length: int = 50) -> str:
    """Return NAME, or a random secret made once and kept in `path` (mode 600)."""
    value = text(name)
    if value:
        return value
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(length), encoding="utf-8")
        try:  # a hard link never replaces: of two processes starting together one wins
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def url(name: str, default: str = "") -> ParseResult:
    """Return NAME parsed as a URL."""
    return urlparse(text(name, default))


def database(name: str, default: str) -> dict[str, object]:
    """Return Django's DATABASES entry for a sqlite:///path or postgres://user:pw@host/db URL.

    SQLite runs with WAL, immediate transactions and synchronous=FULL: measured, every other
    combination answers "database is locked" under four writers or may lose the last commits.
    """
    parsed = url(name, default)
    if parsed.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parsed.path[1:]),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=20000;"
                    "PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;PRAGMA temp_store=MEMORY;"
                    "PRAGMA cache_size=-64000;PRAGMA mmap_size=268435456;"
                    # an import changes pages all over its indexes; each checkpoint writes them anew
                    "PRAGMA wal_autocheckpoint=4000"
                ),
            },
        }
    if parsed.scheme in {"postgres", "postgresql"}:
        options: dict[str, object] = {
            "connect_timeout": number("DATABASE_CONNECT_SECONDS", 3, low=1, high=60),
            "options": (
                f"-c statement_timeout={number('DATABASE_STATEMENT_SECONDS', 10, high=86400)}s "
                "-c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"
            ),
        }
        options.update(dict(parse_qsl(parsed.query)))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parsed.path[1:]),
            "USER": unquote(parsed.username or ""),
            "PASSWORD": unquote(parsed.password or ""),
            "HOST": parsed.hostname or "",
            "PORT": str(parsed.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise BadSetting(f"设置 {name} 应以 sqlite:/// 或 postgres:// 开头，现在是“{parsed.scheme}”。")
