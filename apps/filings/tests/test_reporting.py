"""The report as JSON has exactly the agreed keys; the corpus command scores against a truth."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.filings import corpus
from apps.filings.reporting import Outcome, as_json
from apps.filings.tests.made import GOOD, OFFICER, appendix1, appendix2, read, row, xlsx

BOTH = xlsx(
    appendix1(OFFICER),
    appendix2(
        GOOD,
        row(None, 2, "乙商店", "家庭农场", "李明", "28391234、13800000003"),
        row(name=""),
        [None, 4],
    ),
)


class TestTheReport:
    def test_has_the_agreed_keys_and_words(self):
        zones, entities = as_json([read(BOTH)], [Outcome(1, 0, 0), Outcome(1, 1, 0)])["parts"]
        assert zones == {
            "sheet": "Sheet1",
            "appendix": 1,
            "unit": "渔阳镇",
            "unit_code": "120119100",
            "filed_on": "2026-01-09",
            "leader": {"name": "王学平", "post": "副镇长", "phone": "13800000009"},
            "rows_read": 1,
            "created": 1,
            "updated": 0,
            "unchanged": 0,
            "skipped": [],
            "errors": [],
            "warnings": [],
            "rows": [
                {
                    "row": 6,
                    "zone": "第一片区",
                    "range": "东关村、西关村",
                    "count": 31,
                    "staff": [
                        {"name": "李明", "post": "经济发展办公室主任", "phone": "13800000002"}
                    ],
                }
            ],
        }
        assert entities["rows"] == [
            {
                "row": 6,
                "zone": "第一片区",
                "name": "天津金鑫商贸有限公司",
                "kind": "企业",
                "person": "张永国",
                "phones": ["13800000001"],
            },
            {
                "row": 7,
                "zone": "第一片区",
                "name": "乙商店",
                "kind": "",
                "person": "李明",
                "phones": ["022-28391234", "13800000003"],
            },
        ]
        assert (entities["rows_read"], entities["created"], entities["updated"]) == (3, 1, 1)
        assert entities["skipped"] == [{"row": 9, "reason": "只有序号"}]
        assert [(one["row"], one["column"]) for one in entities["errors"]] == [(8, "C")]
        (warning,) = entities["warnings"]
        assert warning.keys() == {"sheet", "row", "column", "value", "message"}
        assert warning["message"].startswith("“家庭农场”：家庭农场可能登记为个体工商户")

    def test_is_json(self):
        assert json.loads(json.dumps(as_json([read(BOTH)])))

    def test_wants_an_outcome_for_each_part(self):
        with pytest.raises(ValueError):
            as_json([read(BOTH)], [Outcome()])


def truth(**changes):
    """Return a line of truth for the file of the tests."""
    good = {"name": GOOD[2], "kind": "企业", "person": "张永国", "phones": ["13800000001"]}
    line = {
        "file": "附件2.xlsx",
        "appendix": 2,
        "unit": "渔阳镇",
        "unit_code": "120119100",
        "date": "2026-01-09",
        "date_written": "2026年1月9日",
        "file_defects": ["unit_alias"],
        "rows": [
            {"row": 6, "zone": "第一片区", "expect": good, "defects": []},
            {
                "row": 7,
                "zone": "第一片区",
                "expect": {**good, "name": ""},
                "defects": ["name_blank"],
            },
            {
                "row": 8,
                "zone": "第一片区",
                "expect": {**good, "name": "乙商店", "phones": []},
                "defects": ["phone_short"],
            },
        ],
    }
    return {**line, **changes}


@pytest.fixture
def folder(tmp_path):
    """A folder with a filing, its truth, and a file that is none."""
    target = tmp_path / "light"
    target.mkdir()
    rows = appendix2(GOOD, row(name=""), row(name="乙商店", phone="1380000"))
    (target / "附件2.xlsx").write_bytes(xlsx(rows))
    (target / "truth.jsonl").write_text(json.dumps(truth()), "utf-8")
    (tmp_path / "图片.xlsx").write_bytes(b"GIF89a")
    (tmp_path / "make.py").write_text("x", "utf-8")
    return tmp_path


def run(*args, **options):
    """Run the command and return what it printed."""
    out = io.StringIO()
    call_command("filings_corpus", *map(str, args), stdout=out, **options)
    return out.getvalue()


class TestTheCorpus:
    def test_prints_scores_and_verdicts(self, folder):
        text = run(folder)
        assert "6 / 6，100.00%" in text
        assert "name_blank\t1 / 1\t100.0%" in text
        assert "图片.xlsx  拒收：这是图片" in text
        assert "make.py" not in text
        assert text.rstrip().endswith("全部通过，共 7 项。")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"unit_code": "120119101"}, "单位应为"),
            ({"date": "2026-01-10"}, "日期应为"),
            ({"rows": truth()["rows"][:1]}, "多读了第 8 行"),
            ({"rows": [{**truth()["rows"][0], "zone": "第二片区"}]}, "zone 应为"),
            ({"rows": [{**truth()["rows"][0], "defects": ["phone_short"]}]}, "没有在 F 列说明"),
            ({"rows": [{**truth()["rows"][0], "row": 20}]}, "没有读出"),
            ({"appendix": 1, "leader": {}, "zones": []}, "读出 0 份"),
            ({"file": "图片.xlsx"}, "拒收"),
        ],
    )
    def test_fails_when_something_is_wrong(self, folder, changes, said):
        (folder / "light/图片.xlsx").write_bytes(b"GIF89a")
        (folder / "light/truth.jsonl").write_text(json.dumps(truth(**changes)), "utf-8")
        out = io.StringIO()
        with pytest.raises(CommandError, match="没有通过"):
            call_command("filings_corpus", str(folder), stdout=out)
        assert said in out.getvalue()

    def test_scores_appendix_1(self, tmp_path):
        zone = {
            "row": 6,
            "zone": "第一片区",
            "range": "东关村、西关村",
            "count_written": "约31户",
            "staff": [{"name": "李明", "post": "经济发展办公室主任", "phone": "13800000002"}],
        }
        line = truth(
            appendix=1,
            zones=[zone],
            leader={"name": "王学平", "post": "副镇长", "phone": "13800000009"},
        )
        (tmp_path / "附件2.xlsx").write_bytes(xlsx(appendix1(OFFICER)))
        (tmp_path / "truth.jsonl").write_text(json.dumps(line), "utf-8")
        assert "片区行\t1 / 1" in run(tmp_path)

    def test_holds_verdicts_against_the_expected(self, folder, tmp_path):
        expected = tmp_path / "verdicts.json"
        expected.write_text(json.dumps({"图片.xlsx": {"verdict": "读取"}}), "utf-8")
        with pytest.raises(CommandError, match="应为“读取”"):
            run(folder, verdicts=str(expected))

    @pytest.mark.parametrize("name", ["gone", "empty"])
    def test_fails_without_folder_or_files(self, tmp_path, name):
        (tmp_path / "empty").mkdir()
        with pytest.raises(CommandError):
            run(tmp_path / name)

    @pytest.mark.parametrize(
        ("what", "value", "said"),
        [("MOST_SECONDS", -1.0, "秒"), ("MOST_MEGABYTES", 1.0, "MB")],
    )
    def test_fails_beyond_time_or_memory(self, folder, monkeypatch, what, value, said):
        monkeypatch.setattr(corpus, what, value)
        with pytest.raises(CommandError, match=said):
            run(folder)

    def test_a_crash_of_ours_is_a_failure(self, folder, monkeypatch):
        def broken(*args, **kwargs):
            raise KeyError("x")

        monkeypatch.setattr(corpus, "read_file", broken)
        with pytest.raises(CommandError, match="崩溃"):
            run(folder)
