"""`au-tf doctor`: what is installed, what is missing, what to do about it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module, metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import au_tf
from au_tf import startup
from au_tf.assets import DEFAULT, Asset, assets
from au_tf.cli.extras import DATA, missing_data
from au_tf.cli.output import Report
from au_tf.cli.parameters import Flag
from au_tf.errors import InputError
from au_tf.files import cache_folder
from au_tf.places import check_folder

DISTRIBUTION = "au_tf"
# Its metadata keeps it from newer Pythons, where its modules used here still run.
_GRAPHICS = "tensorflow-graphics"
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

    def __str__(self) -> str:
        told = f"{'MEND' if self.advice else 'ok  '}  {self.what}: {self.found}"
        return f"{told}\n      -> {self.advice}" if self.advice else told


def doctor(*, commercial: Flag = False) -> Report:
    """Tell what is installed, what is missing and what to do about it; the exit status is 1 if something is.

    Args:
      commercial: Tell only whose terms a commercial use would meet; the exit status is 1 if what au-tf does without
        options meets any.
    """
    found: list[Finding] = []

    def lines() -> Iterator[str]:
        for look in (_terms,) if commercial else _looks():
            for finding in _safely(look):
                found.append(finding)
                yield str(finding)
        sick = sum(bool(finding.advice) for finding in found)
        yield f"{sick} to mend." if sick else _well(commercial)

    return Report(lines(), lambda: found, lambda: int(any(finding.advice for finding in found)))


def _looks() -> tuple[Callable[[], Iterator[Finding]], ...]:
    return _python, _packages, _assets, _devices, _cache, _generator


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Runs one examination; one that breaks is a finding too, and the others go on."""
    try:
        yield from look()
    except Exception as error:
        yield Finding(look.__name__.strip("_").replace("_", " "), f"{type(error).__name__}: {error}", "mend the above")


def _python() -> Iterator[Finding]:
    yield Finding("Python", sys.version.split()[0])


def _packages() -> Iterator[Finding]:
    try:
        requirements = [Requirement(line) for line in metadata.requires(DISTRIBUTION) or ()]
    except metadata.PackageNotFoundError:
        yield Finding("au_tf", f"{au_tf.__version__}, run from its source", "pip install . in the checkout")
        return
    yield Finding("au_tf", metadata.version(DISTRIBUTION))
    for requirement in requirements:
        if "extra" not in str(requirement.marker):
            yield examine(requirement.name, str(requirement.specifier))
    missing = missing_data()
    yield Finding("extra data", f"{_DATA_USE} need {' and '.join(missing)}: {DATA}" if missing else "installed")


def examine(name: str, specifier: str) -> Finding:
    """Compares what is installed of a package with the versions that are accepted, e.g. ">=2,<3"."""
    options = "--no-deps " if name == _GRAPHICS and sys.version_info >= (3, 12) else ""
    advice = f"pip install {options}'{name}{specifier}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "nothing", advice)
    if not SpecifierSet(specifier).contains(version, prereleases=True):
        return Finding(name, f"{version}, accepted is {specifier}", advice)
    return Finding(name, version)


def _assets() -> Iterator[Finding]:
    for asset in assets():
        holder = asset.package or DISTRIBUTION
        if asset.absent and asset.needed != DEFAULT:
            yield Finding(asset.name, f"not installed, for {asset.needed}")
        elif faults := list(asset.faults()):
            yield Finding(asset.name, "; ".join(faults), f"install {holder} anew")
        else:
            yield Finding(asset.name, f"{asset.licence}, from {holder}")


def _terms() -> Iterator[Finding]:
    for asset in assets():
        use = "needed by default" if asset.needed == DEFAULT else f"for {asset.needed}"
        if asset.unasked:
            use += ", which read it without being asked" if asset.read_unasked else ", not installed"
        found = f"{asset.licence}, {use}; commercial use: {asset.commercial}"
        if asset.terms:
            found += f", {asset.terms}"
        yield Finding(asset.name, found, _without(asset) if asset.read_unasked and asset.commercial != "yes" else "")


def _without(asset: Asset) -> str:
    """How to do without what has terms of others."""
    if asset.unasked:
        return f"pip uninstall {asset.package}, or settle with whom it was trained on"
    return f"do without {', '.join(asset.files)}"


def _well(commercial: bool) -> str:
    """The last line if nothing is to be mended."""
    if not commercial:
        return "All is well."
    others = [asset.needed for asset in assets() if asset.commercial != "yes" and not asset.read_unasked]
    told = "What au-tf does without options is free for commercial use."
    return f"{told} Terms of others come with: {'; '.join(dict.fromkeys(others))}." if others else told


def _devices() -> Iterator[Finding]:
    startup.start_tensorflow()
    tf = import_module("tensorflow")
    gpus = [device.name for device in tf.config.list_physical_devices("GPU")]
    yield Finding("GPU", ", ".join(gpus) if gpus else "none; everything runs on the CPU")


def _cache() -> Iterator[Finding]:
    folder = cache_folder()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        check_folder("cache", existing)
    except InputError as error:
        yield Finding("cache", f"{folder}, {error.found}", "set AU_TF_CACHE to a folder that can be written")
    else:
        yield Finding("cache", str(folder))


def _generator() -> Iterator[Finding]:
    model = au_tf.load_face_model("builtin")
    yield Finding("face model", f"{model.name}, {len(model.mean_shape)} vertices, digest {model.digest[:12]}")
    try:
        generator = au_tf.load_generator()
        generator.check(model)
    except InputError as error:
        yield Finding("generator", str(error), "install au_tf anew, or train one with au-tf train caae --out DIR")
    else:
        yield Finding("generator", f"trained on {generator.face.name}, digest {generator.face.digest[:12]}")
