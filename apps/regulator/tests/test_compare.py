"""Who is missing, extra, ended, different: each kind, and what must not be said."""

import pytest

from apps.registry.choices import EntityStatus
from apps.registry.models import BusinessEntity
from apps.registry.tests.builders import entity_of, unit_of
from apps.regulator.queries.compare import compare
from apps.regulator.rows import RegisteredEntity
from apps.regulator.tests.builders import code_of

pytestmark = pytest.mark.django_db


def row_of(number, name, **values):
    made = {"row": number, "name": name, "credit_code": code_of(number), "unit_code": "here"}
    return RegisteredEntity(**{**made, **values})


def found_by(rows, *, unit=None, is_complete=True):
    units = {"here": unit_of(), "there": unit_of("邦均镇")}
    return compare(rows, units=units, unit=unit, is_complete=is_complete)


def kinds(result):
    return [(one.kind, one.name) for one in result.found]


class TestKinds:
    def test_whom_both_know_alike_is_only_counted(self):
        entity_of("演示甲有限公司", credit_code=code_of(1), kind="ENTERPRISE")
        result = found_by([row_of(1, "天津市演示甲有限公司", kind="ENTERPRISE")])
        assert (kinds(result), result.same) == ([], 1)

    def test_missing_has_its_township(self):
        (one,) = found_by([row_of(1, "演示甲有限公司")]).found
        assert (one.kind, one.unit_id, one.entity_id) == ("MISSING", unit_of().pk, None)

    def test_extra_are_those_in_business_that_it_leaves_out(self):
        entity_of("演示甲商店")
        gone = entity_of("演示乙粮店")
        BusinessEntity.objects.filter(pk=gone.pk).update(
            status=EntityStatus.CANCELLED, status_on="2026-01-01"
        )
        assert kinds(found_by([])) == [("EXTRA", "演示甲商店")]

    def test_a_part_of_a_list_makes_nobody_extra(self):
        entity_of("演示甲商店")
        assert kinds(found_by([], is_complete=False)) == []

    def test_a_townships_list_says_nothing_about_others(self):
        entity_of("演示甲商店")
        entity_of("演示乙粮店", unit="邦均镇")
        assert kinds(found_by([], unit=unit_of("邦均镇"))) == [("EXTRA", "演示乙粮店")]

    @pytest.mark.parametrize("status", ["CANCELLED", "REVOKED", "MOVED_OUT"])
    def test_ended_ones_that_the_registry_has_in_business(self, status):
        entity_of("演示甲商店", credit_code=code_of(1))
        (one,) = found_by([row_of(1, "演示甲商店", status=status)]).found
        assert one.kind == "CANCELLED"
        assert one.fields == {"status": ("存续", EntityStatus(status).label)}

    def test_ended_ones_that_the_registry_lacks_agree(self):
        result = found_by([row_of(1, "演示甲商店", status="CANCELLED")])
        assert (kinds(result), result.same) == ([], 1)

    def test_a_code_that_the_registry_lacks_is_a_gap(self):
        entity_of("演示甲商店", principal="演示")
        (one,) = found_by([row_of(1, "演示甲商店", principal="演示")]).found
        assert one.kind == "GAPS"
        assert one.fields == {"credit_code": ("", code_of(1))}

    def test_other_facts_are_changes(self):
        entity_of("演示甲商店", credit_code=code_of(1), principal="演示", kind="INDIVIDUAL")
        row = row_of(1, "演示乙粮店", principal="演示明", kind="ENTERPRISE", unit_code="there")
        (one,) = found_by([row]).found
        assert one.kind == "CHANGED"
        assert one.fields == {
            "name": ("演示甲商店", "演示乙粮店"),
            "kind": ("个体工商户", "企业"),
            "principal": ("演示", "演示明"),
            "unit": ("渔阳镇", "邦均镇"),
        }

    def test_a_place_of_business_is_not_the_registered_address(self):
        entity_of("演示甲商店", credit_code=code_of(1), address="市场二号")
        assert kinds(found_by([row_of(1, "演示甲商店", address="一路一号")])) == []

    def test_back_in_business_is_a_change(self):
        gone = entity_of("演示甲商店", credit_code=code_of(1))
        BusinessEntity.objects.filter(pk=gone.pk).update(status="CANCELLED", status_on="2026-01-01")
        (one,) = found_by([row_of(1, "演示甲商店")]).found
        assert one.fields == {"status": ("注销", "存续")}

    def test_a_wrong_code_is_not_taken_over(self):
        entity_of("演示甲商店", principal="演示")
        row = row_of(1, "演示甲商店", credit_code="123", note="信用代码应为 18 位。")
        assert kinds(found_by([row])) == []


class TestTheSameEntity:
    def test_is_known_by_its_code_wherever_it_is(self):
        entity_of("演示甲商店", unit="邦均镇", credit_code=code_of(1))
        (one,) = found_by([row_of(1, "演示甲商店")], unit=unit_of()).found
        assert one.fields == {"unit": ("邦均镇", "渔阳镇")}

    def test_is_not_a_namesake_of_another_township(self):
        entity_of("演示甲商店", unit="邦均镇", principal="演示")
        assert kinds(found_by([row_of(1, "演示甲商店")], is_complete=False)) == [
            ("MISSING", "演示甲商店")
        ]

    def test_cannot_be_told_among_namesakes_without_a_township(self):
        entity_of("演示甲商店", unit="邦均镇")
        entity_of("演示甲商店")
        (one,) = found_by([row_of(1, "演示甲商店", unit_code="")], is_complete=False).found
        assert (one.kind, one.unit_id) == ("MISSING", None)
        assert "2 家同名" in one.note

    def test_that_registered_anew_has_not_ended(self):
        entity_of("演示甲商店")
        rows = [row_of(1, "演示甲商店"), row_of(2, "演示甲商店", status="CANCELLED")]
        assert [kind for kind, _ in kinds(found_by(rows))] == ["GAPS"]

    def test_costs_one_query(self, django_assert_num_queries):
        entity_of("演示甲商店")
        units = {"here": unit_of()}
        rows = [row_of(number, f"演示{number}商店") for number in range(50)]
        with django_assert_num_queries(1):
            compare(rows, units=units, unit=None, is_complete=True)
