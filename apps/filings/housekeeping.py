"""The recurring work of the filings."""

from datetime import datetime

from apps.filings import actions, resources


def prune(now: datetime) -> int:
    """Remove what is kept longer than needed: undo records, exports, uploads never confirmed."""
    pruned = actions.prune(now=now) + actions.prune_exports(now=now)
    return pruned + resources.prune_uploads(now)
