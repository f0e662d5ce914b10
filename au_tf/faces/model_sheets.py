"""Contact sheets of a face model: views, random people, Action Units, pairs of them, wrinkles."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from au_tf import facs
from au_tf.arrays import Float32, Pixels
from au_tf.faces import gallery
from au_tf.faces.face_models import ModelSource, face_model_of
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.hair.looks import draw_look
from au_tf.pictures.sheets import Label, grid, sheet
from au_tf.progress import progress
from au_tf.rendering.details import FaceDetails
from au_tf.rendering.framing import close_up, face_vertices, head, neutral, portrait
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.hairdresser import Hairdresser
from au_tf.rendering.native.renderer import render_face, render_picture
from au_tf.simulation.mechanics import both_sided, is_builtin, tabulate

logger = logging.getLogger(__name__)

VIEWS = {"front": 0.0, "three-quarter": 40.0, "side": 90.0}
"""Degrees by which the face is turned."""
PEOPLE = 20
"""Random people on a sheet; their seeds count from 0."""
_VIEW = 512
_PERSON = 256
_UNIT = 216
_FOLDED = 360
WRINKLED = (
    "AU1={0},AU2={0}", "AU4={0}", "AU6={0}", "AU9={0}", "AU12={0}", "AU6={0},AU12={0}", "AU17={0}", "AU1={0},AU4={0}",
)  # fmt: skip
"""What folds the skin, at an intensity."""
PAIRS = (
    (1, 4), (1, 2), (2, 4), (4, 9), (6, 12), (12, 25), (12, 15),
    (12, 26), (15, 17), (17, 25), (20, 25), (20, 26), (25, 26),
)  # fmt: skip
"""Action Units that do not simply add up."""
COMPARED = "AU6=5,AU12=5,AU25=5", "AU1=5,AU2=5,AU5=5", "AU4=5,AU9=5", "AU15=5,AU17=5"
"""What face models show side by side."""
_COMPARED_PEOPLE = 2, 11
_FINENESS = 0.8
"""Of hair, for heads of that size."""
_FACE_MARGIN, _HEAD_MARGIN, _PERSON_MARGIN = 1.04, 1.08, 1.2
_DOT = (20, 90, 220)

_Drawn = Callable[[MorphableModel, Sequence[Coefficients], Camera], list[Pixels]]


def face_model_sheets(model: ModelSource = "builtin", *others: ModelSource) -> dict[str, Pixels]:
    """Draws a face model, uint8[H, W, 3] each: "views", "identities", "action-units", "combinations", "wrinkles".

    Args:
      model: a face model, or where it is, as for `Face.from_photo`.
      others: more of them; then there is one sheet, "heads", with a row for each.

    Raises:
      InputError: if there is none, or it is damaged or of no known kind.
    """
    if others:
        return {"heads": side_by_side([face_model_of(each) for each in (model, *others)])}
    face = face_model_of(model)
    logger.info("Drawing the views, random people, the Action Units, pairs of them and wrinkles")
    drawings = {"views": views, "identities": identities, "action-units": action_units}
    drawings |= {"combinations": combinations, "wrinkles": wrinkles}
    return {name: draw(face) for name, draw in drawings.items()}


def side_by_side(models: Sequence[MorphableModel]) -> Pixels:
    """A row for each face model: its mean from the front and three-quarter, expressive, and two random people."""
    asked = np.stack([facs.parse(text) for text in COMPARED])
    columns = [*list(VIEWS)[:2], *(text.replace("=5", "").replace(",", " + ") for text in COMPARED)]
    columns += [f"seed {seed}" for seed in _COMPARED_PEOPLE for _ in range(2)]
    rows = []
    for model in models:
        tiles = []
        for yaw in list(VIEWS.values())[:2]:
            camera = close_up(model, head(model), _PERSON, _HEAD_MARGIN, yaw)
            tiles += _draw(model, [portrait(model, yaw=yaw)], camera)
        tiles += _expressive(model, asked, size=_PERSON)
        renderer, hairdresser = BatchRenderer(model), Hairdresser(model, _FINENESS)
        for seed in _COMPARED_PEOPLE:
            tiles += np.split(_dressed(renderer, hairdresser, seed), 2, 1)
        rows.append(tiles)
    return sheet(rows, [Label(model.name) for model in models], [Label(name) for name in columns])


def views(model: MorphableModel) -> Pixels:
    """The mean face from the front, three-quarter and the side, 512 pixels each."""
    return grid(_view_tiles(model), [Label(name) for name in VIEWS], len(VIEWS))


def face_model_preview(model: MorphableModel) -> Pixels:
    """As `views`, with the 68 landmarks on the face as well."""
    labels = [Label(name) for name in (*VIEWS, "landmarks")]
    return grid([*_view_tiles(model), _landmarks(model)], labels, len(labels))


def identities(model: MorphableModel) -> Pixels:
    """Twenty random people with their hair, front and three-quarter, each drawn from the seed that is written above."""
    renderer, hairdresser = BatchRenderer(model), Hairdresser(model, _FINENESS)
    tiles = [_dressed(renderer, hairdresser, seed) for seed in progress(range(PEOPLE), unit="face")]
    return grid(tiles, [Label(f"seed {seed}") for seed in range(PEOPLE)], 4)


def _dressed(renderer: BatchRenderer, hairdresser: Hairdresser, seed: int) -> Pixels:
    model = renderer.model
    face = _person(model, seed)
    people = renderer.people(face.identity, face.albedo)
    look = draw_look(np.random.default_rng(seed), hairdresser.lightness(people)[0])
    hair, views = hairdresser.dress(people, [look]), []
    for yaw in (0.0, VIEWS["three-quarter"]):
        posed, camera = portrait(model, face, yaw=yaw), close_up(model, head(model), _PERSON, _PERSON_MARGIN, yaw)
        moving = ("expression", "rotation", "translation", "lighting")
        alone = replace(posed, **{name: getattr(posed, name)[np.newaxis] for name in moving})
        views.append(renderer.render(alone, camera, people=people, hair=hair).image[0])
    return np.concatenate(views, 1)


def action_units(model: MorphableModel) -> Pixels:
    """Each Action Unit: of the built-in face at every intensity, of others at 5, with some combinations."""
    if is_builtin(model):
        return gallery.unit_sheet(_expressive(model, gallery.single_units()))
    steps = len(gallery.LEVELS) - 1
    combined = np.stack([facs.parse(text) for text in gallery.COMBINATIONS.values()])
    intensities = np.concatenate([gallery.single_units()[::steps], combined])
    labels = [Label("neutral"), *gallery.unit_labels(), *gallery.combination_labels(gallery.COMBINATIONS)]
    return grid(_expressive(model, intensities), labels, 4)


def combinations(model: MorphableModel) -> Pixels:
    """Pairs of Action Units that anatomy does not add, both at 5."""
    named = ["neutral", *(f"AU{first}+{second}" for first, second in PAIRS)]
    asked = ["", *(f"AU{first}=5,AU{second}=5" for first, second in PAIRS)]
    intensities = np.stack([facs.parse(*text.split()) for text in asked])
    return grid(_expressive(model, intensities), [Label(name) for name in named], 7)


def wrinkles(model: MorphableModel) -> Pixels:
    """What folds the skin most, at 3 and 5, each without and with its wrinkles."""
    rows, labels = [], []
    for intensity in (3, 5):
        intensities = np.stack([facs.parse(asked.format(intensity)) for asked in WRINKLED])
        for name, drawn in (("without", _draw_smooth), ("with", _draw)):
            rows.append(_expressive(model, intensities, drawn, _FOLDED))
            labels.append(Label(f"at {intensity}", name))
    columns = [Label(asked.replace("={0}", "").replace(",", " + ")) for asked in WRINKLED]
    return sheet(rows, labels, columns)


def _view_tiles(model: MorphableModel) -> list[Pixels]:
    tiles = []
    for yaw in VIEWS.values():
        tiles += _draw(model, [portrait(model, yaw=yaw)], close_up(model, head(model), _VIEW, _HEAD_MARGIN, yaw))
    return tiles


def _landmarks(model: MorphableModel) -> Pixels:
    camera, face = close_up(model, model.mask > 0.5, _VIEW, _FACE_MARGIN), portrait(model)
    (picture,) = _draw(model, [face], camera)
    places = camera.project(face_vertices(model, face))[model.landmarks, :2]
    for column, row in places.round().astype(int).tolist():
        cv2.circle(picture, (column, row), 3, _DOT, cv2.FILLED, cv2.LINE_AA)
    return picture


def _person(model: MorphableModel, seed: int) -> Coefficients:
    rng = np.random.default_rng(seed)
    identity, albedo = (
        rng.standard_normal(len(basis)).astype(np.float32) for basis in (model.identity_basis, model.albedo_basis)
    )
    return replace(neutral(model), identity=identity, albedo=albedo)


def _expressive(
    model: MorphableModel, intensities: Float32, drawn: _Drawn | None = None, size: int = _UNIT
) -> list[Pixels]:
    """The mean face with intensities float32[N, 12], both sides alike, from nearby."""
    expressions = tabulate(model).expressions(both_sided(intensities))
    faces = [portrait(model, neutral(model).with_expression(expression)) for expression in expressions]
    return (drawn or _draw)(model, faces, close_up(model, model.mask > 0.5, size, _FACE_MARGIN))


def _draw(model: MorphableModel, faces: Sequence[Coefficients], camera: Camera) -> list[Pixels]:
    return [render_face(model, face, camera) for face in progress(faces, unit="face")]


def _draw_smooth(model: MorphableModel, faces: Sequence[Coefficients], camera: Camera) -> list[Pixels]:
    """As `_draw`, without wrinkles."""
    pictures = []
    for face in progress(faces, unit="face"):
        details = FaceDetails.of(model, face)
        shape, albedo = (part[np.newaxis] for part in (face_vertices(model, face), model.albedo(face.albedo)))
        smooth = details._replace(depths=0.0 * details.depths)
        light = face.lighting[np.newaxis]
        pictures += [*render_picture(shape, albedo, model.triangles, camera, light, details=smooth)]
    return pictures
