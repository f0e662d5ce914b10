"""What ships with au_tf, or is read from a dependency, and is no text: source, licence and digest of each.

The manifest is `assets.toml`; `python -m au_tf.assets` writes the digests of what is here into it.
"""

import hashlib
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from au_tf.resources import saved_models

MANIFEST = Path(__file__).with_name("assets.toml")
_OWN = saved_models(), MANIFEST.parent
DEFAULT = "default"
"""What `Asset.needed` says of what no option asks for."""


@dataclass(frozen=True)
class Asset:
    """An entry of the manifest."""

    name: str
    """What it is called."""
    about: str
    """What it is for."""
    source: str
    """Whose it is, and where it is from."""
    made_by: str
    """The command or the process that made it."""
    licence: str
    """An SPDX identifier, or "public domain"."""
    package: str
    """The distribution that holds it; empty for au_tf itself."""
    needed: str
    """`DEFAULT`, or what reads it."""
    commercial: str
    """Whether commercial use is free: "yes", "no" or "unclear"."""
    files: Mapping[str, str]
    """SHA-256 by the paths of files, as the package has them; of au_tf below `saved_models` or its own folder."""
    terms: str = ""
    """Why, if commercial use is not free."""
    unasked: bool = False
    """Whether it is read without an option wherever its package is installed, which `DEFAULT` does not need."""

    def place(self, file: str) -> Path | None:
        """Where a file of it is; None if its package is not installed."""
        if not self.package:
            return next((folder / file for folder in _OWN if (folder / file).is_file()), _OWN[0] / file)
        try:
            return Path(str(metadata.distribution(self.package).locate_file(file)))
        except metadata.PackageNotFoundError:
            return None

    @property
    def absent(self) -> bool:
        """Whether its package is not installed."""
        return any(self.place(file) is None for file in self.files)

    @property
    def read_unasked(self) -> bool:
        """Whether what au_tf does here without options reads it."""
        return self.needed == DEFAULT or (self.unasked and not self.absent)

    def faults(self) -> Iterator[str]:
        """What is wrong with its files, a line each."""
        for file, expected in self.files.items():
            found = digest(self.place(file))
            if found != expected:
                yield f"{file}: found {found[:12] or 'nothing'}, expected SHA-256 {expected[:12]}"


def assets() -> tuple[Asset, ...]:
    """The manifest."""
    return tuple(Asset(**entry) for entry in tomllib.loads(MANIFEST.read_text())["asset"])


def digest(path: Path | None) -> str:
    """SHA-256 of a file; empty if it is not there."""
    if path is None or not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def renewed(text: str) -> str:
    """The manifest's text with the digests of the files that are here."""
    for asset in assets():
        for file in asset.files:
            line = rf'^(files\."{re.escape(file)}" = )"\w*"$'
            if found := digest(asset.place(file)):
                text = re.sub(line, rf'\g<1>"{found}"', text, flags=re.MULTILINE)
    return text


if __name__ == "__main__":
    MANIFEST.write_text(renewed(MANIFEST.read_text()))
    sys.exit(any(fault for asset in assets() for fault in asset.faults()))
