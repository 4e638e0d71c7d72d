"""Every write of the filings."""

from apps.filings.actions.applying import APPLY_JOB, decide, run_applying, start, stop
from apps.filings.actions.exporting import (
    EXPORT_JOB,
    export_now,
    prune_exports,
    run_exporting,
    start_export,
)
from apps.filings.actions.fetching import fetch_export, fetch_marked, fetch_original
from apps.filings.actions.receiving import (
    READ_JOB,
    ask_to_apply,
    choose_unit,
    correct,
    discard,
    keep_reading,
    receive,
    run_reading,
    start_reading,
)
from apps.filings.actions.reminding import remind
from apps.filings.actions.undoing import UNDO_JOB, prune, run_undoing, start_undo

__all__ = [
    "APPLY_JOB",
    "EXPORT_JOB",
    "READ_JOB",
    "UNDO_JOB",
    "ask_to_apply",
    "choose_unit",
    "correct",
    "decide",
    "discard",
    "export_now",
    "fetch_export",
    "fetch_marked",
    "fetch_original",
    "keep_reading",
    "prune",
    "prune_exports",
    "receive",
    "remind",
    "run_applying",
    "run_exporting",
    "run_reading",
    "run_undoing",
    "start",
    "start_export",
    "start_reading",
    "start_undo",
    "stop",
]
