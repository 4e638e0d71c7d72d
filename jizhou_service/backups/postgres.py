"""PostgreSQL: pg_dump inside an exported snapshot, so that the counted rows are the dumped rows."""

import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
from django.db import connections
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, ISOLATION_LEVEL_REPEATABLE_READ

from apps.core.errors import DomainError
from jizhou_service.backups.facts import Facts, collect
from jizhou_service.backups.manifest import Alive


def tool(name: str, server_version: int) -> str:
    """Return the path of a client program that is new enough for the server.

    Raises:
        DomainError: it is missing or older than the server.
    """
    path = shutil.which(name)
    major = server_version // 10000
    if path is None:
        raise DomainError(f"没有找到 {name}，请安装 postgresql-client-{major}。")
    printed = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)(?:\.\d+)?", printed)
    if found is None or int(found[1]) < major:
        raise DomainError(
            f"{name} 的版本（{printed.strip()}）低于服务器的 {major}，请安装 postgresql-client-{major}。"
        )
    return path


class Postgres:
    """A database of a PostgreSQL server."""

    vendor = "postgresql"
    part = "database.dump"

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.name = str(config["NAME"])

    def _connect(self, name: str = "") -> Any:
        """Connect with our own limits: a dump lasts longer than a page may."""
        keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        given = {key: str(self.config[k]) for k, key in keys.items() if self.config.get(k)}
        try:
            return psycopg2.connect(dbname=name or self.name, connect_timeout=5, **given)
        except psycopg2.OperationalError as error:
            raise DomainError(f"连不上数据库 {name or self.name}：{str(error).strip()}") from error

    def _maintenance(self) -> Any:
        link = self._connect("postgres" if self.name != "postgres" else "template1")
        link.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        return link

    def _arguments(self, name: str) -> tuple[list[str], dict[str, str]]:
        """Return connection options and environment (the password is never an argument)."""
        options = ["--no-password", "--dbname", name]
        for key, option in (("HOST", "--host"), ("PORT", "--port"), ("USER", "--username")):
            if self.config.get(key):
                options += [option, str(self.config[key])]
        environment = {**os.environ, "PGCONNECT_TIMEOUT": "5", "PGOPTIONS": ""}
        if self.config.get("PASSWORD"):
            environment["PGPASSWORD"] = str(self.config["PASSWORD"])
        return options, environment

    def _url(self, name: str) -> str:
        user = quote(str(self.config.get("USER") or ""), safe="")
        password = quote(str(self.config.get("PASSWORD") or ""), safe="")
        login = (f"{user}:{password}" if password else user) + ("@" if user else "")
        host, port = str(self.config.get("HOST") or ""), str(self.config.get("PORT") or "")
        address = f"{host}:{port}" if port else host
        query = urlencode({"host": host}) if host.startswith("/") else ""
        if query:
            address = ""
        return f"postgres://{login}{address}/{quote(name)}" + (f"?{query}" if query else "")

    def version(self) -> str:
        """Return the server's version."""
        with closing(self._connect()) as link:
            return str(link.server_version // 10000)

    def _run(self, argv: list[str], environment: dict[str, str], alive: Alive) -> None:
        process = subprocess.Popen(
            argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            while process.poll() is None:
                alive()
                time.sleep(0.05)
        finally:
            if process.poll() is None:
                process.kill()
            _, errors = process.communicate()
        if process.returncode:
            text = errors.decode(errors="replace").strip().splitlines() or ["没有说明"]
            raise DomainError(f"{Path(argv[0]).name} 没有成功：{text[-1][:300]}")

    def dump(self, folder: Path, alive: Alive) -> Facts:
        """Dump and count within one snapshot."""
        with closing(self._connect()) as link:
            program = tool("pg_dump", link.server_version)
            link.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
            with link.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
                cursor.execute("SELECT pg_export_snapshot()")
                snapshot = str(cursor.fetchone()[0])
                options, environment = self._arguments(self.name)
                argv = [program, "-Fc", "-Z1", "--no-owner", "--no-privileges"]
                argv += ["--snapshot", snapshot, "--lock-wait-timeout=60s"]
                argv += ["--file", str(folder / self.part), *options]
                self._run(argv, environment, alive)

                def run(query: str) -> list[tuple[Any, ...]]:
                    cursor.execute(query)
                    return list(cursor.fetchall())

                return collect(run, self.vendor)

    def _create(self, name: str) -> None:
        """Make an empty database that sorts and compares as the present one."""
        with closing(self._maintenance()) as link, link.cursor() as cursor:
            cursor.execute(
                "SELECT datcollate, datctype FROM pg_database WHERE datname = %s", [self.name]
            )
            collate, ctype = cursor.fetchone() or ("C.UTF-8", "C.UTF-8")
            try:
                cursor.execute(
                    sql.SQL(
                        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' "
                        "LC_COLLATE {} LC_CTYPE {}"
                    ).format(sql.Identifier(name), sql.Literal(collate), sql.Literal(ctype))
                )
            except psycopg2.errors.InsufficientPrivilege as error:
                raise DomainError(
                    "数据库账号没有建库权限，请由管理员执行：ALTER ROLE 账号 CREATEDB。"
                ) from error

    def _drop(self, name: str) -> None:
        with closing(self._maintenance()) as link, link.cursor() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def _load(self, part: Path, name: str, alive: Alive) -> None:
        with closing(self._maintenance()) as link:
            program = tool("pg_restore", link.server_version)
        self._create(name)
        options, environment = self._arguments(name)
        argv = [program, "--no-owner", "--no-privileges", "--exit-on-error", "--jobs", "2"]
        try:
            self._run([*argv, *options, str(part)], environment, alive)
        except BaseException:
            self._drop(name)
            raise

    @contextmanager
    def scratch(self, part: Path, alive: Alive) -> Iterator[str]:
        """Restore into a database of its own and drop it afterwards."""
        name = f"{self.name[:40]}_verify_{secrets.token_hex(4)}"
        self._load(part, name, alive)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def users(self) -> int:
        """Return how many other sessions use the database."""
        with closing(self._maintenance()) as link, link.cursor() as cursor:
            connections.close_all()
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = %s AND backend_type = 'client backend'",
                [self.name],
            )
            return int(cursor.fetchone()[0])

    def replace(self, part: Path, stamp: str, look: Callable[[str], None], alive: Alive) -> str:
        """Restore into a new database, look, then swap the names in one transaction."""
        connections.close_all()
        new, aside = f"{self.name[:40]}_restoring_{stamp}", f"{self.name[:40]}_before_{stamp}"
        self._load(part, new, alive)
        try:
            look(self._url(new))
            with closing(self._maintenance()) as link, link.cursor() as cursor:
                link.set_session(autocommit=False)
                for old_name, new_name in ((self.name, aside), (new, self.name)):
                    cursor.execute(
                        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                            sql.Identifier(old_name), sql.Identifier(new_name)
                        )
                    )
                link.commit()
        except psycopg2.Error as error:
            self._drop(new)
            raise DomainError(f"数据库换名没有成功，原来的数据没有动：{error}") from error
        except BaseException:
            self._drop(new)
            raise
        return aside
