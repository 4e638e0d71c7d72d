"""The Chinese names of the comparison's audited actions."""

ACTIONS = {
    "regulator.receive": "上传登记名单",
    "regulator.compare_again": "重新比对登记名单",
    "regulator.add": "按登记名单登记经营主体",
    "regulator.take": "按登记名单更新经营主体",
    "regulator.mark": "按登记名单改登记状态",
    "regulator.keep": "核实登记名单差异后不改",
    "regulator.undo": "撤销登记名单处理",
    "regulator.export": "导出登记名单差异",
}
