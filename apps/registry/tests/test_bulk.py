"""The set-wise writer: compare, apply, again, undo."""

import json
from dataclasses import replace

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.registry import actions, links
from apps.registry.facts import EntityFacts
from apps.registry.models import BusinessEntity, Contact, NameIndex
from apps.registry.queries.compare import compare_entities
from apps.registry.tests.builders import CODE, entity_of, facts_of, number_of, unit_of, zone_of

pytestmark = pytest.mark.django_db
SOURCE = "APPENDIX"


def apply(rows, **options):
    """Compare a list with 渔阳镇 and write what it found."""
    unit = unit_of()
    found = compare_entities(unit, rows)
    return found, actions.apply_entities(
        unit=unit,
        creates=[rows[position] for position in found.new],
        updates=found.changed,
        by=None,
        now=timezone.now(),
        source=SOURCE,
        **options,
    )


class TestApply:
    def test_makes_entities_with_contacts_zone_and_index(self):
        zone = zone_of()
        rows = facts_of(3, zone_name="第一片区")
        found, done = apply(rows)
        assert len(found.new) == len(done.created) == 3
        made = BusinessEntity.objects.get(name=rows[1].name)
        assert (made.zone, made.principal, made.kind) == (zone, rows[1].principal, "INDIVIDUAL")
        assert made.has_phone
        assert made.contacts.get().phone == number_of(1)
        assert made.sources["zone"][0] == SOURCE
        assert NameIndex.objects.filter(entity=made, tokens__holds=[("商店", False)]).exists()

    def test_writes_the_same_rows_as_the_form_does(self):
        zone = zone_of()
        row = EntityFacts(
            "天津市宏远建材（渔阳）店", "", "王七", zone.name, (number_of(1),), "一路 1 号", CODE
        )
        _found, done = apply([row])
        typed = entity_of(
            row.name,
            unit="下营镇",
            principal="王七",
            address=row.address,
            credit_code=CODE,
            phones=row.phones,
        )
        typed.refresh_from_db()
        made = BusinessEntity.objects.get(pk=done.created[0][0])
        own = {"id", "unit_id", "zone_id", "sources", "created_at", "changed_at"}
        for field in BusinessEntity._meta.concrete_fields:
            if field.attname not in own:
                assert getattr(made, field.attname) == getattr(typed, field.attname), field
        assert made.sources.keys() == {*typed.sources, "zone"}
        for one, other in ((made.contacts.get(), typed.contacts.get()),):
            for name in ("phone", "phone_index", "phone_tail", "order", "is_dead", "name"):
                assert getattr(one, name) == getattr(other, name)
        for name in ("plain", "initials", "tokens"):
            assert getattr(made.name_index, name) == getattr(typed.name_index, name)

    def test_goes_on_with_the_next_key(self):
        first, second = apply(facts_of(2))[1].created
        later = entity_of("后来的店")
        assert first[0] < second[0] < later.pk

    def test_changes_nothing_the_second_time(self):
        rows = facts_of(5, zone_name=zone_of().name)
        apply(rows)
        found, done = apply(rows)
        assert len(found.unchanged) == 5
        assert [found.new, found.changed, done.created, done.updated] == [[], [], [], []]

    def test_writes_only_what_changed_and_logs_it(self):
        rows = facts_of(5)
        apply(rows)
        rows_before = rows[2].principal
        rows[2] = replace(rows[2], principal="郑八", phones=(number_of(900),))
        found, _done = apply(rows)
        (changed,) = found.changed
        assert changed.fields == {
            "principal": (rows_before, "郑八"),
            "phones": ("154****0002", "154****0900"),
        }
        entry = AuditEntry.objects.get(action="registry.import.change")
        assert entry.changes == {
            "principal": [rows_before, "郑八"],
            "电话": ["154****0002", "154****0900"],
        }
        made = BusinessEntity.objects.get(pk=changed.pk)
        assert made.version == 2
        assert [row.phone for row in made.contacts.all()] == [number_of(900)]

    def test_takes_an_empty_cell_for_no_news(self):
        rows = facts_of(1)
        apply(rows)
        found, _done = apply([EntityFacts(name=rows[0].name)])
        assert found.unchanged == [0]

    def test_leaves_numbers_that_people_entered_and_dead_ones(self):
        made = entity_of("演示商店", phones=[number_of(1)])
        apply([EntityFacts(name="演示商店", phones=(number_of(2),))])
        apply([EntityFacts(name="演示商店", phones=(number_of(3),))])
        numbers = set(Contact.objects.filter(entity=made).values_list("phone", flat=True))
        assert numbers == {number_of(1), number_of(3)}
        listed = made.contacts.get(source=SOURCE)
        actions.mark_phone(contact=listed, is_dead=True, by=None, now=timezone.now())
        found, _done = apply([EntityFacts(name="演示商店", phones=(number_of(1),))])
        assert found.unchanged == [0]

    def test_brings_back_what_was_struck_off(self):
        made = entity_of("演示商店")
        actions.set_status(
            entity=made,
            status="CANCELLED",
            on=timezone.localdate(),
            by=None,
            now=timezone.now(),
        )
        found, _done = apply([EntityFacts(name="演示商店")])
        assert found.changed[0].fields == {"status": ("注销", "存续")}
        made.refresh_from_db()
        assert (made.status, made.status_on) == ("ACTIVE", None)

    def test_does_not_make_a_row_twice_after_a_crash(self):
        rows = facts_of(4)
        now = timezone.now()
        for _ in range(2):
            actions.apply_entities(
                unit=unit_of(), creates=rows, updates=[], by=None, now=now, source=SOURCE
            )
        assert BusinessEntity.objects.count() == 4

    def test_keeps_finished_pieces_and_their_record_when_a_later_one_fails(self, monkeypatch):
        from apps.registry.actions import bulk

        monkeypatch.setattr(bulk, "BATCH", 2)
        monkeypatch.setattr(bulk._pieces, "__defaults__", (2,))
        kept = []

        def note(piece):
            if len(kept) == 2:
                raise RuntimeError
            kept.append(piece)

        with pytest.raises(RuntimeError):
            apply(facts_of(6), on_batch=note)
        assert [len(piece.created) for piece in kept] == [2, 2]
        assert BusinessEntity.objects.count() == 4

    def test_skips_what_somebody_edited_meanwhile(self):
        made = entity_of("演示商店", principal="王七")
        found = compare_entities(unit_of(), [EntityFacts(name="演示商店", principal="郑八")])
        BusinessEntity.objects.filter(pk=made.pk).update(version=9)
        done = actions.apply_entities(
            unit=unit_of(),
            creates=[],
            updates=found.changed,
            by=None,
            now=timezone.now(),
            source=SOURCE,
        )
        assert done.skipped == [made.pk]

    def test_asks_the_database_per_piece_not_per_row(self, django_assert_max_num_queries):
        rows = facts_of(400)
        with django_assert_max_num_queries(30):  # SQLite takes 999 values a statement
            actions.apply_entities(
                unit=unit_of(), creates=rows, updates=[], by=None, now=timezone.now(), source=SOURCE
            )


class TestCompare:
    def test_reports_repeated_rows_unknown_zones_and_the_disappeared(self):
        gone = entity_of("老店", principal="王七")
        rows = facts_of(2, zone_name="第九片区")
        found = compare_entities(unit_of(), [*rows, rows[0]])
        assert found.repeated == [(2, 0)]
        assert found.missing_zones == ["第九片区"]
        assert [(one.pk, one.name, one.principal) for one in found.disappeared] == [
            (gone.pk, "老店", "王七")
        ]

    def test_knows_an_entity_by_its_code_first(self):
        made = entity_of("宏远建材有限公司", credit_code=CODE)
        row = EntityFacts(name="宏远新材料有限公司", credit_code=CODE)
        (changed,) = compare_entities(unit_of(), [row]).changed
        assert changed.pk == made.pk
        assert changed.fields == {"name": ("宏远建材有限公司", "宏远新材料有限公司")}

    def test_tells_namesakes_by_their_principal(self):
        entity_of("惠民商店", principal="王七")
        twin = entity_of("惠民商店", principal="郑八", is_twin=True, address="二路")
        rows = [EntityFacts(name="惠民商店", principal=name) for name in ("王七", "郑八")]
        found = compare_entities(unit_of(), rows)
        assert found.unchanged == [0, 1]
        assert not found.disappeared
        assert twin.twin_no == 1

    def test_reads_a_township_in_four_queries(self, django_assert_num_queries):
        rows = facts_of(50)
        apply(rows)
        unit = unit_of()
        with django_assert_num_queries(4):
            compare_entities(unit, rows)


class TestUndo:
    def undo(self, done):
        stored = json.loads(json.dumps([done.created, done.updated]))
        done.created, done.updated = stored
        return actions.undo_entities(unit=unit_of(), applied=done, by=None, now=timezone.now())

    def test_removes_what_was_made(self):
        _found, done = apply(facts_of(3))
        result = self.undo(done)
        assert len(result.removed) == 3
        for model in (BusinessEntity, Contact, NameIndex):
            assert model.objects.count() == 0

    def test_restores_what_was_changed_with_its_numbers(self):
        rows = facts_of(1)
        apply(rows)
        zone_of()
        new = replace(
            rows[0],
            principal="郑八",
            phones=(number_of(8),),
            zone_name="第一片区",
            kind="ENTERPRISE",
        )
        _found, done = apply([new])
        assert number_of(0) not in json.dumps(done.updated)
        assert len(self.undo(done).reverted) == 1
        found = compare_entities(unit_of(), rows)
        assert found.unchanged == [0]
        made = BusinessEntity.objects.get()
        assert (made.zone, made.principal) == (None, rows[0].principal)

    def test_leaves_what_was_edited_since(self):
        _found, done = apply(facts_of(2))
        BusinessEntity.objects.filter(pk=done.created[0][0]).update(version=2)
        result = self.undo(done)
        assert result.kept == [done.created[0][0]]
        assert result.removed == [done.created[1][0]]

    def test_leaves_what_other_apps_name(self, monkeypatch):
        _found, done = apply(facts_of(2))
        used = done.created[1][0]
        monkeypatch.setattr(links, "used", lambda pks: {used})
        assert self.undo(done).kept == [used]

    def test_brings_a_struck_off_entity_back_to_where_it_was(self):
        made = entity_of("演示商店")
        day = timezone.localdate()
        actions.set_status(entity=made, status="CANCELLED", on=day, by=None, now=timezone.now())
        _found, done = apply([EntityFacts(name="演示商店")])
        self.undo(done)
        made.refresh_from_db()
        assert (made.status, made.status_on) == ("CANCELLED", day)
