"""Make the log append-only: triggers refuse UPDATE, DELETE and TRUNCATE."""

from django.db import migrations

from apps.audit import triggers


def install(apps, schema_editor):
    """Make the triggers."""
    triggers.install(schema_editor.connection)


def remove(apps, schema_editor):
    """Drop the triggers, so that the tables can be dropped."""
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
