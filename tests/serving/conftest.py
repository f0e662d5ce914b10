"""Small models, exported, and a process that answers requests by TF Serving's own loader."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from au_tf.estimation.backbones import build
from au_tf.estimation.estimator import Estimator
from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.fitting.regress.estimate import RegressorConfig
from au_tf.fitting.regress.network import untrained
from au_tf.fitting.regress.regressor import Regressor
from au_tf.morphable import MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.serving.estimation import estimator_servable
from au_tf.serving.export import write_models
from au_tf.serving.expression import expression_servable
from au_tf.serving.face import face_servable
from au_tf.serving.landmark_estimation import landmark_estimator_servable
from au_tf.serving.synthesis import synthesis_servable
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.network_config import CAAEConfig, CGANConfig
from au_tf.synthesis.noise_generator import NoiseGenerator

EXPRESSIONS = 6
_BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# `c_loader`, which the benchmark of serving uses too. Last, since some files there are named as packages are.
sys.path.append(str(_BENCHMARKS))


@pytest.fixture(scope="session")
def face() -> MorphableModel:
    """The built-in face with few coefficients."""
    own = builtin_face()
    return replace(
        own,
        identity_basis=own.identity_basis[:4],
        albedo_basis=own.albedo_basis[:3],
        expression_basis=own.expression_basis[:EXPRESSIONS],
        actions=own.actions[:, :EXPRESSIONS],
        styles=own.styles[..., :EXPRESSIONS],
    )


@pytest.fixture(scope="session")
def generator(face) -> Generator:
    """One that takes a source, untrained."""
    keras.utils.set_random_seed(1)
    bounds = Bounds(np.full(EXPRESSIONS, -3.0, np.float32), np.linspace(1, 4, EXPRESSIONS, dtype=np.float32))
    return Generator.of(CAAE(CAAEConfig(expression_size=EXPRESSIONS), bounds), face)


@pytest.fixture(scope="session")
def noise_generator(face) -> NoiseGenerator:
    """One that takes noise, untrained."""
    keras.utils.set_random_seed(2)
    bounds = Bounds(np.full(EXPRESSIONS, -2.0, np.float32), np.full(EXPRESSIONS, 2.0, np.float32))
    return NoiseGenerator.of(CGAN(CGANConfig(expression_size=EXPRESSIONS), bounds), face)


@pytest.fixture(scope="session")
def regressor(face) -> Regressor:
    """Hardly trained: it finds about the mean face about the middle of the aligned picture."""
    keras.utils.set_random_seed(3)
    small = RegressorConfig(widths=(4, 8), blocks=(0, 1), picture_features=16, landmark_features=(16,), hidden=16)
    made = untrained(face, small)
    rng = np.random.default_rng(3)
    weights = [(w + rng.normal(0.0, 0.01, w.shape)).astype(np.float32) for w in made.weights]
    return replace(made, weights=tuple(weights))


@pytest.fixture(scope="session")
def estimator() -> Estimator:
    """Untrained."""
    keras.utils.set_random_seed(4)
    return Estimator.of("small", build("small"))


@pytest.fixture(scope="session")
def models(face, generator, noise_generator, estimator, tmp_path_factory) -> Path:
    """The folder they are exported to; a second version of `expression` is another generator, of `estimator` the one
    of landmarks that ships."""
    folder = tmp_path_factory.mktemp("models")
    write_models([expression_servable(generator), face_servable(face), estimator_servable(estimator)], folder)
    write_models([expression_servable(noise_generator), landmark_estimator_servable(load_landmark_estimator())], folder)
    return folder


@pytest.fixture(scope="session")
def photo_models(models, face, generator, regressor) -> Path:
    """The same folder with `synthesis`, the largest graph: making and loading it takes long."""
    write_models([synthesis_servable(face, generator, regressor)], models)
    return models


@pytest.fixture(scope="session")
def native(models):
    """Asks a model, `native("face/1", inputs, signature)`: a dictionary of answers, or the field at fault and why."""
    command = [sys.executable, Path(__file__).with_name("native_child.py")]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(_BENCHMARKS)}
    )

    def ask(model, inputs, signature="serving_default"):
        child.stdin.write(pickle.dumps((str(models / model), signature, inputs)))
        child.stdin.flush()
        return pickle.load(child.stdout)

    yield ask
    child.stdin.close()
    assert child.wait() == 0
