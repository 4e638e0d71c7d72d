"""django-import-export's door to the filings: its formats, resource and temporary storage.

Parsing, checks and writing are those of the pages (``actions``); nothing is decided here twice.
"""

import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tablib
from django.conf import settings
from django.utils import timezone
from django.utils.html import conditional_escape
from import_export.formats.base_formats import Format
from import_export.resources import ModelResource
from import_export.results import Error, Result, RowResult
from import_export.tmp_storages import BaseStorage

from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.exports import XLSX
from apps.filings import actions, kept
from apps.filings.choices import ChunkKind, FilingState, UploadState
from apps.filings.models import Filing, Upload
from apps.filings.queries.kept import items

SHOWN = 200  # changes in the preview; all of them stand on the filing's page
KEEP = timedelta(days=1)
FOLDER = "filings-admin"
NAME = re.compile(r"[0-9a-f]{32}")
HEADS = ["表", "行号", "名称", "项目", "原来", "新的"]
LATER = "文件较大，正在后台读取。读完有消息，请到“附件1 / 附件2 报送”核对后写入。"


class SealedStorage(BaseStorage):
    """Keeps an uploaded file between preview and confirmation, encrypted under a random name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = Path(settings.MEDIA_ROOT) / FOLDER

    def save(self, data: bytes) -> None:
        """Keep the file; the key lies beside it, encrypted with the field keys."""
        self.name = secrets.token_hex(16)
        stored, key = kept.seal(data)
        self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._path().write_bytes(kept.lock_key(key).encode() + b"\n" + stored)

    def read(self) -> bytes:
        """Return the file.

        Raises:
            DomainError: it is gone or damaged.
        """
        try:
            key, _, stored = self._path().read_bytes().partition(b"\n")
        except OSError as error:
            raise DomainError("上传的文件已清除，请重新上传。") from error
        return kept.unseal(stored, kept.unlock_key(key.decode()))

    def remove(self) -> None:
        """Forget the file."""
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        if not NAME.fullmatch(self.name or ""):
            raise DomainError("上传的文件已清除，请重新上传。")
        return self.folder / str(self.name)


def prune_uploads(now: datetime) -> int:
    """Remove files that were never confirmed, after a day; return how many."""
    folder, removed = Path(settings.MEDIA_ROOT) / FOLDER, 0
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.stat().st_mtime < (now - KEEP).timestamp():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


class RawFile(tablib.Dataset):
    """A file as it came: only our reader opens it, in its own process."""

    def __init__(self, raw: bytes) -> None:
        super().__init__([len(raw)], headers=["字节数"])
        self.raw = raw


class AppendixFormat(Format):
    """Any file of either appendix; what it is is decided by its content."""

    def __init__(self, encoding: str | None = None) -> None:
        self.encoding = encoding  # of text formats; the content tells it here

    def get_title(self) -> str:
        """Return the name that the form shows."""
        return "附件1 / 附件2（.xlsx、.xls、.csv、.docx）"

    def create_dataset(self, in_stream: bytes) -> RawFile:
        """Take the bytes over unread."""
        return RawFile(in_stream)

    def can_import(self) -> bool:
        """Files come in by this format."""
        return True


class OfficialXlsx(Format):
    """The official layout as a workbook."""

    is_word = False

    def get_title(self) -> str:
        """Return the name that the form shows."""
        return "Excel 官方样式（.xlsx）"

    def export_data(self, dataset: RawFile, **kwargs: Any) -> bytes:
        """Return the file that the resource made."""
        return dataset.raw

    def get_extension(self) -> str:
        """Return the file's ending."""
        return "xlsx"

    def get_content_type(self) -> str:
        """Return the type of the answer."""
        return XLSX

    def can_export(self) -> bool:
        """Files go out by this format."""
        return True


class OfficialDocx(OfficialXlsx):
    """The official layout as a Word document."""

    is_word = True

    def get_title(self) -> str:
        """Return the name that the form shows."""
        return "Word 官方样式（.docx）"

    def get_extension(self) -> str:
        """Return the file's ending."""
        return "docx"

    def get_content_type(self) -> str:
        """Return the type of the answer."""
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class FilingResult(Result):
    """The outcome of a preview or an import, with the filings it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.filings: list[Filing] = []


class AppendixResource(ModelResource):
    """Both appendices: previewing keeps a filing, confirming writes it, as the pages do."""

    class Meta:
        model = Filing
        fields = ("sheet", "appendix")
        name = "附件1 / 附件2"

    def import_data(
        self,
        dataset: RawFile,
        dry_run: bool = False,
        raise_errors: bool = False,
        file_name: str = "",
        user: Actor | None = None,
        **kwargs: Any,
    ) -> FilingResult:
        """Check a file (``dry_run``) or write the filings of the file that was checked."""
        result = FilingResult()
        result.diff_headers = HEADS
        try:
            if dry_run:
                upload = self._check(dataset, file_name, user)
            else:
                upload = self._write(dataset, user)
            self._report(result, upload, is_preview=dry_run)
        except DomainError as error:
            result.append_base_error(Error(error.message))
        return result

    def _check(self, dataset: RawFile, file_name: str, user: Actor | None) -> Upload:
        now = timezone.now()
        upload = actions.receive(
            raw=dataset.raw, name=file_name or "附件", default_unit=None, by=user, now=now
        )
        actions.start_reading(upload=upload, by=user, now=now)
        if upload.state == UploadState.WAITING:
            raise DomainError(LATER)
        if upload.state == UploadState.FAILED:
            raise DomainError(upload.problem)
        return upload

    def _write(self, dataset: RawFile, user: Actor | None) -> Upload:
        """Write what was previewed: the same bytes, uploaded by the same person."""
        digest = kept.digest(dataset.raw)
        mine = Upload.objects.filter(sha256=digest, uploaded_by=user.pk if user else None)
        upload = mine.filter(state=UploadState.READ).order_by("-pk").first()
        if upload is None:
            raise DomainError("没有找到核对过的文件，请重新上传。")
        rows = Filing.objects.select_related("unit", "upload", "job").filter(upload=upload)
        for filing in rows.filter(state=FilingState.CHECKED, good_count__gt=0):
            actions.start(filing=filing, by=user, now=timezone.now())
        return upload

    def _report(self, result: FilingResult, upload: Upload, *, is_preview: bool) -> None:
        rows = Filing.objects.select_related("unit", "upload", "job").filter(upload=upload)
        result.filings = list(rows.order_by("position"))
        totals = result.totals
        for filing in result.filings:
            totals[RowResult.IMPORT_TYPE_NEW] += filing.new_count
            totals[RowResult.IMPORT_TYPE_UPDATE] += filing.changed_count
            totals[RowResult.IMPORT_TYPE_SKIP] += filing.same_count
            totals[RowResult.IMPORT_TYPE_ERROR] += filing.error_count
        result.total_rows = sum(filing.rows_read for filing in result.filings)
        if is_preview:
            for filing in result.filings:
                self._preview(result, filing)

    def _preview(self, result: FilingResult, filing: Filing) -> None:
        for row, name, fields in items(filing, ChunkKind.CHANGES):
            for field, (before, after) in fields.items():
                if len(result.rows) >= SHOWN:
                    return
                shown = RowResult()
                shown.import_type = RowResult.IMPORT_TYPE_UPDATE
                cells = (filing, row or "—", name, field, before or "（空）", after or "（空）")
                shown.diff = [conditional_escape(str(cell)) for cell in cells]
                result.append_row_result(shown)
