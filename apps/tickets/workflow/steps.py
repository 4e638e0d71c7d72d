"""Which of the possible actions is the one next step, for the composer, lists and cards. Pure."""

from collections.abc import Iterable

from apps.tickets.choices import Status
from apps.tickets.workflow.types import Allowed, Transition

#: what answers somebody who waits comes before everything else
FIRST = ("reply_supervision", "answer_expert", "answer_assist")
#: by state, the likeliest first; an action that is not possible now gives way to the next
BY_STATUS: dict[Status, tuple[str, ...]] = {
    Status.REGISTERED: ("resolve_onsite", "escalate_hub"),
    Status.PENDING_DISPATCH: ("dispatch",),
    Status.PENDING_ACCEPT: ("accept",),
    Status.RETURN_REVIEW: ("approve_return",),
    Status.PROCESSING: ("approve_extension", "track", "draft_result", "submit_result"),
    Status.PENDING_REVIEW: ("approve_result",),
    Status.PENDING_FOLLOWUP: ("close", "give_feedback"),
    Status.JOINT_DRAFTING: ("approve_joint",),
    Status.JOINT_PROCESSING: ("finish_joint", "add_meeting", "give_feedback"),
    Status.CITY_DRAFTING: ("send_city",),
    Status.CITY_PROCESSING: ("city_reply", "give_feedback"),
    Status.TRACKING: ("progress",),
    Status.CLOSED: ("approve_exclusion",),
}


#: the other actions as they stand below the next step; the rest follows in the table's order
ORDER = (
    *("contact", "progress", "give_feedback", "request_expert", "add_assist", "assign_handler"),
    *("send_back", "designate", "redo", "request_extension", "suspend", "unsuspend"),
    *("escalate_hub", "note", "escalate_joint", "request_track", "request_return"),
)


def in_order(possible: Iterable[Allowed]) -> list[Allowed]:
    """Return actions as a page lists them: possible ones first, then by use."""

    def place(one: Allowed) -> tuple[bool, int]:
        code = one.transition.code
        return bool(one.reason), ORDER.index(code) if code in ORDER else len(ORDER)

    return sorted(possible, key=place)


def next_step(
    possible: Iterable[Allowed], status: Status, *, is_contacted: bool = True
) -> Transition | None:
    """Return the one next step among what ``workflow.allowed`` gave, or None.

    A lead that has not spoken to the enterprise yet contacts it first (domain.md §2.2).
    """
    open_rows = {one.transition.code: one.transition for one in possible if not one.reason}
    order = [*FIRST, *BY_STATUS.get(status, ())]
    if not is_contacted and "submit_result" in order and _leads(open_rows):
        order.insert(order.index("submit_result"), "contact")
    return next((open_rows[code] for code in order if code in open_rows), None)


def _leads(rows: dict[str, Transition]) -> bool:
    """Those who may hand in a result, now or after the assisting units have answered."""
    return "assign_handler" in rows
