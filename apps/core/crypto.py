"""Encryption of single fields: AES-256-GCM, keys outside the database, rotation by key id.

A stored value is ``<key id>:<base64 of nonce + ciphertext>``; the field's name is bound in as
associated data, so that a value copied to another column does not decrypt.
"""

import base64
import binascii
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.core.errors import DomainError

NONCE_BYTES = 12


class Keyring:
    """The field keys: the first encrypts, all decrypt; the index key never rotates silently."""

    def __init__(self, lines: str) -> None:
        """Read ``id:base64`` lines. The line with id ``index`` keys the search indexes."""
        self.keys: dict[str, AESGCM] = {}
        self.index_key = b""
        #: a digest that has taken in the key and the purpose, ready to be copied: half the time
        self._begun: dict[str, hmac.HMAC] = {}
        for line in lines.replace(",", "\n").splitlines():
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key_id, _, encoded = line.strip().partition(":")
            try:
                raw = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                raw = b""
            if len(raw) != 32 or not key_id.isalnum():
                raise ImproperlyConfigured("字段密钥每行应为“编号:base64”，密钥为 32 字节。")
            if key_id == "index":
                self.index_key = raw
            else:
                self.keys[key_id] = AESGCM(raw)
        if not self.keys or not self.index_key:
            raise ImproperlyConfigured("字段密钥缺失：至少要有一把加密密钥和一把 index 密钥。")
        self.active = next(iter(self.keys))

    def encrypt(self, text: str, *, purpose: str) -> str:
        """Return the stored form of a text."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self.keys[self.active].encrypt(nonce, text.encode(), purpose.encode())
        return f"{self.active}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, *, purpose: str) -> str:
        """Return the text of a stored value; a wrong key or a damaged value is a DomainError."""
        key_id, _, encoded = stored.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
            key = self.keys[key_id]
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (KeyError, InvalidTag, ValueError) as error:
            raise DomainError("加密的内容解不开，请联系系统管理员核对字段密钥。") from error

    def seal(self, raw: bytes, *, purpose: str) -> bytes:
        """Return the stored form of a file's bytes."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self.keys[self.active].encrypt(nonce, raw, purpose.encode())
        return self.active.encode() + b":" + nonce + sealed

    def unseal(self, stored: bytes, *, purpose: str) -> bytes:
        """Return the bytes of a stored file; a wrong key or a damaged file is a DomainError."""
        key_id, _, rest = stored.partition(b":")
        try:
            key = self.keys[key_id.decode("ascii")]
            return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], purpose.encode())
        except (KeyError, InvalidTag, ValueError) as error:
            raise DomainError("加密的文件解不开，请联系系统管理员核对字段密钥。") from error

    def index(self, text: str, *, purpose: str) -> str:
        """Return a keyed digest (32 hex digits) for equality search."""
        begun = self._begun.get(purpose)
        if begun is None:
            begun = hmac.new(self.index_key, f"{purpose}\0".encode(), "sha256")
            self._begun[purpose] = begun
        made = begun.copy()
        made.update(text.encode())
        return made.hexdigest()[:32]


def new_key_line(key_id: str) -> str:
    """Return a line with a fresh random key."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _kept_lines(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(f"{new_key_line('k1')}\n{new_key_line('index')}\n", encoding="ascii")
        try:  # a hard link never replaces: of two processes starting together one wins
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """Return the keyring of this installation; made and kept on the first use."""
    return Keyring(settings.FIELD_KEYS or _kept_lines(Path(settings.FIELD_KEYS_FILE)))
