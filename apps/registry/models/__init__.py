"""Entities, contacts, labels, duplicates, the search index."""

from apps.registry.models.entity import BusinessEntity, Contact, EntityLabel
from apps.registry.models.merging import Merge, MergeCandidate
from apps.registry.models.search import NameIndex

__all__ = ["BusinessEntity", "Contact", "EntityLabel", "Merge", "MergeCandidate", "NameIndex"]
