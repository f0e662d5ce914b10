"""`au-tf sign`: content credentials on synthetic pictures."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf


def sign(
    files: Annotated[list[Path], Parameter(metavar="FILE")],
    /,
    *,
    certificate: Annotated[Path, Parameter(metavar="PEM")],
    key: Annotated[Path, Parameter(metavar="PEM")],
) -> list[Path]:
    """Sign what synthetic pictures say of themselves.

    PNG and JPEG get content credentials (C2PA) with the digital source type, the Action Units and the generator that
    verify reads, in place; verify then also tells who signed. Needs the extra c2pa.

    Args:
      files: Pictures that au-tf has made.
      certificate: The signer's certificate and those above it.
      key: The private key of the first one, without a password.
    """
    return [au_tf.sign(file, certificate, key) for file in files]
