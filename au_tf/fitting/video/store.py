"""What has been extracted so far, kept on disk so that an interrupted extraction goes on where it was."""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import weakref
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from au_tf import fitting, morphable, rendering
from au_tf.arrays import Arrays
from au_tf.errors import InputError
from au_tf.files import cache_folder, read_npz, write_npz

logger = logging.getLogger(__name__)


class Store:
    """A folder in the cache, named after what is extracted and by what; a file a piece of work.

    Whoever is at the same work at the same time, in this process or another, shares it.

    Args:
      identity: what the pieces follow from, as text and numbers; the code is added to it.
      place: the folder of the cache in which it lies.
    """

    def __init__(self, identity: Sequence[object], place: str = "extracting") -> None:
        text = json.dumps([*identity, code_version()])
        self.folder = cache_folder() / place / hashlib.sha256(text.encode()).hexdigest()[:32]
        self._lock = _shared(self.folder)
        if self._lock is not None:
            weakref.finalize(self, os.close, self._lock)

    def load(self, name: str, fields: Sequence[str]) -> Arrays | None:
        """The arrays of a piece, None if it is not there."""
        path = self.folder / f"{name}.npz"
        if not path.exists():
            return None
        try:
            return read_npz(path, list(fields))
        except InputError:
            logger.warning("%s is damaged and is made again", path)
            return None

    def save(self, name: str, arrays: Arrays) -> bool:
        """Keeps the arrays of a piece; whether that was possible: if not it is merely made again next time."""
        try:
            write_npz(self.folder / f"{name}.npz", arrays)
        except InputError as error:
            logger.warning("what was extracted is not kept: %s", error)
            return False
        return True

    def clear(self) -> None:
        """Removes everything, once the result stands elsewhere; if others are still at it, the last one does."""
        if self._lock is not None:
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(self.folder, ignore_errors=True)
                fcntl.flock(self._lock, fcntl.LOCK_UN)


def _shared(folder: Path) -> int | None:
    """A folder that is made if need be, open and locked against removal; None where nothing can be kept."""
    try:
        while True:
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_SH)
            # Somebody may have removed it while this one waited.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), folder.stat()):
                    return lock
            os.close(lock)
    except OSError:
        return None


@cache
def code_version() -> str:
    """Changes whenever code changes that extraction depends on."""
    sha = hashlib.sha256()
    for package in (fitting, morphable, rendering):
        for folder in package.__path__:
            for source in sorted(Path(folder).rglob("*.py")):
                sha.update(source.read_bytes())
    return sha.hexdigest()
