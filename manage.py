#!/usr/bin/env python3
"""Command line of the product: ``python manage.py help`` lists everything it can do."""

import os
import sys


def main() -> None:
    """Run one management command with the product's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:  # Ctrl-C before the supervisor has taken over, or in a long command
        sys.stderr.write("\n已中断，重新执行即可。\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
