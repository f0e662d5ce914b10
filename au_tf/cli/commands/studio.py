"""`au-tf studio`: sliders in the browser."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from au_tf.cli import extras
from au_tf.cli.given import Given, takes
from au_tf.cli.parameters import BUILTIN
from au_tf.pictures.images import check_image
from au_tf.studio.config import StudioConfig

Several = Annotated[
    list[str] | None,
    Parameter(
        name="--face-model",
        metavar="MODEL",
        help="A face model to choose from, as for au-tf synthesize; repeat it for several (default: builtin).",
    ),
]
Generators = Annotated[
    list[Path] | None,
    Parameter(name="--generator", metavar="DIR", help="A trained generator to choose; repeat it for several."),
]


@takes({"Server": StudioConfig()})
def studio(
    photo: Path | None = None,
    /,
    *,
    models: Several = None,
    generators: Generators = None,
    browser: Annotated[bool, Parameter(help="Open the page in the browser.", negative="--no-browser")] = True,
    given: Given = Given(),
) -> int:
    """Move the face of a photo by sliders, on a page in the browser.

    It serves the page until Ctrl-C. Photos stay on this machine, and are forgotten when their page is closed.

    Args:
      photo: A photo with a face, with which the page begins.
    """
    extras.require_studio()
    config = given.applied(StudioConfig())
    if photo is not None:
        check_image(photo)
    from au_tf.studio.server import serve

    serve(config, photo, models or [BUILTIN], generators or [], browser)
    return 0
