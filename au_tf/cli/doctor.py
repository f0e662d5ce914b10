"""`au-tf doctor`: what is installed, what is missing, what to do about it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from au_tf.errors import InputError
from au_tf.places import check_folder

DISTRIBUTION = "au_tf"
# Its metadata keeps it from newer Pythons, where its modules used here still run.
_GRAPHICS = "tensorflow-graphics"
_DATA = "pip install 'au_tf[data]'"
_DATA_USE = "augment, evaluate, reproduce, train estimator and data sets"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    """What was looked at."""
    found: str
    """What was found."""
    advice: str = ""
    """What to do about it; empty if it is fine."""


def doctor() -> int:
    """Tell what is installed, what is missing and what to do about it; the exit status is 1 if something is."""
    sick = 0
    for look in _looks():
        for finding in _safely(look):
            print(f"{'ok  ' if not finding.advice else 'MEND'}  {finding.what}: {finding.found}", flush=True)
            if finding.advice:
                print(f"      -> {finding.advice}", flush=True)
                sick += 1
    print("All is well." if not sick else f"{sick} to mend.")
    return min(sick, 1)


def _looks() -> tuple[Callable[[], Iterator[Finding]], ...]:
    return _python, _packages, _landmark_model, _devices, _cache, _generator


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Runs one examination; one that breaks is a finding too, and the others go on."""
    try:
        yield from look()
    except Exception as error:
        yield Finding(look.__name__.strip("_").replace("_", " "), f"{type(error).__name__}: {error}", "mend the above")


def _python() -> Iterator[Finding]:
    yield Finding("Python", sys.version.split()[0])


def _packages() -> Iterator[Finding]:
    from importlib import metadata

    from packaging.requirements import Requirement

    from au_tf import __version__

    try:
        requirements = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:
        yield Finding("au_tf", f"{__version__}, run from its source", "pip install . in the checkout")
        return
    yield Finding("au_tf", metadata.version(DISTRIBUTION))
    for requirement in requirements:
        if "extra" not in str(requirement.marker):
            yield examine(requirement.name, str(requirement.specifier))
    missing = missing_data()
    yield Finding("extra data", f"{_DATA_USE} need {' and '.join(missing)}: {_DATA}" if missing else "installed")


def missing_data() -> list[str]:
    """Packages of the extra `data` that are not installed."""
    return [package for package in ("tensorflow_datasets", "apache_beam") if find_spec(package) is None]


def require_data(command: str) -> None:
    """Makes sure that the extra `data` is installed.

    Raises:
      InputError: if it is not.
    """
    if missing := missing_data():
        raise InputError(f"au-tf {command}", "packages", f"no {' and no '.join(missing)}", f"them: {_DATA}")


def examine(name: str, specifier: str) -> Finding:
    """Compares what is installed of a package with the versions that are accepted, e.g. ">=2,<3"."""
    from importlib import metadata

    from packaging.specifiers import SpecifierSet

    options = "--no-deps " if name == _GRAPHICS and sys.version_info >= (3, 12) else ""
    advice = f"pip install {options}'{name}{specifier}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "nothing", advice)
    if not SpecifierSet(specifier).contains(version, prereleases=True):
        return Finding(name, f"{version}, accepted is {specifier}", advice)
    return Finding(name, version)


def _landmark_model() -> Iterator[Finding]:
    from au_tf.fitting.detect.detection import landmark_file

    path = landmark_file()
    yield Finding("landmark model", f"{path} (trained on 300-W, whose licence excludes commercial use)")


def _devices() -> Iterator[Finding]:
    from au_tf import startup

    startup.start_tensorflow()
    import tensorflow as tf

    gpus = [device.name for device in tf.config.list_physical_devices("GPU")]
    yield Finding("GPU", ", ".join(gpus) if gpus else "none; everything runs on the CPU")


def _cache() -> Iterator[Finding]:
    from au_tf.files import cache_folder

    folder = cache_folder()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        check_folder("cache", existing)
    except InputError as error:
        yield Finding("cache", f"{folder}, {error.found}", "set AU_TF_CACHE to a folder that can be written")
    else:
        yield Finding("cache", str(folder))


def _generator() -> Iterator[Finding]:
    from au_tf.morphable.builtin import builtin_face
    from au_tf.synthesis.generators import load_generator

    model = builtin_face()
    yield Finding("face model", f"{model.name}, {len(model.mean_shape)} vertices, digest {model.digest[:12]}")
    try:
        generator = load_generator()
        generator.check(model)
    except InputError as error:
        yield Finding("generator", str(error), "install au_tf anew, or train one with au-tf train caae --out DIR")
    else:
        yield Finding("generator", f"trained on {generator.face.name}, digest {generator.face.digest[:12]}")
