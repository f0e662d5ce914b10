"""Networks for other frameworks: ONNX, LiteRT, or tensors and JSON."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import tensorflow as tf

from au_tf.arrays import Arrays, Tensor
from au_tf.errors import InputError
from au_tf.estimation.estimator import Estimator
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator
from au_tf.estimation.landmarks.landmark_network import landmark_network
from au_tf.facs import ACTION_UNITS
from au_tf.files import write_whole
from au_tf.model_files import EXTRA, write_tensors
from au_tf.optional import optional
from au_tf.synthesis.stored import StoredGenerator

tf2onnx = optional("tf2onnx")

Form = Literal["tf-serving", "onnx", "litert", "safetensors"]
"""SavedModels for TF Serving; a file `.onnx`; a file `.tflite`; a folder with `model.safetensors` and `config.json`."""
OPSET = 18
"""Version of ONNX's operators, which runtimes of the last years know."""


class Portable(NamedTuple):
    """A network as other frameworks see it."""

    name: str
    """What it is called."""
    function: Callable[..., dict[str, Tensor]]
    """What it computes, by names."""
    inputs: tuple[tf.TensorSpec, ...]
    """What it takes; the first axis is of any size."""
    variables: list[tf.Variable]
    """What it has learnt."""
    arrays: dict[str, Any]
    """The same as arrays, with its settings."""


def portable_generator(generator: StoredGenerator) -> Portable:
    """`source_expression` float32[B, E] in standard deviations, or `noise` [B, Z] in [-1, 1], and `intensities`
    float32[B, 12] in [0, 5], to `expression` float32[B, E]."""
    given = "source_expression" if generator.TAKES_SOURCE else "noise"
    inputs = (
        tf.TensorSpec([None, generator.given_size], tf.float32, given),
        tf.TensorSpec([None, len(ACTION_UNITS)], tf.float32, "intensities"),
    )

    def express(other: Tensor, intensities: Tensor) -> dict[str, Tensor]:
        return {"expression": generator.expression(other, intensities)}

    return Portable("expression", express, inputs, generator.variables, generator.arrays())


def portable_estimator(estimator: Estimator) -> Portable:
    """`picture` float32[B, S, S, 3] of aligned faces, sRGB in [0, 255], to `intensities` float32[B, 12] in [0, 5]."""
    inputs = (tf.TensorSpec([None, estimator.size, estimator.size, 3], tf.float32, "picture"),)

    def read(picture: Tensor) -> dict[str, Tensor]:
        return {"intensities": estimator.network(picture, training=False)}

    variables = [weight.value for weight in estimator.network.weights]
    return Portable("estimator", read, inputs, variables, estimator.arrays())


def portable_landmark_estimator(estimator: LandmarkEstimator, neutral: bool = False) -> Portable:
    """`points` float32[B, 478, 3] and `grey` float32[B, 192, 192] of faces that were found, and with `neutral` those of
    the people's neutral faces, to `intensities` float32[B, 12] in [0, 5]; as `landmark_network` takes them."""
    network = landmark_network(estimator, neutral)
    inputs = tuple(tf.TensorSpec(given.shape, tf.float32, given.name) for given in network.inputs)

    def read(*given: Tensor) -> dict[str, Tensor]:
        return {"intensities": network([*given], training=False)}

    variables = [weight.value for weight in network.weights]
    return Portable(network.name, read, inputs, variables, estimator.arrays())


def write_portable(network: Portable, folder: Path, form: Form) -> Path:
    """Writes a network in a form other than that of TF Serving.

    Returns:
      The file, or the folder of tensors and JSON.

    Raises:
      InputError: if the place cannot be written, or the package that writes the form is not installed.
    """
    if form == "safetensors":
        return write_tensors(folder / network.name, network.arrays)
    content, suffix = (_onnx(network), ".onnx") if form == "onnx" else (_litert(network), ".tflite")
    place = folder / (network.name + suffix)
    write_whole(place, content)
    return place


def _onnx(network: Portable) -> bytes:
    try:
        model, _ = tf2onnx.convert.from_function(_traced(network), input_signature=network.inputs, opset=OPSET)
    except ModuleNotFoundError as error:
        raise InputError("onnx", "package", f"no {error.name}", EXTRA) from error
    return bytes(model.SerializeToString())


def _litert(network: Portable) -> bytes:
    module = tf.Module()
    module.kept, module.run = network.variables, _traced(network)
    with tempfile.TemporaryDirectory() as folder:
        # Only from here does the converter take the names of inputs and outputs.
        tf.saved_model.save(module, folder, {"serving_default": module.run.get_concrete_function()})
        return bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())


def _traced(network: Portable) -> Any:
    return tf.function(network.function, input_signature=network.inputs, autograph=False)


def computed(network: Portable, given: Arrays) -> Arrays:
    """What Keras makes of inputs by name, to compare other frameworks with."""
    made = network.function(*(tf.constant(given[spec.name]) for spec in network.inputs))
    return {name: np.asarray(value) for name, value in made.items()}
