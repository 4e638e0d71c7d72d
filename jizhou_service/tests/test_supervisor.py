"""The supervisor: restarts what dies, stops everything in time, leaves no orphan."""

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.core.errors import DomainError
from jizhou_service import preparation, running, supervisor
from jizhou_service.supervisor import Child, Plan, Program, Supervisor, rotate_log

pytestmark = pytest.mark.once
SLEEPER = "import os,time; open({file!r},'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def until(condition, seconds=8.0):
    """Wait for a condition; return its value or fail."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("did not happen in time")


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class World:
    """A supervisor in a process of its own, with children that write their ids to files."""

    def __init__(self, folder):
        self.folder, self.process = folder, None

    def start(self, *codes, stop_seconds=5.0):
        programs = [
            Program(
                f"p{i}", f"程序{i}", [sys.executable, "-c", code.format(file=str(self.file(i)))]
            )
            for i, code in enumerate(codes)
        ]
        plan = Plan(programs, str(self.folder / "log"), str(self.folder), stop_seconds=stop_seconds)
        self.process = subprocess.Popen(
            [sys.executable, "-P", supervisor.__file__, plan.to_json()], stdout=subprocess.PIPE
        )
        return [until(lambda i=i: self.pids(i)[:1])[0] for i in range(len(codes))]

    def file(self, number):
        return self.folder / f"pids{number}"

    def pids(self, number):
        path = self.file(number)
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=15)
        return self.process.returncode, output.decode()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate()
    for number in range(3):
        for pid in made.pids(number):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


class TestSupervisor:
    def test_starts_a_killed_child_again(self, world):
        first, other = world.start(SLEEPER, SLEEPER)
        os.kill(first, signal.SIGKILL)
        second = until(lambda: world.pids(0)[1:])[0]
        assert is_alive(second)
        assert is_alive(other)
        assert world.stop()[0] == 0

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_stops_all_children_cleanly(self, world, number):
        pids = world.start(SLEEPER, SLEEPER)
        began = time.monotonic()
        code, output = world.stop(number)
        assert (code, time.monotonic() - began < 4) == (0, True)
        assert not any(is_alive(pid) for pid in pids)
        assert "已全部停止。" in output

    def test_kills_a_child_that_does_not_stop_in_time(self, world):
        pids = world.start(STUBBORN, stop_seconds=0.5)
        code, output = world.stop()
        assert code == 0
        assert "程序0没有按时停下，已强制结束。" in output
        assert not is_alive(pids[0])

    @pytest.mark.skipif(sys.platform != "linux", reason="只有 Linux 能在父进程消失时通知子进程")
    def test_leaves_no_orphan_when_it_is_killed(self, world):
        pids = world.start(SLEEPER, SLEEPER)
        world.process.kill()
        until(lambda: not any(is_alive(pid) for pid in pids))

    def test_keeps_the_output_of_each_child(self, world):
        code = "print('出错的原因', flush=True); " + SLEEPER
        world.start(code)
        until(lambda: "出错的原因" in (world.folder / "log" / "p0.log").read_text())
        world.stop()

    def test_gives_a_child_settings_of_its_own(self, tmp_path):
        program = Program("p", "程序", ["sh", "-c", "echo $JZ_OWN"], False, {"JZ_OWN": "300"})
        child = Child(program, Plan([program], str(tmp_path), str(tmp_path)), print)
        child.start(0.0)
        child.process.wait()
        assert child.log.read_text() == "300\n"


class TestPacing:
    @pytest.fixture
    def child(self, tmp_path, monkeypatch):
        said = []
        plan = Plan([], str(tmp_path), str(tmp_path))
        child = Child(Program("web", "网页服务", ["x"]), plan, said.append)
        child.said = said
        monkeypatch.setattr(child, "kill", lambda: None)
        return child

    def test_doubles_the_pause_of_a_child_that_dies_at_once_and_says_so_once(self, child):
        waits = []
        for _ in range(8):
            child.started_at = 100.0
            child.ended(101.0)
            waits.append(child.start_again_at - 101.0)
        assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
        assert len(child.said) == 1
        assert "网页服务反复启动失败" in child.said[0]

    def test_starts_a_long_lived_child_after_a_second(self, child):
        child.pause = 30.0
        child.started_at = 0.0
        child.ended(100.0)
        assert child.start_again_at == 101.0
        assert child.said == []


class TestWaiting:
    def test_background_programs_start_after_the_web_server_answers(self, tmp_path, monkeypatch):
        said, started = [], []
        programs = [Program("web", "网页", []), Program("w", "执行器", [], waits_for_web=True)]
        plan = Plan(programs, str(tmp_path), str(tmp_path), port=1, banner=["已启动"])
        it = Supervisor(plan, said.append)
        for child in it.children:
            monkeypatch.setattr(child, "watch", lambda now, c=child: started.append(c.program.name))
        monkeypatch.setattr(it, "answers", lambda: False)
        it.one_round(0.0)
        assert (started, said) == (["web"], [])
        monkeypatch.setattr(it, "answers", lambda: True)
        it.one_round(0.1)
        it.one_round(0.2)
        assert (started, said) == (["web", "web", "w", "web", "w"], ["已启动"])


class TestLogs:
    def test_rotate_above_the_limit_and_keep_three(self, tmp_path):
        log = tmp_path / "web.log"
        for text in "abcde":
            log.write_text(text * 10)
            rotate_log(log, limit=5, copies=3)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["web.log.1", "web.log.2", "web.log.3"]
        assert [(tmp_path / f"web.log.{n}").read_text()[0] for n in (1, 2, 3)] == ["e", "d", "c"]

    def test_stay_below_the_limit(self, tmp_path):
        log = tmp_path / "web.log"
        log.write_text("short")
        rotate_log(log, limit=5)
        assert log.exists()


class TestPlan:
    def test_survives_the_way_through_the_command_line(self):
        plan = Plan([Program("a", "甲", ["x"], waits_for_web=True)], "/log", "/", 8000, ["址"])
        assert Plan.from_json(plan.to_json()) == plan
        assert "甲" in json.loads(plan.to_json())["programs"][0]["label"]


class TestInterrupts:
    def test_come_again_when_somebody_swallows_them(self):
        def prepare():
            with contextlib.suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(5)
            time.sleep(5)

        before = signal.getsignal(signal.SIGINT)
        with running.insistent_interrupts(), pytest.raises(KeyboardInterrupt):
            prepare()
        assert signal.getsignal(signal.SIGINT) is before
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


class TestUp:
    def test_refuses_a_busy_port_with_one_sentence(self, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            errors = io.StringIO()
            with pytest.raises(SystemExit) as stopped:
                call_command("up", port=port, stderr=errors)
        assert stopped.value.code == 1
        wanted = f"端口 {port} 已被占用，请停止占用它的程序，或换一个：make run PORT={port + 1}\n"
        assert errors.getvalue() == wanted

    def test_refuses_to_start_twice(self, settings, tmp_path):
        settings.VAR_DIR = tmp_path
        errors = io.StringIO()
        with running.hold(), pytest.raises(SystemExit):
            call_command("up", port=1, stderr=errors)
        assert f"已经在运行（进程 {os.getpid()}）" in errors.getvalue()
        assert running.holder() == ""

    def test_refuses_a_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(DomainError, match="不能写入"):
            preparation.check_folder(tmp_path / "file")

    def test_refuses_a_full_disk(self, tmp_path, monkeypatch):
        usage = type("Usage", (), {"free": 299 * 2**20})
        monkeypatch.setattr(preparation.shutil, "disk_usage", lambda folder: usage)
        with pytest.raises(DomainError, match="磁盘只剩 299 MB，至少要 300 MB"):
            preparation.check_folder(tmp_path)

    def test_says_the_demonstration_accounts_once(self, settings, tmp_path):
        settings.DEMO_ACCOUNTS_FILE = tmp_path / "demo_accounts.txt"
        settings.DEMO_ACCOUNTS_FILE.write_text("镇街网格员 zhang.san 口令\n", encoding="utf-8")
        lines = preparation.banner(8001, is_seeded=True)
        assert "已启动：http://127.0.0.1:8001/" in lines
        assert "  镇街网格员 zhang.san 口令" in lines
        later = "\n".join(preparation.banner(8001, is_seeded=False))
        assert str(settings.DEMO_ACCOUNTS_FILE) in later
        assert "口令" not in later
