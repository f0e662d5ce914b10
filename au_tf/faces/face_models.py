"""Face models as a whole: read from anywhere, and described."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from au_tf.arrays import Float32
from au_tf.errors import Argument, InputError
from au_tf.facs import ACTION_UNITS, AU_NAMES, format_intensities
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.simulation.mechanics import LEAST_MOTION_MM, shown_units, unit_motion, units_are

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


def facts_of(model: MorphableModel) -> dict[str, Any]:
    """What a face model is, by names; lengths in millimetres, of Action Units what they move it by at intensity 5."""
    corners = model.mean_shape[model.landmarks[[36, 45]]]
    return {
        "name": model.name,
        "digest": model.digest,
        "vertices": len(model.mean_shape),
        "parts": {part.name.lower(): n for part in Part if (n := int((model.parts == part).sum()))},
        "triangles": len(model.triangles),
        "coefficients": {name: len(getattr(model, f"{name}_basis")) for name in ("identity", "albedo", "expression")},
        "extent": np.ptp(model.mean_shape, axis=0).tolist(),
        "outer_eye_corners": float(np.linalg.norm(corners[1] - corners[0])),
        "made_of": units_are(model),
        "action_units": dict(zip(AU_NAMES, unit_motion(model).tolist(), strict=True)),
    }


def describe(facts: Mapping[str, Any]) -> Iterator[str]:
    """The facts of a face model, a line each."""
    width, height, depth = facts["extent"]
    parts = ", ".join(f"{name} {n:,}" for name, n in facts["parts"].items())
    lines = {
        "name": facts["name"],
        "digest": facts["digest"][:12],
        "vertices": f"{facts['vertices']:,} ({parts})",
        "triangles": f"{facts['triangles']:,}",
        **{name: f"{size} coefficients" for name, size in facts["coefficients"].items()},
        "extent": f"{width:.0f} x {height:.0f} x {depth:.0f} mm (width, height, depth)",
        "outer eye corners": f"{facts['outer_eye_corners']:.1f} mm apart",
        "Action Units": facts["made_of"],
    }
    yield from (f"{name:{_WIDTH}}{fact}" for name, fact in lines.items())
    for unit, motion in zip(ACTION_UNITS, facts["action_units"].values(), strict=True):
        does = (
            f"moves it by up to {motion:.1f} mm at intensity 5"
            if motion >= LEAST_MOTION_MM
            else "not on this face model"
        )
        yield f"  {unit!s:5}{unit.name:{_WIDTH + 3}}{does}"
