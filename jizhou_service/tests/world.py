"""A small world with one of everything, so that each address has an object to open."""

import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from apps.accounts.keys import make_token
from apps.accounts.models import RoleRow, User
from apps.core.models import Job
from apps.dashboards.actions.reports import draft
from apps.filings import actions as filings
from apps.filings import write_xlsx
from apps.filings.contents import Appendix, EntityRow
from apps.filings.models import ExportedFile, Filing, Upload
from apps.filings.official import Form
from apps.filings.queries.exporting import Wanted
from apps.handbook.actions import keep_import, send_remark
from apps.handbook.models import Entry
from apps.notices.models import Notice
from apps.registry.actions import EntityData, NewContact, add_entity
from apps.registry.models import BusinessEntity, MergeCandidate
from apps.regulator.models import Difference, ListAct, RegistrationList
from apps.roster.models import Category, Expert, Officer, Person, Team, Unit, Zone
from apps.tickets.actions import Enterprise, perform, register
from apps.tickets.actions.files import attach
from apps.tickets.models import Attachment, Ticket
from jizhou_service.tests.routes import Route

DAY = date(2026, 1, 5)


@dataclass
class World:
    """The objects, and the numbers that nobody may see in full."""

    town: Unit
    department: Unit
    person: Person
    zone: Zone
    officer: Officer
    expert: Expert
    category: Category
    user: User
    notice: Notice
    entry_id: int
    entity_id: int
    contact_id: int
    candidate_id: int
    ticket_number: str
    token_id: int
    remark_id: int
    batch_id: int
    upload_id: int
    filing_id: int
    export_id: int
    listing_id: int
    act_id: int
    attachment_id: int
    job_id: int
    report_id: int
    secret_numbers: set[str] = field(default_factory=set)

    def arguments(self, route: Route) -> dict[str, Any]:
        """Return the parameters of a route, filled with the world's objects."""
        return {name: self._value(route, name) for name in route.params}

    def _value(self, route: Route, name: str) -> Any:
        if route.name.startswith("tickets:") and name in ("number", "code"):
            # an action that officers, handling units, hub and office share
            return {"number": self.ticket_number, "code": "progress"}[name]
        by_name = {
            "code": self.town.code,
            "unit_code": self.town.code,
            "key": "a" * 8,
            "kind": "person",
            "field": "mobile",
            "topic": "officer",
            "year": 2026,
            "day": date(2026, 3, 18),
            "app_label": "roster",
            "content_type_id": 1,
            "url": "roster/",
            "object_id": self._admin_object(route),
            "officer": self.officer.pk,
            "officer_pk": self.officer.pk,
            "expert": self.expert.pk,
            "zone": self.zone.pk,
            "zone_pk": self.zone.pk,
            "person": self.person.pk,
            "state": "dead",
            "which": "mobile",
            "check": "no_zone",
            "number": "0301-01" if route.name.startswith("handbook:") else self.ticket_number,
            "appendix": "2",
        }
        if route.name == "filings:rows":
            by_name["kind"] = "changes"
        if route.name == "dashboards:report-file":
            by_name["kind"] = "xlsx"
        if route.name in ("dashboards:metric", "api:metric"):
            by_name["code"] = "K01"
        return by_name[name] if name in by_name else self._pk(route)

    def _admin_object(self, route: Route) -> Any:
        for model in ("zone", "officer", "expert", "category", "unit", "person", "team"):
            if f"roster_{model}_" in route.name:
                return getattr(self, "town" if model == "unit" else model, self.person).pk
        if "handbook_entry" in route.name:
            return Entry.objects.get(number="0301-01").pk
        if "filings_filing" in route.name:
            return self.filing_id
        return self.entity_id if "registry_businessentity" in route.name else 1

    def _pk(self, route: Route) -> int:
        """Return the key of the object that stands for a route: by its name, else by its app."""
        name = route.name
        exact = {
            "accounts:token-revoke": self.token_id,
            "registry:candidate": self.candidate_id,
            "registry:contact-state": self.contact_id,
            "handbook:batch": self.batch_id,
            "tickets:download": self.job_id,
            "tickets:stop-export": self.job_id,
            "filings:export-file": self.export_id,
            "filings:apply-all": self.upload_id,
            "regulator:act-undo": self.act_id,
            "regulator:act-resume": self.act_id,
        }
        by_start = {
            "api:": self.entity_id,
            "registry:": self.entity_id,
            "handbook:": self.remark_id,
            "filings:upload": self.upload_id,
            "filings:": self.filing_id,
            "regulator:": self.listing_id,
            "tickets:file": self.attachment_id,
            "dashboards:report": self.report_id,
            "accounts:user": self.user.pk,
            "audit:": self.entry_id,
            "notices:": self.notice.pk,
            "roster:officer": self.zone.pk,  # officers are addressed within their zone
        }
        if name in exact:
            return exact[name]
        found = [pk for start, pk in by_start.items() if name.startswith(start)]
        found += [getattr(self, word).pk for word in ("zone", "expert", "person") if word in name]
        return int(found[0] if found else self.person.pk)


def _ticket(entity: BusinessEntity, writer: User, lead: Unit) -> tuple[Ticket, Attachment]:
    """Register a request with a file, pass it on and dispatch it to a department."""
    now = timezone.now()
    hub = User.objects.create(
        username="world-hub", name="孙九", unit=Unit.objects.get(is_hub=True), opened_at=now
    )
    RoleRow.objects.create(user=hub, role="HUB_CHIEF")
    data = {"content": "世界面馆想在门前摆两张桌子，问要不要审批。", "source": "VISIT"}
    made = register(enterprise=Enterprise(entity=entity), by=writer, now=now, data=data)
    file = attach(ticket=made, name="申请.pdf", content=b"%PDF-1.4 world", by=writer, now=now)
    handing = {"tried": "已查了手册", "reason": "要主管部门定", "collected_via": "HOTLINE"}
    perform(ticket=made, action="escalate_hub", by=writer, now=now, data=handing)
    perform(ticket=made, action="dispatch", by=hub, now=now, data={"lead": lead})
    return made, file


def build_world() -> World:
    """Make the objects: a township with a zone, a department with an expert, an account."""
    from apps.audit.actions import record

    town, department = Unit.objects.get(name="渔阳镇"), Unit.objects.get(name="区住房建设委")
    secret = [f"1390000{number:04d}" for number in range(7001, 7005)]
    person = Person.objects.create(unit=town, name="周四", title="经发办干部", mobile=secret[0])
    leader = Person.objects.create(
        unit=town, name="吴五", title="副镇长", mobile=secret[1], is_division_level=True
    )
    skilled = Person.objects.create(unit=department, name="郑六", title="科长", mobile=secret[2])
    team, _made = Team.objects.get_or_create(unit=town)
    Team.objects.filter(pk=team.pk).update(leader=leader)
    zone = Zone.objects.create(unit=town, name="世界片区", order=99, boundary="东至一路")
    officer = Officer.objects.create(person=person, zone=zone, since_on=DAY)
    expert = Expert.objects.create(person=skilled, unit=department, rank="EXPERT", since_on=DAY)
    user = User.objects.create(
        username="world", name="王七", unit=town, opened_at=timezone.now(), password="!"
    )
    RoleRow.objects.create(user=user, role="OFFICER")
    notice = Notice.objects.create(
        user=user, kind="TEST", title="通知", key="world", created_at=timezone.now()
    )
    entry = record(action="test.world", by=None, target=zone, label="世界片区")
    category = Category.objects.filter(parent__isnull=False).order_by("pk").first()
    assert category is not None
    entity, _twin = (
        add_entity(
            unit=town,
            data=EntityData(name=name, principal="冯八", zone=zone, contacts=(NewContact(number),)),
            by=None,
            now=timezone.now(),
        )
        for name, number in (("世界面馆", "13900007005"), ("世界面馆一店", "13900007006"))
    )
    candidate = MergeCandidate.objects.get()
    ticket, attachment = _ticket(entity, user, department)
    token, _ = make_token(
        user=user, name="世界", scopes=["tickets:read"], days=1, by=user, now=timezone.now()
    )
    handbook_entry = Entry.objects.get(number="0301-01")
    now = timezone.now()
    remark = send_remark(entry=handbook_entry, kind="ERROR", text="窗口电话变了", by=user, now=now)
    batch = keep_import(file_name="world.xlsx", raw=b"", rows=[], by=user, now=now)
    upload, filing, made = _filed(town, user)
    listing, act = _compared(town, user)
    job = Job.objects.create(
        kind="tickets.export", asked_by="hub-chief", asked_at=timezone.now(), payload={}
    )
    return World(
        town=town,
        department=department,
        person=person,
        zone=zone,
        officer=officer,
        expert=expert,
        category=category,
        user=user,
        notice=notice,
        entry_id=int(entry.pk),
        entity_id=int(entity.pk),
        contact_id=int(entity.contacts.get().pk),
        candidate_id=int(candidate.pk),
        ticket_number=str(ticket.number),
        token_id=int(token.pk),
        remark_id=int(remark.pk),
        batch_id=int(batch.pk),
        upload_id=upload.pk,
        filing_id=filing.pk,
        export_id=made.pk,
        listing_id=listing.pk,
        act_id=act.pk,
        attachment_id=int(attachment.pk),
        job_id=int(job.pk),
        report_id=draft(kind="MONTH", day=now.date(), by=user, now=now).pk,
        secret_numbers={*secret, "13900007005", "13900007006", "13900007007"},
    )


def _filed(town: Unit, user: User) -> tuple[Upload, Filing, ExportedFile]:
    """File an Appendix 2 of the township with a mistake in it, and order an export."""
    now = timezone.now()
    rows = [
        EntityRow(0, "", "世界面馆", "ENTERPRISE", "冯九", ("13900007007",)),
        EntityRow(0, "", "世界粮店", "INDIVIDUAL", "冯九", ("1390000700",)),
    ]
    target = io.BytesIO()
    write_xlsx.write(target, [Form(Appendix.ENTITIES, town.name, DAY, entities=rows)])
    upload = filings.receive(
        raw=target.getvalue(), name="世界.xlsx", default_unit=town, by=user, now=now
    )
    filings.start_reading(upload=upload, by=None, now=now)
    wanted = Wanted([town], "2")
    made = filings.start_export(wanted=wanted, purpose="测试", by=user, now=now)
    return upload, Filing.objects.get(upload=upload), made


def _compared(town: Unit, user: User) -> tuple[RegistrationList, ListAct]:
    """A registration list of the township with one difference that was looked into."""
    now = timezone.now()
    listing = RegistrationList.objects.create(
        name="世界名单.xlsx", size=1, unit=town, uploaded_by=user, uploaded_at=now,
        compared_at=now, state="COMPARED",
    )  # fmt: skip
    act = ListAct.objects.create(
        listing=listing, what="KEEP", owner=town, by=user, at=now, count=1, state="DONE"
    )
    Difference.objects.create(listing=listing, kind="MISSING", unit=town, name="世界油坊")
    return listing, act
