import numpy as np

import au_tf
from au_tf.facs import AU_NUMBERS
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.sides import left_part, left_share
from au_tf.rendering.framing import neutral
from au_tf.simulation.mechanics import sided_units


def test_shares_of_mirrored_places_make_one():
    model = builtin_face()
    share, x = left_share(model), model.mean_shape[:, 0]
    assert (share[x > 6] == 1).all() and (share[x < -6] == 0).all()
    order = np.argsort(np.abs(x))[:500]
    np.testing.assert_allclose(share[order] + np.interp(-x[order], np.sort(x), share[np.argsort(x)]), 1, atol=0.05)


def test_the_left_half_moves_the_left_and_what_is_left_of_it_the_right():
    model, rng = builtin_face(), np.random.default_rng(0)
    expression = rng.normal(0, 1, len(model.expression_basis))
    half = expression @ left_part(model)
    moved = model.shapes.change(np.zeros(len(model.identity_basis)), np.stack([expression, half]))
    whole, left = np.linalg.norm(moved, axis=-1)
    x = model.mean_shape[:, 0]
    assert np.linalg.norm(left[x < -8]) < 0.2 * np.linalg.norm(whole[x < -8])
    assert np.linalg.norm((moved[0] - moved[1])[x > 8]) < 0.2 * np.linalg.norm(moved[0][x > 8])


def test_an_expression_of_one_side_leaves_the_other_at_rest():
    face = au_tf.Face.from_coefficients(neutral(builtin_face()))
    rest, both = face.neutral().vertices, face.express(AU12=5).vertices
    one, x = face.express("L12=5"), face.model.mean_shape[:, 0]
    assert one.asked == "L12=5" and one.intensities[AU_NUMBERS.index(12)] == 2.5
    rms = [
        np.sqrt(np.square(one.vertices - other).sum(-1)[side].mean()) for other, side in ((both, x > 8), (rest, x < -8))
    ]
    assert max(rms) < 0.4 < np.linalg.norm(both - rest, axis=-1).max()
    assert face.express("L12=3,R12=3").asked == "AU12=3"


def test_chin_and_jaw_have_no_sides():
    sided = dict(zip(AU_NUMBERS, sided_units(builtin_face()), strict=True))
    assert [unit for unit, apart in sided.items() if not apart] == [17, 26]
