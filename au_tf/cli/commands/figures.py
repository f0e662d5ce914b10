"""`au-tf figures`: figures 6 to 8 of the paper."""

from pathlib import Path

import au_tf
from au_tf.cli.parameters import BUILTIN, Count, FaceModel, Generator, Out
from au_tf.files import write_whole
from au_tf.pictures.charts import to_png
from au_tf.places import check_folder


def figures(*, out: Out, seed: Count = 0, model: FaceModel = BUILTIN, generator: Generator = None) -> list[Path]:
    """See where Action Units move the skin: figures 6 to 8 of the paper.

    Puts Action Units on a random neutral face and colours its mesh by how far the skin moves: three at each intensity
    (figure 6), each of the twelve at 5 (figure 7), and combinations (figure 8).

    Args:
      out: The folder.
      seed: Which face.
    """
    check_folder("out", out)
    drawn = au_tf.figures(seed, model=model, generator=generator)
    pictures = {out / f"figure-{number}.png": to_png(figure) for number, figure in drawn.items()}
    for path, content in pictures.items():
        write_whole(path, content)
    return list(pictures)
