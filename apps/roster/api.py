"""Units, teams and experts for programs; only confirmed work phones, as on the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.access import requires
from apps.core.api import AsMarked
from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.roster.models import Expert, Officer, Person, Unit, Zone


class UnitOut(serializers.Serializer):
    """A unit."""

    code = serializers.CharField(label="代码")
    name = serializers.CharField(label="简称")
    full_name = serializers.CharField(label="全称")
    kind = serializers.CharField(label="类型")


class PersonOut(serializers.Serializer):
    """Somebody with a work phone; unconfirmed ones are masked."""

    name = serializers.CharField(label="姓名")
    title = serializers.CharField(label="职务")
    phone = serializers.CharField(label="电话")


class ZoneOut(serializers.Serializer):
    """A zone with who serves it."""

    id = serializers.IntegerField(label="编号")
    township = serializers.CharField(label="乡镇代码")
    name = serializers.CharField(label="片区")
    boundary = serializers.CharField(label="范围")
    officers = PersonOut(many=True, label="为企服务人员")


class ExpertOut(PersonOut):
    """A commissioner or expert with what they answer."""

    unit = serializers.CharField(label="部门代码")
    rank = serializers.CharField(label="身份")
    matters = serializers.ListField(child=serializers.CharField(), label="类目代码")


def person_row(person: Person) -> dict[str, str]:
    """Return a person as colleagues see them."""
    phone = person.mobile or person.landline
    shown = phone if person.is_confirmed else mask(phone)
    return {"name": person.name, "title": person.title, "phone": shown}


class RosterApi(APIView):
    """What the roster's views share."""

    permission_classes = (AsMarked,)
    area = "roster"


class Units(RosterApi):
    """The units."""

    @extend_schema(summary="单位", responses=UnitOut(many=True))
    def get(self, request: Request) -> Response:
        """List the units in use, in the fixed order."""
        rows = Unit.objects.visible_to(request.user).order_by("order", "pk")  # type: ignore[arg-type]
        return Response(
            [
                {"code": u.code, "name": u.name, "full_name": u.full_name, "kind": u.kind}
                for u in rows
            ]
        )


class Zones(RosterApi):
    """The zones."""

    @extend_schema(summary="片区与服务人员", responses=ZoneOut(many=True))
    def get(self, request: Request) -> Response:
        """List all zones with their officers (two queries)."""
        user: Any = request.user
        zones = (
            Zone.objects.visible_to(user).select_related("unit").order_by("unit__order", "order")
        )
        serving: dict[int, list[Any]] = {}
        for post in Officer.objects.visible_to(user).select_related("person").order_by("pk"):
            serving.setdefault(post.zone_id, []).append(person_row(post.person))
        return Response(
            [
                {
                    "id": zone.pk,
                    "township": zone.unit.code,
                    "name": zone.name,
                    "boundary": zone.boundary,
                    "officers": serving.get(zone.pk, []),
                }
                for zone in zones
            ]
        )


class Experts(RosterApi):
    """The expert pool."""

    @extend_schema(summary="“1+X”专家库", responses=ExpertOut(many=True))
    def get(self, request: Request) -> Response:
        """List commissioners and experts."""
        user: Any = request.user
        rows = (
            Expert.objects.visible_to(user)
            .select_related("person", "unit")
            .prefetch_related("matters")
            .order_by("unit__order", "rank", "pk")
        )
        return Response(
            [
                {
                    **person_row(one.person),
                    "unit": one.unit.code,
                    "rank": one.get_rank_display(),
                    "matters": [matter.code for matter in one.matters.all()],
                }
                for one in rows
            ]
        )


MARK = requires(Permission.VIEW_ROSTER)
units = MARK(Units.as_view())
zones = MARK(Zones.as_view())
experts = MARK(Experts.as_view())
