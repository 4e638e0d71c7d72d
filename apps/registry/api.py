"""Entities for programs, scoped and masked as on the pages."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.access import requires
from apps.core.api import AsMarked, Pages
from apps.core.permissions import Permission
from apps.core.phones import mask
from apps.registry.models import BusinessEntity
from apps.registry.queries.search import matching

LONGEST_QUERY = 60


class EntityOut(serializers.Serializer):
    """An entity; phones are masked, the code is shortened."""

    id = serializers.IntegerField(label="编号")
    name = serializers.CharField(label="名称")
    kind = serializers.CharField(label="性质")
    status = serializers.CharField(label="状态")
    township = serializers.CharField(label="所属乡镇代码")
    zone = serializers.CharField(label="片区")
    principal = serializers.CharField(label="负责人")
    credit_code = serializers.CharField(label="信用代码（脱敏）")
    phones = serializers.ListField(child=serializers.CharField(), label="电话（脱敏）")


def entity_row(entity: BusinessEntity) -> dict[str, Any]:
    """Return an entity as the API shows it; zone, unit and contacts must be joined."""
    contacts = sorted(entity.contacts.all(), key=lambda one: (one.order, one.pk))
    return {
        "id": entity.pk,
        "name": entity.name,
        "kind": entity.get_kind_display(),
        "status": entity.get_status_display(),
        "township": entity.unit.code,
        "zone": entity.zone.name if entity.zone else "",
        "principal": entity.principal,
        "credit_code": entity.masked_code,
        "phones": [mask(one.phone) for one in contacts if not one.is_dead],
    }


class EntityApi(APIView):
    """What both views share."""

    permission_classes = (AsMarked,)
    area = "entities"

    def visible(self) -> Any:
        """Return the live entities of the person who asks."""
        found = BusinessEntity.objects.visible_to(self.request.user).live()  # type: ignore[arg-type]
        return found.select_related("unit", "zone").prefetch_related("contacts")


class EntityList(EntityApi):
    """A page of entities."""

    @extend_schema(
        summary="经营主体列表",
        parameters=[
            OpenApiParameter("q", description="名称、首字母、信用代码、电话"),
            OpenApiParameter("township", description="乡镇代码"),
            OpenApiParameter("cursor", description="翻页标记"),
            OpenApiParameter("size", description="每页家数，最多 200", type=int),
        ],
        responses=EntityOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List entities, the latest first."""
        found = self.visible()
        text = request.query_params.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
        if text:
            found = found.filter(matching(text))
        township = request.query_params.get("township", "").replace("\0", "")[:30]
        if township:
            found = found.filter(unit__code=township)
        pages = Pages()
        rows: Any = pages.paginate_queryset(found, request, view=self) or []
        return pages.get_paginated_response([entity_row(row) for row in rows])


class EntityDetail(EntityApi):
    """One entity."""

    @extend_schema(summary="经营主体", responses=EntityOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return an entity."""
        return Response(entity_row(get_object_or_404(self.visible(), pk=pk)))


MARK = requires(Permission.VIEW_ENTITIES, Permission.VIEW_CASE_ENTITIES)
entity_list = MARK(EntityList.as_view())
entity_detail = MARK(EntityDetail.as_view())
