"""An installation of one test alone: its folders, its keys, its database file."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from django.db import connection, transaction

from apps.core.crypto import keyring
from jizhou_service.backups.sqlite import Sqlite
from jizhou_service.reference import load_reference_data
from jizhou_service.tests.backups.samples import add_person


@pytest.fixture(scope="module")
def template(django_db_setup, django_db_blocker, tmp_path_factory):
    """Return an SQLite file as an installation has it, with five encrypted numbers."""
    path = tmp_path_factory.mktemp("template") / "jizhou.sqlite3"
    with django_db_blocker.unblock(), transaction.atomic():
        load_reference_data()  # a test with real transactions may have emptied the tables
        for number in range(5):
            add_person(f"1390000000{number}")
        # the backup API waits for ever while a transaction writes; this copies what we see
        path.write_bytes(connection.connection.serialize())
        transaction.set_rollback(True)  # the shared test database keeps nothing of it
    with closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA journal_mode=WAL")
    return path


@pytest.fixture
def own_folders(settings, tmp_path):
    """Point every folder of the installation at a new place, with the keys of the test run."""
    keyring()
    shutil.copytree(settings.SECRETS_DIR, tmp_path / "secrets")
    settings.VAR_DIR = tmp_path
    settings.SECRETS_DIR = tmp_path / "secrets"
    settings.FIELD_KEYS_FILE = tmp_path / "secrets" / "field_keys"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.MEDIA_ROOT = tmp_path / "files"
    (tmp_path / "files" / "ab").mkdir(parents=True)
    (tmp_path / "files" / "ab" / "one.pdf").write_bytes(b"attachment")
    keyring.cache_clear()
    yield tmp_path
    keyring.cache_clear()


@pytest.fixture
def engine(own_folders, template):
    """Return the engine of a database file of this test alone."""
    shutil.copy(template, own_folders / "jizhou.sqlite3")
    return Sqlite(own_folders / "jizhou.sqlite3")
