"""Rotation of the field keys: every value rewritten, indexes kept, interruptible."""

import io

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core.crypto import keyring
from apps.core.errors import DomainError
from jizhou_service import rotation, running
from jizhou_service.tests.backups.samples import add_person


@pytest.mark.django_db
class TestRotation:
    def stored(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT mobile, mobile_index FROM roster_person ORDER BY id")
            return cursor.fetchall()

    def test_rewrites_every_value_in_chunks_and_keeps_the_indexes(self, own_folders, monkeypatch):
        monkeypatch.setattr(rotation, "CHUNK", 2)
        people = [add_person(f"1390000000{number}") for number in range(5)]
        before = self.stored()
        out = io.StringIO()
        call_command("rotate_field_keys", stdout=out)
        after = self.stored()
        assert keyring().active == "k2"
        assert all(value.startswith("k1:") for value, _ in before)
        assert all(value.startswith("k2:") for value, _ in after)
        assert [index for _, index in before] == [index for _, index in after]
        people[3].refresh_from_db()
        assert people[3].mobile == "13900000003"
        assert "名册人员的手机：重新加密 5 个" in out.getvalue()

    def test_goes_on_after_an_interruption_without_another_key(self, own_folders):
        add_person("13900000001")
        rotation.add_key()  # interrupted right here
        add_person("13900000002")
        call_command("rotate_field_keys", stdout=io.StringIO())
        assert set(keyring().keys) == {"k1", "k2"}
        assert set(rotation.in_use()) == {"k2"}
        assert rotation.reencrypt(lambda label, count: None) == 0

    def test_drops_old_keys_only_when_nothing_needs_them(self, own_folders):
        add_person("13900000001")
        rotation.add_key()
        with pytest.raises(DomainError, match="还有内容使用旧密钥 k1（1 个）"):
            rotation.drop_old()
        rotation.reencrypt(lambda label, count: None)
        assert rotation.drop_old() == ["k1"]
        lines = (own_folders / "secrets" / "field_keys").read_text().split()
        assert [line.split(":")[0] for line in lines] == ["k2", "index"]
        assert (own_folders / "secrets" / "field_keys").stat().st_mode & 0o777 == 0o600

    def test_refuses_while_the_product_runs(self, own_folders):
        errors = io.StringIO()
        with running.hold(), pytest.raises(SystemExit):
            call_command("rotate_field_keys", stderr=errors)
        assert "请先停止再轮换密钥" in errors.getvalue()

    def test_covers_every_encrypted_column(self):
        from django.apps import apps

        secret = {
            (model._meta.db_table, field.column)
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.local_fields
            if getattr(field, "is_secret", False)
        }
        found = {(column.table, column.name) for column in rotation.encrypted_columns()}
        assert found == secret
        assert len(found) >= 2
