"""The project package: settings, URLs, Celery, and what joins the apps together."""

from jizhou_service.celery import app as celery_app

__all__ = ["celery_app"]
