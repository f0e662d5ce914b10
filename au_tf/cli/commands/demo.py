"""`au-tf demo`: the main job on a real photo, as pictures, a mesh and coefficients."""

from pathlib import Path

from skimage import data

import au_tf
from au_tf.cli.parameters import File, Fitted, Fitting, Out
from au_tf.places import check_folder


def demo(
    *,
    photo: File = None,
    out: Out = Path("demo"),
    fitting: Fitted = Fitting(),
) -> list[Path]:
    """See what au-tf does, on a photo that comes with it.

    Gives one face every Action Unit at every intensity, and some combinations, and writes the pictures, a mesh and the
    coefficients to one folder.

    Args:
      photo: Another photo than the astronaut of scikit-image (public domain).
      out: The folder.
    """
    check_folder("out", out)
    shown = data.astronaut() if photo is None else photo
    return au_tf.write_gallery(out, fitting.found(shown))
