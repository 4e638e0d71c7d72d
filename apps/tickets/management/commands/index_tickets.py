"""`manage.py index_tickets`: writes the search index of the tickets anew."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.tickets.actions import indexing


class Command(BaseCommand):
    """重建工单检索索引；平时不需要，恢复或批量写入数据后执行一次。"""

    help = "重建工单检索索引（恢复或批量写入数据后执行）。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and say how many."""
        count = indexing.rebuild()
        self.stdout.write(f"已为 {count:,} 件工单重建检索索引。")
