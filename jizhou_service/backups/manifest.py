"""A backup is a folder ``jizhou-YYYYmmdd-HHMMSS``; its manifest is written last."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.timezone import get_default_timezone

from apps.core.errors import DomainError

FORMAT = 1
MANIFEST, VERIFIED = "manifest.json", "verified.json"
FILES_PART, SECRETS_PART = "files.tar.gz", "secrets.enc"
NAME = re.compile(r"jizhou-(\d{8}-\d{6})")
BLOCK = 1024 * 1024
Alive = Callable[[], None]


def silent() -> None:
    """A sign of life that nobody reads."""


def name_for(moment: datetime) -> str:
    """Return the folder's name for a moment (local time)."""
    return f"jizhou-{moment.astimezone(get_default_timezone()):%Y%m%d-%H%M%S}"


def moment_of(folder: Path) -> datetime:
    """Return the local time that a backup's name carries."""
    found = NAME.fullmatch(folder.name)
    if found is None:
        raise ValueError(folder.name)
    return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=get_default_timezone())


def all_backups(root: Path | None = None) -> list[Path]:
    """Return the finished backups of a folder, oldest first."""
    root = root or Path(settings.BACKUP_DIR)
    return sorted(
        path.parent
        for path in root.glob(f"jizhou-*/{MANIFEST}")
        if NAME.fullmatch(path.parent.name)
    )


def sha256_of(path: Path, alive: Alive = silent) -> str:
    """Return the hex digest of a file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(BLOCK):
            digest.update(block)
            alive()
    return digest.hexdigest()


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file so that it is there whole or not at all, also after a power cut."""
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, ensure_ascii=False, indent=1, sort_keys=True)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(folder: Path) -> dict[str, Any]:
    """Return a backup's manifest.

    Raises:
        DomainError: there is none, or it is not ours.
    """
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise DomainError(
                f"备份 {folder.name} 的格式是 {content['format']}，本版本只认 {FORMAT}。"
            )
        return dict(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DomainError(f"{folder} 不是完整的备份：读不出 {MANIFEST}。") from error


def is_verified(folder: Path) -> bool:
    """Whether this very manifest was verified and found good."""
    try:
        note = json.loads((folder / VERIFIED).read_text(encoding="utf-8"))
        return bool(note["ok"]) and note["manifest_sha256"] == sha256_of(folder / MANIFEST)
    except (OSError, ValueError, KeyError, TypeError):
        return False
