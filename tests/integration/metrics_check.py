"""Metrics on stdin, as Prometheus's own parser reads them, against the table of docs/metrics.md.

    metrics_check.py SECTION    SECTION: tracker, node or daemon; exits 77 without the parser (python3-prometheus-client)

Every metric has to be in the table, for this kind of process, with its type and help text; and the other way round.
"""

import re
import sys
from pathlib import Path

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    sys.exit(77)

ROW = re.compile(r"\| `([a-z_0-9]+)(?:\{([a-z,]+)\})?` \| (counter|gauge) \| ([a-z, ]+) \| (.+) \|")


def main() -> int:
    section = sys.argv[1]
    docs = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
    wanted = {}
    for name, labels, kind, where, text in ROW.findall(docs.read_text()):
        if section in where.split(", "):
            wanted[name] = (kind, tuple(labels.split(",")) if labels else (), text)
    found = {}
    for family in text_string_to_metric_families(sys.stdin.read()):
        # The parser calls a counter by its name without _total.
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = {tuple(sample.labels) for sample in family.samples}
        found[name] = (family.type, labels.pop() if labels else (), family.documentation)
        if labels:
            print(f"{name}: samples with different labels")
            return 1
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            print(f"{name}: the table says {wanted.get(name)}, the process {found.get(name)}")
    return 0 if wanted and wanted == found else 1


sys.exit(main())
