"""Everything that one face can show: each Action Unit at every intensity, combinations, a mesh, coefficients."""

import logging
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from au_tf import facs
from au_tf.arrays import Float32, Pixels
from au_tf.compositing.photo import PhotoCompositor
from au_tf.faces.archive import write_face
from au_tf.faces.expressive import Face
from au_tf.faces.mesh_files import write_mesh
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.pictures.colour import to_levels
from au_tf.pictures.images import write_image
from au_tf.pictures.sheets import Label, colour_bar, grid, sheet
from au_tf.progress import progress
from au_tf.rendering.deformation import LIMIT_MM, colormap, deformation_colormap
from au_tf.rendering.framing import close_up, head, portrait
from au_tf.rendering.native.renderer import render_face

logger = logging.getLogger(__name__)

COMBINATIONS = {name: facs.PROTOTYPES[name] for name in ("happiness", "sadness", "surprise")}
"""The combinations shown, and the first as a mesh."""
LEVELS = (0, 1, 2, 3, 4, 5)
"""The intensities shown; the first is neutral."""
_TILE = 216
_LARGE_TILE = 448
_HEAD_MARGIN = 0.86
_THREADS = 4


def write_gallery(folder: str | os.PathLike[str], face: Face) -> list[Path]:
    """Makes every picture of a face in a photo, then writes them with a mesh and the coefficients.

    Args:
      folder: made if need be.
      face: one from a photo.

    Returns:
      The files written.

    Raises:
      InputError: if the face has no photo, or the place cannot be written.
    """
    place, singles = Path(folder), face.with_expressions(single_units())
    asked = np.stack([facs.parse(text) for text in COMBINATIONS.values()])
    combined = face.with_expressions(asked)
    photos, renders = _single_tiles(face, singles)
    logger.info("Making the combinations, the deformations and the mesh")
    large = _enlarged(face, _LARGE_TILE)
    mixtures = [large.compose(target.expression) for target in combined]
    pictures = {
        "overview.png": _overview(face, photos, mixtures),
        "single-aus-photo.png": unit_sheet(photos),
        "single-aus-render.png": unit_sheet(renders),
        "combinations.png": _combination_sheet(face, mixtures, combined),
        "deformation.png": _deformation_sheet(face, singles),
    }
    statement = face.statement(facs.format_intensities(np.maximum(single_units().max(0), asked.max(0))))
    for name, picture in pictures.items():
        write_image(place / name, picture, statement)
    shapes, smile = face.blend_shapes(asked[0]), face.statement(facs.format_intensities(asked[0]))
    write_mesh(place / "face.glb", face.model, combined[0], face.texture, shapes, statement=smile)
    more = {"intensities": single_units(), "expressions": np.stack([c.expression for c in singles])}
    write_face(place / "coefficients.npz", face.model, face.coefficients, face.camera, face.fit, **more)
    return [place / name for name in (*pictures, "face.glb", "coefficients.npz")]


def single_units() -> Float32:
    """Intensities float32[1 + 12 * 5, 12]: neutral, then each Action Unit alone at 1, 2, 3, 4, 5."""
    alone = np.eye(len(facs.ACTION_UNITS), dtype=np.float32)[:, np.newaxis]
    levels = np.array(LEVELS[1:], np.float32)[:, np.newaxis]
    return np.concatenate([np.zeros((1, len(alone)), np.float32), (alone * levels).reshape(-1, len(alone))])


def _single_tiles(face: Face, singles: list[Coefficients]) -> tuple[list[Pixels], list[Pixels]]:
    compositor, camera = _enlarged(face, _TILE), _close_up(face, _TILE)

    def draw(target: Coefficients) -> tuple[Pixels, Pixels]:
        return compositor.compose(target.expression), render_face(face.model, target, camera)

    logger.info("Making %d pictures of single Action Units", 2 * len(singles))
    # One picture leaves most processors idle.
    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    try:
        drawn = list(progress(pool.map(draw, singles), total=len(singles), unit="face"))
    finally:
        pool.shutdown(cancel_futures=True)
    return [photo for photo, _ in drawn], [render for _, render in drawn]


def unit_sheet(tiles: Sequence[Pixels]) -> Pixels:
    """Lays out one picture for each row of `single_units`: a row of the sheet an Action Unit, a column an intensity."""
    rows = unit_labels()
    steps = len(LEVELS) - 1
    tiled = [[tiles[0], *tiles[1 + steps * k : 1 + steps * (k + 1)]] for k in range(len(rows))]
    return sheet(tiled, rows, [Label(str(level)) for level in LEVELS])


def unit_labels() -> list[Label]:
    """A label for each Action Unit."""
    return [Label(str(unit), unit.name) for unit in facs.ACTION_UNITS]


def combination_labels(names: Iterable[str]) -> list[Label]:
    """A label for each of some of `COMBINATIONS`."""
    return [Label(name, COMBINATIONS[name].replace(",", "  ")) for name in names]


def _overview(face: Face, singles: Sequence[Pixels], mixtures: Sequence[Pixels]) -> Pixels:
    """The source, the neutral face, each Action Unit at 5 and two combinations, in the photo."""
    steps = len(LEVELS) - 1
    shown = {name: _resize(tile, _TILE) for name, tile in zip(COMBINATIONS, mixtures, strict=True) if name != "sadness"}
    tiles = [_resize(face.photo[_window(face)], _TILE), singles[0], *singles[steps::steps], *shown.values()]
    labels = [Label("source"), Label("neutral"), *unit_labels(), *combination_labels(shown)]
    return grid(tiles, labels, 4)


def _combination_sheet(face: Face, mixtures: Sequence[Pixels], combined: list[Coefficients]) -> Pixels:
    camera = _close_up(face, _LARGE_TILE)
    faces = [face.coefficients, *combined]
    photos = [_resize(face.photo[_window(face)], _LARGE_TILE), *mixtures]
    renders = [render_face(face.model, each, camera) for each in faces]
    rows = [Label("photo", "the source with the new expression"), Label("render", "the fitted 3D face")]
    columns = [Label("source"), *combination_labels(COMBINATIONS)]
    return sheet([photos, renders], rows, columns)


def _deformation_sheet(face: Face, singles: list[Coefficients]) -> Pixels:
    """How far each Action Unit at 5 moves the skin from the neutral face, seen from the front."""
    camera, steps = close_up(face.model, head(face.model), _TILE, _HEAD_MARGIN), len(LEVELS) - 1
    neutral, *strongest = (portrait(face.model, each) for each in singles[::steps])
    tiles = [deformation_colormap(face.model, neutral, each, camera) for each in strongest]
    labels = unit_labels()
    halves = [sheet([tiles[half]], [], labels[half]) for half in (slice(6), slice(6, 12))]
    colours = to_levels(colormap(np.linspace(0, 1, 256)))
    return np.concatenate([*halves, colour_bar(colours, "0 mm", f"{LIMIT_MM:g} mm and more", halves[0].shape[1])])


def _enlarged(face: Face, size: int) -> PhotoCompositor:
    """A compositor of the square around the face, resized to `size`: small faces are completed at the size shown."""
    window = _window(face)
    scale = size / (window[0].stop - window[0].start)
    corner = np.array([window[1].start, window[0].start])
    landmarks = scale * (face.landmarks - corner + 0.5) - 0.5
    image = _resize(face.photo[window], size)
    own = face.coefficients
    return PhotoCompositor(image, face.model, own, _close_up(face, size), landmarks.astype(np.float32))


def _window(face: Face) -> tuple[slice, slice]:
    """The square of the photo around the face, forehead and chin included, as far as the photo reaches."""
    low, high = face.landmarks.min(0), face.landmarks.max(0)
    span = float((high - low).max())
    side = min(int(1.32 * span), *face.photo.shape[:2])
    # The landmarks end at the brows: the face's middle lies above theirs.
    middle = (low + high) / 2 - [0.0, 0.08 * span]
    left, top = (int(np.clip(c - side / 2, 0, n - side)) for c, n in zip(middle, face.photo.shape[1::-1], strict=True))
    return slice(top, top + side), slice(left, left + side)


def _close_up(face: Face, size: int) -> Camera:
    """The photo's camera, cut to `_window` and with `size` pixels a side."""
    window = _window(face)
    return face.camera.through(window).scaled(size / (window[0].stop - window[0].start))


def _resize(image: Pixels, size: int) -> Pixels:
    how = cv2.INTER_AREA if len(image) > size else cv2.INTER_CUBIC
    return cv2.resize(image, (size, size), interpolation=how).astype(np.uint8)
