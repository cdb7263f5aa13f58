"""All tables of quality, one after the other: insights, adverts, evidence, likeness.

.venv/bin/python tests/benchmarks/quality          (BRIEF_CORPUS, BRIEF_ADVERTS: see the tables)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TABLES = ("bench_insights", "bench_adverts", "bench_evidence", "bench_likeness", "bench_novelty", "bench_taste")


def main() -> None:
    """Ends with 1 if one of them does."""
    failed = []
    for name in TABLES:
        print(f"\n=== {name}\n", flush=True)
        if subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=False).returncode:
            failed.append(name)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall hold", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
