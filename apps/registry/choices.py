"""Enumerations of the registry."""

from django.db import models


class EntityKind(models.TextChoices):
    """What an entity is (Appendix 2, 经营主体类型); blank while nobody knows."""

    ENTERPRISE = "ENTERPRISE", "企业"
    INDIVIDUAL = "INDIVIDUAL", "个体工商户"
    COOPERATIVE = "COOPERATIVE", "农民专业合作社"


class EntityStatus(models.TextChoices):
    """How an entity's registration stands (domain.md §3.1)."""

    ACTIVE = "ACTIVE", "存续"
    SUSPENDED = "SUSPENDED", "歇业"
    REVOKED = "REVOKED", "吊销"
    CANCELLED = "CANCELLED", "注销"
    MOVED_OUT = "MOVED_OUT", "迁出"
    LOST = "LOST", "失联"


#: an entity that is no longer of the township; a list of the township leaves it out
GONE = (EntityStatus.CANCELLED, EntityStatus.MOVED_OUT)


class Source(models.TextChoices):
    """Where a fact comes from."""

    APPENDIX = "APPENDIX", "附件2"
    REGISTRATION = "REGISTRATION", "市场监管登记"
    MANUAL = "MANUAL", "人工登记"
    TICKET = "TICKET", "诉求登记"
    VISIT = "VISIT", "走访"


class Industry(models.TextChoices):
    """The sections of GB/T 4754—2017."""

    A = "A", "农、林、牧、渔业"
    B = "B", "采矿业"
    C = "C", "制造业"
    D = "D", "电力、热力、燃气及水生产和供应业"
    E = "E", "建筑业"
    F = "F", "批发和零售业"
    G = "G", "交通运输、仓储和邮政业"
    H = "H", "住宿和餐饮业"
    I = "I", "信息传输、软件和信息技术服务业"  # noqa: E741  the standard's own letter
    J = "J", "金融业"
    K = "K", "房地产业"
    L = "L", "租赁和商务服务业"
    M = "M", "科学研究和技术服务业"
    N = "N", "水利、环境和公共设施管理业"
    O = "O", "居民服务、修理和其他服务业"  # noqa: E741
    P = "P", "教育"
    Q = "Q", "卫生和社会工作"
    R = "R", "文化、体育和娱乐业"
    S = "S", "公共管理、社会保障和社会组织"
    T = "T", "国际组织"


class Reason(models.TextChoices):
    """Why two entities may be one."""

    CODE = "CODE", "统一社会信用代码相同"
    NAME = "NAME", "同单位、同负责人，名称相近"


class Verdict(models.TextChoices):
    """What became of a suspicion."""

    OPEN = "OPEN", "待核对"
    MERGED = "MERGED", "已合并"
    DIFFERENT = "DIFFERENT", "不是同一家"
