"""Permission codes: one name for each kind of thing a role may do (domain.md §8).

They live below every app so that each view can name one; which role has which is written in
``apps/accounts/roles.py``.
"""

from enum import StrEnum


class Permission(StrEnum):
    """A kind of act; rows are narrowed further by the scope of the user."""

    # 服务队伍
    VIEW_ROSTER = "roster.view_roster"
    EDIT_TEAM = "roster.edit_team"
    EDIT_EXPERTS = "roster.edit_experts"
    EDIT_UNITS = "roster.edit_units"
    EXPORT_ROSTER = "roster.export_roster"
    ALLOW_VILLAGE_STAFF = "roster.allow_village_staff"
    # 经营主体库
    VIEW_ENTITIES = "registry.view_entities"
    VIEW_CASE_ENTITIES = "registry.view_case_entities"
    EDIT_ENTITIES = "registry.edit_entities"
    MERGE_ENTITIES = "registry.merge_entities"
    VIEW_ENTITY_HEALTH = "registry.view_entity_health"
    COMPARE_REGISTRATION = "registry.compare_registration"
    # 工单
    VIEW_ALL_TICKETS = "tickets.view_all_tickets"
    VIEW_UNIT_TICKETS = "tickets.view_unit_tickets"
    VIEW_INVITED_TICKETS = "tickets.view_invited_tickets"
    VIEW_FOLLOWUPS = "tickets.view_followups"
    VIEW_TRANSFERRED_TICKETS = "tickets.view_transferred_tickets"
    VIEW_TRANSFERS = "tickets.view_transfers"
    REGISTER_TICKETS = "tickets.register_tickets"
    DISPATCH_TICKETS = "tickets.dispatch_tickets"
    EXPORT_TICKETS = "tickets.export_tickets"
    EDIT_RULES = "tickets.edit_rules"
    # 统计
    VIEW_DASHBOARD = "dashboards.view_dashboard"
    FINALISE_REPORT = "dashboards.finalise_report"
    # 应答手册
    VIEW_HANDBOOK = "handbook.view_handbook"
    SUGGEST_HANDBOOK = "handbook.suggest_handbook"
    EDIT_HANDBOOK = "handbook.edit_handbook"
    CHECK_HANDBOOK = "handbook.check_handbook"
    PUBLISH_HANDBOOK = "handbook.publish_handbook"
    # 附件报送
    FILE_APPENDIX = "filings.file_appendix"
    CHECK_APPENDIX = "filings.check_appendix"
    EXPORT_APPENDIX = "filings.export_appendix"
    REMIND_FILING = "filings.remind_filing"
    # 工作日历
    EDIT_CALENDAR = "workdays.edit_calendar"
    # 账号
    MANAGE_UNIT_ACCOUNTS = "accounts.manage_unit_accounts"
    MANAGE_ALL_ACCOUNTS = "accounts.manage_all_accounts"
    RESET_PASSWORDS = "accounts.reset_passwords"
    MANAGE_SECURITY = "accounts.manage_security"
    # 个人信息
    REVEAL_PHONE = "core.reveal_phone"
    # 审计与运行
    VIEW_AUDIT = "audit.view_audit"
    VIEW_STATUS = "core.view_status"
    MANAGE_OUTBOX = "notices.manage_outbox"
    ENTER_ADMIN = "core.enter_admin"


LABELS: dict[Permission, str] = {
    Permission.VIEW_ROSTER: "查看服务队伍和专家库",
    Permission.EDIT_TEAM: "维护片区与服务人员",
    Permission.EDIT_EXPERTS: "维护专家库",
    Permission.EDIT_UNITS: "维护单位与类目",
    Permission.EXPORT_ROSTER: "导出名册",
    Permission.ALLOW_VILLAGE_STAFF: "例外允许村（社区）人员",
    Permission.VIEW_ENTITIES: "查看经营主体",
    Permission.VIEW_CASE_ENTITIES: "查看经办件涉及的经营主体",
    Permission.EDIT_ENTITIES: "新增、修改经营主体",
    Permission.MERGE_ENTITIES: "核对并合并疑似重复",
    Permission.VIEW_ENTITY_HEALTH: "查看三定体检",
    Permission.COMPARE_REGISTRATION: "比对市场监管登记名单",
    Permission.VIEW_ALL_TICKETS: "查看全区工单",
    Permission.VIEW_UNIT_TICKETS: "查看本单位工单",
    Permission.VIEW_INVITED_TICKETS: "查看受邀工单",
    Permission.VIEW_FOLLOWUPS: "查看待访工单",
    Permission.VIEW_TRANSFERRED_TICKETS: "查看移交工单",
    Permission.VIEW_TRANSFERS: "查看移交记录",
    Permission.REGISTER_TICKETS: "登记诉求",
    Permission.DISPATCH_TICKETS: "派单、并单、退回补充",
    Permission.EXPORT_TICKETS: "导出工单",
    Permission.EDIT_RULES: "维护时限规则",
    Permission.VIEW_DASHBOARD: "查看统计看板",
    Permission.FINALISE_REPORT: "起草报告、定稿月报",
    Permission.VIEW_HANDBOOK: "查看应答手册",
    Permission.SUGGEST_HANDBOOK: "对手册报错、提建议",
    Permission.EDIT_HANDBOOK: "编写手册条目",
    Permission.CHECK_HANDBOOK: "审核本部门手册条目",
    Permission.PUBLISH_HANDBOOK: "发布、停用手册条目",
    Permission.FILE_APPENDIX: "上传、核对附件1 和附件2",
    Permission.CHECK_APPENDIX: "写入、撤销附件1 和附件2",
    Permission.EXPORT_APPENDIX: "导出附件1 和附件2",
    Permission.REMIND_FILING: "催报附件1 和附件2",
    Permission.EDIT_CALENDAR: "维护工作日历",
    Permission.MANAGE_UNIT_ACCOUNTS: "管理本单位账号",
    Permission.MANAGE_ALL_ACCOUNTS: "管理全部账号",
    Permission.RESET_PASSWORDS: "重置密码",
    Permission.MANAGE_SECURITY: "登录安全与会话",
    Permission.REVEAL_PHONE: "查看完整号码（留痕）",
    Permission.VIEW_AUDIT: "查看审计日志",
    Permission.VIEW_STATUS: "查看系统状态",
    Permission.MANAGE_OUTBOX: "处理发送箱",
    Permission.ENTER_ADMIN: "进入基础数据管理",
}
