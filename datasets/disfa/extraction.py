"""A video frame as landmarks and coefficients, and what was extracted kept for the next build."""

import hashlib
import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from au_tf import fitting, morphable, rendering
from au_tf.datasets.recordings.schema import LANDMARKS
from au_tf.errors import InputError
from au_tf.files import cache_folder
from au_tf.fitting.detection import landmark_file
from au_tf.fitting.fit import fit_photo
from au_tf.morphable import MorphableModel
from au_tf.morphable.model import read_npz, write_npz

logger = logging.getLogger(__name__)

METHOD = "dlib's HOG detector and 68 landmarks, then a maximum a posteriori fit to them and to the pixels"
FOUND = "found"
Extracted = dict[str, Any]


def nothing_found(model: MorphableModel) -> Extracted:
    """What stands for a frame without a face: zeros."""
    sizes: dict[str, tuple[int, ...]] = {
        "landmarks": (LANDMARKS, 2),
        "identity": (len(model.identity_basis),),
        "albedo": (len(model.albedo_basis),),
        "expression": (len(model.expression_basis),),
        "rotation": (3,),
        "translation": (3,),
        "lighting": (9, 3),
    }
    return {FOUND: np.bool_(False)} | {name: np.zeros(size, np.float32) for name, size in sizes.items()}


def extract(image: NDArray[np.uint8], model: MorphableModel) -> Extracted:
    """Landmarks and coefficients of the largest face.

    Args:
      image: uint8[height, width, 3], sRGB.
      model: the face model.

    Returns:
      `found`, and float32 arrays as in `schema.frame_features`: all 0 if there is no face, or it is cut by the border,
      or the fit does not come to finite numbers.

    Raises:
      InputError: if the landmark model is not installed.
    """
    landmark_file()  # if it is not installed, that must not pass for a frame without a face
    empty = nothing_found(model)
    try:
        fit = fit_photo(image, model)
    except (InputError, np.linalg.LinAlgError):
        return empty
    arrays = {"landmarks": fit.landmarks} | vars(fit.coefficients)
    arrays = {name: np.asarray(arrays[name], np.float32) for name in empty if name != FOUND}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return empty
    return {FOUND: np.bool_(True)} | arrays


class Store:
    """Keeps what was extracted from part of a video, so that other folds and a build begun anew find it."""

    def __init__(self, video: Path, first: int, last: int, model: MorphableModel) -> None:
        status = video.stat()
        identity = [str(video.resolve()), status.st_size, status.st_mtime_ns, first, last, model.digest, _version()]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]
        self.path = cache_folder() / "extracted" / f"{name}.npz"
        self.names = list(nothing_found(model))

    def load(self) -> list[Extracted] | None:
        """The frames in order, or None if they are not kept."""
        if not self.path.exists():
            return None
        try:
            arrays = read_npz(self.path, self.names)
        except InputError:
            logger.warning("%s is damaged and is made again", self.path)
            return None
        return [dict(zip(self.names, row, strict=True)) for row in zip(*arrays.values(), strict=True)]

    def save(self, frames: list[Extracted]) -> None:
        """Keeps the frames; where that is not possible they are merely extracted again next time."""
        try:
            write_npz(self.path, {name: np.stack([frame[name] for frame in frames]) for name in self.names})
        except InputError as error:
            logger.warning("what was extracted is not kept: %s", error)


@cache
def _version() -> str:
    """Changes whenever code changes that extraction depends on."""
    sha = hashlib.sha256(Path(__file__).read_bytes())
    for package in (fitting, morphable, rendering):
        for folder in package.__path__:
            for source in sorted(Path(folder).glob("*.py")):
                sha.update(source.read_bytes())
    return sha.hexdigest()
