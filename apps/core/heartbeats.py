"""Signs of life of the processes, shown on the 系统状态 page."""

from datetime import datetime, timedelta

from apps.core.models import Heartbeat

FRESH = timedelta(seconds=120)
KINDS = {"web": "网页服务", "worker": "定时执行器", "long": "长任务执行器", "clock": "时钟循环"}


def beat(name: str, *, now: datetime) -> None:
    """Write the sign of life of a kind of process."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now})


def ages(*, now: datetime) -> dict[str, timedelta | None]:
    """Return how long ago each kind of process last gave a sign; None when it never did."""
    rows = dict(Heartbeat.objects.values_list("name", "beat_at"))
    return {name: now - rows[name] if name in rows else None for name in KINDS}
