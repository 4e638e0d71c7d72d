"""The merge queue: what is suspected, merged, taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core.errors import DomainError
from apps.registry import actions, links
from apps.registry.models import BusinessEntity, EntityLabel, Merge, MergeCandidate
from apps.registry.tests.builders import CODE, entity_of, facts_of, number_of, unit_of, zone_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Two entries of one firm; the second knows more."""
    zone = zone_of()
    one = entity_of(principal="王七", phones=[number_of(1)])
    other = entity_of(
        "宏远建材公司",
        principal="王七",
        credit_code=CODE,
        zone=zone,
        phones=[number_of(1), number_of(2)],
        labels=(EntityLabel.objects.get(code="specialised"),),
    )
    return one, other


class TestSuspect:
    def test_queues_near_names_of_one_principal(self, pair):
        found = MergeCandidate.objects.get()
        assert (found.first, found.second, found.reason) == (*pair, "NAME")

    def test_queues_one_code_in_two_townships(self):
        entity_of(credit_code=CODE)
        entity_of("别的名字", unit="下营镇", credit_code=CODE)
        assert MergeCandidate.objects.get().reason == "CODE"

    @pytest.mark.parametrize(
        "values",
        [
            {"name": "宏远建材公司", "principal": "郑八"},
            {"name": "山里人家农家院", "principal": "王七"},
            {"name": "宏远建材公司", "principal": "王七", "unit": "下营镇"},
        ],
    )
    def test_leaves_others_alone(self, values):
        entity_of(principal="王七")
        entity_of(**values)
        assert not MergeCandidate.objects.exists()

    def test_leaves_two_different_codes_alone(self):
        from apps.registry.tests.builders import OTHER_CODE

        entity_of(principal="王七", credit_code=CODE)
        entity_of("宏远建材公司", principal="王七", credit_code=OTHER_CODE)
        assert not MergeCandidate.objects.exists()

    def test_finds_those_of_an_import_in_a_fixed_number_of_queries(self, django_assert_num_queries):
        unit, now = unit_of(), timezone.now()
        rows = facts_of(30)
        twins = [type(row)(name=f"渔阳{row.name}", principal=row.principal) for row in rows[:10]]
        actions.apply_entities(
            unit=unit, creates=[*rows, *twins], updates=[], by=None, now=now, source="APPENDIX"
        )
        with django_assert_num_queries(6):
            assert actions.suspect_all(unit=unit, now=now) == 10
        assert actions.suspect_all(unit=unit, now=now) == 0


class TestMerge:
    def test_fills_gaps_moves_contacts_and_labels(self, pair, team_leader, now):
        one, other = pair
        actions.merge(kept=one, absorbed=other, by=team_leader, now=now)
        one.refresh_from_db()
        assert one.credit_code == CODE
        assert one.kind == "ENTERPRISE"
        assert one.zone == other.zone
        assert {row.phone for row in one.contacts.all()} == {number_of(1), number_of(2)}
        assert [label.code for label in one.labels.all()] == ["specialised"]
        assert list(BusinessEntity.objects.live()) == [one]
        assert not MergeCandidate.objects.open().exists()
        assert AuditEntry.objects.filter(action="registry.merge").count() == 2

    def test_refuses_itself_and_what_is_merged(self, pair, now):
        one, other = pair
        with pytest.raises(DomainError, match="它自己"):
            actions.merge(kept=one, absorbed=one, by=None, now=now)
        actions.merge(kept=one, absorbed=other, by=None, now=now)
        with pytest.raises(DomainError, match="已经合并"):
            actions.merge(kept=one, absorbed=other, by=None, now=now)

    def test_takes_rows_of_other_apps_along_and_back(self, pair, now, monkeypatch):
        moves = []
        monkeypatch.setattr(links, "_followers", {})
        links.register_follower(
            links.Follower(
                name="cases",
                move=lambda kept, absorbed, at: moves.append((kept, absorbed)) or [7],
                back=lambda kept, absorbed, data, at: moves.append((absorbed, kept, data)),
                used=lambda pks: set(),
            )
        )
        one, other = pair
        made = actions.merge(kept=one, absorbed=other, by=None, now=now)
        actions.unmerge(made=made, by=None, now=now)
        assert moves == [(one.pk, other.pk), (other.pk, one.pk, [7])]


class TestUnmerge:
    def test_puts_everything_back(self, pair, now):
        one, other = pair
        made = actions.merge(kept=one, absorbed=other, by=None, now=now)
        actions.unmerge(made=made, by=None, now=now + timedelta(days=7))
        for row in (one, other):
            row.refresh_from_db()
        assert (one.credit_code, one.zone, one.labels.count()) == ("", None, 0)
        assert [row.phone for row in one.contacts.all()] == [number_of(1)]
        assert other.contacts.count() == 2
        assert other.labels.count() == 1
        assert MergeCandidate.objects.open().count() == 1

    def test_keeps_what_was_edited_since(self, pair, now):
        one, other = pair
        made = actions.merge(kept=one, absorbed=other, by=None, now=now)
        BusinessEntity.objects.filter(pk=one.pk).update(credit_code="91120119MA0ABCD03X")
        actions.unmerge(made=made, by=None, now=now)
        one.refresh_from_db()
        assert one.credit_code == "91120119MA0ABCD03X"

    def test_refuses_after_a_week_and_twice(self, pair, now):
        made = actions.merge(kept=pair[0], absorbed=pair[1], by=None, now=now)
        with pytest.raises(DomainError, match="7 天"):
            actions.unmerge(made=made, by=None, now=now + timedelta(days=7, seconds=1))
        actions.unmerge(made=made, by=None, now=now)
        with pytest.raises(DomainError, match="已经撤销"):
            actions.unmerge(made=made, by=None, now=now)

    def test_refuses_when_the_name_was_taken_meanwhile(self, pair, now):
        made = actions.merge(kept=pair[0], absorbed=pair[1], by=None, now=now)
        entity_of("宏远建材公司", principal="郑八")
        with pytest.raises(DomainError, match="另有一家同名"):
            actions.unmerge(made=made, by=None, now=now)
        made.refresh_from_db()
        assert made.undone_at is None


class TestCallDifferent:
    def test_takes_the_pair_off_for_good(self, pair, now):
        candidate = MergeCandidate.objects.get()
        actions.call_different(candidate=candidate, by=None, now=now)
        actions.suspect(entities=list(pair), now=now)
        assert not MergeCandidate.objects.open().exists()
        with pytest.raises(DomainError, match="刚刚被别人核对"):
            actions.call_different(candidate=candidate, by=None, now=now)


class TestConstraints:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("registry_candidate_reason_known", {"reason": "WHIM"}),
            ("registry_candidate_decided", {"verdict": "MERGED"}),
        ],
    )
    def test_of_candidates_hold(self, pair, name, values):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            MergeCandidate.objects.update(**values)

    def test_of_pairs_hold(self, pair, now):
        one, other = pair
        with pytest.raises(IntegrityError), transaction.atomic():
            MergeCandidate.objects.create(first=one, second=other, reason="NAME", found_at=now)
        with pytest.raises(IntegrityError, match="in_order"), transaction.atomic():
            MergeCandidate.objects.create(first=other, second=one, reason="NAME", found_at=now)

    def test_of_merges_hold(self, pair, now):
        one, other = pair
        Merge.objects.create(kept=one, absorbed=other, at=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            Merge.objects.create(kept=one, absorbed=other, at=now)
        with pytest.raises(IntegrityError, match="of_two"), transaction.atomic():
            Merge.objects.create(kept=one, absorbed=one, at=now)
