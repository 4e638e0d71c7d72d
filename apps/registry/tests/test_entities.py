"""Entities, contacts, status, zones: what the actions write and refuse; the constraints."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.core.phones import search_index
from apps.registry import actions
from apps.registry.models import BusinessEntity, Contact, NameIndex
from apps.registry.tests.builders import CODE, data, entity_of, number_of, unit_of, zone_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()


class TestAddEntity:
    def test_keeps_facts_with_source_and_day(self, team_leader):
        zone = zone_of()
        made = entity_of(
            principal="王七", zone=zone, credit_code=CODE, phones=["154 0000 0001"], by=team_leader
        )
        made.refresh_from_db()
        today = timezone.localdate().isoformat()
        assert made.sources["principal"] == ["MANUAL", today]
        assert made.sources["zone"] == ["MANUAL", today]
        assert "address" not in made.sources
        assert made.kind == "ENTERPRISE"  # told by the code
        assert (made.has_phone, made.has_dead_phone, made.has_bad_code) == (True, False, False)
        assert made.contacts.get().phone == "15400000001"
        assert made.name_index.plain == "宏远建材有限公司"

    def test_is_recorded_without_the_number(self, team_leader):
        entity_of(phones=[number_of(1)], by=team_leader)
        entry = AuditEntry.objects.get(action="registry.entity.add")
        assert entry.actor == "teamleader"
        assert entry.changes["电话"] == ["", "154****0001"]
        assert number_of(1) not in str(entry.changes)

    def test_flags_a_wrong_code_and_keeps_it(self):
        made = entity_of(credit_code=CODE[:-1] + "0")
        assert made.has_bad_code
        assert made.credit_code.endswith("0")

    @pytest.mark.parametrize("again", ["宏远建材有限公司", "天津市蓟州区 宏远建材有限公司"])
    def test_refuses_a_namesake_of_the_township(self, again):
        entity_of(principal="王七")
        with pytest.raises(DomainError, match=r"已有同名.*王七") as refusal:
            entity_of(again)
        assert refusal.value.field == "name"

    def test_takes_a_namesake_that_is_another_with_its_address(self):
        entity_of()
        with pytest.raises(DomainError, match="填经营地址"):
            entity_of(is_twin=True)
        twin = entity_of(is_twin=True, address="二路 2 号")
        assert twin.twin_no == 1

    def test_takes_a_namesake_elsewhere(self):
        entity_of()
        assert entity_of(unit="下营镇").twin_no == 0

    def test_refuses_departments_foreign_zones_and_nameless_ones(self):
        with pytest.raises(DomainError, match="乡镇"):
            entity_of(unit="区水务局")
        with pytest.raises(DomainError, match="本乡镇"):
            entity_of(zone=zone_of(unit_of("下营镇")))
        with pytest.raises(DomainError, match="名称"):
            entity_of(" ")

    def test_refuses_a_number_that_is_none(self):
        with pytest.raises(DomainError, match="11 位"):
            entity_of(phones=["1540000"])


class TestSaveEntity:
    def test_records_before_and_after(self, team_leader, now):
        made = entity_of(principal="王七", phones=[number_of(1)])
        new = data(principal="郑八", phones=[number_of(2)])
        assert actions.save_entity(entity=made, data=new, by=team_leader, now=now)
        entry = AuditEntry.objects.get(action="registry.entity.save")
        assert entry.changes["principal"] == ["王七", "郑八"]
        assert entry.changes["电话"] == ["154****0001", "154****0002"]
        assert [row.phone for row in made.contacts.all()] == [number_of(2)]

    def test_does_nothing_when_nothing_changed(self, now):
        made = entity_of(principal="王七", phones=[number_of(1)])
        same = data(principal="王七", phones=[number_of(1)])
        assert not actions.save_entity(entity=made, data=same, by=None, now=now)
        made.refresh_from_db()
        assert made.version == 1

    def test_refuses_what_was_filled_in_for_an_older_version(self, now):
        made = entity_of()
        actions.save_entity(entity=made, data=data(address="一路"), version=1, by=None, now=now)
        with pytest.raises(DomainError, match="刚刚被别人改过"):
            actions.save_entity(entity=made, data=data(), version=1, by=None, now=now)

    def test_follows_a_new_name_in_the_index(self, now):
        made = entity_of()
        actions.save_entity(entity=made, data=data("山里人家农家院"), by=None, now=now)
        found = NameIndex.objects.filter(tokens__holds=[("人家", False)])
        assert [row.entity_id for row in found] == [made.pk]
        assert not NameIndex.objects.filter(tokens__holds=[("宏远", False)]).exists()

    def test_keeps_the_mark_of_a_dead_number_that_stays(self, now):
        made = entity_of(phones=[number_of(1), number_of(2)])
        first = made.contacts.order_by("order").first()
        actions.mark_phone(contact=first, is_dead=True, by=None, now=now)
        new = data(phones=[number_of(3), number_of(1)])
        actions.save_entity(entity=made, data=new, by=None, now=now)
        assert [(row.phone, row.is_dead) for row in made.contacts.order_by("order")] == [
            (number_of(3), False),
            (number_of(1), True),
        ]

    def test_keeps_at_most_ten_numbers(self, now):
        made = entity_of()
        many = data(phones=[number_of(place) for place in range(11)])
        with pytest.raises(DomainError, match="最多登记 10 个"):
            actions.save_entity(entity=made, data=many, by=None, now=now)


class TestMarkPhone:
    def test_marks_and_takes_back(self, team_leader, now):
        contact = entity_of(phones=[number_of(1)]).contacts.get()
        actions.mark_phone(contact=contact, is_dead=True, by=team_leader, now=now)
        made = BusinessEntity.objects.get()
        assert (made.has_phone, made.has_dead_phone, made.version) == (False, True, 2)
        assert contact.dead_on is not None
        actions.mark_phone(contact=contact, is_dead=False, by=team_leader, now=now)
        made.refresh_from_db()
        assert (made.has_phone, made.has_dead_phone) == (True, False)
        assert AuditEntry.objects.filter(action__startswith="registry.contact").count() == 2


class TestSetStatus:
    def test_moves_out_and_says_where(self, now):
        made = entity_of()
        with pytest.raises(DomainError, match="迁到哪里"):
            actions.set_status(
                entity=made, status="MOVED_OUT", on=date(2026, 3, 1), by=None, now=now
            )
        actions.set_status(
            entity=made,
            status="MOVED_OUT",
            on=date(2026, 3, 1),
            note="迁至宝坻区",
            by=None,
            now=now,
        )
        assert not BusinessEntity.objects.present().exists()
        assert AuditEntry.objects.get(action="registry.entity.moved_out").changes["status"] == [
            "存续",
            "迁出",
        ]

    def test_refuses_the_future_the_same_and_the_unknown(self, now):
        made = entity_of()
        for status, on, words in (
            ("LOST", date(2026, 3, 19), "不能晚于今天"),
            ("ACTIVE", date(2026, 3, 1), "现在已经是"),
            ("SOLD", date(2026, 3, 1), "请选"),
        ):
            with pytest.raises(DomainError, match=words):
                actions.set_status(entity=made, status=status, on=on, by=None, now=now)


class TestAssignZone:
    def test_moves_those_of_the_township_only(self, team_leader, now):
        zone = zone_of()
        here, there = entity_of(), entity_of(unit="下营镇")
        already = entity_of("山里人家", zone=zone)
        pks = [here.pk, there.pk, already.pk]
        assert actions.assign_zone(pks=pks, zone=zone, by=team_leader, now=now) == 1
        here.refresh_from_db()
        assert here.zone == zone
        entry = AuditEntry.objects.get(action="registry.entity.zone")
        assert entry.changes == {"zone": ["", "第一片区"]}

    def test_refuses_a_closed_zone(self, now):
        zone = zone_of()
        zone.is_active = False
        with pytest.raises(DomainError, match="停用"):
            actions.assign_zone(pks=[], zone=zone, by=None, now=now)


class TestConstraints:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("registry_entity_named", {"name": ""}),
            ("registry_entity_kind_known", {"kind": "CLUB"}),
            ("registry_entity_status_known", {"status": "SOLD", "status_on": date(2026, 1, 1)}),
            ("registry_entity_industry_known", {"industry": "Z"}),
            ("registry_entity_status_dated", {"status": "LOST"}),
        ],
    )
    def test_refuse_what_no_entity_is(self, name, values):
        made = entity_of()
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            BusinessEntity.objects.filter(pk=made.pk).update(**values)

    def test_refuse_a_merge_into_itself(self):
        made = entity_of()
        with pytest.raises(IntegrityError, match="not_into_itself"), transaction.atomic():
            BusinessEntity.objects.filter(pk=made.pk).update(merged_into=made.pk)

    def test_refuse_two_live_rows_of_one_key(self):
        one, other = entity_of(), entity_of("山里人家")
        with pytest.raises(IntegrityError), transaction.atomic():
            BusinessEntity.objects.filter(pk=other.pk).update(name_key=one.name_key)
        BusinessEntity.objects.filter(pk=other.pk).update(name_key=one.name_key, merged_into=one)

    def test_refuse_a_number_twice_undated_or_empty(self):
        contact = entity_of(phones=[number_of(1)]).contacts.get()
        rows = Contact.objects.filter(pk=contact.pk)
        with pytest.raises(IntegrityError, match="dead_dated"), transaction.atomic():
            rows.update(is_dead=True)
        with pytest.raises(IntegrityError, match="numbered"), transaction.atomic():
            rows.update(phone="")
        with pytest.raises(IntegrityError, match="source_known"), transaction.atomic():
            rows.update(source="RUMOUR")
        with pytest.raises(IntegrityError), transaction.atomic():
            Contact.objects.create(entity=contact.entity, phone=number_of(1))
        assert contact.phone_index == search_index(number_of(1))


class TestVisibility:
    @pytest.mark.parametrize(
        ("role", "unit", "sees", "edits"),
        [
            ("OFFICER", "渔阳镇", 1, 1),
            ("TEAM_LEADER", "下营镇", 0, 0),
            ("COMMISSIONER", "区水务局", 0, 0),
            ("LEADER", None, 0, 0),
            ("SYSADMIN", None, 0, 0),
        ],
    )
    def test_follows_the_role_and_the_township(self, make_user, role, unit, sees, edits):
        entity_of()
        user = make_user(role, unit=unit)
        assert BusinessEntity.objects.visible_to(user).count() == sees
        assert BusinessEntity.objects.editable_by(user).count() == edits

    def test_is_the_whole_district_for_hub_and_office(self, make_user, office_chief):
        entity_of()
        entity_of(unit="下营镇")
        hub = make_user("HUB_DISPATCHER", unit="区网格化管理中心")
        assert BusinessEntity.objects.visible_to(hub).count() == 2
        assert BusinessEntity.objects.editable_by(hub).count() == 0
        assert BusinessEntity.objects.editable_by(office_chief).count() == 2

    def test_takes_in_the_entities_of_a_departments_cases(self, commissioner, monkeypatch):
        from apps.registry import links

        made, _other = entity_of(), entity_of("山里人家")
        monkeypatch.setattr(links, "_cases", [])
        links.register_cases(lambda user: BusinessEntity.objects.filter(pk=made.pk).values("pk"))
        assert list(BusinessEntity.objects.visible_to(commissioner)) == [made]


def test_a_week_is_the_window_for_taking_a_merge_back():
    assert timedelta(days=7) == actions.UNDO_WINDOW
