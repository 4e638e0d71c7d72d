"""Enumerations of the statistics."""

from django.db import models


class ReportKind(models.TextChoices):
    """The reports that are written by themselves (domain.md §10, O21 and O22)."""

    WEEK = "WEEK", "周报"
    MONTH = "MONTH", "月报"


class ReportState(models.TextChoices):
    """A draft can be written in and refreshed; a final one never changes."""

    DRAFT = "DRAFT", "草稿"
    FINAL = "FINAL", "已定稿"
