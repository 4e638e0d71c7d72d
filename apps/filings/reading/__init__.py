"""Reading Appendix 1 and 2 as townships really fill them in; knows no table of the database."""

from apps.filings.reading.reader import read_file, read_opened
from apps.filings.reading.units import UnitWords

__all__ = ["UnitWords", "read_file", "read_opened"]
