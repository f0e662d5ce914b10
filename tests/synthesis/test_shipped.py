"""What the generators that ship do; the bounds leave room above what their README.md report."""

from dataclasses import replace

import numpy as np
import pytest

from au_tf import facs
from au_tf.faces.pairing import load_pair
from au_tf.morphable.builtin import builtin_face
from au_tf.simulation.action_meter import ActionMeter
from au_tf.simulation.mechanics import both_sided, tabulate
from au_tf.simulation.population import record
from au_tf.simulation.population_config import SimulationConfig
from au_tf.synthesis.action_quality import measure
from au_tf.synthesis.generators import SHIPPED, load_generator, shipped_generator
from au_tf.synthesis.model_card import generator_command
from au_tf.synthesis.network_config import SHIPPED_CAAE, SHIPPED_TRAINING


@pytest.fixture(scope="module", params=SHIPPED)
def face(request):
    fixtures = {"ICT-FaceKit": "ict_model", "anny": "anny_model"}
    return request.getfixturevalue(fixtures[request.param]) if request.param in fixtures else builtin_face()


@pytest.fixture(scope="module")
def generator(face):
    return load_generator(shipped_generator(face.name))


@pytest.fixture(scope="module")
def quality(generator, face):
    return measure(generator, face, record(face, SimulationConfig(people=20, frames=60, seed=77)))


def test_it_was_trained_on_its_face(generator, face):
    generator.check(face)


def test_it_is_found_by_its_face(face):
    assert load_pair(face)[1].face.name == face.name


def test_it_is_small_and_says_how_it_was_made(generator, face):
    folder = shipped_generator(face.name)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
    assert generator.config == replace(SHIPPED_CAAE, expression_size=len(face.expression_basis))
    if face.name == "builtin":
        assert generator_command(SHIPPED_CAAE, SHIPPED_TRAINING) in (folder / "README.md").read_text()


def test_each_action_unit_comes_in_full_strength(quality):
    # (a) First the meter: the face's own actions at full strength are read as 5.
    np.testing.assert_allclose(np.diagonal(quality.truth[:, -1]), 5.0, atol=0.15)
    assert np.all((quality.strength > 4.2) & (quality.strength < 5.5)), quality.strength


def test_what_is_not_asked_stays_put(quality):
    # (b)
    assert quality.leakage < 0.12
    assert quality.leaks.max() < 0.8


def test_an_expressive_source_comes_to_rest(quality):
    # (c) From about 3.8 to what lies below a coder's threshold.
    assert np.all(np.abs(quality.residue) < 0.4), quality.residue
    assert np.all(quality.shown > 2.8)


def test_intensity_grows_at_every_step(quality):
    # (d)
    assert quality.least_step > 0.4


def test_the_person_stays_the_person(quality):
    # (e) 1 would be everyone's mean resting face.
    assert quality.resting_error < 0.85


@pytest.mark.parametrize("asked", ["AU6=4,AU12=4", "AU1=4,AU4=4,AU15=4", "AU1=4,AU2=4,AU5=4,AU25=4,AU26=4"])
def test_combinations_are_the_faces_own(generator, face, asked):
    intensities, mechanics = facs.parse(asked), tabulate(face)
    meter = ActionMeter.of(face)
    rest, shown = generator.generate(mechanics.rest, np.stack([0 * intensities, intensities]))
    own = meter.intensities(mechanics.expressions(both_sided(intensities)[None])[0] - mechanics.rest)
    # anny's smile lifts the cheeks by the same unit as its AU6, and the two are told apart less well.
    np.testing.assert_allclose(meter.intensities(shown - rest), own, atol=1.0 if face.name == "anny" else 0.75)
