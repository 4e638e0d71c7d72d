"""Uploaded files: known by their content, pictures drawn anew, stored under random names.

Nothing of what was uploaded is trusted: not the name, not the type the browser says, not the bytes
around a picture (reliability R15, B5).
"""

import hashlib
import io
import os
import unicodedata
import uuid
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from django.conf import settings
from PIL import Image, ImageOps

from apps.core.errors import DomainError

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 4096
MOST_NAME = 100
MOST_UNPACKED, MOST_ENTRIES, MOST_RATIO = 200 * MEGABYTE, 5_000, 200
FOLDER = "tickets"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ACCEPTED = "PDF、Word、Excel、WPS、OFD、JPG、PNG"
#: letters that turn the reading direction around: invoice‮fdp.exe reads as a PDF
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class Kind:
    """A type of file: the extensions it may carry, and how it is served."""

    label: str
    extensions: tuple[str, ...]
    content_type: str


PDF = Kind("PDF", (".pdf",), "application/pdf")
JPEG = Kind("JPG 图片", (".jpg", ".jpeg"), "image/jpeg")
PNG = Kind("PNG 图片", (".png",), "image/png")
WORD = Kind(
    "Word 文档",
    (".docx", ".wps"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
)
SHEET = Kind(
    "Excel 表格",
    (".xlsx", ".et"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
OFD = Kind("OFD", (".ofd",), "application/ofd")
OLD_TEXT = Kind("WPS 文字", (".wps", ".doc"), "application/vnd.ms-works")
OLD_SHEET = Kind("WPS 表格", (".et", ".xls"), "application/vnd.ms-excel")
#: the member by which a package of each kind is known
PACKAGES = {"word/document.xml": WORD, "xl/workbook.xml": SHEET, "OFD.xml": OFD}
#: streams by which compound files of old are known, as they are written in the directory
STREAMS = {"WordDocument": OLD_TEXT, "Workbook": OLD_SHEET, "Book": OLD_SHEET}
PICTURES = (JPEG, PNG)


@dataclass(frozen=True)
class Prepared:
    """A file that may be stored: the name to show, its kind, and the bytes to keep."""

    name: str
    kind: Kind
    content: bytes

    @property
    def sha256(self) -> str:
        """The checksum of what is kept."""
        return hashlib.sha256(self.content).hexdigest()


def refuse(text: str) -> DomainError:
    """Return a refusal to raise; the field is always the file."""
    return DomainError(text, field="file")


# ---- names ---------------------------------------------------------------------------------
def shown_name(name: str) -> str:
    """Return a name that is safe to show and to save under: no path, no control, no turning."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        char
        for char in unicodedata.normalize("NFC", last)
        if char not in TURNING and unicodedata.category(char) not in {"Cc", "Cs", "Co", "Zl", "Zp"}
    )
    stem, dot, extension = " ".join(plain.split()).rstrip(". ").rpartition(".")
    if not dot:
        return extension[:MOST_NAME] or "附件"
    stem, extension = stem.strip(". "), extension[:10]
    return f"{stem[: MOST_NAME - len(extension) - 1] or '附件'}.{extension}"


# ---- contents ------------------------------------------------------------------------------
def prepared(name: str, content: bytes) -> Prepared:
    """Return what may be stored of an upload.

    Raises:
        DomainError: it is empty, too big, of a kind that is not taken, damaged or hostile; the
            sentence says what to do.
    """
    if not content:
        raise refuse("附件是空的。请重新选择文件。")
    if len(content) > MOST_BYTES:
        size = -(-len(content) // MEGABYTE)
        raise refuse(f"附件 {size} MB，超过 20 MB。可压缩或分开传。")
    shown = shown_name(name)
    kind = kind_of(content)
    if not shown.lower().endswith(kind.extensions):
        wanted = "、".join(kind.extensions)
        raise refuse(f"文件内容是{kind.label}，扩展名应为 {wanted}。请改正后再传。")
    if kind in PICTURES:
        content = redrawn(content, kind)
    return Prepared(shown, kind, content)


def kind_of(content: bytes) -> Kind:
    """Return the kind by the content alone."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return _package(content)
    if content.startswith(OLE):
        return _compound(content)
    raise refuse(f"不收这种文件。可以传 {ACCEPTED}。")


def _package(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        raise refuse("文件打不开，可能已损坏。请重新导出后再传。") from None
    _check_entries(entries, len(content))
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refuse("文件里有宏，不能上传。请另存为不含宏的文件。")
    found = [kind for member, kind in PACKAGES.items() if member in names]
    if len(found) != 1:
        raise refuse(f"不收压缩包。可以传 {ACCEPTED}。")
    return found[0]


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    if len(entries) > MOST_ENTRIES:
        raise refuse("文件里的内容过多，打不开。请分成几个文件再传。")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refuse("文件设了密码，别人打不开。请去掉密码后再传。")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED or unpacked > max(size, 50_000) * MOST_RATIO:
        raise refuse("文件解开后过大，不能上传。请另存后再传。")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            raise refuse("文件结构不正常，不能上传。请用 Word、Excel 或 WPS 另存后再传。")


def _compound(content: bytes) -> Kind:
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        raise refuse("文件里有宏，不能上传。请另存为不含宏的文件。")
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise refuse("文件设了密码，别人打不开。请去掉密码后再传。")
    for stream, kind in STREAMS.items():
        if f"{stream}\0".encode("utf-16-le") in content:
            return kind
    raise refuse(f"不收这种文件。可以传 {ACCEPTED}。")


# ---- pictures ------------------------------------------------------------------------------
def redrawn(content: bytes, kind: Kind) -> bytes:
    """Return the picture drawn anew: no EXIF, no place, nothing behind it, at most 4096 a side."""
    image = opened(content, kind)
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return encoded(upright, kind)


def opened(content: bytes, kind: Kind) -> Image.Image:
    """Return a decoded picture; a decoder for other formats is never asked."""
    form = "JPEG" if kind == JPEG else "PNG"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=[form])
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise refuse("图片过大（超过 4000 万像素）。请缩小后再传。") from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise refuse("图片打不开，可能已损坏。请重新拍照或导出后再传。") from None
    return image


def encoded(image: Image.Image, kind: Kind) -> bytes:
    """Return a picture as bytes, without anything but its pixels."""
    out = io.BytesIO()
    if kind == JPEG:
        image.convert("RGB").save(out, "JPEG", quality=88)
    else:
        plain = image if image.mode in {"1", "L", "LA", "RGB", "RGBA"} else image.convert("RGBA")
        clean = Image.new(plain.mode, plain.size)
        clean.paste(plain)
        clean.save(out, "PNG")
    return out.getvalue()


# ---- the folder ----------------------------------------------------------------------------
def store(content: bytes) -> str:
    """Write a file under a random name; return its path below MEDIA_ROOT.

    The bytes are on the disk before the row is committed.
    """
    name = uuid.uuid4().hex
    path = PurePosixPath(FOLDER, name[:2], name[2:4], name)
    target = Path(settings.MEDIA_ROOT, path)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with target.open("xb") as file:
        os.fchmod(file.fileno(), 0o640)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return str(path)


def discard(path: str) -> None:
    """Remove a file whose row was not written."""
    Path(settings.MEDIA_ROOT, path).unlink(missing_ok=True)


def read(path: str, sha256: str) -> bytes:
    """Return a stored file after comparing its checksum.

    Raises:
        DomainError: it is missing or was changed on the disk.
    """
    try:
        content = Path(settings.MEDIA_ROOT, path).read_bytes()
    except OSError:
        raise refuse("附件读不出来。请联系系统管理员从备份恢复。") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise refuse("附件与上传时不一致，已停止下载。请联系系统管理员从备份恢复。")
    return content
