"""Addresses of the lists, the hub's pages and exports."""

from django.urls import path

from apps.tickets.views import dispatch, exports, handover, hub, lists, merging

urlpatterns = [
    path("t/", lists.tickets, name="list"),
    path("t/urge/", lists.urge_many, name="urge-many"),
    path("t/export/", exports.export, name="export"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/", exports.download, name="download"),
    path("exports/<int:pk>/stop/", exports.stop_export, name="stop-export"),
    path("dispatch/", dispatch.queue, name="queue"),
    path("dispatch/news/", dispatch.news, name="queue-news"),
    path("dispatch/bulk/", dispatch.bulk, name="dispatch-bulk"),
    path("dispatch/returns/", hub.returns, name="returns"),
    path("dispatch/extensions/", hub.extensions, name="extensions"),
    path("dispatch/<str:number>/decide/", hub.decide, name="decide"),
    path("dispatch/<str:number>/merge/", merging.merge, name="merge"),
    path("dispatch/<str:number>/unmerge/", merging.unmerge, name="unmerge"),
    path("dispatch/<str:number>/", dispatch.do, name="dispatch"),
    path("callbacks/", hub.callbacks, name="callbacks"),
    path("callbacks/<str:number>/missed/", hub.missed_call, name="missed-call"),
    path("late/", hub.late, name="late"),
    path("me/handover/", handover.handover, name="handover"),
]
