"""Registration lists made by hand: invented names, codes whose check digit fits."""

import io

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.cn import uscc

HEAD = (
    "序号",
    "统一社会信用代码",
    "企业名称",
    "法定代表人",
    "企业类型",
    "住所",
    "登记机关",
    "登记状态",
    "注销日期",
)


def code_of(number, prefix="91"):
    """Return a code that nobody has."""
    body = f"{prefix}120119MATEX{number:04d}"
    return body + str(uscc.calc_check_digit(body))


def line(number, name, **values):
    """Return a row of such a list; ``values`` override."""
    row = {
        "code": code_of(number),
        "person": "演示",
        "kind": "有限责任公司（自然人独资）",
        "address": "天津市蓟州区渔阳镇一路1号",
        "office": "蓟州区市场监督管理局渔阳所",
        "status": "存续（在营、开业、在册）",
        "ended": "",
    } | values
    return (
        *(number, row["code"], name, row["person"], row["kind"], row["address"], row["office"]),
        *(row["status"], row["ended"]),
    )


def book(rows, head=HEAD, above=(("天津市蓟州区市场主体登记名单",), ())):
    """Return a workbook with a title above the header."""
    made = openpyxl.Workbook()
    sheet = made.active
    for row in (*above, head, *rows):
        sheet.append(list(row))
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def file_of(rows, name="登记名单.xlsx", **options):
    """Return the workbook as an upload."""
    return SimpleUploadedFile(name, book(rows, **options))
