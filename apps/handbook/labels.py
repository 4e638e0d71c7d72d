"""The Chinese names of the handbook's audited actions."""

ACTIONS = {
    "handbook.load_examples": "载入示例条目",
    "handbook.entry.add": "新写手册条目",
    "handbook.entry.save": "修改手册草稿",
    "handbook.entry.submit": "手册条目送审",
    "handbook.entry.check": "手册条目审核通过",
    "handbook.entry.send_back": "手册条目退回修改",
    "handbook.entry.publish": "发布手册条目",
    "handbook.entry.withdraw": "停用手册条目",
    "handbook.entry.review": "手册条目复核有效",
    "handbook.entry.discard": "放弃手册草稿",
    "handbook.remark.send": "对手册提意见",
    "handbook.remark.answer": "答复手册意见",
    "handbook.import": "导入手册条目",
    "handbook.export": "导出手册条目",
}
