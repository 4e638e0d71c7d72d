"""工作日历: the year grid, one day, a year's notice, the time rules."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.core import clock
from apps.core.access import any_staff, requires
from apps.core.errors import DomainError
from apps.core.http import StaffRequest, form_page
from apps.core.permissions import Permission
from apps.workdays import actions, grid, queries
from apps.workdays.calendar import Calendar
from apps.workdays.choices import DayKind, Source
from apps.workdays.forms import ConfirmImportForm, CountForm, DayForm, ImportForm, TimeRuleForm
from apps.workdays.models import DayException, TimeRule
from apps.workdays.notice import Notice
from apps.workdays.sources import read_json, write_json

STEPS = ["粘贴或上传", "核对", "保存"]


def _known_year(calendar: Calendar, year: int) -> int:
    if not calendar.first_year <= year <= calendar.last_year:
        raise Http404
    return year


def _trial(request: StaffRequest, calendar: Calendar) -> dict[str, Any]:
    """The small form that counts a term, and its answer."""
    form = CountForm(request.GET if "start" in request.GET else None)
    if not form.is_bound:
        return {"count_form": CountForm(initial={"start": clock.today(), "n": queries.SAMPLE_DAYS})}
    if not form.is_valid():
        return {"count_form": form}
    start, n = form.cleaned_data["start"], form.cleaned_data["n"]
    try:
        deadline = calendar.deadline(start, n, queries.time_rules(start).cutoff)
        strip = calendar.explain(start, n)
    except DomainError as error:
        form.add_error(None, error.message)
        return {"count_form": form}
    return {"count_form": form, "deadline": deadline, "strip": strip, "n": n}


def _year_page(request: StaffRequest, year: int) -> HttpResponse:
    calendar = queries.current_calendar()
    _known_year(calendar, year)
    context = {
        "year": year,
        "years": [
            y for y in range(year - 1, year + 2) if calendar.first_year <= y <= calendar.last_year
        ],
        "row": queries.year_rows().get(year),
        "months": grid.months(calendar, year, clock.today()),
        "festivals": grid.festivals(calendar, year),
        "workdays": calendar.workdays_in(date(year, 1, 1), date(year, 12, 31)),
        "is_provisional": year in calendar.provisional_years,
        "known_years": sorted(calendar.known_years, reverse=True),
        "weekdays": grid.WEEKDAYS,
        "may_edit": request.user.has_perm(Permission.EDIT_CALENDAR),
        "rules": queries.time_rules(clock.today()),
        **_trial(request, calendar),
    }
    form = context["count_form"]
    context["has_errors"] = form.is_bound and bool(form.errors)
    status = 422 if context["has_errors"] else 200
    return render(request, "workdays/year.html", context, status=status)


@any_staff
@require_safe
def calendar_now(request: StaffRequest) -> HttpResponse:
    """The present year."""
    return _year_page(request, clock.today().year)


@any_staff
@require_safe
def calendar_year(request: StaffRequest, year: int) -> HttpResponse:
    """One year: twelve months, its holidays, and a term to try."""
    return _year_page(request, year)


# ---- one day ----------------------------------------------------------------------------
def _save_day(request: StaffRequest, form: DayForm, day: date) -> HttpResponse | None:
    version = request.POST.get("version", "")
    kind, name = form.asked()
    try:
        actions.set_day(
            day=day,
            kind=kind,
            name=name,
            by=request.user,
            now=timezone.now(),
            expected_version=int(version[:9]) if version.isdecimal() else None,
        )
    except DomainError as error:
        form.add_error(error.field, error.message)
        return None
    messages.success(
        request, f"已保存 {day.year}年{day.month}月{day.day}日。涉及的期限已按新日历推算。"
    )
    return redirect("workdays:year", day.year)


@requires(Permission.EDIT_CALENDAR)
@require_http_methods(["GET", "POST"])
def day_edit(request: StaffRequest, day: date) -> HttpResponse:
    """One day: choose, look at what would move, save."""
    calendar = queries.current_calendar()
    _known_year(calendar, day.year)
    row = DayException.objects.select_related("notice").filter(date=day).first()
    initial = {"kind": row.kind, "name": row.name} if row else {"kind": "", "name": ""}
    form = DayForm(request.POST if request.method == "POST" else None, initial=initial)
    preview = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("step") == "save":
            answer = _save_day(request, form, day)
            if answer is not None:
                return answer
        else:
            kind, name = form.asked()
            preview = queries.preview_day(day=day, kind=kind, name=name)
            if preview.is_empty:
                form.add_error(None, "这一天没有变化，不用保存。")
                preview = None
    context = {
        "form": form,
        "day": day,
        "now": calendar.describe(day),
        "row": row,
        "preview": preview,
    }
    return form_page(request, "workdays/day.html", context, form)


# ---- a year's notice --------------------------------------------------------------------
def _preview_page(
    request: StaffRequest, notice: Notice, source: str, *, error: str = ""
) -> HttpResponse:
    preview = queries.preview_notice(notice)
    initial = {"payload": write_json(notice), "source": source, "version": preview.before.version}
    changed = {two.date: one for one, two in preview.changed}
    listed = {entry.date for entry in notice.days}
    context = {
        "year": notice.year,
        "notice": notice,
        "source": Source(source).label,
        "days": [(entry, changed.get(entry.date)) for entry in notice.days],
        "dropped": [two for _, two in preview.changed if two.date not in listed],
        "off_count": sum(entry.kind == DayKind.HOLIDAY for entry in notice.days),
        "work_count": sum(entry.kind == DayKind.WORKDAY for entry in notice.days),
        "preview": preview,
        "confirm": ConfirmImportForm(initial=initial),
        "steps": STEPS,
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "workdays/import_check.html", context, status=422 if error else 200)


def _save_import(request: StaffRequest, year: int) -> HttpResponse:
    confirm = ConfirmImportForm(request.POST)
    if not confirm.is_valid():
        messages.error(request, "核对内容不完整。请重新粘贴或上传。")
        return redirect("workdays:import", year)
    data = confirm.cleaned_data
    try:
        notice = read_json(data["payload"], year=year)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("workdays:import", year)
    try:
        actions.import_year(
            notice=notice,
            source=Source(data["source"]),
            by=request.user,
            now=timezone.now(),
            expected_version=data["version"],
        )
    except DomainError as error:
        return _preview_page(request, notice, data["source"], error=error.message)
    messages.success(request, f"已保存 {year}年放假安排。涉及的期限已按新日历推算。")
    return redirect("workdays:year", year)


@requires(Permission.EDIT_CALENDAR)
@require_http_methods(["GET", "POST"])
def import_notice(request: StaffRequest, year: int) -> HttpResponse:
    """A year's notice: paste or upload, look at every day and what would move, save."""
    calendar = queries.current_calendar()
    _known_year(calendar, year)
    if request.method == "POST" and request.POST.get("step") == "save":
        return _save_import(request, year)
    form = ImportForm(
        request.POST if request.method == "POST" else None, request.FILES or None, year=year
    )
    if request.method == "POST" and form.is_valid() and form.notice is not None:
        return _preview_page(request, form.notice, form.source)
    context = {
        "form": form,
        "year": year,
        "steps": STEPS,
        "is_provisional": year in calendar.provisional_years,
    }
    return form_page(request, "workdays/import.html", context, form)


# ---- time rules -------------------------------------------------------------------------
def _save_rule(request: StaffRequest, form: TimeRuleForm, now: datetime) -> bool:
    try:
        actions.set_time_rule(
            valid_from=form.cleaned_data["valid_from"],
            cutoff=form.cleaned_data["cutoff"],
            hours=form.hours,
            by=request.user,
            today=clock.local(now).date(),
        )
    except DomainError as error:
        form.add_error(error.field, error.message)
        return False
    messages.success(request, "已保存时刻规则。已定的期限不变。")
    return True


@requires(Permission.EDIT_CALENDAR)
@require_http_methods(["GET", "POST"])
def time_rules(request: StaffRequest) -> HttpResponse:
    """Until which hour terms run, and the working hours: versions by day of effect."""
    rules = queries.time_rules(clock.today())
    (morning, noon), (after, evening) = rules.hours.periods
    initial = {
        "valid_from": clock.today(),
        "cutoff": rules.cutoff,
        "morning_start": morning,
        "morning_end": noon,
        "afternoon_start": after,
        "afternoon_end": evening,
    }
    form = TimeRuleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and _save_rule(request, form, timezone.now()):
        return redirect("workdays:time")
    context = {
        "form": form,
        "rules": rules,
        "rows": TimeRule.objects.order_by("-valid_from"),
        "today": clock.today(),
    }
    return form_page(request, "workdays/time.html", context, form)
