"""Loads what every installation needs: units, categories, labels, examples, the holidays."""

from django.utils import timezone


def load_reference_data() -> dict[str, int]:
    """Load the fixtures; what people edited stays. Returns rows written by kind."""
    from apps.handbook.actions import load_examples
    from apps.registry.actions import load_reference as load_labels
    from apps.roster.actions import load_reference
    from apps.workdays.actions import load_fixtures

    now = timezone.now()
    return {
        "单位与类目": load_reference(by=None, now=now),
        "主体标签": load_labels(by=None, now=now),
        "应答手册示例": load_examples(by=None, now=now),
        "工作日历": load_fixtures(by=None, now=now),
    }
