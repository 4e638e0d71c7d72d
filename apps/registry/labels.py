"""The Chinese names of the registry's audited actions."""

ACTIONS = {
    "registry.label.save": "新增或修改主体标签",
    "registry.load_reference": "载入主体标签",
    "registry.entity.add": "登记经营主体",
    "registry.entity.save": "修改经营主体",
    "registry.entity.zone": "改片区",
    "registry.entity.active": "恢复存续",
    "registry.entity.suspended": "记为歇业",
    "registry.entity.revoked": "记为吊销",
    "registry.entity.cancelled": "记为注销",
    "registry.entity.moved_out": "报迁出",
    "registry.entity.lost": "记为失联",
    "registry.contact.dead": "标记停机",
    "registry.contact.alive": "取消停机标记",
    "registry.candidate.different": "核对为不是同一家",
    "registry.merge": "合并经营主体",
    "registry.unmerge": "撤销合并",
    "registry.import.add": "导入新增",
    "registry.import.change": "导入修改",
    "registry.import.undo_add": "撤销导入新增",
    "registry.import.undo_change": "撤销导入修改",
}
