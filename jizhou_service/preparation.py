"""What `manage.py up` does before anything is started; each step is skipped when nothing changed."""

import hashlib
import io
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags, run_checks
from django.core.management import call_command, get_commands
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from apps.core.errors import DomainError
from jizhou_service.reference import load_reference_data

Say = Callable[[str], None]
LEAST_FREE_MB = 300


def check_port(port: int) -> None:
    """Refuse a port that somebody listens on.

    Raises:
        DomainError: the port is taken or not allowed.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise DomainError(f"没有权限使用端口 {port}，请换一个大于 1024 的端口。") from error
        except (OSError, OverflowError) as error:
            raise DomainError(
                f"端口 {port} 已被占用，请停止占用它的程序，或换一个：make run PORT={port + 1}"
            ) from error


def check_folder(folder: Path) -> None:
    """Refuse a data folder that cannot be written or a disk that is nearly full.

    Raises:
        DomainError: says which folder and how much is free.
    """
    probe = folder / f".write-test-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
        free = shutil.disk_usage(folder).free // 2**20
    except OSError as error:
        reason = error.strerror or str(error)
        raise DomainError(f"数据目录 {folder} 不能写入（{reason}），请检查权限和磁盘。") from error
    if free < LEAST_FREE_MB:
        raise DomainError(f"磁盘只剩 {free} MB，至少要 {LEAST_FREE_MB} MB，请先清理。")


def check_database_place() -> None:
    """Run the database checks and make sure that the database answers.

    Raises:
        DomainError: the first finding, or that the server does not answer.
    """
    for message in run_checks(tags=[Tags.database], databases=["default"]):
        if message.is_serious():
            raise DomainError(f"{message.msg}{message.hint or ''}")
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        raise DomainError(
            f"连不上数据库，请检查 DATABASE_URL 和数据库服务：{first_line(error)}"
        ) from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def migrate(say: Say) -> bool:
    """Bring the database structure up to date; return whether anything was applied."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return False
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        raise DomainError(
            f"数据库的升级记录与程序不符，请先恢复备份：{first_line(error)}"
        ) from error
    say(f"正在更新数据库结构（{len(plan)} 项）…")
    call_command("migrate", interactive=False, verbosity=0)
    return True


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _describe(path: Path) -> str:
    stat = path.stat()
    return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"


def _is_same(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii") == digest


def load_reference(say: Say, *, force: bool) -> None:
    """Load units, categories and holidays when the database is new or the fixtures changed."""
    folders = [Path(settings.BASE_DIR) / "fixtures"]
    folders += [Path(config.path) / "fixtures" for config in apps.get_app_configs()]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    database = str(settings.DATABASES["default"]["NAME"])
    digest = _digest([settings.VERSION, database, *map(_describe, files)])
    stamp = Path(settings.VAR_DIR) / ".reference"
    if not force and _is_same(stamp, digest):
        return
    say("正在载入单位、类目和工作日历…")
    load_reference_data()
    stamp.write_text(digest, encoding="ascii")


def collect_static(say: Say) -> None:
    """Gather, name by content and compress the static files when a source changed."""
    sources = sorted(
        _describe(Path(storage.path(name)))
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    digest = _digest([str(settings.STATIC_ROOT), *sources])
    stamp = Path(settings.VAR_DIR) / ".static"
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists() and _is_same(stamp, digest):
        return
    say("正在整理页面文件…")
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest, encoding="ascii")


def seed_when_empty(say: Say) -> bool:
    """Write the small demonstration into a database that has no account yet; say whether it was."""
    if get_user_model()._default_manager.exists() or "seed_demo" not in get_commands():
        return False
    say("正在写入演示数据（只在第一次）…")
    call_command("seed_demo", size="small", stdout=io.StringIO())
    return True


def banner(port: int, *, is_seeded: bool) -> list[str]:
    """Return what is said when the server answers: the address, the accounts, how to stop.

    Passwords are printed once, by the start that made them; later ones name the file.
    """
    lines = ["", f"已启动：http://127.0.0.1:{port}/", ""]
    accounts = Path(settings.DEMO_ACCOUNTS_FILE)
    if accounts.exists() and not is_seeded:
        lines += [f"演示账号和密码见 {accounts}，仅供试用。"]
    elif accounts.exists():
        lines += [f"演示账号（保存在 {accounts}，仅供试用）："]
        lines += [f"  {line}" for line in accounts.read_text(encoding="utf-8").splitlines()]
    elif not get_user_model()._default_manager.exists():
        lines += [
            "还没有账号，请另开一个终端执行：.venv/bin/python manage.py create_admin sysadmin 姓名"
        ]
    return [*lines, "", "按 Ctrl-C 停止。"]


def prepare(say: Say, *, with_demo: bool) -> bool:
    """Run all steps in order; say whether the demonstration was written now.

    Raises:
        DomainError: one sentence that says what to do.
    """
    check_database_place()
    changed = migrate(say)
    load_reference(say, force=changed)
    collect_static(say)
    return with_demo and seed_when_empty(say)
