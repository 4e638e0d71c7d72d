"""`manage.py workflow_docs`: the table of transitions as Markdown (docs/workflow.md)."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.choices import Role
from apps.tickets.workflow.document import document


def workflow_document() -> str:
    """Return the document with the roles in their usual order."""
    return document({role.value: role.label for role in Role})


class Command(BaseCommand):
    """打印工单状态图、岗位矩阵和迁移表（Markdown），写入 docs/workflow.md。"""

    help = "打印工单状态图、岗位矩阵和迁移表，用法：manage.py workflow_docs > docs/workflow.md"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the document."""
        self.stdout.write(workflow_document(), ending="")
