"""Face models, the networks that belong to them and whether they do, and photos fitted with them."""

import logging
import os

from au_tf.arrays import Pixels
from au_tf.errors import Argument, InputError
from au_tf.faces.face_models import ModelSource, face_model_of
from au_tf.fitting.detect.detection import LandmarkReader, landmark_reader
from au_tf.fitting.fit import Fit, fit_photo
from au_tf.fitting.regress.regressor import Regressor
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN
from au_tf.synthesis.generators import SHIPPED, load_generator, shipped_generator
from au_tf.synthesis.stored import StoredGenerator

logger = logging.getLogger(__name__)

Folder = str | os.PathLike[str]
GeneratorSource = StoredGenerator | Folder | None
"""A generator, or its folder; None is the one that ships with au_tf for the face model."""
FitterSource = Regressor | Folder | None
"""A regressor from whose answer fits start, or its folder; None is none: fits start from the landmarks."""

ReaderSource = LandmarkReader | Folder | None
"""Who finds faces and landmarks: "mediapipe" or None for the network that ships with au_tf, "dlib", or a file with
another such as Google's `face_landmarker.task`."""


def load_regressor(folder: Folder | None = None) -> Regressor:
    """Reads a trained regressor; without a folder, the one for the built-in face that ships with au_tf.

    Raises:
      InputError: if its file is missing or damaged.
    """
    return Regressor.load(folder)


def as_regressor(source: FitterSource = None) -> Regressor | None:
    """The regressor that is given or named; None for None.

    Raises:
      InputError: if its file is missing or damaged.
    """
    return source if source is None or isinstance(source, Regressor) else load_regressor(_folder("fitter", source))


def as_reader(source: ReaderSource = None) -> LandmarkReader:
    """The landmark reader that is given or named.

    Raises:
      InputError: if there is no such file, or no landmarks in it.
    """
    if source is None or isinstance(source, str | os.PathLike):
        return landmark_reader(None if source is None else os.fspath(source))
    return source


def _folder(argument: str, source: Folder | None) -> Folder | None:
    if source is not None and not os.path.isdir(source):
        raise InputError(Argument(argument, source), "folder", "nothing", f"the folder of a trained {argument}")
    return source


def fitted(
    image: Pixels, name: str, model: MorphableModel, face: int, fitter: FitterSource, landmarks: ReaderSource = None
) -> Fit:
    """Fits a face model to a photo, and tells if that cannot be relied on.

    Args:
      image: uint8[H, W, 3], sRGB.
      name: what the photo is called.
      model: the face model.
      face: which face, 0 being the largest.
      fitter: from whose answer the fit starts.
      landmarks: who finds faces and landmarks.

    Raises:
      InputError: if there is no such face, or the regressor is damaged or for another face model.
    """
    regressor = as_regressor(fitter)
    logger.info("Fitting it to %s", name)
    fit = fit_photo(image, model, face, name, regressor, as_reader(landmarks))
    if not fit.ok:
        logger.warning("The fit to %s cannot be relied on: %s", name, fit.reason)
    return fit


def load_pair(
    model: ModelSource = BUILTIN, generator: GeneratorSource = None
) -> tuple[MorphableModel, StoredGenerator]:
    """A face model and a generator for it.

    Raises:
      InputError: if a file is missing or damaged, or the generator was trained for another face model.
    """
    if generator is None:
        face = face_model_of(model)
        return face, _shipped(face)
    network = generator if isinstance(generator, StoredGenerator) else load_generator(_folder("generator", generator))
    face = face_model_of(model)
    network.check(face)
    return face, network


def _shipped(face: MorphableModel) -> StoredGenerator:
    network = load_generator(shipped_generator(face.name))
    if not network.face.matches(face):
        found, expected = f"only those for {', '.join(SHIPPED)}", f"`generator`, one that was trained for {face.name}"
        if face.name in SHIPPED:
            found = f"one for another {face.name} ({network.face.digest[:12]})"
            expected += f" ({face.digest[:12]})"
        raise InputError(Argument("model", face.name), "generator", found, expected)
    return network
