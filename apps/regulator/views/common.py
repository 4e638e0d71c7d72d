"""What the pages of the comparison share."""

from django.shortcuts import get_object_or_404

from apps.core.http import StaffRequest
from apps.regulator.models import RegistrationList


def listing_or_404(request: StaffRequest, pk: int) -> RegistrationList:
    """Return a list that the user sees."""
    rows = RegistrationList.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("unit", "uploaded_by", "job"), pk=pk)
