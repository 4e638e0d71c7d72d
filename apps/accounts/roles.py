"""Which role may do what: the matrix of domain.md §8 as code that an official can review."""

from dataclasses import dataclass

from apps.accounts.choices import Role
from apps.core.permissions import Permission

READER = frozenset({Permission.VIEW_ROSTER, Permission.VIEW_HANDBOOK})
BUSINESS = READER | {Permission.REVEAL_PHONE}
#: domain.md §8, 手册: townships and departments suggest; departments and the office write, the
#: commissioner checks, the head of the office publishes
SUGGESTS = frozenset({Permission.SUGGEST_HANDBOOK})
WRITES = frozenset({Permission.EDIT_HANDBOOK})
#: domain.md §8: a township sees and keeps its own entities, a department those of its cases
OWN_ENTITIES = frozenset(
    {Permission.VIEW_ENTITIES, Permission.EDIT_ENTITIES, Permission.VIEW_ENTITY_HEALTH}
)
CASE_ENTITIES = frozenset({Permission.VIEW_CASE_ENTITIES})
ALL_ENTITIES = frozenset({Permission.VIEW_ENTITIES, Permission.VIEW_ENTITY_HEALTH})
OFFICE_ENTITIES = OWN_ENTITIES | {Permission.MERGE_ENTITIES, Permission.COMPARE_REGISTRATION}
#: domain.md §8, 工单: who registers, whose tickets one sees
UNIT_TICKETS = frozenset(
    {Permission.VIEW_UNIT_TICKETS, Permission.REGISTER_TICKETS, Permission.VIEW_DASHBOARD}
)
ALL_TICKETS = frozenset(
    {Permission.VIEW_ALL_TICKETS, Permission.REGISTER_TICKETS, Permission.VIEW_DASHBOARD}
)
DISPATCHING = ALL_TICKETS | {Permission.DISPATCH_TICKETS}
#: domain.md §8: an officer fills in drafts, the leader and the office let them take effect
FILING_DRAFTS = frozenset({Permission.FILE_APPENDIX, Permission.EXPORT_APPENDIX})
FILINGS = FILING_DRAFTS | {Permission.CHECK_APPENDIX}
OFFICE_FILINGS = FILINGS | {Permission.REMIND_FILING}
TOWNSHIP_ROLES = (Role.OFFICER, Role.TEAM_LEADER)
DEPARTMENT_ROLES = (Role.LIAISON, Role.EXPERT, Role.COMMISSIONER)
HUB_ROLES = (Role.HUB_DISPATCHER, Role.HUB_CHIEF)
OFFICE_ROLES = (Role.OFFICE_CLERK, Role.OFFICE_CHIEF, Role.FOLLOWUP_CLERK)
DISTRICT_ROLES = (Role.LEADER, Role.INSPECTOR)
ADMIN_ROLES = (Role.SYSADMIN, Role.SECADMIN, Role.AUDITOR)


@dataclass(frozen=True)
class RoleRule:
    """What a role is for, what it may do, and whether it works with the whole district."""

    description: str
    permissions: frozenset[Permission]
    sees_everything: bool = False

    @property
    def scope_label(self) -> str:
        """Which data the role works with, in words."""
        if Permission.VIEW_ROSTER not in self.permissions:
            return "不看业务数据"
        return "全区" if self.sees_everything else "本单位"


ROLES: dict[Role, RoleRule] = {
    Role.OFFICER: RoleRule(
        "在片区内收集、答复、转办企业诉求",
        BUSINESS | OWN_ENTITIES | UNIT_TICKETS | SUGGESTS | FILING_DRAFTS,
    ),
    Role.TEAM_LEADER: RoleRule(
        "乡镇、街道、开发区管委会的处级负责人，管本单位的队伍与账号",
        BUSINESS
        | OWN_ENTITIES
        | UNIT_TICKETS
        | SUGGESTS
        | FILINGS
        | {
            Permission.EXPORT_TICKETS,
            Permission.MERGE_ENTITIES,
            # plan four (一): the townships themselves deal with the market regulator
            Permission.COMPARE_REGISTRATION,
            Permission.EDIT_TEAM,
            Permission.EXPORT_ROSTER,
            Permission.MANAGE_UNIT_ACCOUNTS,
            Permission.RESET_PASSWORDS,
            Permission.ALLOW_VILLAGE_STAFF,
        },
    ),
    Role.LIAISON: RoleRule(
        "部门签收、分办、提交结果的联系人",
        BUSINESS
        | CASE_ENTITIES
        | UNIT_TICKETS
        | SUGGESTS
        | WRITES
        | {Permission.EDIT_EXPERTS, Permission.EXPORT_ROSTER, Permission.EXPORT_TICKETS},
    ),
    Role.EXPERT: RoleRule(
        "部门涉企业务骨干，答复咨询、协助办理",
        BUSINESS | CASE_ENTITIES | SUGGESTS | WRITES | {Permission.VIEW_INVITED_TICKETS},
    ),
    Role.COMMISSIONER: RoleRule(
        "部门处级专员，管本部门专家队伍与账号",
        BUSINESS
        | CASE_ENTITIES
        | UNIT_TICKETS
        | SUGGESTS
        | {
            Permission.EXPORT_TICKETS,
            Permission.CHECK_HANDBOOK,
            Permission.EDIT_EXPERTS,
            Permission.EXPORT_ROSTER,
            Permission.MANAGE_UNIT_ACCOUNTS,
            Permission.RESET_PASSWORDS,
        },
    ),
    Role.HUB_DISPATCHER: RoleRule(
        "区网格化管理中心派单", BUSINESS | ALL_ENTITIES | DISPATCHING, sees_everything=True
    ),
    Role.HUB_CHIEF: RoleRule(
        "区网格化管理中心负责人",
        BUSINESS
        | ALL_ENTITIES
        | DISPATCHING
        | {
            Permission.EXPORT_TICKETS,
            Permission.MANAGE_UNIT_ACCOUNTS,
            Permission.RESET_PASSWORDS,
            Permission.EXPORT_ROSTER,
            Permission.VIEW_STATUS,
        },
        sees_everything=True,
    ),
    Role.OFFICE_CLERK: RoleRule(
        "区营商环境办经办",
        BUSINESS
        | OFFICE_ENTITIES
        | ALL_TICKETS
        | WRITES
        | OFFICE_FILINGS
        | {
            Permission.EXPORT_TICKETS,
            Permission.EDIT_RULES,
            Permission.FINALISE_REPORT,
            Permission.EDIT_TEAM,
            Permission.EDIT_EXPERTS,
            Permission.EDIT_UNITS,
            Permission.EDIT_CALENDAR,
            Permission.EXPORT_ROSTER,
            Permission.ENTER_ADMIN,
            Permission.VIEW_STATUS,
        },
        sees_everything=True,
    ),
    Role.OFFICE_CHIEF: RoleRule(
        "区营商环境办负责人",
        BUSINESS
        | OFFICE_ENTITIES
        | DISPATCHING
        | OFFICE_FILINGS
        | {
            Permission.EXPORT_TICKETS,
            Permission.EDIT_RULES,
            Permission.FINALISE_REPORT,
            Permission.VIEW_TRANSFERS,
            Permission.EDIT_TEAM,
            Permission.EDIT_EXPERTS,
            Permission.EDIT_UNITS,
            Permission.EDIT_CALENDAR,
            Permission.EXPORT_ROSTER,
            Permission.ENTER_ADMIN,
            Permission.VIEW_STATUS,
            Permission.PUBLISH_HANDBOOK,
            Permission.ALLOW_VILLAGE_STAFF,
            Permission.MANAGE_UNIT_ACCOUNTS,
            Permission.RESET_PASSWORDS,
        },
        sees_everything=True,
    ),
    Role.FOLLOWUP_CLERK: RoleRule(
        "回访与评价",
        BUSINESS | CASE_ENTITIES | {Permission.VIEW_FOLLOWUPS, Permission.REGISTER_TICKETS},
        sees_everything=True,
    ),
    Role.LEADER: RoleRule(
        "区领导，只读与批示",
        READER | {Permission.VIEW_ENTITY_HEALTH} | ALL_TICKETS,
        sees_everything=True,
    ),
    Role.INSPECTOR: RoleRule(
        "督导，只看移交件",
        READER | {Permission.VIEW_TRANSFERRED_TICKETS, Permission.VIEW_TRANSFERS},
    ),
    Role.SYSADMIN: RoleRule(
        "管账号、字典、日历、备份；看不到业务内容与电话",
        frozenset(
            {
                Permission.MANAGE_ALL_ACCOUNTS,
                Permission.RESET_PASSWORDS,
                Permission.EDIT_CALENDAR,
                Permission.EDIT_UNITS,
                Permission.VIEW_STATUS,
                Permission.MANAGE_OUTBOX,
                Permission.ENTER_ADMIN,
            }
        ),
    ),
    Role.SECADMIN: RoleRule(
        "管登录安全、会话、口令重置；看不到业务内容与电话",
        frozenset({Permission.MANAGE_SECURITY, Permission.RESET_PASSWORDS, Permission.VIEW_STATUS}),
    ),
    Role.AUDITOR: RoleRule(
        "只读审计日志", frozenset({Permission.VIEW_AUDIT, Permission.VIEW_STATUS})
    ),
}


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Return every permission code that any of the roles gives."""
    return frozenset(
        code.value for role in roles if role in ROLES for code in ROLES[Role(role)].permissions
    )


def sees_everything(roles: frozenset[str]) -> bool:
    """Say whether any of the roles works with the whole district."""
    return any(ROLES[Role(role)].sees_everything for role in roles if role in ROLES)


def conflict(roles: frozenset[str]) -> str:
    """Return why a set of roles is not allowed, or an empty string (三员分立)."""
    admins = roles & {role.value for role in ADMIN_ROLES}
    if len(admins) > 1:
        return "系统、安全、审计三员不能由一人兼任。"
    if admins and len(roles) > 1:
        return "系统、安全、审计管理员不能兼业务岗位，请另开账号。"
    return ""


def suits_unit(roles: frozenset[str], *, is_township: bool, is_hub: bool, is_office: bool) -> str:
    """Return why roles do not suit a unit, or an empty string."""
    allowed = set(TOWNSHIP_ROLES if is_township else DEPARTMENT_ROLES)
    # 12345 派到乡镇时，乡镇也是承办单位：负责人兼联络员
    allowed |= {Role.LIAISON}
    allowed |= set(HUB_ROLES) if is_hub else set()
    allowed |= set(OFFICE_ROLES) if is_office else set()
    wrong = [Role(role).label for role in sorted(roles) if role not in allowed]
    return f"这个单位不能设“{'、'.join(wrong)}”岗位。" if wrong else ""
