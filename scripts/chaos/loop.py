"""The clock loop on a machine whose wall clock is set back and forth: ``python loop.py <file>``.

The file holds the seconds by which this process's clock is off; it is read before every pass.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")


def main():
    """Put the offset into the clock, then run the loop as it is."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    path = Path(sys.argv[1])
    true_time, true_now = time.time, timezone.now

    def offset():
        return float(path.read_text(encoding="ascii") or 0)

    time.time = lambda: true_time() + offset()
    timezone.now = lambda: true_now() + timedelta(seconds=offset())
    call_command("run_timers", every=5.0)


if __name__ == "__main__":
    main()
