"""Every write of the comparison."""

from apps.regulator.actions.exporting import MOST_EXPORTED, export
from apps.regulator.actions.receiving import COMPARE_JOB, compare_again, receive, run_comparing
from apps.regulator.actions.settling import SETTLE_JOB, resume, run_settling, settle
from apps.regulator.actions.undoing import UNDO_JOB, prune, run_undoing, start_undo

__all__ = [
    "COMPARE_JOB",
    "MOST_EXPORTED",
    "SETTLE_JOB",
    "UNDO_JOB",
    "compare_again",
    "export",
    "prune",
    "receive",
    "resume",
    "run_comparing",
    "run_settling",
    "run_undoing",
    "settle",
    "start_undo",
]
