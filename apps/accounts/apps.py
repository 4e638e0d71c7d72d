"""App configuration of the accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """用户与权限。"""

    name = "apps.accounts"
    label = "accounts"
    verbose_name = "用户与权限"

    def ready(self) -> None:
        """Announce navigation, timers, checks and the names of the audited actions."""
        from apps.accounts import housekeeping, queries, schema  # noqa: F401  announces itself
        from apps.audit.labels import register as name_actions
        from apps.core import timers
        from apps.core.columns import register_saved_views
        from apps.core.home import register_help
        from apps.core.navigation import NavItem, register
        from apps.core.permissions import Permission

        register(
            NavItem(
                "设置",
                "账号管理",
                "accounts:users",
                "users",
                Permission.RESET_PASSWORDS,
                order=80,
            )
        )
        register_saved_views(queries.saved_views)
        timers.register(
            name="accounts.housekeeping",
            label="清理过期会话和旧草稿",
            every_seconds=3600,
            run=housekeeping.run,
        )
        register_help(housekeeping.HELP_TOPICS)
        name_actions(
            {
                "accounts.login": "登录",
                "accounts.login_failed": "登录失败",
                "accounts.login_locked": "登录锁定",
                "accounts.logout": "退出",
                "accounts.open": "开通账号",
                "accounts.close": "停用账号",
                "accounts.reopen": "重新启用账号",
                "accounts.set_roles": "调整岗位",
                "accounts.reset_password": "重置密码",
                "accounts.change_password": "修改密码",
                "accounts.end_session": "结束登录",
                "accounts.reveal": "查看完整号码",
                "accounts.token.make": "建立接口令牌",
                "accounts.token.revoke": "停用接口令牌",
                "accounts.add_second_factor": "开启二次验证",
                "accounts.drop_second_factor": "关闭二次验证",
                "core.denied": "越权访问",
            }
        )
