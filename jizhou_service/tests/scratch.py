"""A data folder, and a Redis database, of its own for each test process.

Loaded by ``-p`` (pytest.ini), before Django's settings are read: a ``conftest.py`` would be too
late, and the tests would work in the installation's folder, with its keys and its cache.
"""

import os
import re
import shutil
import tempfile

VAR_DIR = tempfile.mkdtemp(prefix="jizhou-test-")
os.environ["VAR_DIR"] = VAR_DIR
os.environ.setdefault("ALLOW_HTTP", "1")

_WORKER = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
_REDIS = re.fullmatch(r"(.+/)(\d+)", os.environ.get("REDIS_URL", ""))
if _WORKER and _REDIS:
    # every test empties its cache: two workers in one database would empty each other's
    os.environ["REDIS_URL"] = f"{_REDIS[1]}{int(_REDIS[2]) + 1 + int(_WORKER[1])}"


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(VAR_DIR, ignore_errors=True)
