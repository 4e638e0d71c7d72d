"""Restore a backup: everything is prepared and looked at aside, then switched."""

import shutil
import tarfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.timezone import get_default_timezone

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service import running
from jizhou_service.backups import manifest, secrets_box
from jizhou_service.backups.engines import Engine, engine_for
from jizhou_service.backups.manifest import FILES_PART, SECRETS_PART, Alive, silent
from jizhou_service.backups.verify import Report, check_files, check_parts, check_vendor, look


@dataclass
class Outcome:
    """What a restore did: the checks, and where the former data is kept."""

    report: Report
    kept: list[str] = field(default_factory=list)


def refuse_while_running(engine: Engine) -> None:
    """Refuse while anything uses the present database.

    Raises:
        DomainError: says who, and what to stop.
    """
    process = running.holder()
    if process:
        raise DomainError(f"系统正在运行（进程 {process}），请先停止再恢复。")
    users = engine.users()
    if users:
        raise DomainError(f"还有 {users} 个程序在用数据库，请先停止网页服务和后台进程。")


def _put_aside(path: Path, stamp: str) -> str:
    if not path.exists():
        return ""
    aside = path.with_name(f"{path.name}.before-{stamp}")
    path.rename(aside)
    return str(aside)


def _restore_secrets(folder: Path, stamp: str, words: str) -> str:
    """Write the keys of the backup in place of the present ones, which are kept."""
    part = folder / SECRETS_PART
    if settings.FIELD_KEYS:
        raise DomainError("字段密钥由环境变量 FIELD_KEYS 提供，请在那里改，不要用 --with-keys。")
    if not part.exists():
        raise DomainError("这份备份里没有密钥，请把单独保管的密钥放回 var/secrets 后再试。")
    if not words:
        raise DomainError("恢复密钥需要口令，请设置 BACKUP_PASSPHRASE 或 BACKUP_PASSPHRASE_FILE。")
    content = secrets_box.unseal(words, part.read_bytes())
    target = Path(settings.SECRETS_DIR)
    kept = _put_aside(target, stamp)
    target.mkdir(mode=0o700, parents=True)
    for name, data in content.items():
        (target / name).touch(mode=0o600)
        (target / name).write_bytes(data)
    keyring.cache_clear()
    return kept


def _unpack_files(folder: Path, stamp: str, alive: Alive) -> Path:
    new = Path(settings.MEDIA_ROOT).with_name(f"files.restoring-{stamp}")
    new.mkdir(parents=True, mode=0o750)
    with tarfile.open(folder / FILES_PART, "r:gz") as archive:
        for member in archive:
            archive.extract(member, new, filter="data")
            alive()
    return new


def restore(
    folder: Path,
    *,
    now: datetime,
    with_keys: bool = False,
    words: str = "",
    engine: Engine | None = None,
    alive: Alive = silent,
) -> Outcome:
    """Replace database and files by those of a backup; the present ones are kept aside.

    The copy is restored beside the present data and examined first; nothing is switched unless
    every check passes.

    Raises:
        DomainError: says what does not fit; the present data has not been touched then.
    """
    engine = engine or engine_for()
    content = manifest.read(folder)
    check_vendor(content, engine)
    refuse_while_running(engine)
    stamp = f"{now.astimezone(get_default_timezone()):%Y%m%d%H%M%S}"
    outcome = Outcome(Report())
    _must_pass(outcome.report, check_parts(folder, content, outcome.report, alive))
    check_files(folder, content, outcome.report, alive)
    _must_pass(outcome.report, outcome.report.ok)
    if with_keys:
        outcome.kept.append(_restore_secrets(folder, stamp, words))
    new_files = _unpack_files(folder, stamp, alive)

    def look_first(url: str) -> None:
        look(url, content, outcome.report)
        _must_pass(outcome.report, outcome.report.ok)

    try:
        outcome.kept.append(engine.replace(folder / engine.part, stamp, look_first, alive))
    except BaseException:
        shutil.rmtree(new_files, ignore_errors=True)
        if with_keys:
            _undo_secrets(stamp)
        raise
    outcome.kept.append(_put_aside(Path(settings.MEDIA_ROOT), stamp))
    new_files.rename(settings.MEDIA_ROOT)
    cache.clear()
    outcome.kept = [place for place in outcome.kept if place]
    return outcome


def _undo_secrets(stamp: str) -> None:
    target = Path(settings.SECRETS_DIR)
    kept = target.with_name(f"{target.name}.before-{stamp}")
    if kept.exists():
        shutil.rmtree(target, ignore_errors=True)
        kept.rename(target)
        keyring.cache_clear()


def _must_pass(report: Report, passed: bool) -> None:
    if not passed:
        failed = "；".join(text for ok, text in report.lines if not ok)
        raise DomainError(f"备份没有通过核对，现有数据没有改动：{failed}")


def note(content: dict[str, Any], kept: list[str]) -> str:
    """Return the sentence for the audit log."""
    return f"恢复到 {content['name']}（{content['created_at']}），原数据保留在 {'、'.join(kept) or '无'}"
