"""Contact sheets of a face model: views, random people, Action Units."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from au_tf import facs
from au_tf.arrays import Float32, Pixels
from au_tf.cli import gallery, job
from au_tf.pictures.sheets import Label, grid

if TYPE_CHECKING:
    from au_tf.geometry.camera import Camera
    from au_tf.morphable import Coefficients, MorphableModel


VIEWS = {"front": 0.0, "three-quarter": 40.0, "side": 90.0}
"""Degrees by which the face is turned."""
PEOPLE = 20
"""Random people on a sheet; their seeds count from 0."""
_VIEW = 512
_PERSON = 256
_UNIT = 216
_FACE_MARGIN, _HEAD_MARGIN, _PERSON_MARGIN = 1.04, 1.08, 1.2
_DOT = (20, 90, 220)


def write(folder: Path, model: "MorphableModel") -> list[Path]:
    """Makes every sheet of a face model, then writes them.

    Returns:
      The files written.
    """
    from au_tf.pictures.images import write_image

    model = model
    job.say("Drawing the views, random people and the Action Units")
    pictures = {"views.png": views(model), "identities.png": identities(model), "action-units.png": action_units(model)}
    for name, picture in pictures.items():
        write_image(folder / name, picture)
    return [folder / name for name in pictures]


def views(model: "MorphableModel") -> Pixels:
    """The mean face from the front, three-quarter and the side, 512 pixels each."""
    return grid(_view_tiles(model), [Label(name) for name in VIEWS], len(VIEWS))


def preview(model: "MorphableModel") -> Pixels:
    """As `views`, with the 68 landmarks on the face as well."""
    labels = [Label(name) for name in (*VIEWS, "landmarks")]
    return grid([*_view_tiles(model), _landmarks(model)], labels, len(labels))


def identities(model: "MorphableModel") -> Pixels:
    """Twenty random people, each drawn from the seed that is written above."""
    from au_tf.rendering.framing import close_up, head, portrait

    people = [portrait(model, _person(model, seed)) for seed in range(PEOPLE)]
    tiles = _draw(model, people, close_up(model, head(model), _PERSON, _PERSON_MARGIN))
    return grid(tiles, [Label(f"seed {seed}") for seed in range(PEOPLE)], 5)


def action_units(model: "MorphableModel") -> Pixels:
    """Each Action Unit: of the built-in face at every intensity, of others at 5, with some combinations."""
    from au_tf.simulation.mechanics import is_builtin

    if is_builtin(model):
        return gallery.unit_sheet(_expressive(model, gallery.single_units()))
    steps = len(gallery.LEVELS) - 1
    combined = np.stack([facs.parse(text) for text in gallery.COMBINATIONS.values()])
    intensities = np.concatenate([gallery.single_units()[::steps], combined])
    labels = [Label("neutral"), *gallery.unit_labels(), *gallery.combination_labels(gallery.COMBINATIONS)]
    return grid(_expressive(model, intensities), labels, 4)


def _view_tiles(model: "MorphableModel") -> list[Pixels]:
    from au_tf.rendering.framing import close_up, head, portrait

    tiles = []
    for yaw in VIEWS.values():
        tiles += _draw(model, [portrait(model, yaw=yaw)], close_up(model, head(model), _VIEW, _HEAD_MARGIN, yaw))
    return tiles


def _landmarks(model: "MorphableModel") -> Pixels:
    import cv2

    from au_tf.rendering.framing import close_up, face_vertices, portrait

    camera, face = close_up(model, model.mask > 0.5, _VIEW, _FACE_MARGIN), portrait(model)
    (picture,) = _draw(model, [face], camera)
    places = camera.project(face_vertices(model, face))[model.landmarks, :2]
    for column, row in places.round().astype(int).tolist():
        cv2.circle(picture, (column, row), 3, _DOT, cv2.FILLED, cv2.LINE_AA)
    return picture


def _person(model: "MorphableModel", seed: int) -> "Coefficients":
    from au_tf.rendering.framing import neutral

    rng = np.random.default_rng(seed)
    identity, albedo = (
        rng.standard_normal(len(basis)).astype(np.float32) for basis in (model.identity_basis, model.albedo_basis)
    )
    return replace(neutral(model), identity=identity, albedo=albedo)


def _expressive(model: "MorphableModel", intensities: Float32) -> list[Pixels]:
    """The mean face with intensities float32[N, 12], both sides alike, from nearby."""
    from au_tf.rendering.framing import close_up, neutral, portrait
    from au_tf.simulation.mechanics import both_sided, tabulate

    expressions = tabulate(model).expressions(both_sided(intensities))
    faces = [portrait(model, neutral(model).with_expression(expression)) for expression in expressions]
    return _draw(model, faces, close_up(model, model.mask > 0.5, _UNIT, _FACE_MARGIN))


def _draw(model: "MorphableModel", faces: "Sequence[Coefficients]", camera: "Camera") -> list[Pixels]:
    from tqdm import tqdm

    from au_tf.rendering.native.renderer import render_face

    return [render_face(model, face, camera) for face in tqdm(faces, unit="face", disable=None, leave=False)]
