"""A cache that is out of order costs one short wait and breaks nothing."""

import socket

import pytest
from django.core.cache.backends.filebased import FileBasedCache

from apps.core import caches


@pytest.fixture(autouse=True)
def seconds(monkeypatch):
    """The steady clock of the test, and no memory of earlier failures."""
    moment = [0.0]
    monkeypatch.setattr(caches, "_rests", {})
    monkeypatch.setattr(caches.clock, "steady", lambda: moment[0])
    return moment


@pytest.fixture
def hung():
    """The address of a Redis that takes connections and never answers, and how many came."""
    came = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        server.settimeout(0.05)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0", lambda: _take_all(server, came)


def _take_all(server, came):
    while True:
        try:
            came.append(server.accept()[0])
        except TimeoutError:
            return len(came)


class TestRedis:
    OPTIONS = {"OPTIONS": {"socket_timeout": 0.05, "socket_connect_timeout": 0.05}}

    def test_that_hangs_answers_nothing_and_is_left_alone_for_a_while(self, hung, seconds):
        address, connections = hung
        cache = caches.ForgivingRedisCache(address, self.OPTIONS)
        assert cache.get("a", "nothing") == "nothing"
        asked = connections()
        assert asked > 0
        cache.set("a", 1)
        assert cache.get_many(["a"]) == {}
        assert cache.set_many({"a": 1}) == ["a"]
        assert not cache.add("a", 1)
        assert not cache.touch("a")
        assert not cache.delete("a")
        assert not cache.has_key("a")
        assert connections() == asked
        seconds[0] = caches.REST_SECONDS + 1
        cache.get("a")
        assert connections() > asked

    def test_that_is_gone_answers_nothing(self):
        cache = caches.ForgivingRedisCache("redis://127.0.0.1:1/0", self.OPTIONS)
        cache.set("a", 1)
        assert cache.get("a") is None


class TestFiles:
    def test_keep_what_they_are_given(self, tmp_path):
        cache = caches.ForgivingFileCache(str(tmp_path), {})
        cache.set("a", [1])
        assert cache.get("a") == [1]
        assert cache.add("b", 2)
        assert cache.get_many(["a", "b"]) == {"a": [1], "b": 2}
        assert cache.delete("a")
        assert not cache.has_key("a")

    def test_do_not_break_a_page_when_the_disk_is_full(self, tmp_path, monkeypatch):
        def full(*args):
            raise OSError(28, "No space left on device")

        cache = caches.ForgivingFileCache(str(tmp_path), {})
        monkeypatch.setattr(FileBasedCache, "_write_content", full)
        cache.set("a", 1)
        assert cache.get("a") is None

    def test_are_looked_through_now_and_then(self, tmp_path):
        cache = caches.ForgivingFileCache(str(tmp_path), {"OPTIONS": {"MAX_ENTRIES": 50}})
        for number in range(caches.ForgivingFileCache.LOOK_EVERY + 2):
            cache.set(str(number), number)
        assert len(list(tmp_path.iterdir())) < caches.ForgivingFileCache.LOOK_EVERY
