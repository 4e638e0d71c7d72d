"""Accounts, their roles and sessions, drafts, and the record of numbers shown."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth import get_backends
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.functional import cached_property

from apps.accounts.choices import RevealReason, Role
from apps.accounts.roles import permissions_of, sees_everything
from apps.core.access import Actor, Scope
from apps.core.fields import EncryptedTextField
from apps.core.permissions import Permission


def _answering_backends() -> list[Any]:
    """Return the backends that know permissions (the lock-out backend knows none)."""
    return [backend for backend in get_backends() if hasattr(backend, "has_perm")]


class UserQuerySet(models.QuerySet["User"]):
    """Accounts, filtered by who asks."""

    def visible_to(self, user: Actor) -> Self:
        """Accounts that a person manages: all, those of the own unit, or none."""
        if user.has_perm(Permission.MANAGE_ALL_ACCOUNTS) or user.has_perm(
            Permission.MANAGE_SECURITY
        ):
            return self
        if user.has_perm(Permission.MANAGE_UNIT_ACCOUNTS) and user.unit_id:
            return self.filter(unit_id=user.unit_id)
        return self.none()

    def active(self) -> Self:
        """Accounts that may log in."""
        return self.filter(is_active=True)

    def with_role(self, *roles: Role) -> Self:
        """Active accounts that hold any of the roles."""
        return self.active().filter(role_rows__role__in=roles).distinct()


class UserManager(BaseUserManager["User"]):
    """Finds accounts by name; opening one goes through actions."""

    def get_queryset(self) -> UserQuerySet:
        """Return the queryset with our filters."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: Actor) -> UserQuerySet:
        """See UserQuerySet.visible_to."""
        return self.get_queryset().visible_to(user)

    def active(self) -> UserQuerySet:
        """See UserQuerySet.active."""
        return self.get_queryset().active()

    def with_role(self, *roles: Role) -> UserQuerySet:
        """See UserQuerySet.with_role."""
        return self.get_queryset().with_role(*roles)


class User(AbstractBaseUser):
    """An account: one person of the roster, one unit, one or more roles."""

    username = models.CharField(
        "账号", max_length=60, unique=True, error_messages={"unique": "这个账号已有人用。"}
    )
    name = models.CharField("姓名", max_length=60)
    unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="单位",
    )
    person = models.OneToOneField(
        "roster.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="user",
        verbose_name="名册人员",
    )
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须改初始口令", default=True)
    password_changed_at = models.DateTimeField("口令修改时间", null=True, blank=True)
    opened_at = models.DateTimeField("开通时间")
    closed_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                name="accounts_user_closed_iff_inactive",
                condition=models.Q(is_active=True, closed_at__isnull=True)
                | models.Q(is_active=False, closed_at__isnull=False),
                violation_error_message="停用的账号要有停用时间。",
            )
        ]
        indexes = [models.Index(fields=["unit", "username"], name="accounts_user_unit")]

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    @property
    def display_name(self) -> str:
        """The person's name as others see it."""
        return self.name

    def get_short_name(self) -> str:
        """The name; the admin's pages ask for it."""
        return self.name

    @cached_property
    def unit_name(self) -> str:
        """The unit's short name, or an empty string; costs a query unless the unit is joined."""
        return self.unit.name if self.unit else ""

    @cached_property
    def roles(self) -> frozenset[str]:
        """The role codes; one query per request."""
        return frozenset(self.role_rows.values_list("role", flat=True))

    @property
    def role_labels(self) -> list[str]:
        """The roles' names in the fixed order."""
        return [role.label for role in Role if role in self.roles]

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Every permission code that the roles give."""
        return permissions_of(self.roles)

    @cached_property
    def scope(self) -> Scope:
        """Which rows this person works with (zones: one query)."""
        if sees_everything(self.roles):
            return Scope(everything=True)
        zone_ids: frozenset[int] = frozenset()
        if self.person_id and Role.OFFICER in self.roles:
            from apps.roster.models import Officer

            rows = Officer.objects.filter(person_id=self.person_id, until_on__isnull=True)
            zone_ids = frozenset(rows.values_list("zone_id", flat=True))
        unit_ids = frozenset({self.unit_id}) if self.unit_id else frozenset()
        return Scope(unit_ids=unit_ids, zone_ids=zone_ids)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the authentication backends."""
        return self.is_active and any(
            backend.has_perm(self, perm, obj) for backend in _answering_backends()
        )

    def has_perms(self, perm_list: list[str], obj: Any = None) -> bool:
        """Ask for several at once."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Ask whether anything of an app may be entered (the admin's index)."""
        return self.is_active and any(
            backend.has_module_perms(self, app_label) for backend in _answering_backends()
        )

    @property
    def is_staff(self) -> bool:
        """Whether the admin may be entered; the admin's own pages ask."""
        return self.has_perm(Permission.ENTER_ADMIN)

    is_superuser = False


class RoleRow(models.Model):
    """One role of one account."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="role_rows", verbose_name="账号"
    )
    role = models.CharField("岗位", max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = "岗位"
        verbose_name_plural = "岗位"
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="accounts_role_once"),
            models.CheckConstraint(
                name="accounts_role_known", condition=models.Q(role__in=Role.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.get_role_display()}"


class OldPassword(models.Model):
    """A former password's hash: the last five cannot be used again."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="old_passwords", verbose_name="账号"
    )
    password = models.CharField("口令散列", max_length=200)
    replaced_at = models.DateTimeField("更换时间")

    class Meta:
        verbose_name = "旧口令"
        verbose_name_plural = "旧口令"

    def __str__(self) -> str:
        return f"{self.user_id} {self.replaced_at:%Y-%m-%d}"


class Session(AbstractBaseSession):
    """A login; known by person, so that people can see and end their own."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name="账号",
    )
    began_at = models.DateTimeField("登录时间", null=True, blank=True)
    seen_at = models.DateTimeField("最近使用", null=True, blank=True)
    ip = models.CharField("地址", max_length=45, blank=True, default="")
    user_agent = models.CharField("浏览器", max_length=200, blank=True, default="")

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "会话"
        verbose_name_plural = "会话"

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at}"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Return the store that writes these rows."""
        from apps.accounts.sessions import SessionStore

        return SessionStore


class Draft(models.Model):
    """Text that somebody typed and has not sent yet; one per person, form and object."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="drafts", verbose_name="账号"
    )
    form = models.CharField("表单", max_length=60)
    ref = models.CharField("对象", max_length=60, blank=True, default="")
    content = EncryptedTextField("内容")
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "草稿"
        verbose_name_plural = "草稿"
        constraints = [
            models.UniqueConstraint(fields=["user", "form", "ref"], name="accounts_draft_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.form} {self.ref}"


class Reveal(models.Model):
    """A number that was shown in full: who, which, why; counted against the daily cap."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="reveals", verbose_name="账号"
    )
    at = models.DateTimeField("时间", db_index=True)
    kind = models.CharField("对象种类", max_length=30)
    target_id = models.CharField("对象编号", max_length=40)
    field = models.CharField("号码", max_length=30)
    reason = models.CharField("原因", max_length=10, choices=RevealReason.choices)
    note = models.CharField("说明", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "号码查看记录"
        verbose_name_plural = "号码查看记录"
        constraints = [
            models.CheckConstraint(
                name="accounts_reveal_reason", condition=models.Q(reason__in=RevealReason.values)
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.target_id}"


class ApiToken(models.Model):
    """A program's key: stands for one account, within some scopes, until a day.

    Only a digest is kept; the secret (256 random bits) is shown once, when it is made.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name="账号"
    )
    name = models.CharField("用途", max_length=60)
    digest = models.CharField("摘要", max_length=64, unique=True)
    scopes = models.JSONField("范围", default=list)
    made_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return self.name

    def allows(self, method: str, area: str) -> bool:
        """Say whether a request of this kind is within the scopes (``tickets:read`` …)."""
        kind = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
        return f"{area}:{kind}" in self.scopes


class IdempotentAnswer(models.Model):
    """What a POST with this key was answered; the same key again gets the same answer.

    Written in the transaction of the work itself (reliability §9), so that neither exists alone.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="账号")
    key = models.CharField("幂等键", max_length=255)
    request_digest = models.CharField("请求摘要", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", default=0)
    body = EncryptedTextField("应答", blank=True, default="")
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = "幂等应答"
        verbose_name_plural = "幂等应答"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="accounts_answer_once")]

    def __str__(self) -> str:
        return self.key


class PhraseQuerySet(models.QuerySet["Phrase"]):
    """Sentences, filtered by who may use them."""

    def visible_to(self, user: User) -> Self:
        """One's own and the unit's, one's own first."""
        mine = models.Q(user=user)
        if user.unit_id:
            mine |= models.Q(unit_id=user.unit_id)
        is_shared = models.Case(models.When(user=user, then=0), default=1)
        return self.filter(mine).order_by(is_shared, "pk")


class Phrase(models.Model):
    """常用语: a sentence that a person often writes; one's own, or shared with the unit."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="phrases", verbose_name="账号"
    )
    text = models.CharField("常用语", max_length=200)
    unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="共享给单位",
    )

    objects = PhraseQuerySet.as_manager()

    class Meta:
        verbose_name = "常用语"
        verbose_name_plural = "常用语"
        constraints = [
            models.UniqueConstraint(fields=["user", "text"], name="accounts_phrase_once")
        ]

    def __str__(self) -> str:
        return self.text


class SavedView(models.Model):
    """A named list: filters, columns and order; personal, or shared with the unit."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="saved_views", verbose_name="账号"
    )
    list_name = models.CharField("列表", max_length=60)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("条件", max_length=1000, blank=True, default="")
    columns = models.JSONField("列", default=list)
    unit = models.ForeignKey(
        "roster.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="共享给单位",
    )

    class Meta:
        verbose_name = "常用筛选"
        verbose_name_plural = "常用筛选"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "list_name", "name"], name="accounts_view_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
