"""What the command tells: words on standard error, results on standard output, settings in a file."""

import json
import logging
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any

import lazy_loader
from cyclopts.config import Json, Toml, Yaml

from au_tf import __version__
from au_tf.errors import Argument, InputError

logger = logging.getLogger(__name__)
# It brings NumPy along.
files = lazy_loader.load("au_tf.files", suppress_warning=True)
_FORMATS: dict[str, type[Toml | Yaml | Json]] = {".toml": Toml, ".yaml": Yaml, ".yml": Yaml, ".json": Json}


def level(verbose: bool, quiet: bool) -> int:
    """From which level on the log is shown."""
    return logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO


@contextmanager
def told() -> Iterator[None]:
    """Shows au_tf's log on standard error as plain lines, and lets no name that an encoding lacks stop the work."""
    for name, stream in (("stdout", sys.stdout), ("stderr", sys.stderr)):
        if stream is None:
            # Closed by whoever started the command.
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logger, handler = logging.getLogger("au_tf"), logging.StreamHandler()
    logger.addHandler(handler)
    before = logger.propagate
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = before
        logger.removeHandler(handler)


def settings_file(path: Path) -> Toml | Yaml | Json:
    """A file of settings as a source of options.

    Raises:
      InputError: if there is none, or its kind is not known.
    """
    if path.suffix.lower() not in _FORMATS:
        raise InputError("--config", "suffix", path.suffix or "none", " or ".join(_FORMATS))
    if not path.is_file():
        raise InputError(f"--config {path}", "file", "nothing", "a file with a line for each setting")
    source = _FORMATS[path.suffix.lower()](path, use_commands_as_keys=False)
    try:
        source.config  # noqa: B018
    except Exception as error:
        # What its readers of YAML raise makes cyclopts stumble.
        raise InputError(f"--config {path}", "settings", error, f"a whole {path.suffix.lower()}") from error
    return source


def check_free(places: Iterable[tuple[str, Path]]) -> None:
    """Makes sure that nothing is replaced or mixed with something else.

    Args:
      places: files and folders that are to be made, with the names of arguments.

    Raises:
      InputError: for a file that is there, or a folder that is not empty.
    """
    for name, path in places:
        if path.exists() and (path.is_file() or any(path.iterdir())):
            raise InputError(Argument(name, path), "place", "one that is taken", "a free one")


def settings_place(made: Path) -> Path:
    """Where the settings of a result are kept: in its folder, or beside its file, which has a suffix."""
    return made.with_name(f"{made.name}.toml") if made.suffix and not made.is_dir() else made / "config.toml"


def write_settings(path: Path, words: Sequence[str], settings: Mapping[str, Any]) -> None:
    """Writes settings by the names of options as a file that `--config` reads; without it the result is one, too.

    Args:
      path: of the file.
      words: of the command, which stand first as a comment.
      settings: what was given.
    """
    command = " ".join(shlex.join(["au-tf", *words]).splitlines())
    lines = [f"{name} = {json.dumps(value, default=str, ensure_ascii=False)}" for name, value in settings.items()]
    try:
        files.write_whole(path, "".join(f"{line}\n" for line in (f"# au_tf {__version__}: {command}", *lines)))
    except (InputError, OSError) as error:
        logger.warning("The settings are not kept: %s", error)


def check_made(result: Any) -> None:
    """Makes sure that the files that a command gives back are there: libraries may go on without them.

    Raises:
      InputError: for the first that is not.
    """
    for path in result if isinstance(result, list | tuple) else [result]:
        if isinstance(path, Path) and not os.path.lexists(path):
            raise InputError(path, "file", "nothing, though it was to be made", "a place that can be written")


@dataclass
class Report:
    """What a command tells as its result, line by line as it is found."""

    lines: Iterable[str]
    """For people."""
    facts: Callable[[], Any]
    """The same for JSON, once all lines are taken."""
    status: Callable[[], int] = int
    """The exit status, once all lines are taken; 0 by default."""


def show(result: Any, as_json: bool) -> int:
    """Prints what a command has made.

    Args:
      result: an exit status, a report, a path, several, or an object with `paths` and further results.
      as_json: print an object of JSON with all of it instead of a line a path.

    Returns:
      The exit status.
    """
    if result is None or isinstance(result, int):
        return result or 0
    if isinstance(result, Report):
        for line in result.lines:
            if not as_json:
                print(line, flush=True)
        if as_json:
            print(json.dumps(_plain(result.facts()), indent=2), flush=True)
        return result.status()
    found = {"paths": result} if isinstance(result, str | Path | list | tuple) else _members(result)
    paths = found.get("paths", ())
    paths = [str(path) for path in (paths if isinstance(paths, list | tuple) else [paths])]
    print(json.dumps(_plain(found | {"paths": paths}), indent=2) if as_json else "\n".join(paths), flush=True)
    return 0


def _members(result: object) -> dict[str, Any]:
    names = getattr(result, "_fields", None) or vars(result)
    return {name: getattr(result, name) for name in names if not name.startswith("_")}


def _plain(value: Any) -> Any:
    """A value in the forms of JSON: arrays as lists, objects as their members, anything else in words."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {" ".join(map(str, k)) if isinstance(k, tuple) else str(k): _plain(v) for k, v in value.items()}
    if hasattr(value, "_fields") or is_dataclass(value):
        return {name: _plain(member) for name, member in _members(value).items()}
    return [_plain(each) for each in value] if isinstance(value, Iterable) else str(value)
