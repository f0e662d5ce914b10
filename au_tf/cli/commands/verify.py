"""`au-tf verify`: whether files say that they are synthetic."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.output import Report
from au_tf.pictures.provenance.verify import Verdict


def verify(files: Annotated[list[Path], Parameter(metavar="FILE")], /) -> Report:
    """Read whether a file says that it is synthetic, and is intact.

    Everything that au-tf makes of a face with Action Units says so in its metadata (XMP, IPTC digital source type), and
    for which ones. The exit status is 0 if each file says so and is as it was made, 1 if one has changed since, such as
    a copy in other quality, and 3 if one says nothing: then it is no picture of au-tf, or something has dropped its
    metadata.

    Args:
      files: Pictures, films, meshes or folders of data sets.
    """
    found: list[Verdict] = []

    def lines() -> Iterator[str]:
        for file in files:
            found.append(au_tf.verify(file))
            yield str(found[-1])

    return Report(
        lines(),
        lambda: [asdict(each) | {"status": each.status} for each in found],
        lambda: max(each.status for each in found),
    )
