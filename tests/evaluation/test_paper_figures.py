import io

import numpy as np
import pytest
from PIL import Image

from au_tf.evaluation.protocols import paper_figures
from au_tf.evaluation.protocols.paper_figures import deformation_figures, random_subject
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.charts import to_png
from au_tf.rendering.deformation import displacement
from au_tf.synthesis.generators import load_generator

# Landmarks of iBUG 300-W.
BROWS, NOSE, EYES, MOUTH, CHIN = slice(17, 27), slice(27, 36), slice(36, 48), slice(48, 68), slice(6, 11)
CORNERS = {48, 54, 60, 64}


@pytest.fixture(scope="module")
def subject():
    return random_subject(builtin_face(), load_generator(), 3)


@pytest.fixture(scope="module")
def moved(subject):
    """mm by which an expression moves each landmark."""
    return lambda text: displacement(subject.model, subject.face, subject.target(text))[subject.model.landmarks]


def test_seed_decides_who_it_is(subject):
    again, other = (random_subject(subject.model, subject.generator, seed).face for seed in (3, 4))
    np.testing.assert_array_equal(again.identity, subject.face.identity)
    np.testing.assert_array_equal(again.expression, subject.face.expression)
    assert np.abs(other.expression - again.expression).max() > 0.1


def test_generator_from_noise_shows_its_own_neutral_face(subject):
    class Noise:
        TAKES_SOURCE = False

        def generate(self, source, intensities):
            return np.arange(79, dtype=np.float32) + intensities.sum()

    np.testing.assert_array_equal(random_subject(subject.model, Noise(), 0).face.expression, np.arange(79))


@pytest.mark.parametrize("unit", [1, 2, 4])
def test_brows_move_alone(moved, unit):
    far = moved(f"AU{unit}=5")
    assert far[BROWS].max() > 3
    # What is left is the difference between the person at rest and how the generator sees it.
    assert max(far[MOUTH].max(), far[CHIN].max()) < 0.25 * far[BROWS].max()


@pytest.mark.parametrize("unit", [12, 15])
def test_lip_corners_move_most(moved, unit):
    far = moved(f"AU{unit}=5")
    assert set(np.argsort(far)[-4:]) == CORNERS
    assert far[BROWS].max() < 1


def test_lips_and_jaw(moved):
    parted, dropped, both = moved("AU25=5"), moved("AU26=5"), moved("AU25=5,AU26=5")
    assert parted[MOUTH].max() > 3
    # The skin of the chin follows the lower lip, the bone does not.
    assert parted[CHIN].max() < 0.5 * dropped[CHIN].max()
    assert dropped[CHIN].min() > 10
    assert both[CHIN].min() > 10
    assert max(parted[BROWS].max(), dropped[BROWS].max()) < 1


@pytest.mark.parametrize(("unit", "region"), [(5, EYES), (6, EYES), (9, NOSE)])
def test_subtle_units_are_visible(moved, unit, region):
    assert moved(f"AU{unit}=5")[region].max() > 2


def test_panels_are_the_papers(subject, monkeypatch):
    drawn = []

    def draw(model, source, target, camera, background):
        assert source is subject.face
        drawn.append((target.expression, tuple(target.rotation)))
        return np.zeros((camera.height, camera.width, 3), np.uint8)

    monkeypatch.setattr(paper_figures, "deformation_colormap", draw)
    told = []
    pictures = deformation_figures(subject, lambda panels: told.extend(panels) or told)
    # Three units at five intensities, nine others at 5, five combinations; each from two sides.
    assert len(told) == len(set(told)) == 15 + 9 + 5
    assert len(drawn) == 2 * len(told)
    assert len({rotation for _, rotation in drawn}) == 2
    for text, (expression, _) in zip(told, drawn[::2], strict=True):
        np.testing.assert_array_equal(expression, subject.target(text).expression)
    sizes = {number: Image.open(io.BytesIO(to_png(figure))).size for number, figure in pictures.items()}
    assert sizes["6"][1] > sizes["7"][1] > sizes["8"][1] > 500
    assert min(width for width, _ in sizes.values()) > 1000
