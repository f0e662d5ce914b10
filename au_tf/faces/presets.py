"""Whatever is trained, and face models, by the name under which they ship or by their folder."""

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Union

from au_tf.errors import InputError
from au_tf.estimation.landmarks.landmark_estimator import FILE as ESTIMATOR, LandmarkEstimator, load_landmark_estimator
from au_tf.fitting.regress.regressor import FILE as REGRESSOR, Regressor
from au_tf.model_files import CONFIG, TENSORS, read_network
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.resources import saved_models
from au_tf.startup import start_tensorflow
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.stored import FILE as GENERATOR, StoredGenerator

if TYPE_CHECKING:
    from au_tf.estimation.estimator import Estimator

Preset = Union[StoredGenerator, Regressor, LandmarkEstimator, "Estimator", MorphableModel]


def from_preset(name: str | os.PathLike[str]) -> Preset:
    """Loads what a name or a folder stands for: a generator, a regressor, an estimator or a face model.

    Args:
      name: of what ships, such as "caae-builtin", "fitter-builtin", "estimator-landmarks" or the face model "builtin";
        else the folder that a training wrote, one with `model.safetensors` and `config.json` of `export`, or whatever
        `load_face_model` takes.

    Raises:
      InputError: if there is nothing of that name, or it is damaged.
    """
    if str(name) == BUILTIN:
        return load_face_model(BUILTIN)
    folder = Path(name)
    if not folder.exists():
        folder = saved_models() / name
        if not (folder.is_dir() and _held(folder)):
            known = [BUILTIN, *(each.name for each in sorted(saved_models().iterdir()) if _held(each))]
            close = difflib.get_close_matches(str(name), known, 1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise InputError(None, "name", name, f"a folder, or one of {', '.join(known)}{hint}")
    held = _held(folder)
    if held == GENERATOR:
        return load_generator(folder)
    if held == REGRESSOR:
        return Regressor.load(folder)
    if held == ESTIMATOR:
        return _estimator(folder)
    return load_face_model(folder)


def _held(folder: Path) -> str:
    """The file of arrays that a folder holds, or of which it holds the tensors; empty if it is none of a network."""
    for name in (GENERATOR, REGRESSOR, ESTIMATOR):
        if (folder / name).is_file():
            return name
    if not (folder / TENSORS).is_file() or not (folder / CONFIG).is_file():
        return ""
    for name, own in ((GENERATOR, "kind"), (REGRESSOR, "origin")):
        try:
            read_network(folder / name, [own])
            return name
        except InputError:
            continue
    return ESTIMATOR


def _estimator(folder: Path) -> "LandmarkEstimator | Estimator":
    """An estimator of pictures names its backbone; one of landmarks has none."""
    try:
        read_network(folder / ESTIMATOR, ["backbone"])
    except InputError:
        return load_landmark_estimator(folder)
    start_tensorflow()
    from au_tf.estimation.estimator import load_estimator

    return load_estimator(folder)
