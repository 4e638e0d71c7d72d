"""What a file is, decided by its content; the name that somebody gave it plays no part.

A format that is not read is refused with a sentence that says what to do instead.
"""

import re
from enum import StrEnum

from apps.core.errors import DomainError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
SAVE_AS = "请用 WPS 或 Excel 打开它，另存为“Excel 工作簿（.xlsx）”后再传。"
_PICTURES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"RIFF",
    b"\x00\x00\x00\x0cjP",
)
_OTHERS = (
    (b"%PDF", "这是 PDF 文件，读不出表格。请上传原来的 Excel 或 Word 表，不要转成 PDF。"),
    (b"{\\rtf", "这是 RTF 文档。请用 WPS 或 Word 打开它，另存为“Word 文档（.docx）”后再传。"),
    (b"Rar!", "这是压缩包。请解压后上传里面的表格文件。"),
    (b"7z\xbc\xaf", "这是压缩包。请解压后上传里面的表格文件。"),
    (b"\x1f\x8b", "这是压缩包。请解压后上传里面的表格文件。"),
    (b"MZ", "这是程序，不是表格。请上传 Excel、Word（.docx）或 CSV 表格。"),
    (b"\x7fELF", "这是程序，不是表格。请上传 Excel、Word（.docx）或 CSV 表格。"),
)
_MARKUP = re.compile(
    rb"^\s*<(?:!doctype|html|\?xml|table|head|body|meta|style|script|div|!--)", re.I
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class Format(StrEnum):
    """A format that is read."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    DOCX = "docx"


def of(raw: bytes) -> Format:
    """Return the format of a file's bytes; a zip file is taken for a workbook until it is opened.

    Raises:
        DomainError: the file is empty or of a kind that is not read.
    """
    if not raw.strip(b"\x00 \r\n\t"):
        raise DomainError("这个文件是空的。请确认选对了文件，打开看看里面有没有内容，再传。")
    if raw.startswith(ZIP):
        return Format.XLSX
    if raw.startswith(OLE):
        return _of_ole(raw)
    _refuse_others(raw)
    return Format.CSV


def _refuse_others(raw: bytes) -> None:
    if raw.startswith(EMPTY_ZIP):
        raise DomainError(f"这个文件是空的压缩包，不是表格。{SAVE_AS}")
    if raw.startswith(_PICTURES):
        raise DomainError("这是图片，读不出表格。请上传原来的 Excel、Word（.docx）或 CSV 表格。")
    for mark, sentence in _OTHERS:
        if raw.startswith(mark):
            raise DomainError(sentence)
    if _MARKUP.match(raw.removeprefix(b"\xef\xbb\xbf")[:200]):
        raise DomainError(f"这个文件其实是网页（HTML 或 XML），只是名字像表格。{SAVE_AS}")


def _has_stream(raw: bytes, name: str) -> bool:
    """Say whether an OLE directory names a stream: names stand there in UTF-16, ended by zeros."""
    return name.encode("utf-16-le") + b"\0\0" in raw


def _of_ole(raw: bytes) -> Format:
    """Tell an old workbook from the other things that come in the same container."""
    if _has_stream(raw, "EncryptedPackage"):
        raise DomainError("这个文件设了打开密码。请先取消密码（文件 → 信息 → 保护），再传。")
    if _has_stream(raw, "WordDocument"):
        raise DomainError(
            "这是旧版 Word（.doc）或 WPS 文字文件。请打开它，另存为“Word 文档（.docx）”后再传。"
        )
    if _has_stream(raw, "PowerPoint Document"):
        raise DomainError("这是演示文稿，不是表格。请上传 Excel、Word（.docx）或 CSV 表格。")
    if _has_stream(raw, "_VBA_PROJECT_CUR") or _has_stream(raw, "_VBA_PROJECT"):
        raise DomainError(f"这个文件带有宏，系统不收带宏的文件。{SAVE_AS}")
    return Format.XLS


def decode(raw: bytes) -> str:
    """Return the text of a CSV file: UTF-8, UTF-16 with its mark, else GB 18030.

    Raises:
        DomainError: it is no text.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw, encoding)
    try:
        return _decoded(raw, "utf-8")
    except DomainError:
        return _decoded(raw, "gb18030")


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROLS.search(text):
        raise DomainError(f"认不出这个文件的格式，可能已损坏或不是表格。{SAVE_AS}")
    return text
