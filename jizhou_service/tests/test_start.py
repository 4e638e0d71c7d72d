"""The two commands on a bare machine: prepare, start, stop by Ctrl-C, start again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.once]
ROOT = Path(settings.BASE_DIR)
TOOLS = ("bash", "df", "awk", "cat", "cut", "sha256sum", "basename", "head", "env")


@pytest.fixture
def bare(tmp_path):
    """Return a runner of scripts/setup.sh that finds only the usual tools and what is planted."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name))

    def run(**programs):
        for name, text in programs.items():
            path = folder / name.replace("_", ".")
            path.unlink(missing_ok=True)
            path.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            ["bash", ROOT / "scripts/setup.sh", tmp_path / "venv", "requirements.txt"],
            env={"PATH": str(folder)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


class TestSetup:
    def test_refuses_a_wrong_python_with_one_sentence(self, bare):
        wrong = 'case "$*" in *version_info*) exit 1;; esac'
        done = bare(python3_11=wrong, python3=wrong)
        assert done.returncode == 1
        assert done.stderr == (
            "需要 Python 3.11，没有找到。请先安装，或用 PYTHON=/路径/python3.11 make … 指明。\n"
        )

    def test_refuses_a_full_disk_with_one_sentence(self, bare):
        done = bare(df="printf 'Filesystem\\n/dev/x 9999 9599 400 96%% /\\n'")
        assert done.returncode == 1
        assert done.stderr == "磁盘只剩 400 MB，至少要 700 MB。请先清理。\n"

    def test_says_what_to_install_when_the_environment_cannot_be_made(self, bare):
        done = bare(python3='case "$*" in *venv*) exit 1;; esac')
        assert done.returncode == 1
        assert done.stderr.endswith("建立虚拟环境失败：请安装 python3.11-venv。\n")
        assert len(done.stderr.splitlines()) == 2

    def test_does_nothing_the_second_time(self, bare, tmp_path):
        """The stamp of the installed files decides; pip is not even asked."""
        programs = tmp_path / "venv" / "bin"
        programs.mkdir(parents=True)
        called = tmp_path / "called"
        (programs / "python").write_text(
            f'#!/bin/bash\ncase "$*" in *pip*) echo x >> {called};; esac\n', encoding="utf-8"
        )
        (programs / "python").chmod(0o755)
        assert bare().returncode == 0
        assert bare().returncode == 0
        assert called.read_text() == "x\n"


class Product:
    """`manage.py up` in a data folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.lines, self.process = [], None

    def start(self):
        unwanted = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        environment = {k: v for k, v in os.environ.items() if k not in unwanted}
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), "--workers", "1"],
            cwd=ROOT,
            env={**environment, "VAR_DIR": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, words):
        """Read what it says until the words appear (or fail after three minutes)."""
        guard = threading.Timer(180, self.process.kill)
        guard.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line)
                if words in line:
                    return
        finally:
            guard.cancel()
        raise AssertionError("".join(self.lines))

    def interrupt(self):
        """Press Ctrl-C; return the exit code and all that was said."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest, _ = self.process.communicate(timeout=45)
        return self.process.returncode, "".join(self.lines) + rest

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    def left_running(self):
        """Return the processes that know this data folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                content = path.read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in content:
                found.append(path.parent.name)
        return found


@pytest.fixture
def product(tmp_path):
    made = Product(tmp_path / "var")
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="查看进程用 /proc")
class TestUp:
    def test_serves_stops_by_ctrl_c_and_starts_again_with_the_same_data(self, product):
        product.start()
        product.wait_for("按 Ctrl-C 停止。")
        assert f"已启动：http://127.0.0.1:{product.port}/\n" in product.lines
        accounts = (product.folder / "demo_accounts.txt").read_text(encoding="utf-8")
        assert accounts.splitlines()[0].strip() in "".join(product.lines)
        status, page = product.get("/login/")
        assert (status, "登录" in page) == (200, True)
        assert len(product.left_running()) >= 5
        code, said = product.interrupt()
        assert (code, "已全部停止。" in said) == (0, True)
        assert "Traceback" not in said
        assert product.left_running() == []

        product.start()
        product.wait_for("按 Ctrl-C 停止。")
        assert "正在写入演示数据" not in "".join(product.lines)
        assert "正在更新数据库结构" not in "".join(product.lines)
        assert accounts.splitlines()[0].split()[2] not in "".join(product.lines)
        assert (product.folder / "demo_accounts.txt").read_text(encoding="utf-8") == accounts
        assert product.get("/healthz")[0] == 200
        assert product.interrupt()[0] == 0
        assert product.left_running() == []

    def test_ends_with_one_sentence_when_interrupted_while_it_prepares(self, product):
        product.start()
        product.wait_for("正在写入演示数据")
        code, said = product.interrupt()
        assert code == 130
        assert said.endswith("\n已中断，重新执行即可。\n")
        assert "Traceback" not in said
        product.start()  # nothing half-written stands in the way
        product.wait_for("按 Ctrl-C 停止。")
        assert product.interrupt()[0] == 0
