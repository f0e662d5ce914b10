"""`au-tf cache`: what is kept between runs."""

import logging
import shutil
import time
from pathlib import Path

from au_tf.cli.output import Report
from au_tf.files import cache_folder

logger = logging.getLogger(__name__)


def info() -> Report:
    """Tell what is kept between runs, such as face models and trainings that were interrupted, and how large it is.

    Face models and what is compiled go by themselves when they were not used for two weeks, as after an upgrade.
    """
    folder = cache_folder()
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    sizes = {entry.name: _size(entry) for entry in entries}
    for entry in entries:
        days = int((time.time() - entry.lstat().st_mtime) / 86400)
        logger.info("%9.1f MB  %s%s", sizes[entry.name] / 1e6, entry.name, f", unused for {days} days" if days else "")
    logger.info("%9.1f MB  in all", sum(sizes.values()) / 1e6)
    return Report([str(folder)], lambda: {"paths": [str(folder)], "bytes": sizes})


def clear() -> list[Path]:
    """Remove what is kept between runs; it is made again when it is needed."""
    folder = cache_folder()
    freed = _size(folder)
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    logger.info("%.1f MB freed", freed / 1e6)
    return [folder]


def _size(place: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    return sum(path.lstat().st_size for path in (place, *place.rglob("*")) if not path.is_dir() or path.is_symlink())
