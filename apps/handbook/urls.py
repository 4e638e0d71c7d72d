"""Addresses of the handbook."""

from django.urls import path

from apps.handbook.views import drafts, entries, imports, remarks

app_name = "handbook"
urlpatterns = [
    path("hb/", entries.entries, name="list"),
    path("hb/new/", drafts.entry_new, name="new"),
    path("hb/suggest/", remarks.suggest, name="suggest"),
    path("hb/remarks/", remarks.remarks, name="remarks"),
    path("hb/remarks/<int:pk>/", remarks.remark, name="remark"),
    path("hb/import/", imports.upload, name="import"),
    path("hb/import/form/", imports.empty_form, name="import-form"),
    path("hb/import/<int:pk>/", imports.batch, name="batch"),
    path("hb/<slug:number>/", entries.entry, name="entry"),
    path("hb/<slug:number>/print/", entries.print_page, name="print"),
    path("hb/<slug:number>/compare/", entries.compare, name="compare"),
    path("hb/<slug:number>/edit/", drafts.entry_edit, name="edit"),
    path("hb/<slug:number>/submit/", drafts.submit, name="submit"),
    path("hb/<slug:number>/check/", drafts.check, name="check"),
    path("hb/<slug:number>/send-back/", drafts.send_back, name="send-back"),
    path("hb/<slug:number>/publish/", drafts.publish, name="publish"),
    path("hb/<slug:number>/withdraw/", drafts.withdraw, name="withdraw"),
    path("hb/<slug:number>/review/", drafts.review, name="review"),
    path("hb/<slug:number>/discard/", drafts.discard, name="discard"),
    path("hb/<slug:number>/report/", remarks.report, name="report"),
]
