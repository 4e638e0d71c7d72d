"""`manage.py load_reference`: units, categories, holidays."""

from typing import Any

from django.core.management.base import BaseCommand

from jizhou_service.reference import load_reference_data


class Command(BaseCommand):
    """载入单位、类目、工作日历；可重复执行，不覆盖人工修改。"""

    help = "载入单位、类目、工作日历；可重复执行，不覆盖人工修改。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many rows were written."""
        for name, count in load_reference_data().items():
            self.stdout.write(f"{name}：写入 {count} 行")
