"""Enumerations of the roster."""

from django.db import models


class UnitKind(models.TextChoices):
    """What a unit is; the first four together are the 28 townships of the plan."""

    TOWNSHIP = "TOWNSHIP", "镇"
    SUBDISTRICT = "SUBDISTRICT", "街道"
    ETHNIC_TOWNSHIP = "ETHNIC_TOWNSHIP", "民族乡"
    DEVELOPMENT_ZONE = "DEVELOPMENT_ZONE", "开发区"
    DEPARTMENT = "DEPARTMENT", "职能部门"
    OTHER = "OTHER", "其他成员单位"


#: the kinds of unit that have a service team (plan one (三)): towns, subdistrict, ethnic township,
#: development zone
TEAM_KINDS = (
    UnitKind.SUBDISTRICT,
    UnitKind.TOWNSHIP,
    UnitKind.ETHNIC_TOWNSHIP,
    UnitKind.DEVELOPMENT_ZONE,
)


class NameCheck(models.TextChoices):
    """How sure the full name of a unit is."""

    CHECKED = "A", "已核"
    PENDING = "B", "待核"
    DOUBTFUL = "C", "存疑"


class ExpertRank(models.TextChoices):
    """The “1” and the “X”; the alphabetical order of the values is the order of the lists."""

    COMMISSIONER = "COMMISSIONER", "专员"
    EXPERT = "EXPERT", "专家"


class PhoneKind(models.TextChoices):
    """Which of a person's two numbers."""

    MOBILE = "mobile", "手机"
    LANDLINE = "landline", "座机"
