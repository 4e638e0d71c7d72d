"""Suggest and search in a handbook of 5,000 entries, on the database that DATABASE_URL names.

Run ``python benchmarks/bench_handbook.py [entries]``. The entries are made of the sentences of the
examples, shuffled; they lie in a test database that is dropped afterwards. It fails when suggesting
for a request takes longer than 20 ms (95th percentile) or searching a page longer than 60 ms.
Embedded: CPU time, so that other programs disturb less; PostgreSQL works elsewhere, so the wall clock.
"""

import os
import random
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jizhou_service.settings")
os.environ.setdefault("ALLOW_HTTP", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")

SUGGEST_MS, SEARCH_MS = 20.0, 60.0
ROUNDS = 5
PAGE = 20
WORDS = ("增容", "消防", "贷款", "消防 验收", "看护房", "退税", "通行", "仲裁", "电", "养老院")
NOW, DAY = datetime(2026, 3, 18, 2, tzinfo=UTC), date(2026, 3, 18)


def shuffled(examples, rng):
    """Return the content of an entry, each field with sentences of several examples."""
    content = rng.choice(examples).content()
    content["question"] = f"{rng.choice(examples).question[:38]}，{content['question'][:38]}"
    for name in ("similar", "steps", "materials"):
        lines = [line for one in rng.sample(examples, 4) for line in getattr(one, name).split("\n")]
        content[name] = "\n".join(rng.sample(lines, min(4, len(lines))))
    pieces = [piece for one in rng.sample(examples, 6) for piece in one.answer.split("。")]
    content["answer"] = "。".join(rng.sample(pieces, 8))
    return content


def fill(count):
    """Write entries with versions and terms, as publishing does, in bulk."""
    from apps.handbook import terms
    from apps.handbook.actions._base import body_of, plain_of
    from apps.handbook.models import Entry, EntryTerm, EntryVersion

    rng = random.Random(7)
    examples = list(EntryVersion.objects.select_related("category", "unit"))
    contents = [shuffled(examples, rng) for _ in range(count - len(examples))]
    entries = Entry.objects.bulk_create(
        [Entry(number=f"9999-{place}", **one) for place, one in enumerate(contents)], batch_size=500
    )
    versions = EntryVersion.objects.bulk_create(
        [
            EntryVersion(entry=entry, number=1, published_at=NOW, published_by="-", **one)
            for entry, one in zip(entries, contents, strict=True)
        ],
        batch_size=500,
    )
    rows = []
    for entry, version in zip(entries, versions, strict=True):
        entry.current, entry.status, entry.draft_state = version, "PUBLISHED", "NONE"
        entry.review_on, entry.plain = DAY, plain_of(version)
        weights = terms.weights(
            question=version.question,
            similar=version.similar_list,
            category=version.category.name,
            body=body_of(version),
        )
        rows += [EntryTerm(entry=entry, term=term, weight=w) for term, w in weights.items()]
    names = ["current", "status", "draft_state", "review_on", "plain"]
    Entry.objects.bulk_update(entries, names, batch_size=200)
    EntryTerm.objects.bulk_create(rows, batch_size=5000)
    return EntryTerm.objects.count()


def measured(run, things):
    """Return the median and the 95th percentile of milliseconds over all things and rounds."""
    from django.db import connection

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    taken = []
    for _ in range(ROUNDS):
        for thing in things:
            begin = clock()
            run(thing)
            taken.append((clock() - begin) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


def main():
    """Fill, measure, judge."""
    import django

    django.setup()
    from django.db import connection

    from apps.handbook.queries import search, suggest
    from apps.handbook.tests.test_search import REQUESTS
    from jizhou_service.reference import load_reference_data

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    kept = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        load_reference_data()
        rows = fill(count)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        texts = [text for text, _code in REQUESTS]
        results = (
            ("按诉求推荐", *measured(suggest, texts), SUGGEST_MS),
            ("检索一页", *measured(lambda word: list(search(word)[:PAGE]), WORDS), SEARCH_MS),
        )
        print(f"{connection.vendor}, {count:,} entries, {rows:,} terms\n")
        print("| | p50 ms | p95 ms | limit ms |\n|---|---:|---:|---:|")
        for label, half, most, limit in results:
            print(f"| {label} | {half:.1f} | {most:.1f} | {limit:.0f} |")
        return int(any(most > limit for _, _, most, limit in results))
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
