import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.files import read_npz, write_npz
from au_tf.morphable.signature import FaceSignature
from au_tf.synthesis.adversarial.caae import CAAE
from au_tf.synthesis.adversarial.cgan import CGAN
from au_tf.synthesis.bounds import Bounds
from au_tf.synthesis.generator import Generator
from au_tf.synthesis.generators import generator_class, load_generator
from au_tf.synthesis.network_config import RECIPES, CAAEConfig, CGANConfig
from au_tf.synthesis.noise_generator import NoiseGenerator
from au_tf.synthesis.stored import FILE

SIZES = {"expression_size": 7, "latent_size": 9, "hidden": (6, 5), "discriminator_hidden": (4,)}


def untrained(config):
    kind = generator_class(config)
    bounds = Bounds.of(np.random.default_rng(1).normal(size=(50, 7)))
    weights = {part: tuple(getattr(kind.model(config, bounds), part).get_weights()) for part in kind.PARTS}
    face = FaceSignature("nobody", "0" * 64, np.zeros((7, 68, 3), np.float32))
    return kind(config, bounds, face, weights)


@pytest.mark.parametrize(
    ("config", "kind", "model"), [(CAAEConfig(**SIZES), Generator, CAAE), (CGANConfig(**SIZES), NoiseGenerator, CGAN)]
)
def test_the_file_says_what_it_holds(config, kind, model, tmp_path):
    made = untrained(config)
    made.save(tmp_path)
    read = load_generator(tmp_path)
    assert type(made) is type(read) is kind and type(kind.model(config, made.bounds)) is model
    assert read.config == config
    source, asked = np.random.default_rng(2).normal(size=(3, 7)), np.full((3, 12), 2.5)
    np.testing.assert_array_equal(read.generate(source, asked), made.generate(source, asked))


@pytest.mark.parametrize("config", [CAAEConfig(**SIZES), CGANConfig(**SIZES)])
def test_arrays_say_what_the_networks_of_keras_say(config):
    made = untrained(config)
    for part, network in made.parts.items():
        given = np.random.default_rng(3).normal(size=(5, network.input_shape[-1])).astype(np.float32)
        found = made.run_part(part, given)
        np.testing.assert_allclose(found, network(given).numpy(), atol=1e-5)
        np.testing.assert_array_equal(found[2:3], made.run_part(part, given[2:3]))


def test_every_network_with_a_recipe_can_be_trained_and_stored():
    for network, recipes in RECIPES.items():
        for config, _ in recipes.values():
            assert network == config.KIND and isinstance(config, generator_class(config).CONFIG)


def test_another_kind_is_refused(tmp_path):
    untrained(CGANConfig(**SIZES)).save(tmp_path)
    with np.load(tmp_path / FILE) as file:
        names = file.files
    write_npz(tmp_path / FILE, read_npz(tmp_path / FILE, names) | {"kind": "oracle"})
    with pytest.raises(InputError, match=r"generator\.npz: kind: found oracle, expected one of caae, cgan, mixed"):
        load_generator(tmp_path)
    with pytest.raises(InputError, match=r"generator\.npz: file: found nothing"):
        load_generator(tmp_path / "none")
