"""Forms of the tickets, one module a topic: made from the table's rows, registering, files, rules."""

from apps.tickets.forms.acting import ActionForm, action_form
from apps.tickets.forms.files import AttachForm
from apps.tickets.forms.registering import HandingForm, RegisterForm, ResultForm

__all__ = ["ActionForm", "AttachForm", "HandingForm", "RegisterForm", "ResultForm", "action_form"]
