"""The checks of a zip-based file before any parser sees it: its members, sizes, and declarations.

Nothing is unpacked to disk. Each XML part is inflated once, a mebibyte at a time, and counted while
it passes; what the archive's directory says of sizes is checked, and not believed.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field

from apps.core.errors import DomainError
from apps.filings.opening import limits
from apps.filings.opening.sniff import SAVE_AS, Format
from apps.filings.opening.usage import SheetUse

BROKEN = f"这个文件已损坏，打不开。请重新导出或{SAVE_AS.removeprefix('请')}"
TOO_LARGE = "这个文件解开后太大，不像正常的表格。请把内容复制到新建的工作簿里，再传。"
ODD = f"这个文件的内部结构不正常，为安全起见没有读取。{SAVE_AS}"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_MARKUP = re.compile(r"\.(?:xml|rels|vml)$", re.IGNORECASE)
_MACROS = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/|/dialogsheets/", re.IGNORECASE)
_ELSEWHERE = re.compile(r"/externallinks/|/connections\.xml|/querytables/", re.IGNORECASE)
_INSIDE = re.compile(
    r"/embeddings/|\.(?:zip|rar|7z|exe|dll|js|vbs|bat|cmd|ps1|bin)$", re.IGNORECASE
)
_DECLARED = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_PIECE = limits.MEBIBYTE
_OVERLAP = 32


@dataclass
class Archive:
    """What the guard found in a zip-based file."""

    format: Format
    #: by the part's name; only of workbooks
    sheets: dict[str, SheetUse] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def check(raw: bytes) -> Archive:
    """Check a zip-based file and return what it is.

    Raises:
        DomainError: it is damaged, dangerous, too large, or neither a workbook nor a document.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            _check_directory(members)
            found = Archive(_format(members))
            found.remarks = _remarks(members)
            for member in members:
                _inflate(archive, member, found)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DomainError(BROKEN) from None
    except RuntimeError:  # how zipfile says that a member is encrypted
        raise DomainError("这个文件设了密码。请取消密码后再传。") from None
    return found


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    """Refuse by what the directory says: it costs nothing."""
    if len(members) > limits.MOST_MEMBERS:
        raise DomainError(f"{ODD[: -len(SAVE_AS)]}里面有 {len(members)} 个部件。{SAVE_AS}")
    names = [_plain_name(member) for member in members]
    if len({name.casefold() for name in names}) < len(names):
        raise DomainError(ODD)
    for member in members:
        name = _plain_name(member)
        is_away = name.startswith("/") or ":" in name
        if is_away or ".." in name.split("/") or len(name) > 255 or "\0" in name:
            raise DomainError(ODD)
        if member.flag_bits & 1:
            raise DomainError("这个文件设了密码。请取消密码后再传。")
        if _MACROS.search(name):
            raise DomainError(f"这个文件带有宏，系统不收带宏的文件。{SAVE_AS}")
        size, packed = member.file_size, max(member.compress_size, 1)
        if size > limits.SMALL_MEMBER and size / packed > limits.MOST_RATIO:
            raise DomainError(TOO_LARGE)
    if sum(member.file_size for member in members) > limits.MOST_UNPACKED:
        raise DomainError(TOO_LARGE)
    sheets = sum(bool(_SHEET.fullmatch(name)) for name in names)
    if sheets > limits.MOST_SHEETS:
        raise DomainError(
            f"这个工作簿有 {sheets} 个工作表，最多读 {limits.MOST_SHEETS} 个。请拆成几个文件再传。"
        )


def _plain_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; some programs write it with backslashes."""
    return member.filename.replace("\\", "/")


def _format(members: list[zipfile.ZipInfo]) -> Format:
    names = {_plain_name(member).casefold() for member in members}
    if "xl/workbook.xml" in names:
        return Format.XLSX
    if "word/document.xml" in names:
        return Format.DOCX
    if "xl/workbook.bin" in names:
        raise DomainError(f"这是二进制工作簿（.xlsb），读不了。{SAVE_AS}")
    if "content.xml" in names:
        raise DomainError(f"这是 OpenDocument 文件（.ods、.odt），读不了。{SAVE_AS}")
    raise DomainError("这是压缩包或别的文件，不是表格。请解压后上传里面的 Excel 或 Word 表格。")


def _remarks(members: list[zipfile.ZipInfo]) -> list[str]:
    names = [_plain_name(member) for member in members]
    remarks = []
    if any(_ELSEWHERE.search(f"/{name}") for name in names):
        remarks.append("文件引用了别的文件或数据源，只读取了保存时的数值，没有打开那些链接。")
    if any(
        _INSIDE.search(f"/{name}") and "printersettings" not in name.casefold() for name in names
    ):
        remarks.append("文件里嵌有别的文件，没有读取，也不会打开。")
    return remarks


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, found: Archive) -> None:
    """Inflate a part under the cap, look for declarations, and count a sheet's cells."""
    name = _plain_name(member)
    is_markup = bool(_MARKUP.search(name))
    use = SheetUse(name) if found.format is Format.XLSX and _SHEET.fullmatch(name) else None
    read, tail = 0, b""
    with archive.open(member) as part:
        while piece := part.read(_PIECE):
            if is_markup and not read:
                _check_encoding(piece)
            read += len(piece)
            if read > max(member.file_size, _PIECE):
                raise DomainError(TOO_LARGE)
            if is_markup and _DECLARED.search(tail + piece):
                raise DomainError(ODD)
            tail = piece[-_OVERLAP:]
            if use is not None:
                use.feed(piece)
    if use is not None:
        use.finish()
        found.sheets[name] = use
        if sum(sheet.cells for sheet in found.sheets.values()) > limits.MOST_CELLS:
            raise DomainError("这个文件的单元格太多。请按乡镇或片区拆成几个文件再传。")


def _check_encoding(piece: bytes) -> None:
    """Only UTF-8: in another encoding a declaration could pass unseen."""
    head = piece[:200]
    named = re.search(rb"encoding\s*=\s*[\"']([\w-]+)", head)
    if b"\0" in head or (named and named[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
        raise DomainError(ODD)
