"""A backup counts only after this: digests, a real restore, and a comparison with the manifest."""

import tarfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.core.errors import DomainError
from jizhou_service.backups import manifest
from jizhou_service.backups.dump import index_probe
from jizhou_service.backups.engines import Engine, engine_for
from jizhou_service.backups.examine import examine_in_child
from jizhou_service.backups.manifest import FILES_PART, Alive, silent


@dataclass
class Report:
    """What was checked: (passed, sentence) in order."""

    lines: list[tuple[bool, str]] = field(default_factory=list)

    def add(self, passed: bool, good: str, bad: str = "") -> bool:
        """Note one check and return whether it passed."""
        self.lines.append((passed, good if passed else bad))
        return passed

    @property
    def ok(self) -> bool:
        """Whether everything passed; nothing checked is not good."""
        return bool(self.lines) and all(passed for passed, _ in self.lines)

    def texts(self) -> list[str]:
        """Return the lines a person reads."""
        return [f"{'通过' if passed else '不通过'}　{text}" for passed, text in self.lines]


def check_parts(folder: Path, content: dict[str, Any], report: Report, alive: Alive) -> bool:
    """Compare every part's size and digest with the manifest."""
    parts = content["parts"]
    wrong = []
    for name, told in parts.items():
        path = folder / Path(name).name
        if not path.is_file():
            wrong.append(f"{name} 不见了")
        elif (
            path.stat().st_size != told["bytes"]
            or manifest.sha256_of(path, alive) != told["sha256"]
        ):
            wrong.append(f"{name} 与清单不符")
    return report.add(not wrong, f"{len(parts)} 个文件的校验值与清单一致", "；".join(wrong))


def check_files(folder: Path, content: dict[str, Any], report: Report, alive: Alive) -> None:
    """Read the archive of uploaded files through and count."""
    count = size = 0
    try:
        with tarfile.open(folder / FILES_PART, "r:gz") as archive:
            for member in archive:
                count, size = count + 1, size + member.size
                alive()
    except (OSError, tarfile.TarError, EOFError) as error:
        report.add(False, "", f"附件包读不出来：{error}")
        return
    told = content["files"]["count"]
    report.add(
        count == told, f"附件 {count} 个，{size} 字节", f"附件应有 {told} 个，实有 {count} 个"
    )


def compare(content: dict[str, Any], found: dict[str, Any], report: Report) -> None:
    """Compare the restored database's facts with the manifest's."""
    facts, tables = found["facts"], content["tables"]
    other = sorted(
        name
        for name in {*tables, *facts["tables"]}
        if tables.get(name) != facts["tables"].get(name)
    )
    rows = sum(facts["tables"].values())
    report.add(
        not other and rows > 0,
        f"{len(tables)} 张表共 {rows} 行，与清单一致",
        f"行数与清单不符：{'、'.join(other[:5]) or '没有任何行'}",
    )
    same = facts["migrations"] == content["migrations"]
    report.add(
        same and not found["unknown_migrations"],
        f"数据库结构记录 {len(facts['migrations'])} 项"
        + (f"，恢复后还要升级 {len(n)} 项" if (n := found["pending_migrations"]) else ""),
        "数据库结构比程序新，请用相同或更新的版本：" + "、".join(found["unknown_migrations"][:3]),
    )
    if found["audit"] is not None:
        text = found["audit"]["text"]
        same = facts["audit"] == content["audit"]
        report.add(same and found["audit"]["ok"], f"审计链{text}", f"审计链：{text}")
    check_keys(content, found, report)


def check_keys(content: dict[str, Any], found: dict[str, Any], report: Report) -> None:
    """See that the present keys open the restored values."""
    missing, broken = found["missing_keys"], found["undecryptable"]
    report.add(
        not missing and not broken,
        f"现有密钥能解开加密内容，抽查 {found['decrypted']} 个",
        "现有密钥解不开：" + "；".join([*(f"缺密钥 {name}" for name in missing), *broken[:5]]),
    )
    report.add(
        content["index_probe"] == index_probe(),
        "电话索引的密钥一致",
        "电话索引的密钥（index）不是做备份时的那把",
    )


def look(url: str, content: dict[str, Any], report: Report) -> None:
    """Examine a restored database and compare."""
    compare(content, examine_in_child(url, content["created_at"]), report)


def verify(
    folder: Path, *, now: datetime, engine: Engine | None = None, alive: Alive = silent
) -> Report:
    """Verify one backup in a scratch database and write ``verified.json`` beside the manifest.

    Raises:
        DomainError: the folder is no backup, or of the other kind of database.
    """
    content = manifest.read(folder)
    engine = engine or engine_for()
    check_vendor(content, engine)
    report = Report()
    if check_parts(folder, content, report, alive):
        check_files(folder, content, report, alive)
        try:
            with engine.scratch(folder / engine.part, alive) as url:
                report.add(True, "已恢复到临时数据库，结构完好")
                look(url, content, report)
        except DomainError as error:
            report.add(False, "", error.message)
    manifest.write_json(
        folder / manifest.VERIFIED,
        {
            "ok": report.ok,
            "at": now.isoformat(),
            "manifest_sha256": manifest.sha256_of(folder / manifest.MANIFEST),
            "report": report.texts(),
        },
    )
    return report


def check_vendor(content: dict[str, Any], engine: Engine) -> None:
    """Refuse a backup of the other kind of database.

    Raises:
        DomainError: says which kind it is.
    """
    if content["engine"] != engine.vendor:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise DomainError(
            f"这份备份来自 {names.get(content['engine'], content['engine'])}，"
            f"现在的数据库是 {names[engine.vendor]}，请改 DATABASE_URL 后再试。"
        )
