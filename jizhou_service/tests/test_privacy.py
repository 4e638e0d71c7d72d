"""No plain phone in the database, a dump, a log or an error page; the search finds a control."""

import io
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apps.core.logs import JsonFormatter
from apps.filings import write_xlsx
from apps.filings.contents import Appendix, EntityRow
from apps.filings.models import Filing
from apps.filings.official import Form
from apps.roster.models import Person, Unit

pytestmark = pytest.mark.django_db
NUMBERS = [f"1391234{number:04d}" for number in range(200)]
CONTROL = "13999990000"


@pytest.fixture
def planted():
    """200 people with phones, written the way the product writes them."""
    unit = Unit.objects.get(name="渔阳镇")
    Person.objects.bulk_create(
        Person(unit=unit, name=f"演示{index}", mobile=number)
        for index, number in enumerate(NUMBERS)
    )


def database_text():
    """Every text of every table, as it lies on the disk."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            texts += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(texts)


def count(text):
    return sum(number in text for number in NUMBERS)


def filed(client, rows, name):
    """Upload an Appendix 2 and write it."""
    target = io.BytesIO()
    form = Form(Appendix.ENTITIES, "渔阳镇", timezone.localdate(), entities=rows)
    write_xlsx.write(target, [form])
    client.post("/imp/new/", {"file": SimpleUploadedFile(name, target.getvalue())})
    filing = Filing.objects.order_by("pk").last()
    client.post(f"/imp/{filing.pk}/apply/")
    return filing


class TestFiledNumbers:
    def test_are_in_no_table_and_in_no_file(self, team_leader, login):
        client = login(team_leader)
        first = [EntityRow(0, "", f"演示{n}店", "", "演示", (NUMBERS[n],)) for n in range(30)]
        second = [EntityRow(0, "", f"演示{n}店", "", "演示", (NUMBERS[n + 40],)) for n in range(30)]
        wrong = EntityRow(0, "", "", "", "演示", (f"{NUMBERS[90]}、1390",))
        filed(client, first, "一.xlsx")
        filing = filed(client, [*second, wrong], "二.xlsx")
        assert filing.changed_count == 30
        client.post(f"/imp/{filing.pk}/correct/", {"cell-36:F": NUMBERS[91]})
        text = database_text()
        assert "演示0店" in text
        assert count(text) == 0
        kept = Path(settings.MEDIA_ROOT, filing.upload.path).read_bytes()
        assert not kept.startswith(b"PK")

    def test_of_an_import_in_the_admin_lie_nowhere(self, office_chief, login):
        client = login(office_chief)
        target = io.BytesIO()
        rows = [EntityRow(0, "", f"演示{n}店", "", "演示", (NUMBERS[n],)) for n in range(5)]
        form = Form(Appendix.ENTITIES, "渔阳镇", timezone.localdate(), entities=rows)
        write_xlsx.write(target, [form])
        file = SimpleUploadedFile("附件2.xlsx", target.getvalue())
        client.post(
            "/admin/filings/filing/import/", {"import_file": file, "format": "0", "resource": "0"}
        )
        kept = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
        assert len(kept) >= 2
        assert not any(path.read_bytes().startswith(b"PK") for path in kept)


class TestPlainNumbers:
    def test_are_in_no_table(self, planted, officer, login):
        client = login(officer)
        person = Person.objects.get(name="演示0")
        client.post(f"/reveal/person/{person.pk}/mobile/", {"reason": "CONTACT"})
        client.get("/search/", {"q": NUMBERS[1]})
        assert count(database_text()) == 0

    def test_would_be_found_if_they_were(self, planted):
        Unit.objects.filter(name="渔阳镇").update(duties=f"联系 {CONTROL}")
        assert CONTROL in database_text()

    def test_are_in_no_dump_and_come_back_from_it(self, planted):
        from django.core import serializers

        out = io.StringIO()
        call_command("dumpdata", "roster.person", stdout=out)
        assert out.getvalue().count("演示") >= len(NUMBERS)
        assert count(out.getvalue()) == 0
        people = [row.object for row in serializers.deserialize("json", out.getvalue())]
        assert {person.mobile for person in people if person.name.startswith("演示")} == set(
            NUMBERS
        )

    def test_are_in_no_log_line(self, planted, officer, login, caplog):
        client = login(officer)
        client.raise_request_exception = False
        with caplog.at_level(logging.DEBUG):
            client.get("/search/", {"q": NUMBERS[2]})
            client.get(f"/teams/{NUMBERS[3]}/")
            client.post("/drafts/", {"form": "x", "content": NUMBERS[4]})
        lines = "\n".join(JsonFormatter().format(record) for record in caplog.records)
        assert caplog.records
        assert count(lines) == 0

    def test_are_on_no_error_page(self, planted, officer, login):
        client = login(officer)
        client.raise_request_exception = False
        person = Person.objects.get(name="演示5")
        pages = {
            "/nothing/": 404,
            "/zones/999999999/": 404,
            "/set/users/": 403,
            f"/reveal/person/{person.pk}/name/": 404,
        }
        for address, status in pages.items():
            response = client.get(address)
            assert response.status_code == status
            assert count(response.content.decode()) == 0
