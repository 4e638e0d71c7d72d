"""System checks: `manage.py check --deploy` refuses insecure defaults and says what to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register  # noqa: A004

LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1"}
NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.glusterfs", "ceph"}
LEAST_SECRET = 50


@register(Tags.security, deploy=True)
def production_settings(app_configs: Any, **kwargs: Any) -> list[Error | Warning]:
    """Compare the settings with what a real installation needs."""
    return [*_web(), *_secrets(), *_keeping(), *_traffic()]


def _web() -> Iterator[Error | Warning]:
    """What a browser meets: debugging, transport, host names."""
    if settings.DEBUG:
        yield Error(
            "DEBUG 开着：出错页会把程序和数据给人看。", hint="设 DEBUG=0 或删去。", id="core.E007"
        )
    is_plain = settings.ALLOW_HTTP or not (
        settings.SESSION_COOKIE_SECURE
        and settings.CSRF_COOKIE_SECURE
        and settings.SECURE_SSL_REDIRECT
        and settings.SECURE_HSTS_SECONDS
    )
    if is_plain:
        yield Error(
            "没有启用 TLS：口令、会话 cookie 和企业信息会明文经过网络。",
            hint="在网页服务器上配置证书，设 ALLOW_HTTP=0；确无条件时由安全负责人书面认可。",
            id="core.E001",
        )
    elif settings.SECURE_PROXY_SSL_HEADER is None:
        yield Warning(
            "不知道前面有网页服务器：每个请求都会被当作明文，反复跳转。",
            hint="TLS 由 nginx 等终结时设 BEHIND_TLS_PROXY=1。",
            id="core.W008",
        )
    elif not settings.AXES_IPWARE_PROXY_COUNT:
        yield Warning(
            "不知道前面有几层代理：登录失败都会记在代理的地址上，一人输错会锁住别人。",
            hint="只有一层 nginx 时设 PROXY_COUNT=1。",
            id="core.W009",
        )
    if set(settings.ALLOWED_HOSTS) <= {"127.0.0.1", "localhost", "[::1]"}:
        yield Error(
            "ALLOWED_HOSTS 只有本机地址，别人打不开。",
            hint="设为内网域名或地址，如 ALLOWED_HOSTS=jizhou.example。",
            id="core.E002",
        )
    if any(host in {"*", "."} for host in settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS 不能用 *。", hint="逐个写出内网域名。", id="core.E003")


def _secrets() -> Iterator[Error | Warning]:
    """Keys: long enough, random, and only the product's account reads them."""
    secret = str(settings.SECRET_KEY)
    if len(secret) < LEAST_SECRET or len(set(secret)) < 5 or secret.startswith("django-insecure-"):
        yield Error(
            "SECRET_KEY 太短或不随机。",
            hint=f"至少 {LEAST_SECRET} 个随机字符，或删去该设置由系统生成。",
            id="core.E005",
        )
    folder = Path(settings.SECRETS_DIR)
    paths = [folder, *sorted(folder.glob("*")), Path(settings.FIELD_KEYS_FILE)]
    opened = sorted({str(p) for p in paths if p.exists() and p.stat().st_mode & 0o077})
    if opened:
        yield Error(
            f"别的系统账号能读密钥：{'、'.join(opened)}。",
            hint=f"执行 chmod -R go= {folder}；曾经外泄的密钥要轮换（manage.py rotate_field_keys）。",
            id="core.E010",
        )
    if Path(settings.DEMO_ACCOUNTS_FILE).exists():
        yield Error(
            "这是演示数据：演示账号的口令写在文件里。",
            hint="正式使用请换一个空库（DATABASE_URL）和空的 VAR_DIR，用 manage.py create_admin 开户。",
            id="core.E011",
        )


def _keeping() -> Iterator[Error | Warning]:
    """Where the data lies."""
    folder = Path(settings.VAR_DIR)
    if Path(settings.BACKUP_DIR).resolve().is_relative_to(folder.resolve()):
        yield Warning(
            "备份与数据放在同一处，磁盘坏了会一起丢。",
            hint="把 BACKUP_DIR 设到另一块磁盘或挂载的备份服务器。",
            id="core.W004",
        )
    if folder.exists() and folder.stat().st_mode & 0o007:
        yield Error(
            f"别的系统账号能进入数据目录 {folder}。",
            hint=f"执行 chmod o= {folder}。",
            id="core.E012",
        )
    if _is_sqlite() and settings.REDIS_URL:
        yield Error(
            "设了 REDIS_URL（多进程、多台机器），数据库却是 SQLite：它只供一台机器用。",
            hint="改用 PostgreSQL：DATABASE_URL=postgres://…；只有一台机器时删去 REDIS_URL。",
            id="core.E013",
        )


def _traffic() -> Iterator[Error | Warning]:
    """Connections that leave the machine."""
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or "")
    options: Any = database.get("OPTIONS") or {}
    mode = str(options.get("sslmode", ""))
    is_remote = host not in LOCAL_HOSTS and not host.startswith("/")
    if is_remote and mode not in {"require", "verify-ca", "verify-full"}:
        yield Warning(
            f"到数据库 {host} 的连接没有要求加密。",
            hint="在 DATABASE_URL 末尾加 ?sslmode=verify-full（至少 require）。",
            id="core.W014",
        )
    redis = urlparse(settings.REDIS_URL)
    if redis.scheme == "redis" and redis.hostname not in LOCAL_HOSTS:
        yield Warning(
            f"到 Redis {redis.hostname} 的连接没有加密。",
            hint="改用 rediss://，或把 Redis 放在本机、只听 127.0.0.1。",
            id="core.W015",
        )
    if settings.EMAIL_HOST_USER and not settings.EMAIL_USE_TLS:
        yield Warning("邮箱口令会明文发送。", hint="设 EMAIL_USE_TLS=1。", id="core.W016")


def _is_sqlite() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


def disk_kind(path: Path, mounts: str) -> str:
    """Return the file system that a path lies on, by the text of /proc/mounts; empty if unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        point = Path(parts[1].replace("\\040", " "))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), parts[2]
    return kind


@register(Tags.database)
def database_location(app_configs: Any, **kwargs: Any) -> list[Error]:
    """SQLite's journal needs a local disk."""
    if not _is_sqlite():
        return []
    name = str(settings.DATABASES["default"]["NAME"])
    table = Path("/proc/mounts")
    mounts = table.read_text(encoding="utf-8", errors="replace") if table.exists() else ""
    is_remote = disk_kind(Path(name).resolve().parent, mounts) in NETWORK_DISKS
    if is_remote or name.startswith(("//", "\\\\")):
        return [
            Error(
                "SQLite 数据库不能放在网络盘上。",
                hint="放到本机磁盘，或改用 PostgreSQL。",
                id="core.E006",
            )
        ]
    return []
