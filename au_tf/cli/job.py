"""What the commands share: from a photo to its fitted face, and from Action Units to pictures of that face."""

import shlex
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.errors import InputError

if TYPE_CHECKING:
    from au_tf.compositing.photo import PhotoCompositor
    from au_tf.fitting.fit import Fit
    from au_tf.fitting.regress.regressor import Regressor
    from au_tf.morphable import Coefficients, MorphableModel
    from au_tf.synthesis.stored import StoredGenerator


@dataclass(frozen=True, eq=False)
class Subject:
    """A face in a photo, ready to be given expressions."""

    image: Pixels
    """uint8[H, W, 3], sRGB."""
    fit: "Fit"
    """The face model fitted to the photo."""
    model: "MorphableModel"
    """The face model, with an inside of the mouth."""
    generator: "StoredGenerator"
    """Action Units to expressions."""

    @cached_property
    def compositor(self) -> "PhotoCompositor":
        """Expressions to photos."""
        from au_tf.compositing.photo import PhotoCompositor

        return PhotoCompositor(self.image, self.model, self.fit.coefficients, self.fit.camera, self.fit.landmarks)


@dataclass(frozen=True, eq=False)
class Result:
    """One expression of a subject."""

    photo: Pixels
    """uint8[H, W, 3], the photo with the new expression."""
    render: Pixels
    """uint8[H, W, 3], the fitted 3D face with the new expression."""
    coefficients: "Coefficients"
    """Those of the photo, but for the expression."""


def say(text: str) -> None:
    """Tells the user what comes next."""
    print(text, flush=True)


def read_model(name: str, jaw: bool = False) -> "MorphableModel":
    """Reads a face model, "builtin" or a path; `jaw` makes the jaw of FLAME an expression.

    Raises:
      InputError: if there is none, or it is damaged or of no known kind.
    """
    from au_tf.morphable.load import load_face_model

    say("Reading the face model; the first time this takes a moment")
    return load_face_model(name, jaw=jaw)


def read_fitter(folder: Path | None) -> "Regressor | None":
    """Reads the regressor that `--fitter` names; None if it names none.

    Raises:
      InputError: if its file is missing or damaged.
    """
    from au_tf.fitting.regress.regressor import Regressor

    return None if folder is None else Regressor.load(folder)


def fit(image: Pixels, source: str, face: int, model: "MorphableModel", fitter: Path | None) -> "Fit":
    """Fits a face model to a photo.

    Args:
      image: uint8[H, W, 3], sRGB.
      source: what the photo is called in errors.
      face: which face, 0 being the largest.
      model: the face model.
      fitter: the folder of a trained regressor, as for `prepare`.

    Raises:
      InputError: if there is no such face, or the regressor is damaged or for another face model.
    """
    from au_tf.fitting.fit import fit_photo

    regressor = read_fitter(fitter)
    say(f"Fitting it to {source}")
    found = fit_photo(image, model, face, source, regressor)
    if not found.ok:
        say(f"The fit to {source} cannot be relied on: {found.reason}")
    return found


def prepare(
    image: Pixels,
    source: str,
    face: int,
    face_model: str,
    generator: Path | None,
    fitter: Path | None = None,
    asked: Float32 | None = None,
) -> Subject:
    """Fits a face model to a photo and readies everything that `express` needs.

    Args:
      image: uint8[H, W, 3], sRGB.
      source: what the photo is called in errors.
      face: which face, 0 being the largest.
      face_model: "builtin" or a path.
      generator: the folder of a trained one; None is the shipped one.
      fitter: the folder of a trained regressor; None is the shipped one, if it is for the face model.
      asked: float32[12], intensities that will be asked for.

    Raises:
      InputError: if a file is damaged, the generator was trained for another face model, the face model cannot do what
        is asked, or there is no such face.
    """

    model, network = read_pair(face_model, generator)
    if asked is not None:
        _check_units(model, face_model, asked)
    return Subject(image, fit(image, source, face, model, fitter), model, network)


def read_pair(face_model: str, generator: Path | None) -> "tuple[MorphableModel, StoredGenerator]":
    """Reads a face model and a generator for it; arguments as for `prepare`.

    Raises:
      InputError: if a file is damaged, or the generator was trained for another face model.
    """
    from au_tf.synthesis.generators import load_generator

    network = load_generator(generator)
    model = read_model(face_model)
    _check_pair(network, model, face_model, generator)
    return model, network


def _check_pair(network: "StoredGenerator", model: "MorphableModel", face_model: str, generator: Path | None) -> None:
    if generator is None and not network.face.matches(model):
        command = f"au-tf train caae --face-model {shlex.quote(face_model)} --out DIR"
        expected = f"--generator DIR, trained for this face model by: {command}"
        raise InputError(f"--face-model {face_model}", "generator", f"only the one for {network.face.name}", expected)
    network.check(model)


def _check_units(model: "MorphableModel", face_model: str, asked: Float32) -> None:
    from au_tf.facs import AU_NAMES
    from au_tf.simulation.mechanics import shown_units

    able = shown_units(model)
    missing = [name for name, can, intensity in zip(AU_NAMES, able, asked, strict=True) if intensity and not can]
    if missing:
        known = ", ".join(name for name, can in zip(AU_NAMES, able, strict=True) if can)
        raise InputError("--au", missing[0], f"one that face model {face_model} cannot do", f"one of {known}")


def expressions(subject: Subject, intensities: Float32) -> "list[Coefficients]":
    """The subject's coefficients with each of the expressions float32[N, 12] in [0, 5].

    They are made one by one: a generator from noise gives the rows of one call different noise.
    """
    own, generate = subject.fit.coefficients, subject.generator.generate
    return [own.with_expression(generate(own.expression, row)) for row in intensities]


def express(subject: Subject, intensities: Float32) -> Result:
    """Gives a subject one expression, float32[12] in [0, 5]."""
    from au_tf.rendering.native.renderer import render_face

    say("Making the pictures")
    (target,) = expressions(subject, intensities[np.newaxis])
    photo = subject.compositor.compose(target.expression)
    return Result(photo, render_face(subject.model, target, subject.fit.camera), target)


def write_coefficients(path: Path, model: "MorphableModel", found: "Fit", **more: Any) -> None:
    """Writes the coefficients of a fit with what is needed to use them: camera, landmarks and face model.

    Args:
      path: the `.npz`.
      model: the face model.
      found: the fit.
      **more: further arrays by name.
    """
    camera = found.camera
    found.coefficients.save(
        path,
        camera_focal=np.float32(camera.focal),
        camera_centre=np.array(camera.centre, np.float32),
        image_size=np.array([camera.height, camera.width], np.int32),
        landmarks=found.landmarks,
        landmark_error=np.float32(found.landmark_error),
        photometric_error=np.float32(found.photometric_error),
        confidence=np.float32(found.confidence),
        success=np.bool_(found.ok),
        reason=found.reason,
        box=np.array(found.face.box, np.float32),
        face_model=model.name,
        face_model_digest=model.digest,
        **more,
    )
