import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.files import read_npz, write_npz
from au_tf.morphable.builtin import builtin_face
from au_tf.simulation.population import record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.action_quality import measure
from au_tf.synthesis.generators import load_generator
from au_tf.synthesis.mixed_effects import learn_mixed
from au_tf.synthesis.mixed_generator import MixedGenerator
from au_tf.synthesis.stored import FILE


@pytest.fixture(scope="module")
def generator():
    face = builtin_face()
    return learn_mixed(record(face, SimulationConfig(people=40, frames=60)), face)


def test_on_people_it_has_not_seen(generator):
    """Every Action Unit rises with what is asked, the others hardly move, and the resting face is the person's own."""
    unseen = record(builtin_face(), SimulationConfig(people=20, frames=30, seed=9))
    quality = measure(generator, builtin_face(), unseen)
    assert quality.least_step > 0.7 and quality.leakage < 0.1
    np.testing.assert_allclose(quality.strength, 5, atol=1)
    assert quality.resting_error < 0.8


def test_stored_and_read_again_it_is_the_same(generator, tmp_path):
    generator.save(tmp_path)
    read = load_generator(tmp_path)
    assert type(read) is MixedGenerator and read.config == generator.config
    rng = np.random.default_rng(0)
    source, asked = rng.standard_normal((5, 79)), rng.uniform(0, 5, (5, 12))
    np.testing.assert_array_equal(read.generate(source, asked), generator.generate(source, asked))
    assert read.generate(source[:, None], asked).shape == (5, 5, 79)


def test_a_damaged_file_is_refused(generator, tmp_path):
    generator.save(tmp_path)
    with np.load(tmp_path / FILE) as file:
        whole = read_npz(tmp_path / FILE, file.files)
    write_npz(tmp_path / FILE, whole | {"gain": whole["gain"][1:]})
    with pytest.raises(InputError, match=r"generator\.npz: gain: found shape \(78, 79\)"):
        MixedGenerator.load(tmp_path)


def test_frames_of_another_face_are_refused():
    frames = record(builtin_face(), SimulationConfig(people=2, frames=5))
    with pytest.raises(InputError, match="found 70 coefficients, expected 79"):
        learn_mixed(frames._replace(expression=frames.expression[:, :70]), builtin_face())
