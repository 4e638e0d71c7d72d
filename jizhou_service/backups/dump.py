"""Make a backup: database first, then the files, then the keys, the manifest last."""

import os
import platform
import shutil
import tarfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service.backups import manifest, secrets_box
from jizhou_service.backups.engines import Engine, engine_for
from jizhou_service.backups.manifest import FILES_PART, SECRETS_PART, Alive, silent

INDEX_PROBE = "backup-check"


def index_probe() -> str:
    """Return a digest that only the same index key gives; it reveals nothing."""
    return keyring().index(INDEX_PROBE, purpose=INDEX_PROBE)


def _media() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    return (path for path in sorted(root.rglob("*")) if path.is_file())


def _state_of_files() -> dict[str, int]:
    """Return count, bytes and newest change of the uploaded files."""
    stats = [path.stat() for path in _media()]
    return {
        "count": len(stats),
        "bytes": sum(stat.st_size for stat in stats),
        "newest_ns": max((stat.st_mtime_ns for stat in stats), default=0),
    }


def _pack_files(folder: Path, state: dict[str, int], alive: Alive) -> None:
    """Write the files' part; the former backup's is shared when nothing changed since."""
    target = folder / FILES_PART
    former = manifest.all_backups(folder.parent)[-1:]
    if former and manifest.read(former[0]).get("files") == state:
        try:
            target.hardlink_to(former[0] / FILES_PART)
            return
        except OSError:
            target.unlink(missing_ok=True)
    root = Path(settings.MEDIA_ROOT)
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for path in _media():
            archive.add(path, arcname=str(path.relative_to(root)), recursive=False)
            alive()


def _pack_secrets(folder: Path, words: str) -> str:
    if not words:
        return "not included"
    target = folder / SECRETS_PART
    target.touch(mode=0o600)
    target.write_bytes(secrets_box.seal(words, secrets_box.collect()))
    return "encrypted"


def _describe_parts(folder: Path, alive: Alive) -> dict[str, dict[str, Any]]:
    """Return size and digest of each part, which is on the disk when this returns."""
    parts = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as handle:
            os.fsync(handle.fileno())
        size = path.stat().st_size
        parts[path.name] = {"bytes": size, "sha256": manifest.sha256_of(path, alive)}
    return parts


def make_backup(
    *,
    now: datetime,
    out: Path | None = None,
    engine: Engine | None = None,
    words: str = "",
    alive: Alive = silent,
) -> Path:
    """Make one backup and return its folder; an unfinished one never looks finished.

    ``out`` is the folder of all backups, ``words`` the passphrase for the keys, ``alive`` is
    called now and then.

    Raises:
        DomainError: the database refuses, a program is missing, the folder cannot be written.
    """
    root = out or Path(settings.BACKUP_DIR)
    engine = engine or engine_for()
    name = manifest.name_for(now)
    draft = root / f".{name}.partial"
    if (root / name).exists():
        raise DomainError(f"备份 {name} 已经有了，请过一秒再试。")
    try:
        root.mkdir(parents=True, exist_ok=True)
        root.chmod(0o700)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        facts = engine.dump(draft, alive)
        state = _state_of_files()
        _pack_files(draft, state, alive)
        keys = _pack_secrets(draft, words)
        content = {
            "format": manifest.FORMAT,
            "name": name,
            "created_at": now.isoformat(),
            "product": settings.VERSION,
            "django": django.get_version(),
            "python": platform.python_version(),
            "engine": engine.vendor,
            "engine_version": engine.version(),
            "files": state,
            "keys": keys,
            "index_probe": index_probe(),
            "parts": _describe_parts(draft, alive),
            **facts.as_dict(),
        }
        manifest.write_json(draft / manifest.MANIFEST, content)
        draft.rename(root / name)
        manifest.sync_folder(root)
    except OSError as error:
        raise DomainError(
            f"备份没有成功：{error.strerror or error}（{error.filename or root}）。"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return root / name
