"""Addresses of the filings."""

from django.urls import path, re_path

from apps.filings.views import board, exporting, filing, uploads

app_name = "filings"
urlpatterns = [
    path("imp/", uploads.index, name="list"),
    path("imp/new/", uploads.new, name="new"),
    path("imp/board/", board.board, name="board"),
    re_path(
        r"^imp/board/(?P<code>[a-z0-9_-]{1,30})/(?P<appendix>[12])/remind/$",
        board.remind,
        name="remind",
    ),
    path("imp/export/", exporting.export, name="export"),
    path("imp/export/<int:pk>/", exporting.export_file, name="export-file"),
    re_path(r"^imp/template/(?P<appendix>[12])/$", uploads.template, name="template"),
    path("imp/files/<int:pk>/", uploads.upload, name="upload"),
    path("imp/files/<int:pk>/progress/", uploads.upload_progress, name="upload-progress"),
    path("imp/files/<int:pk>/apply/", uploads.apply_all, name="apply-all"),
    path("imp/<int:pk>/", filing.filing, name="filing"),
    path("imp/<int:pk>/progress/", filing.filing_progress, name="progress"),
    path("imp/<int:pk>/correct/", filing.correct, name="correct"),
    path("imp/<int:pk>/apply/", filing.apply, name="apply"),
    path("imp/<int:pk>/stop/", filing.stop, name="stop"),
    path("imp/<int:pk>/undo/", filing.undo, name="undo"),
    path("imp/<int:pk>/discard/", filing.discard, name="discard"),
    path("imp/<int:pk>/ask/", filing.ask, name="ask"),
    path("imp/<int:pk>/gone/", filing.gone, name="gone"),
    path("imp/<int:pk>/marked/", filing.marked, name="marked"),
    path("imp/<int:pk>/original/", filing.original, name="original"),
    re_path(r"^imp/(?P<pk>\d{1,18})/(?P<kind>changes|skipped)/$", filing.rows, name="rows"),
]
