"""Making a regressor of a face model: synthetic pictures, training, benchmark, and its model card."""

import os
import shlex
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from au_tf.command_line import changed, command_line
from au_tf.files import read_npz, write_npz, write_whole
from au_tf.fitting.regress.estimate import RegressorConfig
from au_tf.fitting.regress.regressor import FILE, Regressor
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.fitting.regress.regressor_training import train
from au_tf.fitting.synthetic.benchmark import FitErrors, draw_benchmark, fit_errors
from au_tf.fitting.synthetic.detector import measure_detector
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline
from au_tf.fitting.synthetic.picture_store import SceneSampler, make
from au_tf.fitting.synthetic.scenes import PITCH, ROLL, YAW, Expressions, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.morphable import MorphableModel
from au_tf.morphable.load import BUILTIN
from au_tf.rendering.native.batch_renderer import BatchRenderer

_MEASURED = 1500
_BENCHMARK = 100


@dataclass(frozen=True)
class BenchmarkResult:
    """What a trained regressor did on photos of people that it has not seen."""

    errors: FitErrors
    """How far off it was."""
    found: int
    """In how many photos the detector found the face."""
    drawn: int
    """How many photos there were."""


def train_regressor(
    directory: str | os.PathLike[str],
    model: MorphableModel,
    expressions: Expressions,
    work: str | os.PathLike[str],
    training: RegressorTraining = RegressorTraining(),
    sizes: RegressorConfig = RegressorConfig(),  # noqa: B008
    source: str = BUILTIN,
) -> BenchmarkResult:
    """Trains a regressor on rendered people, benchmarks it, and stores it with its model card.

    Args:
      directory: where the regressor and its README.md go.
      model: the face model.
      expressions: draws what people show.
      work: a folder for the pictures and the state of the training, from which an interrupted one goes on.
      training: the settings.
      sizes: of the network.
      source: the face model as it was named, for the model card.

    Returns:
      How it did on people that it has not seen.

    Raises:
      InputError: if the detector finds no faces, `work` belongs to another training, or a loss is no longer finite.
    """
    work = Path(work)
    sampler = open_sampler(model, expressions, work / "detector.npz", training.seed)
    synthetic = make(sampler, work / "pictures", training.pictures, training.seed)
    regressor = train(model, synthetic, sampler.error, sizes, training, work / "training.npz")
    result = run_benchmark(regressor, sampler, _BENCHMARK)
    regressor.save(directory)
    command = f"{regressor_command(training, source)} --out {shlex.quote(str(directory))}"
    write_whole(Path(directory) / "README.md", model_card(regressor, command, training, result))
    return result


def open_sampler(
    model: MorphableModel, expressions: Expressions, detector: str | os.PathLike[str], seed: int = 0
) -> SceneSampler:
    """All that pictures are made from; how the detector errs is measured if the file does not hold it yet."""
    outline, camera = Outline.of(model), SyntheticCamera(BatchRenderer(model))
    if Path(detector).exists():
        arrays = read_npz(detector, [field.name for field in fields(DetectorError)])
        return SceneSampler(model, camera, outline, DetectorError(**arrays), expressions)
    rng = np.random.default_rng([seed, 68])
    scenes = draw_scenes(model, _MEASURED, expressions, rng)
    error = measure_detector(scenes, outline, camera, rng)
    write_npz(detector, {field.name: getattr(error, field.name) for field in fields(DetectorError)})
    return SceneSampler(model, camera, outline, error, expressions)


def run_benchmark(regressor: Regressor, sampler: SceneSampler, count: int) -> BenchmarkResult:
    """Has a regressor fit so many photos of the benchmark."""
    benchmark = draw_benchmark(sampler, count)
    found = regressor.regress_faces(list(benchmark.photos), benchmark.landmarks, benchmark.cameras)
    return BenchmarkResult(fit_errors(benchmark, found.coefficients, sampler), len(benchmark.photos), benchmark.drawn)


def regressor_command(training: RegressorTraining, source: str = BUILTIN) -> str:
    """The command that trains with these settings, with an option for each that is not the default."""
    model = {} if source == BUILTIN else {"face_model": source}
    return command_line("train fitter", model | changed(training, RegressorTraining()))


def model_card(regressor: Regressor, command: str, training: RegressorTraining, result: BenchmarkResult) -> str:
    """The README.md that lies beside a trained regressor."""
    errors, weights = result.errors, sum(w.size for w in regressor.weights)
    mean_face = errors.mean_face.mean()
    share, scaled = errors.shape.mean() / mean_face, errors.scaled.mean() / errors.mean_face_scaled.mean()
    return f"""# Regressor for the face model "{regressor.face.name}"

Finds identity, albedo, expression, pose and light of a face in an aligned picture and its 68 landmarks
(`au_tf.fitting.regress.regressor.Regressor`), all at once: the task of 3DFaceNet (Guo et al. 2018) in Liu et al.,
"Conditional Adversarial Synthesis of 3D Facial Action Units". `{FILE}` holds {weights:,} weights in half precision and
the signature of the face model (digest `{regressor.face.digest[:12]}`), without which the coefficients mean nothing.

Made by

    {command}

on {training.pictures:,} pictures of people rendered from the face model; no photo of anyone was used. Identity and
albedo are drawn from the model, expressions by how often people show each Action Unit, turns up to {YAW:g} degrees to
the side, {PITCH:g} up or down and {ROLL:g} in the plane, light from every side and one to three lamps; with hair,
beards, glasses, hands, shadows, backgrounds, blur, noise and JPEG. The landmarks err as the detector was measured to
err on such pictures.

## Measured on {result.drawn} rendered people that it has not seen

The detector found the face in {result.found} of the photos, 336 x 336 pixels; on these:

| | |
|---|---|
| vertices of the face, rigidly aligned | {errors.shape.mean():.2f} mm, {share:.0%} of the mean face's {mean_face:.2f} |
| the same, scaled as well: a picture hardly tells how large somebody is | {errors.scaled.mean():.2f} mm, {scaled:.0%} |
| expression coefficients, correlation weighted by variance | {errors.expression:.2f} |
| pose | {errors.turn.mean():.1f} degrees |
| rendered against photographed skin, with whatever is in front of it | {errors.colour.mean():.0f} levels of 255 |

## Limits

It has seen faces of one model only, under light from far away and without cast shadows but for a few straight ones.
How far a real face lies outside the model it cannot tell. Faces turned by more than {YAW:g} degrees, and those that the
detector does not find, are beyond it. From one picture nobody's size can be told well, nor dark skin in bright light
from light skin in dim light: there it answers what is likely.
"""
