"""The world of the chaos test: its own databases and processes in a folder that goes away.

Everything listens on the loopback. PostgreSQL does not run as root. A watcher starts again what
ended, one second later, as systemd would; only processes started here are ever signalled.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
RESTART_SECONDS = 1.0


def free_ports(names):
    """Return neighbouring ports for some names, below the range from which clients take theirs."""
    for first in range(21000 + os.getpid() % 700, 32000, len(names)):
        ports = range(first, first + len(names))
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in ports:
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return dict(zip(names, ports, strict=True))
    raise RuntimeError("no free ports")


@dataclass
class Process:
    """One process of the world; restarted when it ends, unless it is held down."""

    name: str
    argv: list
    env: dict
    folder: Path
    log: Path
    uid: int | None = None
    child: subprocess.Popen | None = None
    is_wanted: bool = False
    ended_at: float = 0.0
    restarts: int = 0
    #: the watcher and the schedule both start and strike: one at a time
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self):
        """Start in an own session, so that the whole group can be struck."""

        def drop():
            if self.uid is not None:
                os.setgid(pwd.getpwuid(self.uid).pw_gid)
                os.setuid(self.uid)

        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.argv, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=drop,
            )  # fmt: skip
        self.is_wanted = True

    @property
    def is_up(self):
        """Whether it runs."""
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        """Send a signal to the whole group."""
        if self.child is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, number)

    def kill(self, *, stay_down=False):
        """kill -9 the group; the watcher brings it back unless it is to stay down."""
        with self.lock:
            self.is_wanted = not stay_down
            self.signal(signal.SIGKILL)
            if self.child is not None:
                self.child.wait(20)
            self.ended_at = time.monotonic()

    def start_again(self):
        """Start a second time and count it."""
        with self.lock:
            self.start()
            self.restarts, self.ended_at = self.restarts + 1, 0.0

    def look_after(self):
        """Start again what ended, one second later."""
        with self.lock:
            if not self.is_wanted or self.is_up:
                return
            self.ended_at = self.ended_at or time.monotonic()
            if time.monotonic() - self.ended_at >= RESTART_SECONDS:
                self.start_again()


@dataclass
class World:
    """A folder, databases, processes, and the watcher over them."""

    profile: str
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="jizhou-chaos-")))
    processes: dict = field(default_factory=dict)
    is_over: bool = False
    ports: dict = field(default_factory=dict)
    disk: Path | None = None
    #: how long it took until the first page, everything starting at once on this machine
    start_seconds: float = 0.0

    def build(self):
        """Make folders, databases and the environment; migrate; open two accounts."""
        self.folder.chmod(0o755)
        self._mount()
        self.env = {**os.environ, "VAR_DIR": str(self.folder / "var"), "LOG_LEVEL": "WARNING",
                    "BACKUP_EVERY_MINUTES": "0", "ALLOW_HTTP": "1"}  # fmt: skip
        # compiled files are kept: compiling all modules at each of the many starts takes seconds
        for name in ("DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE"):
            self.env.pop(name, None)
        self.ports = free_ports(("web", "db", "redis", "robot"))
        self.env["WECOM_ROBOT_URL"] = f"http://127.0.0.1:{self.ports['robot']}/"
        data = self.disk or self.folder
        if self.profile == "g":
            self._postgres(data / "pg")
            self._redis()
        else:
            self.env["DATABASE_URL"] = f"sqlite:///{data / 'chaos.sqlite3'}"
        self.cookie = self.run([sys.executable, str(HERE / "prepare.py")])
        self._programs()

    def run(self, argv):
        """Run a command of the product to its end; return the last line that it printed."""
        done = subprocess.run(
            argv, cwd=ROOT, env=self.env, check=True, timeout=300, stdout=subprocess.PIPE, text=True
        )
        return (done.stdout.splitlines() or [""])[-1]

    def _mount(self):
        """A small disk of its own that can run full; only root may mount one."""
        disk = self.folder / "disk"
        disk.mkdir()
        size = "size=420m" if self.profile == "g" else "size=160m"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], capture_output=True, check=False
        ) if os.getuid() == 0 else None  # fmt: skip
        if done is not None and done.returncode == 0:
            self.disk = disk
            disk.chmod(0o777)

    def _postgres(self, data):
        uid = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
        data.mkdir()
        data.chmod(0o700)
        if uid is not None:
            os.chown(data, uid, pwd.getpwuid(uid).pw_gid)
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        tools = {
            name: str(found[-1] / name) if found else shutil.which(name)
            for name in ("initdb", "postgres", "pg_amcheck")
        }
        self.amcheck = tools["pg_amcheck"]
        make = Process(
            "initdb",
            [tools["initdb"], "-D", str(data), "-U", "jizhou", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--wal-segsize=4", "--data-checksums"],
            self.env, Path("/"), self.folder / "initdb.log", uid,
        )  # fmt: skip
        make.log.touch()
        make.start()
        if make.child.wait(120):
            raise RuntimeError(make.log.read_text(encoding="utf-8")[-500:])
        self.add(
            "postgres",
            [tools["postgres"], "-D", str(data), "-p", str(self.ports["db"]), "-k", str(data),
             "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=80", "-c", "max_wal_size=96MB",
             "-c", "shared_buffers=64MB"],
            folder=Path("/"), uid=uid,
        )  # fmt: skip
        self.processes["postgres"].start()
        self._wait(self.ports["db"])
        import psycopg2

        address = f"postgres://jizhou@127.0.0.1:{self.ports['db']}"
        for _ in range(100):
            try:
                line = psycopg2.connect(f"{address}/postgres")
                break
            except psycopg2.OperationalError:
                time.sleep(0.2)
        line.autocommit = True
        line.cursor().execute("CREATE DATABASE chaos")
        line.close()
        self.env["DATABASE_URL"] = f"{address}/chaos"

    def _redis(self):
        argv = ["redis-server", "--port", str(self.ports["redis"]), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no", "--dir", str(self.folder)]  # fmt: skip
        self.add("redis", argv)
        self.processes["redis"].start()
        self._wait(self.ports["redis"])
        self.env["REDIS_URL"] = f"redis://127.0.0.1:{self.ports['redis']}/0"

    def _answers(self):
        """Whether the web server gives a page; its port is open long before."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['web']}/healthz", timeout=30
            ):
                return True
        except OSError:
            return False

    def _wait(self, port, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"nothing answers on {port}")

    def _programs(self):
        """Web, two workers, two schedulers, two clock loops (one with a clock that is set)."""
        python, queue = sys.executable, self.folder
        web = [python, "-m", "gunicorn", "jizhou_service.wsgi:application", "--bind",
               f"127.0.0.1:{self.ports['web']}", "--worker-class", "gthread", "--workers", "2",
               "--threads", "4", "--no-control-socket", "--log-level", "error"]  # fmt: skip
        self.add("web", web)
        celery = [python, "-m", "celery", "-A", "jizhou_service"]
        for number in (1, 2):
            worker = [*celery, "worker", "--pool=solo", "-Q", "timers,long", "-n", f"w{number}@%h",
                      "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]  # fmt: skip
            schedule = ["-s", str(queue / f"beat{number}")]
            if self.profile == "g":
                self.add(f"worker{number}", worker)
                self.add(
                    f"beat{number}",
                    [*celery, "beat", "--pidfile=", "--loglevel", "ERROR", *schedule],
                )
            else:
                self.add(f"worker{number}", [*worker, "-B", *schedule])
        self.add("loop1", [python, "manage.py", "run_timers", "--every", "5"])
        self.offset = self.folder / "offset"
        self.offset.write_text("0", encoding="ascii")
        self.add("loop2", [python, str(HERE / "loop.py"), str(self.offset)])

    def add(self, name, argv, *, folder=ROOT, uid=None):
        """Describe a process; ``start_all`` starts it."""
        log = self.folder / f"{name}.log"
        log.touch()
        log.chmod(0o666)
        self.processes[name] = Process(name, argv, self.env, folder, log, uid)

    def named(self, *starts):
        """Return the processes whose name begins so."""
        return [one for name, one in self.processes.items() if name.startswith(starts)]

    def start_all(self):
        """Start what does not run yet, and the watcher."""
        began = time.monotonic()
        for one in self.processes.values():
            if not one.is_up:
                one.start()
        self._wait(self.ports["web"], 90)
        while not self._answers():
            time.sleep(0.2)
        self.start_seconds = time.monotonic() - began
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        while not self.is_over:
            for one in list(self.processes.values()):
                one.look_after()
            time.sleep(0.1)

    def tear_down(self):
        """Stop everything that was started here and remove the folder."""
        self.is_over = True
        time.sleep(0.3)
        for one in self.processes.values():
            if one.child is not None:
                one.kill(stay_down=True)
        if self.disk is not None:
            subprocess.run(["umount", "-l", str(self.disk)], check=False, capture_output=True)
        if os.environ.get("CHAOS_KEEP"):  # logs for whoever looks for a cause
            print(f"日志在 {self.folder}", file=sys.stderr)
            return
        shutil.rmtree(self.folder, ignore_errors=True)
