"""Hostile and broken files, made small by the tests; each is read rightly or refused in a sentence."""

import io
import struct
import zipfile

from apps.filings.tests.made import GOOD, appendix2, repacked, row, text, word, xls, xlsx

BASE = xlsx(appendix2(GOOD))
SHEET = "xl/worksheets/sheet1.xml"
_ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for name, before in zip("bcdefg", "abcdef", strict=True)
    )
    + "]>"
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet '
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{size}<sheetData>{rows}'
    "</sheetData>{after}</worksheet>"
)


def sheet(rows, *, before="", size="", after=""):
    """Return the XML of a sheet: rows are texts of XML."""
    return _SHEET.format(before=before, size=size, rows=rows, after=after).encode()


def cells(number, values):
    """Return a row of inline texts."""
    inner = "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for at, value in enumerate(values)
        if value is not None
    )
    return f'<row r="{number}">{inner}</row>'


def table(*extra):
    """Return the rows of a good Appendix 2 as XML, with further rows."""
    good = "".join(cells(at, values) for at, values in enumerate(appendix2(GOOD, below=()), 1))
    return good + "".join(extra)


def book(content):
    """Return a workbook whose sheet is this XML."""
    return repacked(BASE, replaced={SHEET: content})


def bomb(size):
    """Return a workbook with a cell of so many blanks."""
    blanks = b" " * size
    return book(
        sheet(table()).replace(
            b"</sheetData>", b"<row><c><is><t>" + blanks + b"</t></is></c></row></sheetData>"
        )
    )


def wrong_sizes():
    """Return a workbook whose directory says less than what is inside."""
    raw = bytearray(bomb(30 << 20))
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", raw, at + 24, 100)
        at = raw.find(b"PK\x01\x02", at + 4)
    return bytes(raw)


def encrypted_flag():
    """Return a workbook whose members say that they are encrypted."""
    raw = bytearray(BASE)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = raw.find(mark)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(mark, at + 4)
    return bytes(raw)


def bad_checksum():
    """Return a workbook with a wrong checksum."""
    raw = bytearray(BASE)
    at = raw.find(b"PK\x01\x02")
    raw[at + 16 : at + 20] = b"\0\0\0\0"
    return bytes(raw)


def ole(*streams):
    """Return the head of an OLE file whose directory names these streams."""
    names = b"".join(name.encode("utf-16-le") + b"\0\0" for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + names.ljust(1024, b"\0")


def twice():
    """Return a zip with the same member twice."""
    target = io.BytesIO(BASE)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(SHEET.upper(), "x")
    return target.getvalue()


def far(reference, number):
    """Return a workbook with one more cell far away."""
    return book(sheet(table(f'<row r="{number}"><c r="{reference}"><v>1</v></c></row>')))


_MERGES = "<mergeCells>{}</mergeCells>"
_OVERLAPPING = "".join(f'<mergeCell ref="A{at}:F{at + 3}"/>' for at in range(7, 20_007))
_EMPTY_ROWS = "".join(f'<row r="{at}" ht="15" customHeight="1"/>' for at in range(7, 60_000))
_STYLED = "".join(f'<row r="{at}"><c r="A{at}" s="0"/></row>' for at in range(7, 60_000))
_ERRORS = (
    '<row r="7"><c r="C7" t="e"><v>#REF!</v></c></row><row r="8"><c r="C8"><f>A1</f></c></row>'
)

#: files that must be refused, and a word of the reason
REFUSED = {
    "bomb in a cell": (bomb(60 << 20), "太大"),
    "sizes that lie": (wrong_sizes(), "损坏"),
    "row bomb": (
        book(sheet("".join(f'<row r="{at}"><c><v>1</v></c></row>' for at in range(1, 200_200)))),
        "超过 200000 行",
    ),
    "billion laughs": (book(sheet(table(), before=_ENTITIES)), "结构不正常"),
    "external entity": (
        book(sheet(table(), before='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
        "结构不正常",
    ),
    "entity in the strings": (
        repacked(BASE, replaced={"xl/sharedStrings.xml": _ENTITIES.encode()}),
        "结构不正常",
    ),
    "other encoding": (
        book(sheet(table()).replace(b"UTF-8", b"UTF-16")),
        "结构不正常",
    ),
    "cell at the end": (far("XFD1048576", 1048576), "XFD 列"),
    "cell far below in a wide sheet": (far("AZ1048576", 1048576), "第 1048576 行"),
    "row number too large": (far("A4294967295", 4294967295), "行号不正常"),
    "odd reference": (far("ZZZZ9", 9), "ZZZZ 列"),
    "string that is not there": (
        book(sheet(table('<row r="7"><c r="C7" t="s"><v>99999</v></c></row>'))),
        "损坏",
    ),
    "unknown error value": (
        book(sheet(table('<row r="7"><c r="C7" t="e"><v>#BAD!</v></c></row>'))),
        "错误值",
    ),
    "many members": (repacked(BASE, added={f"x/{at}.xml": b"" for at in range(3100)}), "个部件"),
    "many sheets": (
        repacked(BASE, added={f"xl/worksheets/s{at}.xml": b"<x/>" for at in range(250)}),
        "个工作表",
    ),
    "path upwards": (repacked(BASE, added={"../../evil.txt": b"x"}), "结构不正常"),
    "absolute path": (repacked(BASE, added={"/etc/evil": b"x"}), "结构不正常"),
    "drive path": (repacked(BASE, added={"C:\\evil.txt": b"x"}), "结构不正常"),
    "long name": (repacked(BASE, added={"x" * 300: b"x"}), "结构不正常"),
    "same member twice": (twice(), "结构不正常"),
    "macros": (repacked(BASE, added={"xl/vbaProject.bin": b"x"}), "宏"),
    "macro sheet": (repacked(BASE, added={"xl/macrosheets/sheet1.xml": b"<x/>"}), "宏"),
    "macros in an old workbook": (ole("Workbook", "_VBA_PROJECT_CUR"), "宏"),
    "macros in Word": (repacked(word(["x"], [["x"]]), added={"word/vbaProject.bin": b"x"}), "宏"),
    "encrypted": (ole("EncryptedPackage"), "密码"),
    "encrypted members": (encrypted_flag(), "密码"),
    "old Word": (ole("WordDocument"), ".docx"),
    "slides": (ole("PowerPoint Document"), "演示文稿"),
    "old workbook without content": (ole("Workbook"), "损坏"),
    "truncated": (BASE[: len(BASE) // 2], "损坏"),
    "truncated old workbook": (xls(appendix2(GOOD))[:1500], "损坏"),
    "bad checksum": (bad_checksum(), "损坏"),
    "no sheets": (
        repacked(
            BASE,
            replaced={
                "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
            },
        ),
        "没有工作表",
    ),
    "no workbook": (repacked(BASE, dropped=["xl/workbook.xml"]), "压缩包"),
    "binary workbook": (
        repacked(BASE, dropped=["xl/workbook.xml"], added={"xl/workbook.bin": b"x"}),
        ".xlsb",
    ),
    "open document": (
        repacked(BASE, dropped=["xl/workbook.xml"], added={"content.xml": b"<x/>"}),
        "OpenDocument",
    ),
    "empty zip": (b"PK\x05\x06" + b"\0" * 18, "压缩包"),
    "picture before the zip": (b"GIF89a" + BASE, "图片"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "图片"),
    "PDF": (b"%PDF-1.4\n", "PDF"),
    "RTF": (b"{\\rtf1 x}", ".docx"),
    "archive": (b"Rar!\x1a\x07\x00", "压缩包"),
    "program": (b"MZ\x90\x00", "程序"),
    "web page": ("<html><table><tr><td>名称</td></tr></table></html>".encode("gb18030"), "网页"),
    "web page with a mark": (b"\xef\xbb\xbf <!DOCTYPE html><p>", "网页"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', "网页"),
    "nothing": (b"", "空的"),
    "only zeros": (b"\0" * 5000, "空的"),
    "noise": (bytes(range(256)) * 20, "认不出"),
    "a novel": ("第一回 甄士隐梦幻识通灵\n此开卷第一回也。".encode(), "没有找到"),
    "too many columns in CSV": (",".join("x" * 300).encode(), "256 列"),
    "too large a file": (b"a,b\n" * (6 << 20), "20 MB"),
    "Word without document": (
        repacked(word(["x"], [["x"]]), replaced={"word/document.xml": b"<x"}),
        "损坏",
    ),
    "Word with an entity": (
        repacked(
            word(["x"], [["x"]]),
            replaced={
                "word/document.xml": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><x/>'
            },
        ),
        "结构不正常",
    ),
}

#: files that must be read, and the names of the entities in them
_GOOD_NAME = "天津金鑫商贸有限公司"
READ = {
    "size says all": (book(sheet(table(), size='<dimension ref="A1:XFD1048576"/>')), [_GOOD_NAME]),
    "size says one cell": (book(sheet(table(), size='<dimension ref="A1"/>')), [_GOOD_NAME]),
    "all merged": (
        book(sheet(table(), after=_MERGES.format('<mergeCell ref="A1:XFD1048576"/>'))),
        [_GOOD_NAME],
    ),
    "overlapping merges": (book(sheet(table(), after=_MERGES.format(_OVERLAPPING))), [_GOOD_NAME]),
    "empty formatted rows": (book(sheet(table(_EMPTY_ROWS))), [_GOOD_NAME]),
    "empty formatted cells": (book(sheet(table(_STYLED))), [_GOOD_NAME]),
    "error and formula without result": (book(sheet(table(_ERRORS))), [_GOOD_NAME]),
    "numbers beyond counting": (
        book(sheet(table('<row r="7"><c r="B7"><v>1e999</v></c><c r="F7"><v>NaN</v></c></row>'))),
        [_GOOD_NAME],
    ),
    "garbage behind": (BASE + b"\xff" * 4096, [_GOOD_NAME]),
    "prefixes": (
        book(
            sheet(table())
            .replace(b"<", b"<m:")
            .replace(b"<m:/", b"</m:")
            .replace(b"<m:?", b"<?")
            .replace(b"xmlns=", b"xmlns:m=")
        ),
        [_GOOD_NAME],
    ),
    "rows without numbers": (
        book(sheet(table().replace(' r="6"', "", 1))),
        [_GOOD_NAME],
    ),
    "a zip among the pictures": (repacked(BASE, added={"xl/media/image1.zip": BASE}), [_GOOD_NAME]),
    "links to other files": (
        repacked(BASE, added={"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        [_GOOD_NAME],
    ),
    "formulas as text": (
        xlsx(appendix2(row("第一片区", name="=cmd|' /C calc'!A0", person="@SUM(1)"))),
        ["=cmd|' /C calc'!A0"],
    ),
    "script as a name": (
        text(appendix2(row("第一片区", name="<img src=x onerror=alert(1)>"))),
        ["<img src=x onerror=alert(1)>"],
    ),
    "marks of direction and zero width": (
        xlsx(appendix2(row("第一片区", name="\u202e司公\u200b限有\ufeff"))),
        ["司公限有"],
    ),
    "a very long name": (xlsx(appendix2(row("第一片区", name="A" * 32_000))), []),
    "a lone surrogate in CSV": (
        text(appendix2(row("第一片区", name="甲\U00020bb7乙商店"))),
        ["甲\U00020bb7乙商店"],
    ),
}
