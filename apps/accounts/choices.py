"""Enumerations of the accounts: the fifteen roles (domain.md §8, decisions.md 12)."""

from django.db import models


class Role(models.TextChoices):
    """岗位；一个人可以有几个，三员（系统、安全、审计）互斥且不与业务岗位兼任。"""

    OFFICER = "OFFICER", "为企服务人员"
    TEAM_LEADER = "TEAM_LEADER", "乡镇街道负责人"
    LIAISON = "LIAISON", "部门联络员"
    EXPERT = "EXPERT", "部门专家"
    COMMISSIONER = "COMMISSIONER", "部门专员"
    HUB_DISPATCHER = "HUB_DISPATCHER", "中枢派单员"
    HUB_CHIEF = "HUB_CHIEF", "中枢负责人"
    OFFICE_CLERK = "OFFICE_CLERK", "营商环境办经办"
    OFFICE_CHIEF = "OFFICE_CHIEF", "营商环境办负责人"
    FOLLOWUP_CLERK = "FOLLOWUP_CLERK", "回访员"
    LEADER = "LEADER", "区领导"
    INSPECTOR = "INSPECTOR", "督导员"
    SYSADMIN = "SYSADMIN", "系统管理员"
    SECADMIN = "SECADMIN", "安全管理员"
    AUDITOR = "AUDITOR", "审计管理员"


class RevealReason(models.TextChoices):
    """Why somebody needs the whole number."""

    CONTACT = "CONTACT", "联系办理业务"
    CHECK = "CHECK", "核对联系方式"
    HANDOVER = "HANDOVER", "工作交接"
    OTHER = "OTHER", "其他"
