"""Hostile files: a right result or one clear sentence, within time and memory, and we stay up."""

import contextlib
import os
import re
import subprocess
import sys
import time
import tracemalloc

import pytest

from apps.core.errors import DomainError
from apps.filings.opening import child, limits
from apps.filings.reading import read_opened
from apps.filings.tests.hostile import BASE, READ, REFUSED
from apps.filings.tests.made import GOOD, UNITS, appendix2, read, read_guarded, xlsx

SECONDS, MEGABYTES = 10, 512


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_a_reason(name):
    raw, word = REFUSED[name]
    begun = time.monotonic()
    with pytest.raises(DomainError) as refusal:
        read_guarded(raw)
    assert time.monotonic() - begun < SECONDS
    assert word in refusal.value.message
    assert refusal.value.message.endswith("。")
    assert getattr(refusal.value, "peak_megabytes", 0) < MEGABYTES


@pytest.mark.parametrize("name", REFUSED)
def test_the_checks_themselves_refuse_it(name):
    """The limits of the child are the second line of defence, not the first."""
    raw, word = REFUSED[name]
    with pytest.raises(DomainError, match=re.escape(word)):
        read(raw)


@pytest.mark.parametrize("name", READ)
def test_the_checks_themselves_let_it_pass(name):
    raw, names = READ[name]
    assert [entity.name for part in read(raw).parts for entity in part.entities] == names


@pytest.mark.parametrize("name", READ)
def test_is_read_rightly(name):
    raw, names = READ[name]
    begun = time.monotonic()
    reading = read_guarded(raw)
    assert time.monotonic() - begun < SECONDS
    assert [entity.name for part in reading.parts for entity in part.entities] == names
    assert 0 < reading.peak_megabytes < MEGABYTES


def test_errors_and_formulas_without_result_are_said():
    raw, _ = READ["error and formula without result"]
    (part,) = read_guarded(raw).parts
    said = [(one.row, one.column, one.value) for one in part.findings if "公式" in one.message]
    assert said == [(7, "C", "#REF!"), (8, "C", "")]
    assert [one.row for one in part.errors] == [7, 8]


def test_what_is_not_followed_is_said():
    assert "没有打开那些链接" in read_guarded(READ["links to other files"][0]).remarks[0]
    assert "嵌有别的文件" in read_guarded(READ["a zip among the pictures"][0]).remarks[0]


class TestTheChild:
    """Whatever happens in it, it is one sentence to us."""

    def run(self, monkeypatch, program):
        monkeypatch.setattr(child, "_PROGRAM", program)
        with pytest.raises(DomainError) as refusal:
            child.open_file(BASE)
        return refusal.value.message

    def test_that_dies_is_a_refusal(self, monkeypatch):
        assert self.run(monkeypatch, "import os; os.abort()") == child.DIED

    def test_that_hangs_is_stopped(self, monkeypatch):
        monkeypatch.setattr(limits, "CHILD_SECONDS", 0.5)
        begun = time.monotonic()
        assert self.run(monkeypatch, "import time; time.sleep(60)") == child.TOO_SLOW
        assert time.monotonic() - begun < 5

    def test_that_says_half_an_answer_is_a_refusal(self, monkeypatch):
        said = """print('{"format":"xlsx","remarks":[]}')"""
        assert self.run(monkeypatch, said) == child.DIED
        assert self.run(monkeypatch, f"{said}; import sys; sys.stdout.write('{{')") == child.DIED

    def test_that_talks_too_much_is_stopped(self, monkeypatch):
        monkeypatch.setattr(limits, "MOST_ANSWER", 1000)
        talk = """while True: print('{"format":"xlsx","remarks":[]}' + ' ' * 500)"""
        assert "内容太多" in self.run(monkeypatch, talk)

    @pytest.mark.parametrize("line", ["x", "[]", '{"rows":[[1,2]]}', '{"end":true}', "1"])
    def test_that_talks_nonsense_is_a_refusal(self, monkeypatch, line):
        assert self.run(monkeypatch, f"print({line!r})") == child.DIED

    def test_has_no_memory_to_waste(self, monkeypatch):
        program = child._PROGRAM.replace(
            "main()", "program.confine(); bytearray(600 << 20)"
        ).replace(
            "from apps.filings.opening.program import main",
            "from apps.filings.opening import program",
        )
        assert self.run(monkeypatch, program) == child.DIED

    def test_cannot_write_files(self, tmp_path):
        target = tmp_path / "x"
        program = child._PROGRAM.replace(
            "main()", f"program.confine(); open({str(target)!r}, 'w').write('x' * 100)"
        ).replace(
            "from apps.filings.opening.program import main",
            "from apps.filings.opening import program",
        )
        subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=False)
        assert target.read_bytes() == b""

    def test_knows_nothing_of_our_environment(self, monkeypatch):
        monkeypatch.setenv("SECRET_KEY", "x")
        program = "import os, json; print(json.dumps({'refused': str(sorted(os.environ))})); print('{\"end\":1,\"kilobytes\":1}')"
        assert "SECRET_KEY" not in self.run(monkeypatch, program)

    def test_leaves_no_process_behind(self):
        before = _children()
        child.open_file(BASE)
        assert _children() == before


def _children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123
        return file.read().split()


def test_the_server_does_not_grow():
    for name in ("bomb in a cell", "row bomb", "overlapping merges", "empty formatted rows"):
        raw = {**REFUSED, **READ}[name][0]
        tracemalloc.start()
        with contextlib.suppress(DomainError):
            read_guarded(raw)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 40 * limits.MEBIBYTE, name


@pytest.mark.parametrize(
    "piece", ["1 ", "(", "\n", "企业", "第一片区", "合作", "负责人", "注 ", "日期"]
)
def test_a_cell_full_of_one_word_costs_nothing(piece):
    """No pattern of ours takes more than linear time."""
    long = piece * (32_000 // len(piece))
    rows = [[long, 1, "甲商店", long, long, long], [f"负责人：{long}"], [f"注：{long}"], [long]]
    raw = xlsx(appendix2(*rows, GOOD))
    begun = time.process_time()
    read(raw)
    assert time.process_time() - begun < 2


def test_an_opened_file_can_be_read_again():
    opened = child.open_file(BASE)
    first = read_opened(opened, "x", units=UNITS)
    assert first == read_opened(opened, "x", units=UNITS)
