"""Face models as a whole: read from anywhere, and described."""

import logging
import os
from collections.abc import Iterator

import numpy as np

from au_tf.arrays import Float32
from au_tf.errors import Argument, InputError
from au_tf.facs import ACTION_UNITS, AU_NAMES, format_intensities
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.simulation.mechanics import LEAST_MOTION_MM, shown_units, unit_motion, units_are

logger = logging.getLogger(__name__)

_WIDTH = 20

ModelSource = MorphableModel | str | os.PathLike[str]
"""A face model, or where it is: "builtin", or a file or folder."""


def face_model_of(source: ModelSource = BUILTIN) -> MorphableModel:
    """The face model that is given, or read from where it is.

    Raises:
      InputError: if there is none, or it is damaged or of no known kind.
    """
    if isinstance(source, MorphableModel):
        return source
    logger.info("Reading the face model; the first time this takes a moment")
    return load_face_model(source)


def check_shown(model: MorphableModel, intensities: Float32) -> None:
    """Makes sure that a face model can do what is asked.

    Args:
      model: the face model.
      intensities: float32[..., 12] in [0, 5].

    Raises:
      InputError: if it has no such Action Unit.
    """
    asked = intensities.reshape(-1, len(AU_NAMES)).max(0, initial=0.0)
    if not asked.any():
        return
    able = shown_units(model)
    lost = np.flatnonzero((asked > 0.0) & ~able)
    if len(lost):
        known = ", ".join(name for name, can in zip(AU_NAMES, able, strict=True) if can)
        found = f"one that face model {model.name} cannot do"
        raise InputError(
            Argument("intensities", format_intensities(asked)), AU_NAMES[lost[0]], found, f"one of {known}"
        )


def describe(model: MorphableModel) -> Iterator[str]:
    """What a face model is, a line each."""
    extent = np.ptp(model.mean_shape, axis=0)
    corners = model.mean_shape[model.landmarks[[36, 45]]]
    parts = {part.name.lower(): int((model.parts == part).sum()) for part in Part}
    facts = {
        "name": model.name,
        "digest": model.digest[:12],
        "vertices": f"{len(model.mean_shape):,} ({', '.join(f'{name} {n:,}' for name, n in parts.items() if n)})",
        "triangles": f"{len(model.triangles):,}",
        "identity": f"{len(model.identity_basis)} coefficients",
        "albedo": f"{len(model.albedo_basis)} coefficients",
        "expression": f"{len(model.expression_basis)} coefficients",
        "extent": f"{extent[0]:.0f} x {extent[1]:.0f} x {extent[2]:.0f} mm (width, height, depth)",
        "outer eye corners": f"{np.linalg.norm(corners[1] - corners[0]):.1f} mm apart",
        "Action Units": units_are(model),
    }
    yield from (f"{name:{_WIDTH}}{fact}" for name, fact in facts.items())
    for unit, motion in zip(ACTION_UNITS, unit_motion(model), strict=True):
        does = (
            f"moves it by up to {motion:.1f} mm at intensity 5"
            if motion >= LEAST_MOTION_MM
            else "not on this face model"
        )
        yield f"  {unit!s:5}{unit.name:{_WIDTH + 3}}{does}"
