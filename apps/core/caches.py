"""Caches that may fail: what is kept there can be computed again, so a page never breaks for it.

A broker that hangs or is gone costs one short time-out; then nobody asks it for some seconds
(reliability F3: a hung Redis slows no page and breaks none). The same holds for a full disk.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LineBroken
from redis.exceptions import RedisError
from redis.retry import Retry

from apps.core import clock

logger = logging.getLogger(__name__)
#: so long a cache that failed is left alone
REST_SECONDS = 5.0
#: by place, when a cache may be asked again; shared by all threads of the process
_rests: dict[str, float] = {}


class _Forgiving:
    """Answers "not there" and "not kept" while the store behind it is out of order.

    ``clear`` and ``incr`` are left as they are: whoever empties or counts has to know.
    """

    faults: tuple[type[Exception], ...] = (OSError,)
    place = ""

    def _try(self, act: Callable[[], Any], otherwise: Any) -> Any:
        if clock.steady() < _rests.get(self.place, 0.0):
            return otherwise
        try:
            return act()
        except self.faults as error:
            _rests[self.place] = clock.steady() + REST_SECONDS
            logger.warning("the cache is out of order: %s", type(error).__name__)
            return otherwise

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Keep a value unless there is one; False also when it could not be kept."""
        return bool(self._try(lambda: super(_Forgiving, self).add(*args, **kwargs), False))  # type: ignore[misc]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return a kept value, or the default."""
        return self._try(lambda: super(_Forgiving, self).get(key, default, version), default)  # type: ignore[misc]

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Keep a value where that is possible."""
        self._try(lambda: super(_Forgiving, self).set(*args, **kwargs), None)  # type: ignore[misc]

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        """Keep a value for longer; False when there is none."""
        return bool(self._try(lambda: super(_Forgiving, self).touch(*args, **kwargs), False))  # type: ignore[misc]

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Forget a value; False when there was none."""
        return bool(self._try(lambda: super(_Forgiving, self).delete(*args, **kwargs), False))  # type: ignore[misc]

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        """Say whether a value is kept."""
        return bool(self._try(lambda: super(_Forgiving, self).has_key(*args, **kwargs), False))  # type: ignore[misc]

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Return the values that are kept."""
        found: dict[Any, Any] = self._try(
            lambda: super(_Forgiving, self).get_many(*args, **kwargs),  # type: ignore[misc]
            {},
        )
        return found

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Keep several values; return the keys that were not kept."""
        found: list[Any] = self._try(
            lambda: super(_Forgiving, self).set_many(data, *args, **kwargs),  # type: ignore[misc]
            list(data),
        )
        return found


class ForgivingRedisCache(_Forgiving, RedisCache):
    """Redis, asked briefly: a connection that a restart has closed is tried anew, a hung one is not."""

    faults = (RedisError, OSError)
    place = "redis"

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        again = Retry(NoBackoff(), 1, supported_errors=(LineBroken,))
        options = {"retry": again, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})


class ForgivingFileCache(_Forgiving, FileBasedCache):
    """Files in a folder; the folder is looked through for old ones now and then, not at each write."""

    place = "files"
    LOOK_EVERY = 200

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writes = 0

    def _cull(self) -> None:
        self._writes += 1
        if self._writes % self.LOOK_EVERY == 1:
            super()._cull()  # type: ignore[misc]
