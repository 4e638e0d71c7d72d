"""Small help for management commands."""

import sys
from typing import NoReturn

from django.core.management.base import BaseCommand


def refuse(command: BaseCommand, sentence: str) -> NoReturn:
    """Say one sentence on the error stream and end with exit code 1."""
    command.stderr.write(sentence)
    sys.exit(1)
