"""`manage.py import_appendix`: exit codes, JSON, and that nothing is written without --apply."""

import json

import pytest
from django.core.management import CommandError, call_command

from apps.filings.models import Filing, Upload
from apps.filings.tests.builders import entities_book, name_of, row_of
from apps.registry.models import BusinessEntity

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(tmp_path, capsys):
    """Run the command on bytes; return (exit code, output)."""

    def ask(raw, *options, name="附件2.xlsx"):
        path = tmp_path / name
        path.write_bytes(raw)
        code = 0
        try:
            call_command("import_appendix", str(path), *options)
        except SystemExit as end:
            code = end.code
        except CommandError as error:
            return error.returncode, error.args[0]
        return code, capsys.readouterr().out

    return ask


def rows(count, **values):
    return [row_of(position, **values) for position in range(count)]


class TestImportAppendix:
    def test_prints_json_and_writes_nothing(self, run):
        code, out = run(entities_book(rows(2)), "--json")
        (part,) = json.loads(out)["parts"]
        assert code == 0
        assert (part["unit"], part["created"], part["updated"], part["unchanged"]) == (
            *("渔阳镇", 2, 0),
            0,
        )
        assert [row["name"] for row in part["rows"]] == [name_of(0), name_of(1)]
        assert part["rows"][0]["kind"] == "个体工商户"
        assert part["warnings"][0]["column"] == "A"  # the zone is new
        assert not BusinessEntity.objects.exists()
        assert not Upload.objects.exists()

    def test_writes_with_apply_and_again_without_a_change(self, run):
        raw = entities_book(rows(2))
        assert run(raw, "--apply")[0] == 0
        assert BusinessEntity.objects.count() == 2
        code, out = run(raw, "--apply", "--json")
        (part,) = json.loads(out)["parts"]
        assert (code, part["created"], part["unchanged"]) == (0, 0, 2)
        assert list(Filing.objects.values_list("number", flat=True).order_by("pk")) == [1, 2]

    def test_exits_1_when_rows_are_wrong_and_writes_the_right_ones(self, run):
        raw = entities_book([*rows(2), row_of(2, name="")])
        code, out = run(raw, "--apply")
        assert code == 1
        assert "没有填名称" in out
        assert BusinessEntity.objects.count() == 2

    def test_exits_0_when_there_are_only_warnings(self, run):
        code, out = run(entities_book(rows(1, phones=("1540000001",))), "--json")
        (part,) = json.loads(out)["parts"]
        assert code == 0
        assert part["errors"] == []
        assert len(part["warnings"]) == 2

    @pytest.mark.parametrize(
        ("raw", "name"),
        [(b"%PDF-1.7 \n%%EOF", "a.pdf"), (b"", "a.xlsx"), (b"\x89PNG\r\n", "a.png")],
    )
    def test_exits_2_when_the_file_cannot_be_read(self, run, raw, name):
        code, text = run(raw, "--json", name=name)
        assert code == 2
        assert text.endswith("。")

    def test_exits_2_when_there_is_no_file_or_unit(self, run, tmp_path):
        with pytest.raises(CommandError) as missing:
            call_command("import_appendix", str(tmp_path / "none.xlsx"))
        assert missing.value.returncode == 2
        assert run(b"x", "--unit", "某某镇") == (2, "没有叫“某某镇”的乡镇、街道或开发区。")

    def test_takes_the_unit_for_a_sheet_that_names_none(self, run):
        lines = ["片区,序号,名称,经营主体性质,经营主体负责人,联系方式"]
        lines += [f"第一片区,{n},{name_of(n)},企业,演示,1540000000{n}" for n in range(1, 4)]
        raw = "\n".join(lines).encode()
        assert run(raw, name="list.csv")[0] == 1
        code, out = run(raw, "--unit", "渔阳镇", "--json", name="list.csv")
        assert code == 0
        assert json.loads(out)["parts"][0]["unit"] == "渔阳镇"
