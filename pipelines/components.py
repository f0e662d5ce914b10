"""Experiments as components that make artifacts out of artifacts, with recorded lineage, caching and resumption.

A component is a function with a name, parameters, and the names of the components whose artifacts it takes. Its
artifact is a folder with a manifest beside the files: what it was made from, by which parameters and code, and what it
holds. A component whose manifest says just that is skipped.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import au_tf
from au_tf.errors import InputError
from au_tf.files import file_digest, write_whole

MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished"
_FOLDERS = ("datasets", "pipelines")


@dataclass(frozen=True)
class Manifest:
    """What an artifact is, and where it is from."""

    name: str
    """Of the component that made it."""
    kind: str
    """What it is, e.g. "Generator"."""
    parameters: Mapping[str, Any]
    """Of the component."""
    inputs: Mapping[str, str]
    """Digests of the artifacts that it was made from, by the component's name."""
    code: str
    """Digest of the code that made it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Digests of its files by their names."""
    seconds: float = 0.0
    """How long the last run took that finished it."""

    @property
    def made_from(self) -> dict[str, Any]:
        """All that it depends on."""
        return {name: getattr(self, name) for name in ("name", "kind", "parameters", "inputs", "code")}

    @property
    def digest(self) -> str:
        """Of its kind and files, wherever and however they were made."""
        return _digest({"kind": self.kind, "files": dict(self.files)})


@dataclass(frozen=True)
class Component:
    """One step of an experiment."""

    name: str
    """And that of its artifact's folder."""
    kind: str
    """Of the artifact."""
    make: Callable[[Path, Mapping[str, Path]], None]
    """Makes it in a folder, out of the folders of its inputs by name; what it finds there is from a run of the same
    that was interrupted."""
    inputs: tuple[str, ...] = ()
    """Names of the components whose artifacts it takes."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What else decides over the artifact, as JSON can hold it."""


def run(components: Sequence[Component], folder: Path, tell: Callable[[str], object]) -> dict[str, Manifest]:
    """Runs components in their order, but for those whose artifact is there already.

    Args:
      components: each after those that it takes artifacts from.
      folder: where the artifacts are, a folder each.
      tell: is told what is run and what is skipped.

    Returns:
      The manifests by name.

    Raises:
      InputError: for a damaged manifest, or as the components say.
    """
    manifests: dict[str, Manifest] = {}
    for component in components:
        inputs = {name: manifests[name].digest for name in component.inputs}
        parameters = json.loads(json.dumps(dict(component.parameters)))
        wanted = Manifest(component.name, component.kind, parameters, inputs, code_digest())
        there = read_manifest(folder / component.name)
        if there is not None and there.made_from == wanted.made_from:
            tell(f"{component.name}: unchanged")
            manifests[component.name] = there
        else:
            tell(f"{component.name}: making it")
            manifests[component.name] = _made(component, wanted, folder)
    return manifests


def _made(component: Component, wanted: Manifest, folder: Path) -> Manifest:
    begun = time.monotonic()
    # Its name tells what it is to be made from, so that only a run of the same goes on with it.
    work = folder / _UNFINISHED / f"{component.name}-{_digest(wanted.made_from)[:12]}"
    work.mkdir(parents=True, exist_ok=True)
    component.make(work, {name: folder / name for name in component.inputs})
    files = {path.relative_to(work).as_posix(): file_digest(path) for path in _files(work)}
    done = Manifest(**{**wanted.made_from, "files": files, "seconds": round(time.monotonic() - begun, 1)})
    write_whole(work / MANIFEST, (json.dumps(asdict(done), indent=2, sort_keys=True) + "\n").encode())
    place = folder / component.name
    if place.exists():
        shutil.rmtree(place)
    os.replace(work, place)
    return done


def read_manifest(artifact: Path) -> Manifest | None:
    """The manifest of an artifact; None if there is none.

    Raises:
      InputError: if it is damaged.
    """
    path = artifact / MANIFEST
    try:
        return Manifest(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise InputError(path, "manifest", f"a damaged file ({error})", "one that a pipeline wrote") from error


@cache
def code_digest() -> str:
    """Digest of all source files of au_tf, its data sets and its pipelines."""
    root = Path(au_tf.__file__).parent
    # Beside the package in a checkout, inside it where it is installed.
    outside = [root.parent / name for name in _FOLDERS if not (root / name).is_dir()]
    sources = sorted(path for place in (root, *outside) for path in place.rglob("*.py"))
    return _digest({path.relative_to(root.parent).as_posix(): file_digest(path) for path in sources})


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
