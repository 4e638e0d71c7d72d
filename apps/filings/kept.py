"""What is kept of a filing: the file itself, and its rows in packed pieces; all encrypted.

A file is encrypted with a key of its own, which the database keeps encrypted with the field keys
(decisions.md 24). A backup takes the folder along; rotating the field keys rewrites the database
only.
"""

import base64
import hashlib
import json
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.core.crypto import keyring
from apps.core.errors import DomainError

NONCE = 12
PIECE = 500
FOLDER = "filings"
PURPOSE = "filings.file_key"
DAMAGED = "保存的原文件读不出来。请重新上传；反复出现的，请告诉系统管理员核对备份。"


# ---- files -----------------------------------------------------------------------------------
def seal(raw: bytes) -> tuple[bytes, str]:
    """Encrypt a file with a fresh key; return its stored form and the key."""
    key = AESGCM.generate_key(bit_length=256)
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, raw, None), base64.b64encode(key).decode()


def unseal(stored: bytes, key: str) -> bytes:
    """Return a file's content.

    Raises:
        DomainError: the file is damaged or the key is not its own.
    """
    try:
        return AESGCM(base64.b64decode(key)).decrypt(stored[:NONCE], stored[NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise DomainError(DAMAGED) from error


def lock_key(key: str) -> str:
    """Encrypt a file's key with the field keys, for where there is no encrypted column."""
    return keyring().encrypt(key, purpose=PURPOSE)


def unlock_key(stored: str) -> str:
    """Return a file's key again.

    Raises:
        DomainError: the field keys do not open it.
    """
    return keyring().decrypt(stored, purpose=PURPOSE)


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file, by which it is known again."""
    return hashlib.sha256(raw).hexdigest()


def write_file(raw: bytes, folder: Path | None = None) -> tuple[str, str]:
    """Keep a file under a random name; return its path within the folder and its key."""
    stored, key = seal(raw)
    name = secrets.token_hex(16)
    relative = Path(FOLDER, name[:2], name[2:])
    path = (folder or Path(settings.MEDIA_ROOT)) / relative
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as handle:
        handle.write(stored)
        handle.flush()
        os.fsync(handle.fileno())
    draft.chmod(0o640)
    draft.replace(path)
    return relative.as_posix(), key


def read_file(relative: str, key: str, folder: Path | None = None) -> bytes:
    """Return the content of a kept file.

    Raises:
        DomainError: the file is gone or damaged.
    """
    path = (folder or Path(settings.MEDIA_ROOT)) / relative
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise DomainError(DAMAGED) from error
    return unseal(stored, key)


def remove_file(relative: str, folder: Path | None = None) -> None:
    """Remove a kept file; nothing happens when it is gone."""
    ((folder or Path(settings.MEDIA_ROOT)) / relative).unlink(missing_ok=True)


# ---- rows ------------------------------------------------------------------------------------
def pack(items: Sequence[Any]) -> str:
    """Return items as compressed text, which the column then encrypts."""
    plain = json.dumps(items, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(plain, 1)).decode()


def unpack(text: str) -> list[Any]:
    """Return the items of :func:`pack`."""
    return list(json.loads(zlib.decompress(base64.b64decode(text))))


def pieces(items: Iterable[Any], size: int = PIECE) -> Iterator[tuple[int, list[Any]]]:
    """Yield (how many lie before, up to 500 items)."""
    source, first = iter(items), 0
    while piece := list(islice(source, size)):
        yield first, piece
        first += len(piece)
