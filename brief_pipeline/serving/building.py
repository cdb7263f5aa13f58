"""`python -m brief_pipeline.serving.building SNAPSHOT MODEL` builds a search index and prints its folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from brief_pipeline.errors import BriefError
from brief_pipeline.serving.index_folder import make_index

NICE = 10  # it waits for who asks


def main() -> int:
    """Ends with 1, and why on the standard error, where it cannot be built."""
    os.nice(NICE)
    snapshot, model = sys.argv[1:]
    try:
        sys.stdout.write(f"{make_index(Path(snapshot), model)}\n")
    except BriefError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
