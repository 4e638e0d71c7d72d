"""Keeps the processes of one machine running: what `manage.py up` turns into.

Standard library only and started by path: the supervisor stays at some 12 MB and lives through
any fault of the product. It reads its plan (a JSON text) from the first argument.
"""

import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

LOG_BYTES = 20 * 1024 * 1024
LOG_COPIES = 3
STOP_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: a child that lived shorter than this died "at once": the next pause doubles
SHORT_LIFE = 10.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """One child: its name (also of its log), Chinese label and command line."""

    name: str
    label: str
    argv: list[str]
    #: started only when the web server answers, so that pages come first
    waits_for_web: bool = False
    #: settings of this child alone, added to the environment
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """Everything the supervisor is told: the children, folders, and what to say when serving."""

    programs: list[Program]
    log_dir: str
    folder: str
    port: int = 0
    banner: list[str] = field(default_factory=list)
    stop_seconds: float = STOP_SECONDS

    def to_json(self) -> str:
        """Return the text that `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Return the plan written by `to_json`."""
        raw = json.loads(text)
        return cls(**{**raw, "programs": [Program(**item) for item in raw["programs"]]})


def rotate_log(path: Path, *, limit: int = LOG_BYTES, copies: int = LOG_COPIES) -> None:
    """Shift a log above `limit` bytes to .1, .1 to .2 …; `copies` old ones stay."""
    if not path.exists() or path.stat().st_size <= limit:
        return
    for number in range(copies, 0, -1):
        older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        if older.exists():
            shutil.move(older, path.with_name(f"{path.name}.{number}"))


def die_with_parent(parent: int) -> Callable[[], None]:
    """Return what a child runs before exec: SIGTERM to itself when the supervisor is gone."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        prctl = libc.prctl
    except (OSError, AttributeError):  # not Linux: the group kill at stop is all there is
        return lambda: None

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return prepare


class Child:
    """One running program: starts it, notices its end, paces its restarts."""

    def __init__(self, program: Program, plan: Plan, say: Callable[[str], None]) -> None:
        self.program, self.plan, self.say = program, plan, say
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at: float | None = 0.0
        self.pause = FIRST_PAUSE
        self.has_complained = False

    @property
    def log(self) -> Path:
        """The file that takes everything the child prints."""
        return Path(self.plan.log_dir) / f"{self.program.name}.log"

    def start(self, now: float) -> None:
        """Start in an own session, so that a Ctrl-C on the terminal reaches the supervisor only."""
        rotate_log(self.log)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            self.process = subprocess.Popen(
                self.program.argv,
                cwd=self.plan.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )
        finally:
            os.close(descriptor)
        self.started_at, self.start_again_at = now, None

    def watch(self, now: float) -> None:
        """Start what is due; when the child has ended, clear its group and plan the restart."""
        if self.process is None or self.process.poll() is not None:
            if self.start_again_at is None:
                self.ended(now)
            elif now >= self.start_again_at:
                self.start(now)
        elif self.pause > FIRST_PAUSE and now - self.started_at > LONGEST_PAUSE:
            self.pause, self.has_complained = FIRST_PAUSE, False

    def ended(self, now: float) -> None:
        """Note an unexpected end: kill what is left of its group, wait a little, start again."""
        self.kill()
        if now - self.started_at < SHORT_LIFE:
            if not self.has_complained and self.pause > FIRST_PAUSE:
                self.say(f"{self.program.label}反复启动失败，会继续重试；原因见 {self.log}")
                self.has_complained = True
            wait, self.pause = self.pause, min(self.pause * 2, LONGEST_PAUSE)
        else:
            wait = self.pause = FIRST_PAUSE
        self.start_again_at = now + wait

    def signal(self, number: int) -> None:
        """Send a signal to the child itself; its own children are its business."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the whole group: nothing of a dead child may go on (Celery's beat would)."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=2)

    @property
    def is_running(self) -> bool:
        """Whether the child itself is alive."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Runs a plan until SIGTERM or SIGINT, then stops every child within the time allowed."""

    def __init__(self, plan: Plan, say: Callable[[str], None]) -> None:
        self.plan, self.say = plan, say
        self.children = [Child(program, plan, say) for program in plan.programs]
        self.stop_requests = 0
        self.is_serving = plan.port == 0

    def ask_to_stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Signal handler: the first request stops cleanly, a second one at once."""
        self.stop_requests += 1

    def run(self) -> int:
        """Supervise until asked to stop; return the exit code."""
        Path(self.plan.log_dir).mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)
        try:
            while not self.stop_requests:
                self.one_round(time.monotonic())
                time.sleep(0.1)
        finally:
            self.stop_all()
        return 0

    def one_round(self, now: float) -> None:
        """Look after every child once; say the address when the web server first answers."""
        if not self.is_serving and self.answers():
            self.is_serving = True
            for line in self.plan.banner:
                self.say(line)
        for child in self.children:
            if self.is_serving or not child.program.waits_for_web:
                child.watch(now)

    def answers(self) -> bool:
        """Whether the web server answers at all."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plan.port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def stop_all(self) -> None:
        """SIGTERM to all at once, SIGKILL to the groups when the time is over."""
        self.say("正在停止…")
        asked = self.stop_requests
        for child in self.children:
            child.signal(signal.SIGTERM)
        end = time.monotonic() + self.plan.stop_seconds
        while any(child.is_running for child in self.children):
            if time.monotonic() > end or self.stop_requests > max(asked, 1):
                late = "、".join(c.program.label for c in self.children if c.is_running)
                self.say(f"{late}没有按时停下，已强制结束。")
                break
            time.sleep(0.05)
        for child in self.children:
            child.kill()
        self.say("已全部停止。")


def say(line: str) -> None:
    """Print for the person at the terminal; a closed terminal stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def main() -> int:
    """Run the plan given as the first argument."""
    return Supervisor(Plan.from_json(sys.argv[1]), say).run()


if __name__ == "__main__":
    sys.exit(main())
