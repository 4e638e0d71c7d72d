"""The limits of an uploaded file (decisions.md 25, reliability.md §2.6)."""

MEBIBYTE = 1 << 20

MOST_BYTES = 20 * MEBIBYTE
MOST_ROWS = 200_000
MOST_COLUMNS = 256
MOST_CELLS = 3_000_000  # non-empty ones of a file
MOST_AREA = 7_000_000  # cells of a sheet's used range, filled or not: what the parser allocates
MOST_SHEETS = 200
LONGEST_CELL = 32_767  # as in Excel

MOST_MEMBERS = 3_000  # of a zip file
MOST_UNPACKED = 300 * MEBIBYTE
#: an honest sheet of equal empty rows shrinks some 200 times; zip cannot do more than 1,032
MOST_RATIO = 400
SMALL_MEMBER = 16 * MEBIBYTE  # below this the ratio does not matter

#: of the child: address space, processor seconds, seconds by the clock, what it may answer. The
#: processor's seconds decide; by the clock a busy machine would refuse an honest file
CHILD_MEMORY = 512 * MEBIBYTE
CHILD_CPU_SECONDS = 9
CHILD_SECONDS = 30
MOST_ANSWER = 256 * MEBIBYTE
