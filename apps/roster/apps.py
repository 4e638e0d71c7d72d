"""App configuration of the roster."""

from django.apps import AppConfig


class RosterConfig(AppConfig):
    """服务队伍。"""

    name = "apps.roster"
    label = "roster"
    verbose_name = "服务队伍"

    def ready(self) -> None:
        """Announce navigation, search, workbench, showable numbers, names of audited actions."""
        from apps.audit.labels import register as name_actions
        from apps.core import home, reveal, search
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission
        from apps.roster import hooks, labels

        view = Permission.VIEW_ROSTER
        expert_pages = ("expert", "expert-new", "expert-edit", "expert-end", "commissioner")
        team_pages = (
            "team",
            "team-leader",
            "zone",
            "zone-new",
            "zone-edit",
            "zone-close",
            "officer-new",
            "officer-edit",
            "officer-end",
        )
        unit_pages = ("unit", "unit-new", "unit-edit", "liaison")
        group = "找人找政策"
        for label, name, icon, mobile, order, pages in (
            ("职能部门专家库", "experts", "id-badge-2", 3, 30, expert_pages),
            ("为企服务队伍", "teams", "users", 2, 31, team_pages),
            ("成员单位", "units", "building", 0, 32, unit_pages),
        ):
            register(
                NavItem(
                    group,
                    label,
                    f"roster:{name}",
                    icon,
                    view,
                    mobile=mobile,
                    order=order,
                    also=tuple(f"roster:{page}" for page in pages),
                    business_only=True,
                )
            )
        for name, label, find in (
            ("units", "单位", hooks.find_units),
            ("experts", "专员与专家", hooks.find_experts),
            ("zones", "片区", hooks.find_zones),
            ("people", "名册人员", hooks.find_people),
        ):
            search.register(name=f"roster.{name}", label=label, find=find)
        reveal.register(
            kind="person",
            label="名册人员",
            fields=("mobile", "landline"),
            find=hooks.person_with_phones,
        )
        home.register_cards(hooks.cards)
        home.register_tiles(hooks.tiles)
        name_actions(labels.ACTIONS)
