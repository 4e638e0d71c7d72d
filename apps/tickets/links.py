"""The addresses of tickets, as agreed for the whole product; numbers never need quoting."""

from urllib.parse import urlencode


def page(number: str) -> str:
    """Return the address of a ticket's page."""
    return f"/t/{number}/"


def step(number: str, code: str) -> str:
    """Return the address of the page of an action."""
    return f"/t/{number}/{code}/"


def listing(**filters: object) -> str:
    """Return the address of the list with some filters; empty ones are left out."""
    wanted = [
        (name, each)
        for name, value in filters.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each not in ("", None)
    ]
    return f"/t/?{urlencode(wanted)}" if wanted else "/t/"
