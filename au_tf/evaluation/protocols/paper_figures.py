"""Figures 6 to 8 of the paper: how far the skin moves when an expression is put on a neutral face (section 4.4)."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from au_tf import facs
from au_tf.arrays import Pixels
from au_tf.faces.face_models import ModelSource
from au_tf.faces.pairing import GeneratorSource, load_pair
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.colour import to_levels
from au_tf.progress import progress
from au_tf.rendering.deformation import LIMIT_MM, colormap, deformation_colormap
from au_tf.rendering.framing import close_up, neutral, portrait
from au_tf.simulation.population import resting_faces
from au_tf.synthesis.stored import StoredGenerator

logger = logging.getLogger(__name__)

LEVELS = (1, 2, 3, 4, 5)
"""Intensities of figure 6."""
COMBINATIONS = {
    "AU1=5,AU2=5": "AU1 + AU2",
    "AU25=5,AU26=5": "AU25 + AU26",
    "AU1=5,AU2=5,AU12=5": "AU1 + AU2 + AU12\nhappiness",
    "AU1=5,AU2=5,AU15=5": "AU1 + AU2 + AU15\nsadness",
    "AU1=5,AU25=5": "AU1 + AU25\nsurprise",
}
"""Those that section 4.4 names, and what it calls them."""
_GRADUAL = (1, 12, 25)
_VIEWS = (0.0, 40.0)
_TILE = 260
_MARGIN = 1.16
_WHITE = (1.0, 1.0, 1.0)
_INCHES = 2.2


class Subject(NamedTuple):
    """Who the expressions are put on."""

    model: MorphableModel
    """The face model."""
    generator: StoredGenerator
    """Action Units to expressions."""
    face: Coefficients
    """The input, a neutral face."""

    def target(self, text: str) -> Coefficients:
        """The face with Action Units such as "AU1=5,AU2=5"."""
        return self.face.with_expression(self.generator.generate(self.face.expression, facs.parse(text)))


def random_subject(model: MorphableModel, generator: StoredGenerator, seed: int) -> Subject:
    """A random person at rest; a generator from noise, which no source enters, makes the resting face itself.

    Args:
      model: the face model.
      generator: one of its generators.
      seed: decides who it is.
    """
    rng = np.random.default_rng(seed)
    identity = rng.standard_normal(len(model.identity_basis)).astype(np.float32)
    (expression,) = resting_faces(model, 1, rng)
    subject = Subject(model, generator, replace(neutral(model), identity=identity, expression=expression))
    return subject if generator.TAKES_SOURCE else subject._replace(face=subject.target(""))


def figures(seed: int = 0, *, model: ModelSource = "builtin", generator: GeneratorSource = None) -> dict[str, Figure]:
    """Draws figures 6 to 8 of the paper, by their numbers "6", "7", "8", of a random person.

    Args:
      seed: decides who it is.
      model: a face model, as for `Face.from_photo`.
      generator: as for `Face.from_photo`.

    Raises:
      InputError: if a file is missing or damaged, or the generator was trained for another face model.
    """
    face, network = load_pair(model, generator)
    logger.info("Drawing the figures")
    subject = random_subject(face, network, seed)
    return deformation_figures(subject, partial(progress, unit="panel"))


def deformation_figures(subject: Subject, each: Callable[[Iterable[str]], Iterable[str]] = iter) -> dict[str, Figure]:
    """All three figures by the paper's numbers: "6", "7", "8".

    Each panel shows the face from the front and, beneath, turned by 40 degrees.

    Args:
      subject: who the expressions are put on.
      each: wraps the panels' expressions as they are drawn, such as a bar of progress.
    """
    gradual = [[f"AU{unit}={level}" for level in LEVELS] for unit in _GRADUAL]
    units = {f"{unit}=5": f"{unit}\n{unit.name}" for unit in facs.ACTION_UNITS}
    titles = {text: text.replace("=", " at ") for text in chain(*gradual)}
    shown = subject.model.mask > 0
    cameras = [close_up(subject.model, shown, _TILE, _MARGIN, yaw) for yaw in _VIEWS]
    wanted = dict.fromkeys(chain(titles, units, COMBINATIONS))
    panels = {text: _panel(subject, cameras, text) for text in each(wanted)}
    return {
        "6": _figure(panels, gradual, titles),
        "7": _figure(panels, [list(units)[:6], list(units)[6:]], units),
        "8": _figure(panels, [list(COMBINATIONS)], COMBINATIONS),
    }


def _panel(subject: Subject, cameras: Iterable[Camera], text: str) -> Pixels:
    model, target = subject.model, subject.target(text)
    views = [
        deformation_colormap(model, subject.face, portrait(model, target, yaw), camera, background=_WHITE)
        for yaw, camera in zip(_VIEWS, cameras, strict=True)
    ]
    return np.concatenate(views)


def _figure(panels: Mapping[str, Pixels], rows: list[list[str]], titles: Mapping[str, str]) -> Figure:
    columns = len(rows[0])
    figure = Figure(figsize=(_INCHES * columns, (2 * _INCHES + 0.6) * len(rows) + 0.8), layout="compressed")
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for axis, text in zip(axes.flat, chain(*rows), strict=True):
        axis.imshow(panels[text])
        axis.set_title(titles[text], fontsize=10)
        axis.axis("off")
    colours = ScalarMappable(Normalize(0, LIMIT_MM), ListedColormap(to_levels(colormap(np.linspace(0, 1, 256))) / 255))
    bar = figure.colorbar(colours, ax=list(axes.flat), location="bottom", extend="max", shrink=0.5, aspect=40, pad=0.02)
    bar.set_label("displacement from the neutral face, mm")
    return figure
