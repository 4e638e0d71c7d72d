"""Invented entries for tests."""

import io

import openpyxl
from django.utils import timezone

from apps.handbook import actions, sheet
from apps.roster.models import Category, Unit

CONTENT = {
    "question": "厂区门口能不能装充电车位",
    "similar": "员工电动车在哪充电",
    "short_answer": "能装，先确认场地和消防要求。",
    "answer": "您好，能装。请先确认场地权属，再申请报装。",
    "materials": "场地权属证明\n设备参数",
    "basis": "《电力供应与使用条例》",
}


def content(category="0401", unit="区供电分公司", **values):
    return {
        **CONTENT,
        "category": Category.objects.get(code=category),
        "unit": Unit.objects.get(name=unit),
        **values,
    }


def draft_of(by=None, now=None, **values):
    return actions.save_draft(entry=None, by=by, now=now or timezone.now(), **content(**values))


def published_of(by=None, now=None, **values):
    entry = draft_of(by=by, now=now, **values)
    actions.publish(entry=entry, by=by, now=now or timezone.now())
    entry.refresh_from_db()
    return entry


def workbook(*rows, head=tuple(sheet.COLUMNS), before=()):
    """The bytes of an .xlsx whose rows are dictionaries by heading."""
    book = openpyxl.Workbook()
    for line in before:
        book.active.append(line)
    book.active.append(list(head))
    for row in rows:
        book.active.append([row.get(label, "") for label in head])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


ROW = {
    "类目": "0401 用电报装增容",
    "标准问": "临街商铺能不能单独装表",
    "一句话答案": "能装，向供电公司申请。",
    "书面答复": "您好，能装。请准备权属证明后申请。",
    "材料": "权属证明\n身份证明",
}
