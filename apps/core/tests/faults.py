"""Fail the n-th SQL statement of an action, for every n: it must leave all or nothing.

After SQLite's own test method: what is not atomic shows itself as soon as the statement in the
middle fails once.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models import Model


@contextmanager
def failing_at(number: int) -> Iterator[list[str]]:
    """Let the n-th statement (from 1) raise OperationalError; yields the statements seen."""
    seen: list[str] = []

    def wrapper(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        seen.append(str(sql)[:60])
        if len(seen) == number:
            raise OperationalError("injected")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


def _ours() -> Iterator[type[Model]]:
    for config in apps.get_app_configs():
        if config.name.startswith("apps."):
            yield from config.get_models()


def picture(models: Iterable[type[Model]] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of ours, or of these, for comparing before and after."""
    return {
        model._meta.label: sorted(
            (tuple(map(repr, row)) for row in model._base_manager.values_list()), key=repr
        )
        for model in models or _ours()
    }


def every_statement_fails_once(
    action: Callable[[], Any], models: Iterable[type[Model]] = ()
) -> int:
    """Run the action with each of its statements failing in turn; each run must change nothing.

    ``models`` narrows what is compared, where the rest of the database is large. Returns how many faults were injected; the action succeeds in the end.
    """
    tables = tuple(models)
    before, number = picture(tables), 0
    while True:
        number += 1
        savepoint = transaction.savepoint()
        try:
            with failing_at(number) as seen:
                action()
        except OperationalError:
            assert picture(tables) == before, (
                f"statement {number} ({seen[-1]}) left a half-done change"
            )
            transaction.savepoint_rollback(savepoint)
            continue
        assert len(seen) < number
        assert picture(tables) != before, "the action changed nothing: nothing was tested"
        return number - 1
