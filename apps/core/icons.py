"""The icons of the product: drawings of the Tabler outline set, put into the page itself.

Drawn inline they take the colour of the text, need no request and pass the content security
policy. The table is made by ``npm run vendor`` (``scripts/vendor.mjs`` lists the names).
"""

import json
import re
from functools import cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

TABLE = Path(__file__).resolve().parents[2] / "static/vendor/tabler-icons/icons.json"


class UnknownIconError(LookupError):
    """A template names an icon that the table does not hold."""


@cache
def table() -> dict[str, str]:
    """Return name → drawing (the inside of an ``<svg>`` of 24 × 24)."""
    drawings: dict[str, str] = json.loads(TABLE.read_text(encoding="utf-8"))
    return {name: _joined(drawing) for name, drawing in drawings.items()}


PLAIN_PATHS = re.compile(r'(?:<path d="[^"]+"/>)+')


def _joined(drawing: str) -> str:
    """Write a drawing as one path: a page with fifty icons has 150 elements fewer.

    The empty frame of the set is left out. Drawings of other shapes, and those with a path that
    begins with a relative ``m`` (which would then start elsewhere), stay as they are.
    """
    drawing = drawing.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', "")
    if not PLAIN_PATHS.fullmatch(drawing):
        return drawing
    steps = re.findall(r'd="([^"]+)"', drawing)
    if any(step[0] == "m" for step in steps[1:]):
        return drawing
    return f'<path d="{"".join(steps)}"/>'


def draw(name: str, extra_class: str = "") -> SafeString:
    """Return the ``<svg>`` of an icon; ``extra_class`` such as ``ic-lg`` is added to ``ic``.

    Raises:
        UnknownIconError: the name is not in the table (a slip of the pen must not stay unseen).
    """
    try:
        drawing = table()[name]
    except KeyError:
        raise UnknownIconError(f"没有名为“{name}”的图标，可在 scripts/vendor.mjs 中加入") from None
    return format_html(
        '<svg class="ic{}" aria-hidden="true" focusable="false" viewBox="0 0 24 24" width="24"'
        ' height="24" fill="none" stroke="currentColor" stroke-linecap="round"'
        ' stroke-linejoin="round">{}</svg>',
        f" {extra_class}" if extra_class else "",
        mark_safe(drawing),  # noqa: S308  our own committed file
    )
