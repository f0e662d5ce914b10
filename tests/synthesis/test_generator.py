import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from au_tf import facs
from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.files import write_npz
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.network_config import CAAEConfig
from au_tf.synthesis.stored import FILE


@pytest.fixture(scope="module")
def face(cloud_face):
    """A face of 79 expression coefficients, without actions."""
    return cloud_face(np.zeros((len(ACTIONS), 79), np.float32))


@pytest.fixture(scope="module")
def generator(face):
    keras.utils.set_random_seed(0)
    config = CAAEConfig()
    rng = np.random.default_rng(1)
    bounds = Bounds.of(rng.normal(0.5, 2.0, (50, 79)))
    return Generator.of(CAAE(config, bounds), face)


@pytest.fixture
def stored(generator, tmp_path):
    generator.save(tmp_path)
    return tmp_path


def dense(stack, x):
    for i, layer in enumerate(stack.layers):
        kernel, bias = layer.get_weights()
        x = x @ kernel + bias
        x = np.tanh(x) if i == len(stack.layers) - 1 else np.maximum(x, 0)
    return x


def test_generate_is_g_of_e_between_real_units(generator):
    source = np.random.default_rng(2).normal(size=(5, 79)).astype(np.float32)
    intensities = np.random.default_rng(3).uniform(0, 5, (5, 12)).astype(np.float32)
    low, high = generator.bounds.lower, generator.bounds.upper
    scaled = np.clip(2 * (source - low) / (high - low) - 1, -1, 1)
    code = dense(generator.parts["encoder"], scaled)
    out = dense(generator.parts["generator"], np.concatenate([code, facs.to_network(intensities)], 1))
    expected = low + (out + 1) / 2 * (high - low)
    np.testing.assert_allclose(generator.generate(source, intensities), expected, rtol=1e-4, atol=1e-5)


def test_leading_axes_are_broadcast(generator):
    source = np.random.default_rng(2).normal(size=(3, 1, 79))
    intensities = np.random.default_rng(3).uniform(0, 5, (4, 12))
    grid = generator.generate(source, intensities)
    assert grid.shape == (3, 4, 79) and grid.dtype == np.float32
    np.testing.assert_allclose(grid[2, 1], generator.generate(source[2, 0], intensities[1]), atol=1e-5)
    assert generator.generate(np.zeros((0, 79)), np.zeros(12)).shape == (0, 79)


def test_many_rows_are_the_same_as_one_by_one(generator):
    source = np.random.default_rng(4).normal(size=(40_000, 79))
    many = generator.generate(source, np.ones(12))
    for row in (0, 32_767, 32_768, 39_999):
        np.testing.assert_allclose(many[row], generator.generate(source[row], np.ones(12)), atol=1e-5)


def test_sources_outside_the_bounds_are_clipped_and_results_stay_inside(generator):
    far = np.full(79, 1000.0)
    clipped = generator.generate(generator.bounds.upper, np.ones(12))
    np.testing.assert_allclose(generator.generate(far, np.ones(12)), clipped, atol=1e-4)
    result = generator.generate(far, np.full(12, 5.0))
    assert np.all((generator.bounds.lower <= result) & (result <= generator.bounds.upper))


@pytest.mark.parametrize(
    ("source", "intensities", "message"),
    [
        (np.zeros(80), np.zeros(12), r"source_expression: found shape \(80,\), expected a last axis of 79"),
        (np.zeros(79), np.zeros(11), "intensities: found shape"),
        (np.zeros(79), np.full(12, 5.1), "intensities: found 5.1, expected finite values from 0 to 5"),
        (np.zeros(79), np.full(12, np.nan), "intensities: found nan"),
        (np.full(79, np.inf), np.zeros(12), "source_expression: found inf"),
    ],
)
def test_bad_input_is_named(generator, source, intensities, message):
    with pytest.raises(InputError, match=message):
        generator.generate(source, intensities)


def test_load_brings_back_what_was_saved(generator, stored):
    again = Generator.load(stored)
    source = np.random.default_rng(5).normal(size=(7, 79))
    assert np.array_equal(again.generate(source, np.ones(12)), generator.generate(source, np.ones(12)))
    assert again.config == generator.config and again.face.digest == generator.face.digest


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="file: found nothing"):
        Generator.load(tmp_path / "none")


def spoil(path, **changes):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files} | changes
    write_npz(path, {name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"config": "{}]"}, "config: found"),
        ({"config": json.dumps({"width": 3})}, "config: found"),
        ({"config": json.dumps({"latent_size": "many"})}, "config: found .*the settings of a CAAE"),
        ({"config": json.dumps({"expression_size": 78})}, r"bounds/lower: found shape \(79,\), expected 78"),
        ({"kind": "cgan"}, "kind: found cgan, expected caae"),
        ({"kind": None}, "arrays: found no kind"),
        ({"face/motion": np.zeros((78, 68, 3))}, r"face/motion: found shape \(78, 68, 3\), expected 79"),
        ({"encoder/0": None}, "arrays: found no encoder/0"),
        ({"encoder/0": np.zeros((3, 3))}, r"encoder/0: found shape \(3, 3\), expected finite numbers of shape"),
        ({"generator/5": np.full(79, np.nan)}, "generator/5: found"),
        ({"bounds/lower": np.zeros(78)}, "bounds: shape"),
        ({"bounds/upper": np.full(79, -99.0)}, "bounds: values"),
    ],
)
def test_a_damaged_file_is_named(stored, changes, message):
    spoil(stored / FILE, **changes)
    with pytest.raises(InputError, match=message):
        Generator.load(stored)


def test_a_truncated_file_is_named(stored):
    whole = (stored / FILE).read_bytes()
    (stored / FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="a damaged file"):
        Generator.load(stored)


def test_only_the_face_it_was_trained_on_will_do(generator, face):
    generator.check(face)
    rounded = replace(face, expression_basis=face.expression_basis + np.float32(1e-4))
    assert rounded.digest != face.digest
    generator.check(rounded)
    with pytest.raises(InputError, match="generator: face model: found one trained on cloud"):
        generator.check(replace(face, name="other", expression_basis=face.expression_basis[::-1]))
