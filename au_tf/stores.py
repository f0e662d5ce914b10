"""Folders in object stores beside those on this machine: listings, copies, and a lock that stores can hold."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from au_tf.errors import InputError
from au_tf.files import Place, cache_folder, place, reaching, whole_file, write_whole
from au_tf.progress import progress

RENEWED = 20.0
"""Seconds after which whoever holds the lock of a store says so again."""
_LOST = 3.0
"""So many times as long unrenewed, and its holder is dead."""


def contents(folder: Place) -> dict[str, bytes]:
    """The files of a folder by their names; none if there is no such folder."""
    if isinstance(folder, Path):
        return {path.name: path.read_bytes() for path in folder.glob("*")}
    with reaching(folder):
        paths = [path.path for path in folder.glob("*")]
        # All of them at once; one after the other would take a round trip each.
        found = folder.fs.cat(paths) if paths else {}
    return {name.rpartition("/")[2]: data for name, data in found.items()}


def sizes(folder: Place) -> dict[str, int]:
    """Bytes of the files of a folder by their names; none if there is no such folder."""
    try:
        if isinstance(folder, Path):
            with os.scandir(folder) as entries:
                return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
        with reaching(folder, FileNotFoundError):
            listed = folder.fs.ls(folder.path, detail=True)
    except FileNotFoundError:
        return {}
    return {row["name"].rpartition("/")[2]: int(row["size"]) for row in listed if row["type"] == "file"}


def fetched(path: str | os.PathLike[str] | Place, missing_ok: bool = False) -> Path:
    """A file or folder of a store as one on this machine, in the cache; what lies on this machine is itself.

    What is already there is taken only while the store says that nothing has changed.

    Raises:
      InputError: if the store has no such thing, unless that is `missing_ok`, or cannot be read.
    """
    path = place(path)
    if isinstance(path, Path):
        return path
    with reaching(path):
        listed = path.fs.find(path.path, detail=True)
    if not listed and not missing_ok:
        raise InputError(str(path), "place", "nothing", "a file or folder that is there")
    copy = copy_of(path)
    names = {copy / name.removeprefix(path.path).lstrip("/"): name for name in listed}
    for gone in [file for file in copy.rglob("*") if file.is_file() and file not in names]:
        gone.unlink()
    for local, name in progress(names.items(), unit="file", delay=2.0):
        _fetch(path, name, local, _version(listed[name]))
    return copy


def copy_of(path: Place) -> Path:
    """Where `fetched` copies what lies in a store: in folders of the same names."""
    return path if isinstance(path, Path) else cache_folder() / "stores" / path.protocol / path.path.lstrip("/")


def _fetch(path: Place, name: str, local: Path, version: str) -> None:
    # Not beside it: a folder may be read whole.
    noted = cache_folder() / "versions" / hashlib.sha256(str(local).encode()).hexdigest()
    with suppress(OSError):
        if local.is_file() and noted.read_text() == version:
            return
    assert not isinstance(path, Path)
    with whole_file(local) as beside, reaching(path):
        path.fs.get_file(name, str(beside))
    write_whole(noted, version)


def sent(folder: Path, path: Place, last: str) -> None:
    """Copies a folder into a store, all but the file without which it counts as unfinished, and then that file.

    A folder that is no other than where it is to be stays as it is.

    Raises:
      InputError: if it cannot be written.
    """
    if folder == path:
        return
    files = sorted((file for file in folder.rglob("*") if file.is_file()), key=lambda file: file.name == last)
    for file in progress(files, unit="file", delay=2.0):
        with whole_file(path.joinpath(*file.relative_to(folder).parts)) as beside:
            shutil.copyfile(file, beside)


def _version(row: dict[str, object]) -> str:
    """What changes when an object is written anew, as far as a store tells."""
    told = {name: row.get(name) for name in ("size", "ETag", "etag", "md5Hash", "LastModified", "mtime", "created")}
    return json.dumps(told, default=str)


def remove(folder: Place) -> None:
    """Removes a folder and all that is in it."""
    if isinstance(folder, Path):
        shutil.rmtree(folder)
        return
    with reaching(folder):
        folder.fs.rm(folder.path, recursive=True)


@contextmanager
def held(folder: Place, name: str, lost: Callable[[], None]) -> Iterator[None]:
    """Keeps other runs out of a folder; the lock of one that was killed is none.

    On this machine the system holds the lock. In a store it is an object that is made only where there is none, and
    renewed; one that is not renewed for a minute is taken over.

    Args:
      folder: where the lock lies; made if need be.
      name: of its file.
      lost: called once if another run has taken it meanwhile, since this one was not heard of for too long.

    Raises:
      InputError: if another run holds it, or the folder cannot be written.
    """
    if isinstance(folder, Path):
        with _opened(folder, name) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise _taken(folder) from None
            yield
        return
    lock = folder / name
    own = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"
    _take(lock, own)
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(lock, own, done, lost), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        with suppress(InputError), reaching(lock):
            if _holder(lock)[0] == own:
                lock.unlink()


def _opened(folder: Path, name: str) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / name).open("w")
    except OSError as error:
        raise InputError(folder.parent, "folder", error.strerror or error, "a folder that can be written") from error


def _taken(folder: Place) -> InputError:
    return InputError(str(folder.parent), "folder", "one that another run is writing", "a folder of its own")


def _words(own: str) -> bytes:
    return json.dumps({"holder": own, "renewed": time.time()}).encode()


def _holder(lock: Place) -> tuple[str, float]:
    told = json.loads(lock.read_bytes())
    return str(told["holder"]), float(told["renewed"])


def _take(lock: Place, own: str) -> None:
    assert not isinstance(lock, Path)
    for _ in range(2):
        with suppress(FileExistsError), reaching(lock, FileExistsError):
            lock.fs.pipe_file(lock.path, _words(own), mode="create")
            return
        with suppress(FileNotFoundError), reaching(lock, FileNotFoundError):
            before = _holder(lock)
            if not _is_dead(lock, before):
                raise _taken(lock.parent)
            # Unless another that waited for it has been quicker.
            if _holder(lock) == before:
                lock.unlink()
    raise _taken(lock.parent)


def _is_dead(lock: Place, before: tuple[str, float]) -> bool:
    """Whether a lock is no longer renewed; its age alone would not tell, since clocks of machines differ."""
    if abs(time.time() - before[1]) < _LOST * RENEWED:
        return False
    time.sleep(1.5 * RENEWED)
    return _holder(lock) == before


def _renew(lock: Place, own: str, done: threading.Event, lost: Callable[[], None]) -> None:
    assert not isinstance(lock, Path)
    while not done.wait(RENEWED):
        # A store that does not answer for a while may do so the next time.
        with suppress(InputError), reaching(lock):
            try:
                still = _holder(lock)[0] == own
            except FileNotFoundError:
                still = False
            if not still:
                lost()
                return
            lock.fs.pipe_file(lock.path, _words(own))
