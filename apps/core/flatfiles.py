"""Small flat lists through the admin: read within limits, kept sealed between look and deed.

django-import-export brings the steps (upload, preview, confirm); what it brings for reading,
keeping and writing files is replaced here: its readers know no limits, its kept files lie open in
a shared folder, its writers take text for formulas (reliability.md §2.6, decisions.md 24–25).
"""

import csv
import io
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import tablib
from django.core.cache import cache
from import_export.formats.base_formats import Format
from import_export.tmp_storages import BaseStorage

from apps.core import formulas
from apps.core.crypto import keyring
from apps.core.errors import DomainError
from apps.core.exports import XLSX, ExportColumn, Kind, Stamp, write_xlsx

MOST_BYTES = 5 * 1024 * 1024
MOST_UNPACKED = 64 * 1024 * 1024
MOST_MEMBERS = 500
MOST_ROWS = 3_000
MOST_COLUMNS = 60
HEAD_WITHIN = 20  # the head of the table stands in one of the first rows
#: the key under which a row knows its place in the file
PLACE = "行号"
KEPT_SECONDS = 3600
PURPOSE = "kept-file"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
UNREADABLE = "这个文件读不出来。请用 Excel 或 WPS 另存为 .xlsx，再上传。"


# ---- reading ------------------------------------------------------------------------------
def read_table(data: bytes, required: Sequence[str]) -> tablib.Dataset:
    """Return the rows of an .xlsx or .csv file below the first row that has the required heads.

    The kind of file is decided by its content. Cells are texts; blank rows are left out; the
    column ``PLACE`` holds the row number as Excel counts.

    Raises:
        DomainError: too big, unreadable, or without those heads; says what to do.
    """
    if len(data) > MOST_BYTES:
        raise DomainError(f"文件超过 {MOST_BYTES // 1024 // 1024} MB。请分成几份导入。")
    if data.startswith(_OLD_OFFICE):
        raise DomainError("这是旧版 .xls 或带密码的文件。请去掉密码，另存为 .xlsx，再上传。")
    rows = _workbook_rows(data) if data.startswith(b"PK") else _csv_rows(data)
    return _dataset(rows, required)


def _check_package(data: bytes) -> None:
    """Look at what a workbook would unpack to, before anything is unpacked."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = package.infolist()
        total = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or total > MOST_UNPACKED:
        raise DomainError("这个文件解开后过大。请只留一张表，另存为新的 .xlsx，再上传。")


def _workbook_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        _check_package(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        found = sheet.iter_rows(max_row=MOST_ROWS + HEAD_WITHIN, max_col=MOST_COLUMNS)
        for number, cells in enumerate(found, start=1):
            yield number, [_cell_text(cell.value) for cell in cells]
    except DomainError:
        raise
    except Exception as error:  # a damaged package raises whatever part of the reader meets it
        raise DomainError(UNREADABLE) from error


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    if b"\0" in data:
        raise DomainError(UNREADABLE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise DomainError(UNREADABLE) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, [formulas.from_csv(cell).strip() for cell in cells]
    except csv.Error as error:
        raise DomainError(UNREADABLE) from error


def _dataset(rows: Iterator[tuple[int, list[str]]], required: Sequence[str]) -> tablib.Dataset:
    heads: list[str] = []
    for number, cells in rows:
        if set(required) <= set(cells):
            heads = cells
            break
        if number >= HEAD_WITHIN:
            break
    if not heads:
        wanted = "、".join(f"“{head}”" for head in required)
        raise DomainError(f"没有找到表头。表里要有 {wanted} 列，可先导出一份照着填。")
    used = [position for position, head in enumerate(heads) if head]
    names = [heads[position] for position in used]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DomainError(f"表头“{twice}”出现了两次。请删去多余的一列。")
    found = tablib.Dataset(headers=[PLACE, *names])
    for number, cells in rows:
        values = [cells[place] if place < len(cells) else "" for place in used]
        if not any(values):
            continue
        if len(found) >= MOST_ROWS:
            raise DomainError(f"一次最多导入 {MOST_ROWS:,} 行。请分成几份导入。")
        found.append([number, *values])
    if not len(found):
        raise DomainError("表头下面没有数据行。请填好再上传。")
    return found


def table_format(required: Sequence[str]) -> type[Format]:
    """Return the one import format of a list: .xlsx or .csv, told apart by content."""

    class TableFormat(Format):
        def __init__(self, encoding: str | None = None) -> None:
            """The library names an encoding; the content decides."""

        def get_title(self) -> str:
            return "Excel 工作簿（.xlsx）或 CSV"

        def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
            return read_table(in_stream, required)

        def is_binary(self) -> bool:
            return True

        def get_read_mode(self) -> str:
            return "rb"

        def can_import(self) -> bool:
            return True

    return TableFormat


# ---- keeping between look and deed ----------------------------------------------------------
class SealedStorage(BaseStorage):
    """Keeps an uploaded file for an hour, encrypted, in the cache; one name a file."""

    def save(self, data: bytes) -> None:
        """Keep the file under a name that cannot be guessed."""
        self.name = uuid4().hex
        sealed = keyring().encrypt(b64encode(data).decode(), purpose=PURPOSE)
        cache.set(f"{PURPOSE}:{self.name}", sealed, KEPT_SECONDS)

    def read(self) -> bytes:
        """Return the file; a DomainError when the hour is over."""
        sealed = cache.get(f"{PURPOSE}:{self.name}")
        if sealed is None:
            raise DomainError("上传的文件已过期。请重新上传。")
        return b64decode(keyring().decrypt(sealed, purpose=PURPOSE))

    def remove(self) -> None:
        """Forget the file."""
        cache.delete(f"{PURPOSE}:{self.name}")


# ---- writing ------------------------------------------------------------------------------
class XlsxFormat(Format):
    """A list as this product writes workbooks: text stays text, the head stands still."""

    def get_title(self) -> str:
        return "Excel 工作簿（.xlsx）"

    def get_extension(self) -> str:
        return "xlsx"

    def is_binary(self) -> bool:
        return True

    def get_content_type(self) -> str:
        return XLSX

    def can_export(self) -> bool:
        return True

    def export_data(self, dataset: tablib.Dataset, *, stamp: Stamp, **_: Any) -> bytes:
        """Return the file; ``stamp`` says who took it out."""
        target = io.BytesIO()
        write_xlsx(
            target,
            title=dataset.title,
            columns=[ExportColumn(head, Kind.TEXT) for head in dataset.headers],
            rows=list(dataset),
            stamp=stamp,
        )
        return target.getvalue()


class CsvFormat(Format):
    """A list as CSV: with the mark that Excel needs, and no cell that would start a formula."""

    def get_title(self) -> str:
        return "CSV"

    def get_extension(self) -> str:
        return "csv"

    def is_binary(self) -> bool:
        return True

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def can_export(self) -> bool:
        return True

    def export_data(self, dataset: tablib.Dataset, **_: Any) -> bytes:
        """Return the file."""
        return "".join(formulas.csv_lines(dataset.headers, list(dataset))).encode()
