"""The chaos test: people work while everything that can be killed is killed; then a judge counts.

``python scripts/chaos/run.py [e|g]`` (both without an argument): E is SQLite with the queue in
files, G is PostgreSQL and Redis, each its own, in a temporary folder, on the loopback. Two workers,
two schedulers and two clock loops sweep at once. It stops by itself, within five minutes.
"""

import http.client
import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from world import ROOT, World  # noqa: E402

CLIENTS, LOAD_SECONDS, AFTER_SECONDS, LAST_SECONDS, PATIENCE_SECONDS = 3, 72.0, 45.0, 15.0, 40.0


class Robot:
    """The receiver of outgoing messages; it remembers the identity of each."""

    def __init__(self, port):
        seen = self.seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                seen.append(self.headers["X-Dedupe-Id"])
                time.sleep(0.02)  # so that a strike can fall into the middle of a send
                body = b'{"errcode": 0}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        """Give the port back: another profile may be next."""
        self.server.shutdown()
        self.server.server_close()


class Run:
    """One profile: the schedule of the faults, and what was seen meanwhile."""

    def __init__(self, profile):
        self.world = World(profile)
        self.profile, self.pages, self.faults, self.kills = profile, [], [], 0
        self.is_over, self.robot = False, None

    def look(self):
        """Ask for pages four times a second and note the answer (0: no answer).

        The dispatcher's own pages need the session, the database and the cache.
        """
        for address in itertools.cycle(("/login/", "/home/", "/t/?view=all")):
            if self.is_over:
                return
            asked = time.time()
            try:
                line = http.client.HTTPConnection("127.0.0.1", self.world.ports["web"], timeout=5)
                line.request("GET", address, headers={"Cookie": self.world.cookie})
                status = line.getresponse().status
                line.close()
            except (OSError, http.client.HTTPException):
                status = 0
            self.pages.append((time.time(), status, address, time.time() - asked))
            time.sleep(0.25)

    def strike(self, *names):
        """kill -9 everything with these names; the watcher brings it back."""
        for one in self.world.named(*names):
            one.kill()
            self.kills += 1

    def down(self, name, seconds):
        """Kill something and keep it down for a while."""
        one = self.world.processes[name]
        one.kill(stay_down=True)
        self.kills += 1
        time.sleep(seconds)
        one.start_again()

    def pause(self, seconds, *names):
        """SIGSTOP, wait, SIGCONT."""
        stopped = self.world.named(*names)
        for one in stopped:
            one.signal(signal.SIGSTOP)
        time.sleep(seconds)
        for one in stopped:
            one.signal(signal.SIGCONT)

    def one_web_worker(self):
        """kill -9 one of gunicorn's own workers; its master replaces it."""
        master = self.world.processes["web"].child.pid
        children = (
            Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
        )
        subprocess.run(["kill", "-9", children[0]], check=False)
        self.kills += 1

    def strike_mid_send(self, *names):
        """Wait until a message is on its way, then strike."""
        before, end = len(self.robot.seen), time.monotonic() + 6
        while len(self.robot.seen) == before and time.monotonic() < end:
            time.sleep(0.01)
        self.strike(*names)

    def step_back(self, seconds):
        """Set one machine's clock back by an hour, and forth again."""
        self.world.offset.write_text("-3600", encoding="ascii")
        time.sleep(seconds)
        self.world.offset.write_text("0", encoding="ascii")

    def fill_disk(self, seconds):
        """Write until the disk is full, wait, make room again."""
        ballast = self.world.disk / "ballast"
        try:
            with ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 65536)
        except OSError:
            time.sleep(seconds)
        finally:
            ballast.unlink(missing_ok=True)

    def schedule(self):
        """Return (second, what, how) in order."""
        plan = [
            (6, "杀一个网页进程", self.one_web_worker),
            (10, "杀全部网页服务", lambda: self.strike("web")),
            (15, "发送途中杀两个执行器和两个循环", lambda: self.strike_mid_send("worker", "loop")),
            (50, "停住执行器和一个循环 8 秒", lambda: self.pause(8, "worker", "loop1")),
            (59, "一台机器的时钟倒退 1 小时", lambda: self.step_back(4)),
        ]
        if self.profile == "g":
            plan += [
                (24, "杀两个调度器", lambda: self.strike("beat")),
                (29, "杀 Redis，停 4 秒，数据全无", lambda: self.down("redis", 4)),
                (36, "停住 Redis 5 秒", lambda: self.pause(5, "redis")),
                (43, "杀 PostgreSQL，停 3 秒", lambda: self.down("postgres", 3)),
            ]
        if self.world.disk is not None:
            plan.append((64, "磁盘写满 3 秒", lambda: self.fill_disk(3)))
        plan.append((70, "发送途中全部杀掉", self.everything))
        return sorted(plan, key=lambda one: one[0])

    def everything(self):
        """kill -9 everything at once, wait for the pages; return when the blow was struck."""
        self.strike_mid_send("web", "worker", "beat", "loop")
        self.strike("postgres", "redis")
        struck, end = time.time(), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            if any(at > struck and status == 200 for at, status, *_ in list(self.pages)):
                break
            time.sleep(0.2)
        return struck

    def work(self):
        """Let clients work while the faults come; return the facts for the judge."""
        journals = [self.world.folder / f"client{number}.jsonl" for number in range(CLIENTS)]
        clients = [
            subprocess.Popen(
                [sys.executable, str(HERE / "client.py"), str(number), str(LOAD_SECONDS), str(path)],
                cwd=ROOT, env=self.world.env,
            )
            for number, path in enumerate(journals)
        ]  # fmt: skip
        threading.Thread(target=self.look, daemon=True).start()
        began, recoveries = time.monotonic(), []
        for second, what, how in self.schedule():
            time.sleep(max(0.0, began + second - time.monotonic()))
            start = time.time()
            self.faults.append((start, how() or time.time()))
            recoveries.append(time.time())
            print(f"  {second:>3} 秒 {what}", file=sys.stderr, flush=True)
        for client in clients:
            client.wait(90)
        subprocess.run(
            [sys.executable, str(HERE / "judge.py"), "wait", str(AFTER_SECONDS)],
            cwd=ROOT, env=self.world.env, timeout=120, check=True,
        )  # fmt: skip
        self.is_over = True
        failed = [number for number, client in enumerate(clients) if client.returncode]
        if failed:
            raise RuntimeError(f"clients {failed} broke")
        return {
            "journals": [str(path) for path in journals],
            # what fell due in the last seconds may still be on its way
            "judged_at": time.time() - LAST_SECONDS,
            "recoveries": recoveries,
            "faults": self.faults,
            "start_seconds": self.world.start_seconds,
            "pages": list(self.pages),  # what is asked after the end counts no more
            "alive": {name: one.is_up for name, one in self.world.processes.items()},
            "restarts": sum(one.restarts for one in self.world.processes.values()),
            "amcheck": getattr(self.world, "amcheck", ""),
            "db_port": self.world.ports["db"],
            "db_name": "chaos",
        }

    def judge(self, facts):
        """Freeze the workers, let the judge count; return whether everything holds."""
        for one in self.world.named("web", "worker", "beat", "loop"):
            one.kill(stay_down=True)
        path = self.world.folder / "facts.json"
        sent = self.world.folder / "sent.json"
        facts["sent"] = str(sent)
        stop = threading.Event()

        def keep():
            draft = sent.with_suffix(".new")
            while not stop.is_set():
                draft.write_text(json.dumps(list(self.robot.seen)), encoding="utf-8")
                draft.replace(sent)  # the judge never reads half a file
                time.sleep(0.2)

        path.write_text(json.dumps(facts), encoding="utf-8")
        sent.write_text(json.dumps(list(self.robot.seen)), encoding="utf-8")
        threading.Thread(target=keep, daemon=True).start()
        done = subprocess.run(
            [sys.executable, str(HERE / "judge.py"), str(path)],
            cwd=ROOT, env=self.world.env, timeout=120, check=False,
        )  # fmt: skip
        stop.set()
        return done.returncode == 0

    def go(self):
        """Build, work, judge; everything started here is stopped whatever happens."""
        began = time.monotonic()
        try:
            self.world.build()
            self.robot = Robot(self.world.ports["robot"])
            self.world.start_all()
            print(
                f"配置 {self.profile}：准备用了 {time.monotonic() - began:.0f} 秒", file=sys.stderr
            )
            facts = self.work()
            skipped = "" if self.world.disk is not None else "（没有挂载权限，未试磁盘写满）"
            print(
                f"\n配置 {self.profile}：{len(self.faults)} 次故障，其中杀进程 {self.kills} 个{skipped}\n",
                flush=True,
            )
            good = self.judge(facts)
            print(
                f"\n用时 {time.monotonic() - began:.0f} 秒：{'全部通过' if good else '有未通过'}",
                flush=True,
            )
            return good
        finally:
            self.is_over = True
            if self.robot is not None:
                self.robot.close()
            self.world.tear_down()


def main():
    """Run the profiles asked for; exit 1 when an invariant does not hold."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    profiles = [word for word in sys.argv[1:] if word in ("e", "g")] or ["e", "g"]
    results = [Run(profile).go() for profile in profiles]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
