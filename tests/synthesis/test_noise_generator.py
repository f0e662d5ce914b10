from dataclasses import replace

import keras
import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.adversarial import networks
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.network_config import CGANConfig
from au_tf.synthesis.noise_generator import NoiseGenerator

SIZE = 7


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    config = CGANConfig(expression_size=SIZE, latent_size=9, hidden=(16, 16))
    bounds = Bounds.of(np.random.default_rng(1).normal(0.5, 2.0, (50, SIZE)))
    face = FaceSignature("nobody", "0" * 64, np.zeros((SIZE, 68, 3), np.float32))
    return NoiseGenerator(config, bounds, face, {"generator": tuple(CGAN(config, bounds).generator.get_weights())})


def test_label_and_noise_decide_and_the_source_does_not(generator):
    rng = np.random.default_rng(2)
    asked, sources = rng.uniform(0, 5, (50, 12)), rng.normal(size=(2, 50, SIZE))
    one, other = generator.generate(sources, asked)
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(generator.generate(-sources, asked), [one, other])
    assert not np.array_equal(generator.generate(sources, 5 - asked)[0], one)
    assert not np.array_equal(replace(generator, seed=1).generate(sources, asked)[0], one)
    # Rows that are asked for the same differ by their noise.
    assert np.ptp(generator.generate(np.zeros((9, SIZE)), np.zeros(12)), axis=0).min() > 0
    assert (one >= generator.bounds.lower - 1e-5).all() and (one <= generator.bounds.upper + 1e-5).all()


def test_stored_and_read_it_is_the_same(generator, tmp_path):
    generator.save(tmp_path)
    again = NoiseGenerator.load(tmp_path)
    asked = np.random.default_rng(3).uniform(0, 5, (4, 12))
    np.testing.assert_array_equal(again.generate(np.zeros(SIZE), asked), generator.generate(np.zeros(SIZE), asked))
    assert again.config == generator.config and again.face.name == "nobody"
    with pytest.raises(InputError, match=r"generator\.npz: kind: found cgan, expected caae"):
        Generator.load(tmp_path)


def test_network_is_the_one_of_the_paper():
    config = CGANConfig()
    net = networks.generator(config.label_size, config.latent_size, config.expression_size, config.hidden)
    assert net.input_shape == (None, 112) and net.output_shape == (None, 79)
