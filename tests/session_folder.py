"""Where the processes of one test session share what is dear to make."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

SESSION = "SESSION_OF_BRIEF_TESTS"  # its name, set by the process that starts the others
SHARED_MEMORY = Path("/dev/shm")
ROOM_BYTES = 2**30


def folder_of_session() -> Path:
    """A folder that all processes of this session know by name, in memory where there is room. It need not exist."""
    is_roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).total > ROOM_BYTES
    return (SHARED_MEMORY if is_roomy else Path(tempfile.gettempdir())) / f"brief-tests-{os.environ[SESSION]}"
