"""Fill the new world: tables, reference data, static files, and the accounts the clients act as.

One process does it all, and prints the cookie of a session of one of them.
"""

import io
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")


def main():
    """Migrate, load, and open one dispatcher and one head of the hub."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone
    from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage

    call_command("migrate", verbosity=0)
    call_command("load_reference", stdout=io.StringIO())
    Storage.compress_files = lambda self, paths: ()  # takes most of a minute, and nobody reads them
    call_command("collectstatic", interactive=False, verbosity=0)

    from apps.accounts.models import RoleRow, User
    from apps.roster.models import Unit

    hub = Unit.objects.get(is_hub=True)
    for name, role in (("hub", "HUB_DISPATCHER"), ("hubchief", "HUB_CHIEF")):
        user = User.objects.create(
            username=name, name=name, unit=hub, opened_at=timezone.now(), password="!",  # noqa: S106
            must_change_password=False, password_changed_at=timezone.now(),
        )  # fmt: skip
        RoleRow.objects.create(user=user, role=role)
    print(_log_in(user))


def _log_in(user):
    """Return the cookie of a session, as the login page would have made it."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    client = Client()
    client.force_login(user, backend="apps.accounts.backends.RoleBackend")
    session = client.session
    session["began"] = session["seen"] = timezone.now().timestamp()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


if __name__ == "__main__":
    main()
