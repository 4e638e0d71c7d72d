"""Snapshots and differences keep what changed and never a phone or a secret."""

from datetime import date

import pytest
from django.db import models
from django.test.utils import isolate_apps
from django.utils import timezone

from apps.audit.changes import difference, mask_phones, snapshot, stored
from apps.core.fields import EncryptedTextField
from apps.core.models import Heartbeat
from apps.core.phones import PhoneField


@pytest.fixture
def model():
    """A model with every kind of field, outside of the real registry."""
    with isolate_apps("apps.audit"):

        class Sample(models.Model):
            audit_skip = ("initials",)
            name = models.CharField("名称", max_length=600)
            initials = models.CharField(max_length=10, default="")
            kind = models.CharField("种类", max_length=5, choices=[("A", "甲"), ("B", "乙")])
            is_open = models.BooleanField("开放", default=True)
            since_on = models.DateField("起", null=True)
            seen_at = models.DateTimeField("见", null=True)
            mobile = PhoneField("手机", default="")
            secret = EncryptedTextField("密", default="")
            password = models.CharField(max_length=100, default="")
            beat = models.ForeignKey(Heartbeat, models.PROTECT, null=True, verbose_name="心跳")
            data = models.JSONField("数据", default=dict)

            class Meta:
                app_label = "audit"

        yield Sample


def changed(model, before, after):
    return difference(snapshot(model(**before)), snapshot(model(**after)))


class TestDifference:
    def test_keeps_only_what_changed(self, model):
        assert changed(model, {"name": "甲", "kind": "A"}, {"name": "乙", "kind": "A"}) == {
            "name": ["甲", "乙"]
        }

    def test_shows_choices_booleans_dates_and_structures_as_people_read_them(self, model):
        moment = timezone.make_aware(timezone.datetime(2026, 3, 19, 17, 30))
        before = {"kind": "A", "is_open": True, "data": {}}
        after = {
            "kind": "B",
            "is_open": False,
            "since_on": date(2026, 3, 19),
            "seen_at": moment,
            "data": {"b": 1, "a": "甲"},
        }
        assert changed(model, before, after) == {
            "kind": ["甲", "乙"],
            "is_open": ["是", "否"],
            "since_on": ["", "2026-03-19"],
            "seen_at": ["", "2026-03-19 17:30"],
            "data": ["{}", '{"a": "甲", "b": 1}'],
        }

    def test_masks_phones(self, model):
        assert changed(model, {"mobile": "13900000001"}, {"mobile": "13900000002"}) == {
            "mobile": ["139****0001", "139****0002"]
        }

    def test_says_that_a_phone_changed_behind_the_same_mask(self, model):
        assert changed(model, {"mobile": "13900000001"}, {"mobile": "13911110001"}) == {
            "mobile": ["139****0001", "139****0001（号码已变）"]
        }

    def test_leaves_the_index_columns_and_the_skipped_ones_out(self, model):
        before, after = {"mobile": ""}, {"mobile": "13900000001", "initials": "abc"}
        assert list(changed(model, before, after)) == ["mobile"]

    def test_never_shows_a_secret_or_a_password(self, model):
        found = changed(
            model,
            {"secret": "", "password": "hash-one"},
            {"secret": "很秘密", "password": "hash-two"},
        )
        assert found == {
            "secret": ["", "（已加密）"],
            "password": ["（已加密）", "（已加密）（已更改）"],
        }

    def test_never_prints_what_it_compares(self, model):
        text = repr(snapshot(model(mobile="13900000001", secret="很秘密", password="hash-one")))
        assert "13900000001" not in text
        assert "很秘密" not in text
        assert "hash-one" not in text

    def test_cuts_long_texts_and_says_when_only_the_rest_differs(self, model):
        found = changed(model, {"name": "长" * 600}, {"name": "长" * 599 + "短"})
        assert len(found["name"][0]) == 500
        assert found["name"][1].endswith("…（后文有改动）")

    def test_shows_everything_that_a_new_object_has(self, model):
        found = difference(snapshot(None), snapshot(model(name="甲", kind="A")))
        assert found["name"] == ["", "甲"]
        assert "since_on" not in found

    def test_shows_everything_that_a_deleted_object_had(self, model):
        assert difference(snapshot(model(name="甲")), snapshot(None))["name"] == ["甲", ""]

    @pytest.mark.django_db
    def test_names_related_objects_and_asks_only_for_changed_ones(
        self, model, django_assert_num_queries
    ):
        one = Heartbeat.objects.create(name="甲", beat_at=timezone.now())
        two = Heartbeat.objects.create(name="乙", beat_at=timezone.now())
        with django_assert_num_queries(2):
            assert changed(model, {"beat_id": one.pk}, {"beat_id": two.pk}) == {
                "beat": ["甲", "乙"]
            }
        with django_assert_num_queries(0):
            assert changed(model, {"beat_id": one.pk}, {"beat_id": one.pk}) == {}
            assert changed(model, {"beat": one}, {"beat": two}) == {"beat": ["甲", "乙"]}
        assert changed(model, {"beat_id": 10**6}, {"beat": two})["beat"][0] == "（编号 1000000）"


@pytest.mark.django_db
class TestStored:
    def test_reads_the_row_not_the_object_in_memory(self):
        beat = Heartbeat.objects.create(name="旧", beat_at=timezone.now())
        beat.name = "新"
        assert difference(stored(beat), snapshot(beat)) == {"name": ["旧", "新"]}

    def test_is_empty_for_a_new_object(self):
        assert stored(Heartbeat(name="新")) == {}

    def test_leaves_deferred_columns_alone(self, django_assert_num_queries):
        Heartbeat.objects.create(name="旧", beat_at=timezone.now())
        beat = Heartbeat.objects.defer("name").get()
        with django_assert_num_queries(0):
            assert list(snapshot(beat)) == ["beat_at"]


class TestMany:
    def test_lists_related_objects(self, model):
        class Rows:
            def __init__(self, *names):
                self.rows = [Heartbeat(pk=number, name=n) for number, n in enumerate(names)]

            def all(self):
                return self.rows

        one, two = model(name="甲"), model(name="甲")
        one.matters, two.matters = Rows("用地"), Rows("用地", "用电")
        found = difference(snapshot(one, many=["matters"]), snapshot(two, many=["matters"]))
        assert found == {"matters": ["用地", "用地、用电"]}


class TestMaskPhones:
    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("13900000001", "139****0001"),
            ("打 13900000001，或 022-28390002", "打 139****0001，或 022-2***0002"),
            ("编号 JZ-2603-01342 不动", "编号 JZ-2603-01342 不动"),
            ("统一代码 911202253000000012", "统一代码 911202253000000012"),
        ],
    )
    def test_masks_phones_and_nothing_else(self, text, masked):
        assert mask_phones(text) == masked
