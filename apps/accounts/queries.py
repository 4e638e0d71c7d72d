"""Reads across accounts and the roster."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django_otp.plugins.otp_totp.models import TOTPDevice

from apps.accounts.choices import Role
from apps.accounts.models import ApiToken, Reveal, SavedView, User
from apps.core.clock import local
from apps.roster.models import Absence, Expert, Officer, Person, Team, Unit

IP_FAILURE_LIMIT = 20


def second_factor_of(user: User) -> TOTPDevice | None:
    """Return the confirmed device of an account."""
    found = TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).first()
    return found if isinstance(found, TOTPDevice) else None


def must_add_second_factor(user: User) -> bool:
    """Say whether a role of the account demands a second factor that is not there yet."""
    required = set(settings.TOTP_REQUIRED_ROLES)
    return bool(required & user.roles) and second_factor_of(user) is None


def tries_left(*, username: str, ip: str) -> int:
    """Return how many wrong passwords this name and address may still give."""
    failed = AccessAttempt.objects.filter(username=username, ip_address=ip).aggregate(
        total=Sum("failures_since_start")
    )["total"]
    return max(0, int(settings.AXES_FAILURE_LIMIT) - int(failed or 0))


def address_is_locked(*, ip: str, now: datetime) -> bool:
    """Say whether an address gave twenty wrong passwords in a quarter of an hour."""
    since = now - settings.AXES_COOLOFF_TIME
    failed = AccessAttempt.objects.filter(ip_address=ip, attempt_time__gte=since).aggregate(
        total=Sum("failures_since_start")
    )["total"]
    return int(failed or 0) >= IP_FAILURE_LIMIT


def reveals_today(user: User, *, now: datetime) -> int:
    """Return how many numbers this person had shown since midnight (Asia/Shanghai)."""
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return Reveal.objects.filter(user=user, at__gte=midnight).count()


def people_without_account(unit: Unit) -> list[tuple[Person, frozenset[str]]]:
    """Return the active people of a unit who have no account, with the roles their posts suggest."""
    people = Person.objects.filter(unit=unit, is_active=True, user__isnull=True).order_by("pk")
    posts: dict[int, set[str]] = {}
    for person_id in Officer.objects.filter(zone__unit=unit, until_on__isnull=True).values_list(
        "person_id", flat=True
    ):
        posts.setdefault(person_id, set()).add(Role.OFFICER)
    for person_id, rank in Expert.objects.filter(unit=unit, until_on__isnull=True).values_list(
        "person_id", "rank"
    ):
        role = Role.COMMISSIONER if rank == "COMMISSIONER" else Role.EXPERT
        posts.setdefault(person_id, set()).add(role)
    leader_id = Team.objects.filter(unit=unit).values_list("leader_id", flat=True).first()
    if leader_id:
        posts.setdefault(leader_id, set()).add(Role.TEAM_LEADER)
    if unit.liaison_id:
        posts.setdefault(unit.liaison_id, set()).add(Role.LIAISON)
    return [(person, frozenset(posts[person.pk])) for person in people if person.pk in posts]


@dataclass(frozen=True)
class ViewLink:
    """A saved view as a list page offers it."""

    name: str
    url: str
    is_current: bool


def saved_views(user: User, list_name: str, *, query: str) -> list[ViewLink]:
    """Return a person's own and the unit's shared views of a list; ``query`` is the present one."""
    mine = Q(user=user)
    if user.unit_id:
        mine |= Q(unit_id=user.unit_id)
    rows = SavedView.objects.filter(mine, list_name=list_name).order_by("name", "pk")
    return [ViewLink(row.name, f"?{row.query}", row.query == query) for row in rows]


def dormant(*, now: datetime, days: int = 90) -> QuerySet[User]:
    """Return active accounts that nobody has used for so many days."""
    since = now - timedelta(days=days)
    return User.objects.active().filter(last_login__lt=since)


# ---- tokens of programs ---------------------------------------------------------------------
TOUCH = timedelta(minutes=10)


def digest_of(secret: str) -> str:
    """Return the digest under which a token is kept; its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_behind(secret: str, *, now: datetime) -> ApiToken | None:
    """Return the token of a secret when it is in force and its account is active."""
    found = (
        ApiToken.objects.filter(
            digest=digest_of(secret),
            revoked_at__isnull=True,
            expires_at__gt=now,
            user__is_active=True,
        )
        .select_related("user__unit")
        .first()
    )
    if found is not None and (found.used_at is None or now - found.used_at > TOUCH):
        ApiToken.objects.filter(pk=found.pk).update(used_at=now)
    return found


def stand_ins(users: Iterable[User], now: datetime) -> dict[int, list[User]]:
    """Return the deputies' accounts of those who are absent now, by the absent account (one query).

    Whoever has no entry in the roster has no absence either.
    """
    by_person = {user.person_id: user.pk for user in users if user.person_id is not None}
    if not by_person:
        return {}
    rows = (
        Absence.objects.on(local(now).date())
        .filter(person_id__in=by_person, deputy__user__isnull=False)
        .select_related("deputy__user")
    )
    return {by_person[row.person_id]: [row.deputy.user] for row in rows}
