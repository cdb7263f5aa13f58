"""The search in force: that of the newest snapshot, once its index is built; until then the one before answers."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

from brief_pipeline.errors import BriefError, first_line
from brief_pipeline.serving.index_folder import find_folder, find_key, open_index
from brief_pipeline.serving.search import Search, build_reader
from brief_pipeline.settings import Settings

LOOK_SECONDS = 2.0  # between two looks at whether there is a new snapshot
RETRY_SECONDS = 10.0  # after a look that failed
WARM_WORDS = "what was said"

log = logging.getLogger(__name__)
Signature = tuple[int, int, int]


class CurrentSearch:
    """Looks for new snapshots in a thread of its own, and has each one's index built by a process of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._snapshot = settings.published_database
        self._reader = build_reader(settings)
        self._search: Search | None = None
        self._seen: Signature | None = None
        self._stopped = threading.Event()
        self._builder: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def search(self) -> Search | None:
        """None until the first index is ready."""
        return self._search

    @property
    def is_published(self) -> bool:
        """Whether there is a snapshot at all."""
        return self._snapshot.is_file()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True, name="search index")
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._builder:
            self._builder.terminate()
        if self._thread:
            self._thread.join(timeout=LOOK_SECONDS)

    def renew(self) -> bool:
        """Opens the index of the snapshot as it is now, if that is another than before. Raises BriefError."""
        signature = _sign(self._snapshot)
        if signature is None or signature == self._seen:
            return False
        model = self._settings.embedding.model
        folder = find_folder(self._snapshot, find_key(self._snapshot, model))
        if not folder.is_dir():
            folder = self._build(model)
        search = Search(open_index(folder), self._reader)
        search.warm(WARM_WORDS)
        self._search, self._seen = search, signature
        return True

    def _watch(self) -> None:
        told = ""
        while not self._stopped.is_set():
            try:
                self.renew()
                told = ""
                self._stopped.wait(LOOK_SECONDS)
            except Exception as problem:  # noqa: BLE001 - whatever it is, the next snapshot may be well
                if not self._stopped.is_set() and told != (told := first_line(problem)):
                    log.warning("The search index could not be renewed: %s", told)
                self._stopped.wait(RETRY_SECONDS)

    def _build(self, model: str) -> Path:
        """Has the index built in a process of its own: threads of this one would keep its answers waiting."""
        command = [sys.executable, "-m", "brief_pipeline.serving.building", str(self._snapshot), model]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as builder:
            self._builder = builder
            made, said = builder.communicate()
        self._builder = None
        if builder.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            raise BriefError(lines[-1] if lines else f"its build ended with {builder.returncode}")
        return Path(made.decode().strip())


def _sign(path: Path) -> Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
