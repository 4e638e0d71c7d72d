"""The list of entities, typeahead, and the bulk change of zones."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.queries import saved_views
from apps.core.access import requires
from apps.core.columns import Column, chosen, shown
from apps.core.http import StaffRequest, form_page
from apps.core.paging import keyset_page
from apps.core.permissions import Permission
from apps.registry import actions
from apps.registry.choices import EntityKind
from apps.registry.forms import ZoneForm
from apps.registry.models import BusinessEntity, EntityLabel
from apps.registry.queries import lists, search
from apps.registry.queries.checks import CHECKS
from apps.roster.models import Unit, Zone

LIST = "registry:list"
MOST_AT_ONCE = 2000
CAREFUL = 100
COLUMNS = (
    Column("name", "名称", is_fixed=True),
    Column("kind", "性质"),
    Column("principal", "负责人"),
    Column("phone", "电话"),
    Column("zone", "片区"),
    Column("officers", "服务人员"),
    Column("status", "状态"),
    Column("address", "经营地址", is_shown=False),
    Column("code", "信用代码", is_shown=False),
    Column("changed", "最近变动", is_shown=False),
)


@requires(Permission.VIEW_ENTITIES)
@require_safe
def entities(request: StaffRequest) -> HttpResponse:
    """Search, filter, page by keyset, choose columns, keep views, mark rows for a new zone."""
    user = request.user
    filters = lists.Filters.of(request.GET)
    found = lists.filtered(BusinessEntity.objects.visible_to(user), filters)
    page = keyset_page(
        found.select_related("unit", "zone"), order=lists.SORTS[filters.sort], request=request
    )
    officers = lists.officers_of(row.zone_id for row in page.rows)
    numbers = lists.first_numbers(row.pk for row in page.rows)
    columns = chosen(request, COLUMNS)
    everything = user.scope.everything
    context = {
        "page": page,
        "rows": [
            (row, numbers.get(row.pk, ""), officers.get(row.zone_id or 0, [])) for row in page.rows
        ],
        "total_text": lists.counted(found),
        "filters": filters,
        "check": CHECKS.get(filters.check),
        "checks": CHECKS.values(),
        "statuses": lists.STATUSES,
        "kinds": EntityKind.choices,
        "labels": EntityLabel.objects.visible_to(user).order_by("order", "pk"),
        "units": Unit.objects.active().with_team().order_by("order", "pk") if everything else [],
        "zones": _zones(request, filters),
        "tabs": _tabs(request, filters),
        "columns": columns,
        "shown": shown(columns),
        "views": saved_views(user, LIST, query=request.GET.urlencode()),  # type: ignore[arg-type]
        "may_edit": user.has_perm(Permission.EDIT_ENTITIES),
        "may_merge": user.has_perm(Permission.MERGE_ENTITIES),
        "may_compare": user.has_perm(Permission.COMPARE_REGISTRATION),
    }
    return render(request, "registry/list.html", context)


def _zones(request: StaffRequest, filters: lists.Filters) -> QuerySet[Zone]:
    """The zones to filter by: those of the township asked for, or of the own one."""
    zones = Zone.objects.visible_to(request.user).order_by("order", "pk")
    if filters.unit:
        return zones.filter(unit__code=filters.unit)
    return zones.filter(unit=request.user.unit_id or 0)


def _tabs(request: StaffRequest, filters: lists.Filters) -> list[dict[str, object]]:
    """我的片区 and 本镇 for those who serve zones (ux.md §3.3)."""
    zones = request.user.scope.zone_ids
    if not zones:
        return []
    here = reverse(LIST)
    tabs: list[dict[str, object]] = [
        {"label": "本单位", "url": here, "is_current": filters.zone is None}
    ]
    for zone in Zone.objects.active().filter(pk__in=zones).order_by("order", "pk"):
        url = f"{here}?{urlencode({'zone': zone.pk})}"
        tabs.append(
            {"label": f"我的{zone.name}", "url": url, "is_current": filters.zone == zone.pk}
        )
    return tabs


@requires(Permission.VIEW_ENTITIES)
@require_safe
def find(request: StaffRequest) -> HttpResponse:
    """Candidates for what is being typed, as JSON; without a script, the list itself."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:60]
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect(f"{reverse(LIST)}?{urlencode({'q': text})}")
    scope = BusinessEntity.objects.visible_to(request.user).present()
    rows = search.typeahead(scope, text) if text else []
    items = [
        {
            "title": row.name,
            "note": " · ".join(part for part in (row.unit, row.zone, row.principal) if part),
            "value": row.pk,
        }
        for row in rows
    ]
    return JsonResponse(items, safe=False)


# ---- a new zone for many ---------------------------------------------------------------------
def _chosen_rows(request: StaffRequest) -> QuerySet[BusinessEntity]:
    """The rows that were ticked, or all that the list's conditions find."""
    rows = BusinessEntity.objects.editable_by(request.user)
    if request.POST.get("all"):
        return lists.filtered(rows, lists.Filters.of(QueryDict(request.POST.get("query", ""))))
    ticked = [pk for pk in request.POST.getlist("pk") if pk.isdecimal() and len(pk) < 18]
    return rows.filter(pk__in=ticked[:MOST_AT_ONCE])


@requires(Permission.EDIT_ENTITIES)
@require_POST
def rezone(request: StaffRequest) -> HttpResponse:
    """Preview, then put entities into a zone; what is left out is said with its reason."""
    back = f"{reverse(LIST)}?{request.POST.get('query', '')}"
    rows = list(
        _chosen_rows(request).select_related("unit", "zone").order_by("pk")[: MOST_AT_ONCE + 1]
    )
    if not rows:
        messages.error(request, "请先勾选要改片区的经营主体。")
        return redirect(back)
    if len(rows) > MOST_AT_ONCE:
        messages.error(request, f"一次最多改 {MOST_AT_ONCE:,} 家，请加条件缩小范围。")
        return redirect(back)
    is_asked = "zone" in request.POST
    form = ZoneForm(request.POST if is_asked else None, units={row.unit_id for row in rows})
    if is_asked and form.is_valid():
        zone = form.cleaned_data["zone"]
        moving = [row for row in rows if row.unit_id == zone.unit_id and row.zone_id != zone.pk]
        needs_count = len(moving) > CAREFUL
        if needs_count and request.POST.get("type_count", "").strip() != str(len(moving)):
            form.add_error(None, f"一次改 {len(moving)} 家，请在下面输入数字 {len(moving)} 确认。")
        elif request.POST.get("go"):
            done = actions.assign_zone(
                pks=[row.pk for row in moving], zone=zone, by=request.user, now=timezone.now()
            )
            messages.success(request, _told(done, rows, zone))
            return redirect(back)
    zone = form.cleaned_data.get("zone") if is_asked and hasattr(form, "cleaned_data") else None
    return form_page(request, "registry/rezone.html", _preview(request, form, rows, zone), form)


def _told(done: int, rows: list[BusinessEntity], zone: Zone) -> str:
    elsewhere = sum(row.unit_id != zone.unit_id for row in rows)
    same = len(rows) - elsewhere - done
    left = [
        text
        for count, text in (
            (same, f"{same} 家原本就在"),
            (elsewhere, f"{elsewhere} 家不属于{zone.unit.name}"),
        )
        if count
    ]
    return f"已把 {done} 家归入{zone.name}" + (f"，跳过 {'、'.join(left)}。" if left else "。")


def _preview(
    request: StaffRequest, form: ZoneForm, rows: list[BusinessEntity], zone: Zone | None
) -> dict[str, object]:
    def fate(row: BusinessEntity) -> str:
        if zone is None:
            return ""
        if row.unit_id != zone.unit_id:
            return f"跳过：不属于{zone.unit.name}"
        return "跳过：已在这个片区" if row.zone_id == zone.pk else f"归入{zone.name}"

    moving = [
        row for row in rows if zone and row.unit_id == zone.unit_id and row.zone_id != zone.pk
    ]
    return {
        "form": form,
        "count": len(rows),
        "zone": zone,
        "moving": len(moving),
        "type_count": len(moving) if len(moving) > CAREFUL else None,
        "sample": [(row, fate(row)) for row in rows[:50]],
        "hidden": [
            *(("pk", pk) for pk in request.POST.getlist("pk")[:MOST_AT_ONCE]),
            ("all", request.POST.get("all", "")),
            ("query", request.POST.get("query", "")),
        ],
        "back": f"{reverse(LIST)}?{request.POST.get('query', '')}",
    }
