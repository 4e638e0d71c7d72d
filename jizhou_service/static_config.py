"""Which files of the installed packages are served: none of what no page asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class OurStaticFilesConfig(StaticFilesConfig):
    """Leaves out the second viewer of the API (5 MB), which only made the first start slow."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]
