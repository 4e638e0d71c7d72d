"""What the 系统状态 page and /readyz ask; each app announces its own checks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Status:
    """The answer of one check; only ``fail`` makes the installation not ready."""

    level: Level
    text: str


@dataclass(frozen=True)
class Check:
    """One line of the status page."""

    name: str
    label: str
    check: Callable[[datetime], Status]


_checks: dict[str, Check] = {}


def register(*, name: str, label: str, check: Callable[[datetime], Status]) -> None:
    """Announce a check; called in ``AppConfig.ready``."""
    _checks[name] = Check(name=name, label=label, check=check)


def run_all(now: datetime) -> list[tuple[Check, Status]]:
    """Run every check; a check that breaks is a failure with its reason."""
    answers: list[tuple[Check, Status]] = []
    for check in _checks.values():
        try:
            answers.append((check, check.check(now)))
        except Exception as error:  # noqa: BLE001  the page must show the others
            answers.append((check, Status("fail", f"检查没有完成（{type(error).__name__}）")))
    return answers
