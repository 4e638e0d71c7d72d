"""What is asked of a restored database."""

import pytest
from django.db import connection

from jizhou_service.backups.examine import examine
from jizhou_service.tests.backups.samples import NOW, add_person


@pytest.mark.django_db
class TestExamine:
    def test_finds_facts_keys_and_the_chain(self, own_folders):
        add_person("13900000001")
        found = examine(NOW)
        assert found["decrypted"] >= 1
        assert (found["undecryptable"], found["missing_keys"]) == ([], [])
        assert found["unknown_migrations"] == []
        assert found["facts"]["field_keys"] == {"k1": 1}
        assert found["audit"]["ok"] is True

    def test_names_a_key_that_is_missing(self, own_folders):
        add_person("13900000001")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE roster_person SET mobile = 'k9:abcd'")
        found = examine(NOW)
        assert found["missing_keys"] == ["k9"]
        assert "名册人员的手机" in found["undecryptable"]
