"""One client of the chaos test: registers tickets and closes some, and never gives up.

``python client.py <number> <seconds> <journal>``. Each line of the journal says what was tried and
what was acknowledged. Terms are compressed by telling the actions that the request came almost an
hour ago: the most urgent class is to be dispatched within 60 minutes, thus in 12 seconds from now.
"""

import json
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
AGO = timedelta(minutes=60) - timedelta(seconds=12)
#: seconds after which a ticket is closed late: around its term, while the sweeps ring
LATE_CLOSE, THINK = (11.0, 15.0), (0.05, 0.25)
REJECTION = {
    "code": "PROCEDURE",
    "basis": "已进入诉讼程序",
    "advice": "请向受理法院查询进展",
    "told_by": "PHONE",
}


class Client:
    """Works until its time is over; what it was told is in the journal."""

    def __init__(self, number, journal):
        from apps.accounts.models import User
        from apps.roster.models import Unit
        from apps.tickets.actions import Enterprise

        self.number, self.journal, self.count = number, journal, 0
        self.dice = random.Random(number)  # noqa: S311  a load, not a secret
        self.dispatcher = User.objects.get(username="hub")
        self.chief = User.objects.get(username="hubchief")
        self.enterprise = Enterprise(
            name="测试机械厂", township=Unit.objects.with_team().order_by("pk").first()
        )
        self.to_close = []

    def write(self, what, **facts):
        """Add a line to the journal."""
        self.journal.write(json.dumps({"what": what, "at": time.time(), **facts}) + "\n")
        self.journal.flush()

    def insist(self, act):
        """Try until the database answers; a refusal by a rule is an answer, too."""
        from django.db import DatabaseError, connections

        while True:
            try:
                return act()
            except DatabaseError as error:
                self.write("again", error=type(error).__name__)
                connections.close_all()
                time.sleep(0.3)

    def register(self, key):
        """Register one request; a repetition finds the ticket that an earlier try has made."""
        from django.utils import timezone

        from apps.core.errors import DomainError
        from apps.tickets.actions import intake_hotline
        from apps.tickets.models import Ticket

        moment = timezone.now() - AGO
        data = {
            "content": "车间冒烟，请马上派人来看，地点在园区二号门。",
            "source": "HOTLINE",
            "urgency": "LIFE",
            "contact_phone": "13900001111",
            "hotline_no": key,
            "hotline_at": moment,
        }
        try:
            return intake_hotline(
                enterprise=self.enterprise, by=self.dispatcher, now=moment, data=data
            ).number
        except DomainError:
            return Ticket.objects.get(hotline_no=key).number

    def close(self, number):
        """End a ticket; somebody (an earlier try of ours) may have done it already."""
        from django.utils import timezone

        from apps.core.errors import DomainError
        from apps.tickets.actions import perform
        from apps.tickets.models import Ticket

        ticket = Ticket.objects.get(number=number)
        try:
            perform(
                ticket=ticket, action="reject", by=self.chief, now=timezone.now(), data=REJECTION
            )
        except DomainError:
            if ticket.__class__.objects.get(pk=ticket.pk).status != "REJECTED":
                raise

    def one_round(self):
        """Register one, perhaps close one at once or later, perhaps ask again."""
        self.count += 1
        key = f"C{self.number}-{self.count}"
        self.write("try", key=key)
        number = self.insist(lambda: self.register(key))
        self.write("made", key=key, number=number)
        drawn = self.dice.random()
        if drawn < 0.1:
            self.write("again_made", key=key, number=self.insist(lambda: self.register(key)))
        if drawn < 0.4:
            wait = 0.0 if drawn < 0.25 else self.dice.uniform(*LATE_CLOSE)
            self.to_close.append((time.monotonic() + wait, number))
        for due, waiting in list(self.to_close):
            if due <= time.monotonic():
                self.to_close.remove((due, waiting))
                self.insist(lambda n=waiting: self.close(n))
                self.write("closed", number=waiting)
        time.sleep(self.dice.uniform(*THINK))


def main():
    """Work for the given seconds."""
    import django

    number, seconds, path = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    end = time.monotonic() + seconds
    django.setup()
    with path.open("a", encoding="utf-8") as journal:
        client = Client(number, journal)
        while time.monotonic() < end:
            client.one_round()
        client.write("end")


if __name__ == "__main__":
    main()
