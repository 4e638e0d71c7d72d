"""Addresses of registering and of one ticket. The generic action stands last: it takes any word."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apps.tickets.views import acting, page, registering


class NumberConverter(StringConverter):
    """A ticket's number, ``JZ-2603-01342``."""

    regex = r"JZ-\d{4}-\d{5,7}"


class CodeConverter(StringConverter):
    """The code of an action, ``submit_result``."""

    regex = r"[a-z_]{3,30}"


register_converter(NumberConverter, "ticketno")
register_converter(CodeConverter, "actioncode")

urlpatterns = [
    path("t/new/", registering.new, name="new"),
    path("t/new/find/", registering.find, name="find"),
    path("t/new/look/", registering.look, name="look"),
    path("t/new/picked/", registering.picked, name="picked"),
    path("t/new/check/", registering.check, name="check"),
    path("t/<ticketno:number>/", page.ticket, name="ticket"),
    path("t/<ticketno:number>/done/", registering.done, name="done"),
    path("t/<ticketno:number>/print/", page.print_sheet, name="print"),
    path("t/<ticketno:number>/history/", page.history, name="history"),
    path("t/<ticketno:number>/answers/", page.answers, name="answers"),
    path("t/<ticketno:number>/presence/", page.presence, name="presence"),
    path("t/<ticketno:number>/<actioncode:code>/", acting.action, name="action"),
    path("t/<ticketno:number>/<actioncode:code>/forecast/", acting.forecast, name="forecast"),
]
