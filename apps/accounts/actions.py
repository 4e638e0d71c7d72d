"""The only writer of accounts (decisions.md 17–24)."""

import re
from dataclasses import dataclass
from datetime import datetime

from axes.utils import reset as axes_reset
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

from apps.accounts import queries
from apps.accounts.choices import RevealReason, Role
from apps.accounts.models import (
    Draft,
    OldPassword,
    Phrase,
    Reveal,
    RoleRow,
    SavedView,
    Session,
    User,
)
from apps.accounts.passwords import HISTORY, first_password
from apps.accounts.roles import ADMIN_ROLES, conflict, suits_unit
from apps.audit.actions import record
from apps.core.access import Actor
from apps.core.errors import DomainError
from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.core.reveal import Revealable
from apps.roster.models import Person, Unit

USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,59}")
DRAFT_LIMIT = 50_000
MOST_PHRASES = 20
VIEWS_PER_LIST = 20


@dataclass(frozen=True)
class OpenedAccount:
    """A new account and its first password, which is kept nowhere else."""

    user: User
    password: str


def _labels(roles: frozenset[str]) -> str:
    return "、".join(role.label for role in Role if role in roles)


def _check_roles(roles: frozenset[str], unit: Unit | None, by: Actor | None) -> None:
    """Refuse roles that exclude each other, do not suit the unit, or are not the actor's to give."""
    if not roles:
        raise DomainError("至少选一个岗位。", field="roles")
    reason = conflict(roles)
    if not reason and unit is not None and not roles & set(ADMIN_ROLES):
        business = roles - {Role.LEADER, Role.INSPECTOR}
        reason = suits_unit(
            business, is_township=unit.has_team, is_hub=unit.is_hub, is_office=unit.is_office
        )
    if not reason and unit is None and not roles & {*ADMIN_ROLES, Role.LEADER, Role.INSPECTOR}:
        reason = "业务岗位要选单位。"
    if reason:
        raise DomainError(reason, field="roles")
    if by is None or by.has_perm(Permission.MANAGE_ALL_ACCOUNTS):
        return
    if unit is None or unit.pk != by.unit_id:
        raise DomainError("您只能管理本单位的账号。", field="unit")
    if roles & {*ADMIN_ROLES, Role.LEADER, Role.INSPECTOR}:
        raise DomainError("这些岗位由系统管理员开通。", field="roles")


def _check_manages(user: User, by: Actor | None) -> None:
    if by is None or by.has_perm(Permission.MANAGE_ALL_ACCOUNTS):
        return
    if by.has_perm(Permission.MANAGE_UNIT_ACCOUNTS) and user.unit_id == by.unit_id:
        return
    raise DomainError("您只能管理本单位的账号。")


def free_username(name: str) -> str:
    """Return an unused account name made of the pinyin of a person's name (lichunsheng, …2)."""
    from pypinyin import lazy_pinyin

    base = re.sub(r"[^a-z]", "", "".join(lazy_pinyin(name)).lower())[:50]
    base = base if len(base) >= 3 else f"user{base}"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    candidates = [base, *(f"{base}{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in candidates if name not in taken)


@transaction.atomic
def open_account(
    *,
    username: str,
    name: str,
    unit: Unit | None,
    roles: frozenset[str],
    by: Actor | None,
    now: datetime,
    person: Person | None = None,
    password: str = "",
) -> OpenedAccount:
    """Open an account with a random first password that must be changed at the first login.

    ``by`` is None only for the first-run command. Raises DomainError when the name is taken or the
    roles are not allowed.
    """
    if not USERNAME.fullmatch(username):
        raise DomainError(
            "账号用小写字母开头，3 位以上，只含小写字母、数字、点、横线。", field="username"
        )
    if User.objects.filter(username=username).exists():
        raise DomainError("这个账号已有人用，请换一个。", field="username")
    if person is not None and User.objects.filter(person=person).exists():
        raise DomainError("这个人已经有账号了。", field="person")
    if person is not None and unit is not None and person.unit_id != unit.pk:
        raise DomainError("名册人员不在所选单位。", field="person")
    _check_roles(roles, unit, by)
    secret = password or first_password()
    user = User(username=username, name=name, unit=unit, person=person, opened_at=now)
    user.set_password(secret)
    user.save()
    RoleRow.objects.bulk_create([RoleRow(user=user, role=role) for role in sorted(roles)])
    record(
        action="accounts.open",
        by=by,
        target=user,
        label=str(user),
        changes={"岗位": ["", _labels(roles)], "unit": ["", user.unit_name]},
    )
    return OpenedAccount(user=user, password=secret)


@transaction.atomic
def open_accounts_of_unit(*, unit: Unit, by: Actor | None, now: datetime) -> list[OpenedAccount]:
    """Open accounts for all people of a unit who have a post and no account yet."""
    return [
        open_account(
            username=free_username(person.name),
            name=person.name,
            unit=unit,
            roles=roles,
            person=person,
            by=by,
            now=now,
        )
        for person, roles in queries.people_without_account(unit)
    ]


@transaction.atomic
def set_roles(*, user: User, roles: frozenset[str], by: Actor | None, now: datetime) -> None:
    """Give an account exactly these roles."""
    _check_manages(user, by)
    _check_roles(roles, user.unit, by)
    if by is not None and user.pk == by.pk:
        raise DomainError("不能改自己的岗位，请由其他管理员操作。")
    before = user.roles
    if before == roles:
        return
    user.role_rows.exclude(role__in=roles).delete()
    RoleRow.objects.bulk_create(RoleRow(user=user, role=role) for role in sorted(roles - before))
    for name in ("roles", "permissions", "scope"):
        user.__dict__.pop(name, None)
    record(
        action="accounts.set_roles",
        by=by,
        target=user,
        label=str(user),
        changes={"岗位": [_labels(before), _labels(roles)]},
    )


@transaction.atomic
def close_account(*, user: User, by: Actor | None, now: datetime, reason: str) -> None:
    """Close an account: its sessions end at once, what it did stays."""
    _check_manages(user, by)
    if by is not None and user.pk == by.pk:
        raise DomainError("不能停用自己的账号。")
    if not reason.strip():
        raise DomainError("请写明停用原因，如调离、退休。", field="reason")
    changed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False, closed_at=now)
    if not changed:
        raise DomainError("这个账号已经停用了。")
    Session.objects.filter(user=user).delete()
    record(action="accounts.close", by=by, target=user, label=str(user), note=reason)


@transaction.atomic
def reopen_account(*, user: User, by: Actor | None, now: datetime) -> OpenedAccount:
    """Open a closed account again, with a new first password."""
    _check_manages(user, by)
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True, closed_at=None):
        raise DomainError("这个账号正在使用，不用重新启用。")
    user.refresh_from_db()
    record(action="accounts.reopen", by=by, target=user, label=str(user))
    return reset_password(user=user, by=by, now=now)


@transaction.atomic
def reset_password(*, user: User, by: Actor | None, now: datetime) -> OpenedAccount:
    """Give a new first password; lock-outs are lifted and sessions ended."""
    if by is not None and not by.has_perm(Permission.MANAGE_SECURITY):
        _check_manages(user, by)
    secret = first_password()
    _keep_old(user, now)
    user.set_password(secret)
    user.must_change_password = True
    user.password_changed_at = now
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    Session.objects.filter(user=user).delete()
    axes_reset(username=user.username)
    record(action="accounts.reset_password", by=by, target=user, label=str(user))
    return OpenedAccount(user=user, password=secret)


def _keep_old(user: User, now: datetime) -> None:
    if user.password:
        OldPassword.objects.create(user=user, password=user.password, replaced_at=now)
    keep = user.old_passwords.order_by("-replaced_at").values_list("pk", flat=True)[:HISTORY]
    user.old_passwords.exclude(pk__in=list(keep)).delete()


@transaction.atomic
def change_password(*, user: User, new_password: str, keep_session: str, now: datetime) -> None:
    """Change one's own password; other sessions end, the present one (its key) stays."""
    try:
        validate_password(new_password, user)
    except ValidationError as error:
        raise DomainError("".join(error.messages), field="new_password") from error
    _keep_old(user, now)
    user.set_password(new_password)
    user.must_change_password = False
    user.password_changed_at = now
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    Session.objects.filter(user=user).exclude(session_key=keep_session).delete()
    record(action="accounts.change_password", by=user, target=user, label=str(user))


@transaction.atomic
def end_session(*, session: Session, by: User, now: datetime) -> None:
    """End one login: one's own, or anybody's for the security administrator."""
    if session.user_id != by.pk and not by.has_perm(Permission.MANAGE_SECURITY):
        raise DomainError("只能结束自己的登录。")
    owner = session.user
    session.delete()
    record(action="accounts.end_session", by=by, target=owner, label=str(owner or ""))


@transaction.atomic
def reveal(
    *,
    kind: Revealable,
    target: Model,
    field: str,
    reason: str,
    note: str,
    by: User,
    now: datetime,
) -> str:
    """Return a number in full after writing down who asked, which and why.

    Raises DomainError without a reason and beyond the daily cap (settings.REVEAL_DAILY_CAP).
    """
    if reason not in RevealReason.values:
        raise DomainError("请选查看原因。", field="reason")
    if reason == RevealReason.OTHER and len(note.strip()) < 4:
        raise DomainError("选“其他”时请写明原因。", field="note")
    User.objects.select_for_update().get(pk=by.pk)  # two tabs cannot pass the cap together
    if queries.reveals_today(by, now=now) >= settings.REVEAL_DAILY_CAP:
        raise DomainError(
            f"今天已查看 {settings.REVEAL_DAILY_CAP} 个号码，达到上限。明天再查，或请单位负责人代查。"
        )
    number = str(getattr(target, field) or "")
    if not number:
        raise DomainError("这里没有登记号码。")
    Reveal.objects.create(
        user=by,
        at=now,
        kind=kind.kind,
        target_id=str(target.pk),
        field=field,
        reason=reason,
        note=note.strip()[:200],
    )
    record(
        action="accounts.reveal",
        by=by,
        target=target,
        label=f"{target}：{mask(number)}",
        note=f"{RevealReason(reason).label} {note.strip()}".strip()[:200],
    )
    return number


def save_draft(*, user: User, form: str, ref: str, content: str, now: datetime) -> Draft:
    """Keep what was typed; the newest text of a form and object replaces the former."""
    if len(content) > DRAFT_LIMIT:
        raise DomainError("草稿太长，没有保存。请分开填写。")
    for _ in range(2):  # two tabs may create the row at once: the second finds it
        try:
            with transaction.atomic():
                draft, _made = Draft.objects.update_or_create(
                    user=user, form=form, ref=ref, defaults={"content": content, "saved_at": now}
                )
                return draft
        except IntegrityError:
            continue
    raise DomainError("草稿没有保存成功，请再试一次。")


def discard_draft(*, user: User, form: str, ref: str) -> None:
    """Throw a draft away, after it was sent or on the person's word."""
    Draft.objects.filter(user=user, form=form, ref=ref).delete()


@transaction.atomic
def save_view(
    *, user: User, list_name: str, name: str, query: str, columns: list[str], is_shared: bool
) -> SavedView:
    """Keep a list's filters and columns under a name, for oneself or for the whole unit."""
    if not name.strip():
        raise DomainError("请给常用筛选起个名字。", field="name")
    mine = SavedView.objects.filter(user=user, list_name=list_name)
    if mine.exclude(name=name).count() >= VIEWS_PER_LIST:
        raise DomainError(f"一个列表最多存 {VIEWS_PER_LIST} 个，请先删去不用的。", field="name")
    view, _made = SavedView.objects.update_or_create(
        user=user,
        list_name=list_name,
        name=name.strip()[:30],
        defaults={
            "query": query[:1000],
            "columns": columns,
            "unit_id": user.unit_id if is_shared else None,
        },
    )
    return view


def drop_view(*, user: User, pk: int) -> None:
    """Delete one's own saved view."""
    SavedView.objects.filter(user=user, pk=pk).delete()


def add_phrase(*, user: User, text: str, is_shared: bool = False) -> Phrase:
    """Keep a sentence that a person, or everybody of the unit, often writes; each is kept once.

    Raises:
        DomainError: it is too short, or there are twenty already.
    """
    kept = " ".join(text.replace("\0", "").split())[:200]
    if len(kept) < 2:
        raise DomainError("请写一句常用的话，至少 2 个字。", field="text")
    mine = Phrase.objects.filter(user=user)
    if mine.exclude(text=kept).count() >= MOST_PHRASES:
        raise DomainError(f"最多存 {MOST_PHRASES} 句，请先删去不用的。", field="text")
    unit_id = user.unit_id if is_shared else None
    phrase, _made = Phrase.objects.update_or_create(
        user=user, text=kept, defaults={"unit_id": unit_id}
    )
    return phrase


def drop_phrase(*, user: User, pk: int) -> None:
    """Delete one's own phrase."""
    Phrase.objects.filter(user=user, pk=pk).delete()


@transaction.atomic
def confirm_second_factor(*, user: User, key: str, by: Actor, now: datetime) -> None:
    """Put a second factor in force once its first code was right."""
    from django_otp.plugins.otp_totp.models import TOTPDevice

    TOTPDevice.objects.filter(user_id=user.pk).delete()
    TOTPDevice.objects.create(user_id=user.pk, name="验证器", key=key, confirmed=True)
    record(action="accounts.add_second_factor", by=by, target=user, label=str(user))


@transaction.atomic
def drop_second_factor(*, user: User, by: Actor, now: datetime) -> None:
    """Remove the second factor (one's own, or a lost one by the security administrator)."""
    from django_otp.plugins.otp_totp.models import TOTPDevice

    if user.pk != by.pk and not by.has_perm(Permission.MANAGE_SECURITY):
        raise DomainError("只能关闭自己的二次验证。")
    deleted, _rows = TOTPDevice.objects.filter(user_id=user.pk).delete()
    if deleted:
        record(action="accounts.drop_second_factor", by=by, target=user, label=str(user))
