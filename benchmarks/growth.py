"""How pages grow with the number of tickets: two tables of ``bench_pages.py`` side by side.

Run ``python benchmarks/growth.py <small table> <large table>``, both written with ``--out`` on the
same database system and, to be comparable, on the same machine in the same hour. The aim: no page
takes more than 1.3 times as long (p50) at the large size. It ends with exit code 1 where one does.
"""

import re
import statistics
import sys
from pathlib import Path

MOST, FLOOR_MS = 1.3, 5.0
ROW = re.compile(r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| \d+(?: \*\*over\*\*)? \| ([\d.]+) \|")
#: labels name the depth and the sampled words of their own database
VARYING = re.compile(r" [\d,]+$")


def table(path):
    """Return the heading and {page: (p50, CPU) in ms} of a table."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if match := ROW.match(line):
            found[VARYING.sub("", match[1])] = (float(match[2]), float(match[4]))
    return lines[0], found


def main():
    """Print the pages of both tables with their ratios."""
    (small_head, small), (large_head, large) = (table(path) for path in sys.argv[1:3])
    print(f"Small: {small_head}\n\nLarge: {large_head}\n")
    print("| Page | p50 ms small | large | ratio | CPU ms small | large | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    ratios, over = [], []
    for label, (p50, cpu) in small.items():
        if label not in large:
            continue
        bigger, more = large[label]
        ratio = bigger / p50
        ratios.append(ratio)
        if ratio > MOST and bigger - p50 > FLOOR_MS:
            over.append(label)
        print(
            f"| {label} | {p50:.1f} | {bigger:.1f} | {ratio:.2f} |"
            f" {cpu:.1f} | {more:.1f} | {more / cpu:.2f} |"
        )
    print(f"\nMedian ratio of {len(ratios)} pages: {statistics.median(ratios):.2f}")
    print(f"Over {MOST}: {'、'.join(over) or 'none'}")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
