"""The installation's keys inside a backup: only ever under a passphrase.

The part is one line of JSON (how the key was derived) and then AES-256-GCM of a JSON object
``{file name: base64}``; the first line is bound in as associated data.
"""

import base64
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service import env

LEAST_PASSPHRASE = 12
COST = 2**16


def passphrase() -> str:
    """Return BACKUP_PASSPHRASE (or the content of BACKUP_PASSPHRASE_FILE); empty when not set.

    Raises:
        DomainError: it is too short to protect anything.
    """
    text = env.text("BACKUP_PASSPHRASE")
    if text and len(text) < LEAST_PASSPHRASE:
        raise DomainError(f"BACKUP_PASSPHRASE 至少 {LEAST_PASSPHRASE} 个字符。")
    return text


def _derive(words: str, salt: bytes, cost: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(words.encode()))


def collect() -> dict[str, bytes]:
    """Return the secrets in force by file name; those given by environment count, too."""
    keyring()  # makes the keys of a new installation
    folder = Path(settings.SECRETS_DIR)
    found = {path.name: path.read_bytes() for path in folder.glob("*") if path.is_file()}
    found["secret_key"] = settings.SECRET_KEY.encode()
    if settings.FIELD_KEYS:
        found["field_keys"] = settings.FIELD_KEYS.replace(",", "\n").encode() + b"\n"
    return found


def seal(words: str, content: dict[str, bytes]) -> bytes:
    """Return the part's bytes."""
    salt, nonce = os.urandom(16), os.urandom(12)
    head = {"kdf": "scrypt", "n": COST, "salt": salt.hex(), "nonce": nonce.hex()}
    line = json.dumps(head).encode() + b"\n"
    inner = {name: base64.b64encode(data).decode() for name, data in content.items()}
    return line + _derive(words, salt, COST).encrypt(nonce, json.dumps(inner).encode(), line)


def unseal(words: str, sealed: bytes) -> dict[str, bytes]:
    """Return the secrets.

    Raises:
        DomainError: the passphrase is wrong or the part damaged.
    """
    line, _, body = sealed.partition(b"\n")
    try:
        head = json.loads(line)
        box = _derive(words, bytes.fromhex(head["salt"]), min(int(head["n"]), 2**20))
        plain = box.decrypt(bytes.fromhex(head["nonce"]), body, line + b"\n")
        return {Path(name).name: base64.b64decode(text) for name, text in json.loads(plain).items()}
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        raise DomainError(
            "备份里的密钥解不开：口令 BACKUP_PASSPHRASE 不对，或文件已损坏。"
        ) from error
