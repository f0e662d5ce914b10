"""What is installed, as reports of faults have to tell."""

import platform
import sys
from importlib import metadata

from packaging.requirements import Requirement

DISTRIBUTION = "au_tf"


def show_versions() -> None:
    """Prints the versions of au_tf, Python, the system, and of all packages that au_tf asks for."""
    print(f"{DISTRIBUTION}: {_version(DISTRIBUTION)}")
    print(f"Python: {sys.version.split()[0]}\nsystem: {platform.platform()}")
    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        lines = []
    for name in sorted({Requirement(line).name for line in lines}, key=str.lower):
        print(f"{name}: {_version(name)}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"
