"""The check of the chain finds whatever was done to it, and says where."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.audit import actions, queries, triggers
from apps.audit.choices import AnchorKind, Break
from apps.audit.models import AuditAnchor, AuditEntry, AuditSeal, PendingSeal
from apps.audit.testing import unprotected
from apps.audit.tests.factories import aged, entries, sealed

pytestmark = pytest.mark.django_db
ROWS = 240
LATER = timedelta(minutes=5)
FLIPS = {
    "at": lambda entry: entry.at + timedelta(microseconds=1),
    "actor_id": lambda entry: "99",
    "actor": lambda entry: "other",
    "actor_name": lambda entry: "别人",
    "actor_unit": lambda entry: "别处",
    "ip": lambda entry: "10.9.9.9",
    "request_id": lambda entry: "ffff0000",
    "action": lambda entry: "x.other",
    "target_type": lambda entry: "roster.unit",
    "target_id": lambda entry: "1",
    "target_label": lambda entry: "另一个",
    "outcome": lambda entry: "DENIED",
    "changes": lambda entry: {"name": ["甲", "丙"]},
    "note": lambda entry: "改过",
    "batch_size": lambda entry: 2,
}


@pytest.fixture
def chain(db, monkeypatch):
    """240 sealed entries, read in pieces of 50."""
    monkeypatch.setattr(queries, "BATCH", 50)
    return sealed(ROWS, changes={"name": ["甲", "乙"]})


def found(now):
    report = queries.verify(now=now + LATER)
    return report.problem and (report.problem.kind, report.problem.seq, report.problem.entry_id)


class TestGoodChain:
    def test_is_found_good(self, chain, now):
        report = queries.verify(now=now + LATER)
        assert (report.is_good, report.checked, report.until_seq) == (True, ROWS, ROWS)
        assert "完好" in report.text

    def test_may_be_empty(self, now):
        assert queries.verify(now=now).is_good

    def test_has_young_entries_that_wait_for_their_seal(self, chain, now):
        entries(2)
        report = queries.verify(now=now)
        assert (report.is_good, report.waiting) == (True, 2)

    def test_is_read_in_pieces(self, chain, now, django_assert_max_num_queries):
        with django_assert_max_num_queries(40):
            queries.verify(now=now)

    def test_calls_back_after_each_piece(self, chain, now):
        steps = []
        queries.verify(now=now, beat=steps.append)
        assert steps == [50, 100, 150, 200, 240]


@pytest.mark.parametrize("place", [1, 2, 50, 51, 137, ROWS - 1, ROWS])
class TestTampering:
    def test_names_an_entry_that_was_changed(self, chain, now, place):
        with unprotected():
            AuditEntry.objects.filter(pk=chain[place - 1].pk).update(note="改过")
        assert found(now) == (Break.CONTENT_CHANGED, place, chain[place - 1].pk)

    def test_names_an_entry_that_was_deleted(self, chain, now, place):
        with unprotected():
            AuditEntry.objects.filter(pk=chain[place - 1].pk).delete()
        assert found(now) == (Break.ENTRY_DELETED, place, chain[place - 1].pk)

    def test_names_a_seal_that_was_deleted(self, chain, now, place):
        with unprotected():
            AuditSeal.objects.filter(seq=place).delete()
        expected = (
            (Break.SEQ_GAP, place, None)
            if place < ROWS
            else (Break.SEAL_MISSING, None, chain[-1].pk)
        )
        assert found(now) == expected

    def test_names_a_link_whose_hash_was_changed(self, chain, now, place):
        with unprotected():
            AuditSeal.objects.filter(seq=place).update(hash="f" * 64)
        assert found(now) == (Break.CONTENT_CHANGED, place, chain[place - 1].pk)

    def test_names_a_link_whose_time_was_changed(self, chain, now, place):
        with unprotected():
            AuditSeal.objects.filter(seq=place).update(sealed_at=now - timedelta(days=1))
        assert found(now) == (Break.CONTENT_CHANGED, place, chain[place - 1].pk)

    def test_names_a_link_that_was_forged_with_a_fitting_hash(self, chain, now, place):
        """Whoever changes an entry and computes its hash anew breaks the next link."""
        from apps.audit import chain as links

        seal = AuditSeal.objects.get(seq=place)
        entry = AuditEntry.objects.get(pk=seal.entry_id)
        entry.note = "改过"
        forged = links.link_hash(
            links.content(entry), seq=place, prev=seal.prev_hash, sealed_at=seal.sealed_at
        )
        if place == ROWS:  # the newest link has no next one: its outside anchor shows it
            actions.anchor(now=now)
        with unprotected():
            AuditEntry.objects.filter(pk=entry.pk).update(note="改过")
            AuditSeal.objects.filter(seq=place).update(hash=forged)
        expected = (
            (Break.ORDER, place + 1, chain[place].pk)
            if place < ROWS
            else (Break.ANCHOR_MISMATCH, ROWS, chain[-1].pk)
        )
        assert found(now) == expected


class TestReordering:
    def test_names_the_first_of_two_swapped_entries(self, chain, now):
        one, two = chain[99], chain[100]
        with unprotected():
            spare = 10**9
            AuditSeal.objects.filter(seq=100).update(entry_id=spare)
            AuditSeal.objects.filter(seq=101).update(entry_id=one.pk)
            AuditSeal.objects.filter(seq=100).update(entry_id=two.pk)
        assert found(now) == (Break.CONTENT_CHANGED, 100, two.pk)

    def test_names_the_first_of_two_swapped_links(self, chain, now):
        with unprotected():
            AuditSeal.objects.filter(seq=100).update(seq=10**9)
            AuditSeal.objects.filter(seq=101).update(seq=100)
            AuditSeal.objects.filter(seq=10**9).update(seq=101)
        assert found(now) == (Break.ORDER, 100, chain[100].pk)

    def test_names_entries_that_exchanged_their_texts(self, chain, now):
        with unprotected():
            AuditEntry.objects.filter(pk=chain[9].pk).update(target_label="片区 10")
            AuditEntry.objects.filter(pk=chain[10].pk).update(target_label="片区 9")
        assert found(now) == (Break.CONTENT_CHANGED, 10, chain[9].pk)


class TestInsertion:
    def test_names_an_entry_that_nobody_recorded(self, chain, now):
        fields = {name: getattr(chain[0], name) for name in ("at", "action", "target_label")}
        forged = AuditEntry.objects.create(**{**fields, "at": now - LATER})
        assert found(now) == (Break.SEAL_MISSING, None, forged.pk)

    def test_names_an_entry_that_was_put_into_a_gap(self, now):
        _, gap, _ = entries(3)
        with unprotected():
            AuditEntry.objects.filter(pk=gap.pk).delete()
        actions.seal(now=now)
        AuditEntry.objects.create(pk=gap.pk, at=now - LATER, action="x.y")
        assert found(now) == (Break.SEAL_MISSING, None, gap.pk)

    def test_names_a_link_that_was_put_between(self, chain, now):
        AuditEntry.objects.create(pk=10**9, at=now, action="x.y")
        with unprotected():
            AuditSeal.objects.filter(seq=ROWS).update(seq=ROWS + 1)
            AuditSeal.objects.create(
                seq=ROWS, entry_id=10**9, prev_hash="0" * 64, hash="1" * 64, sealed_at=now
            )
        assert found(now) == (Break.ORDER, ROWS, 10**9)


class TestCutTail:
    def test_is_found_through_an_anchor(self, chain, now):
        actions.anchor(now=now)
        with unprotected():
            AuditSeal.objects.filter(seq__gt=ROWS - 3).delete()
            AuditEntry.objects.filter(pk__gt=chain[-4].pk).delete()
        assert found(now) == (Break.TAIL_CUT, ROWS - 2, None)

    def test_is_found_when_nothing_is_left(self, chain, now):
        actions.anchor(now=now)
        with unprotected():
            AuditSeal.objects.all().delete()
            AuditEntry.objects.all().delete()
        assert found(now) == (Break.TAIL_CUT, 1, None)


class TestEveryField:
    def test_is_covered_by_these_tests(self):
        assert {field.name for field in AuditEntry._meta.fields} - {"id"} == set(FLIPS)

    @pytest.mark.parametrize("name", FLIPS)
    def test_is_part_of_the_seal(self, name, now):
        made = sealed(3, changes={"name": ["甲", "乙"]})
        with unprotected():
            AuditEntry.objects.filter(pk=made[1].pk).update(**{name: FLIPS[name](made[1])})
        assert found(now) == (Break.CONTENT_CHANGED, 2, made[1].pk)

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL refuses broken JSON")
    @pytest.mark.parametrize(("column", "junk"), [("changes", "{broken"), ("at", "junk")])
    def test_may_be_unreadable_and_is_named(self, column, junk, now):
        made = sealed(3)
        with unprotected(), connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints=ON")
            cursor.execute(
                f"UPDATE audit_auditentry SET {column} = %s WHERE id = %s",  # noqa: S608
                [junk, made[1].pk],
            )
            cursor.execute("PRAGMA ignore_check_constraints=OFF")
        assert found(now) == (Break.CONTENT_CHANGED, 2, made[1].pk)


class TestUnsealed:
    def test_is_named_after_a_minute(self, now):
        (entry,) = entries(1)
        aged(entry, 61)
        report = queries.verify(now=now)
        assert (report.problem.kind, report.problem.entry_id) == (Break.UNSEALED, entry.pk)

    def test_is_named_when_its_waiting_mark_was_removed(self, now):
        made = entries(3)
        PendingSeal.objects.filter(pk=made[1].pk).delete()
        actions.seal(now=now)
        assert found(now) == (Break.SEAL_MISSING, None, made[1].pk)


class TestTriggersGone:
    def test_is_reported(self, now):
        sealed(1)
        triggers.remove(connection)
        try:
            report = queries.verify(now=now)
        finally:
            triggers.install(connection)
        assert report.problem.kind == Break.TRIGGERS_MISSING


class TestAnchors:
    def test_that_do_not_fit_are_named(self, chain, now):
        AuditAnchor.objects.create(kind=AnchorKind.DAILY, made_at=now, seq=7, hash="a" * 64)
        assert found(now) == (Break.ANCHOR_MISMATCH, 7, chain[6].pk)
