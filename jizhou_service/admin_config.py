"""Puts our admin site in the place of the stock one (apart from the site: no models here)."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """基础数据管理。"""

    default_site = "jizhou_service.admin.ReferenceDataSite"
