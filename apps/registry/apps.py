"""App configuration of the registry."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def _index(sender: Any, using: str, **kwargs: Any) -> None:
    """Make the full-text index, which migrations cannot describe for both databases."""
    from apps.core import fulltext
    from apps.registry.models import NameIndex

    fulltext.install(connections[using], NameIndex)


class RegistryConfig(AppConfig):
    """经营主体库。"""

    name = "apps.registry"
    label = "registry"
    verbose_name = "经营主体库"

    def ready(self) -> None:
        """Announce navigation, search, workbench, numbers to show, names of audited actions."""
        from apps.audit.labels import register as name_actions
        from apps.core import home, reveal, search
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.registry import hooks, labels

        post_migrate.connect(_index, sender=self, dispatch_uid="registry-search")
        entity_pages = ("entity", "entity-new", "entity-edit", "entity-status", "rezone")
        for label, name, icon, permission, order, also, count in (
            (
                "经营主体",
                "list",
                "building-store",
                Permission.VIEW_ENTITIES,
                20,
                entity_pages,
                None,
            ),
            (
                "三定体检",
                "health",
                "clipboard-check",
                Permission.VIEW_ENTITY_HEALTH,
                21,
                ("health-unit", "health-rows"),
                None,
            ),
            (
                "疑似重复",
                "candidates",
                "git-merge",
                Permission.MERGE_ENTITIES,
                22,
                ("candidate",),
                hooks.open_candidates,
            ),
        ):
            register(
                NavItem(
                    "服务企业",
                    label,
                    f"registry:{name}",
                    icon,
                    permission,
                    order=order,
                    also=tuple(f"registry:{page}" for page in also),
                    count=count,
                )
            )
        search.register(name="registry.entities", label="经营主体", find=hooks.find_entities)
        reveal.register(
            kind="contact", label="联系方式", fields=("phone",), find=hooks.contact_with_phone
        )
        home.register_cards(hooks.cards)
        home.register_tiles(hooks.tiles)
        name_actions(labels.ACTIONS)
