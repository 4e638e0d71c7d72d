"""Makes the installation that the browser looks at: demonstration data, and what journeys need.

Run as a program in the server's environment before it starts (one start of Python instead of
four); the last line it prints is JSON. The tickets with a past are written by the product's own
actions, which take the moment they happen at (design.md, T1).
"""

import json
from dataclasses import replace
from random import Random

LEAD, OTHER, TOWN = "区住房建设委", "区生态环境局", "下营镇"
#: branch of the plain script: to the hub, dispatched, accepted, contacted
STEPS = 4


def build() -> dict[str, dict[str, str]]:
    """Open the accounts, play the tickets; return ``passwords`` by account, ``tickets`` by name."""
    from django.utils import timezone

    from apps.accounts.actions import open_account
    from apps.accounts.choices import Role
    from apps.accounts.models import User
    from apps.accounts.passwords import first_password
    from apps.roster.models import Unit
    from apps.tickets.demo import scripts
    from apps.tickets.demo.play import Stage
    from apps.tickets.demo.seeding import Part, _play, samples

    now = timezone.now()
    passwords = {}
    for username, role, unit in (
        ("xiaying", Role.OFFICER, TOWN),
        ("liaison2", Role.LIAISON, OTHER),
    ):
        passwords[username] = first_password()
        opened = open_account(
            username=username,
            name=f"演示{role.label}",
            unit=Unit.objects.get(name=unit),
            roles=frozenset({role.value}),
            person=None,
            by=None,
            now=now,
            password=passwords[username],
        )
        User.objects.filter(pk=opened.user.pk).update(
            must_change_password=False, password_changed_at=now
        )
    stage = Stage.build(now, Random(7))
    lead = Unit.objects.get(name=LEAD).code
    one = next(one for one in samples() if (one.tier, one.nature) == ("HUB", "HELP"))
    tickets = {}
    for name, age, steps in (("open", 2, STEPS), ("timely", 3, STEPS), ("late", 8, STEPS)):
        sample = replace(one, number=200 + age, lead=lead, assists=(), town="渔阳镇")
        tickets[name] = str(_play(stage, sample, Part(scripts.plain, age, steps)).number)
    return {"passwords": passwords, "tickets": tickets}


if __name__ == "__main__":
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo")
    print(json.dumps(build()))  # noqa: T201  what the fixture reads
