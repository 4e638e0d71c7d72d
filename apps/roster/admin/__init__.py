"""The admin's doors and windows on the roster: reference data, and lists in and out."""

from apps.roster.admin import pools, reference

__all__ = ["pools", "reference"]
