"""The built-in face over people and expressions: principal components, skin tones, variety."""

import numpy as np
import pytest

from au_tf.morphable import Part
from au_tf.morphable.builtin import assembly, builtin_face, builtin_muscles

MODEL = builtin_face()
PEOPLE = np.random.default_rng(3).normal(size=(1000, len(MODEL.albedo_basis)))


def random_expressions(seed: int) -> np.ndarray:
    """Displacements float[N, V * 3] by the muscles, drawn as those behind the expression basis are."""
    return assembly._expression_samples(builtin_muscles(), np.random.default_rng(seed))


def test_components_are_those_of_numpys_singular_value_decomposition() -> None:
    samples = np.random.default_rng(0).normal(size=(60, 200)) * np.linspace(3.0, 0.1, 200)
    axes = assembly.principal_components(samples, 20)
    left, size, right = np.linalg.svd(samples, full_matrices=False)
    unit = axes / np.linalg.norm(axes, axis=1, keepdims=True)
    np.testing.assert_allclose(np.abs(np.einsum("nd,nd->n", unit, right[:20])), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(axes, axis=1), (left * size).std(0)[:20], rtol=1e-5)


def test_normal_components_have_the_covariance_of_the_fields() -> None:
    fields = np.random.default_rng(1).normal(size=(30, 50))
    axes = assembly.normal_components(fields, 30)
    np.testing.assert_allclose(axes.T @ axes, fields.T @ fields, atol=1e-4)


def test_whitened_coefficients_have_unit_variance_on_their_samples() -> None:
    samples = random_expressions(7)[:, ::16]
    axes = assembly.principal_components(samples, 79)
    deviation = assembly._project(samples, axes).astype(np.float64).std(0)
    np.testing.assert_allclose(deviation, 1.0, atol=1e-3)


def test_components_explain_expressions_that_they_have_not_seen() -> None:
    samples = random_expressions(11)
    flat = MODEL.expression_basis.reshape(79, -1)
    coefficients = assembly._project(samples, flat)
    rest = samples - coefficients @ flat
    assert 1.0 - np.square(rest).sum() / np.square(samples).sum() > 0.99
    np.testing.assert_allclose(coefficients[:, :10].std(0), 1.0, atol=0.25)


def region(at: tuple[float, float]) -> np.ndarray:
    """Albedos float[people, 3] of a patch of skin of the random people, seen from the front."""
    skin = MODEL.mean_shape[builtin_muscles().mesh.pieces["skin"].rows]
    rows = np.argsort(np.linalg.norm(skin[:, :2] - at, axis=1) + 99 * (skin[:, 2] < 0))[:25]
    return MODEL.mean_albedo[rows].mean(0) + PEOPLE @ MODEL.albedo_basis[:, rows].mean(1)


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* float[N, 3] of linear sRGB, white D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt((linear.clip(0.002, 1) @ to_xyz.T) / [0.9505, 1.0, 1.089]).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


SKIN = {"cheek": (45.0, -45.0), "forehead": (20.0, 45.0)}


@pytest.mark.parametrize("place", SKIN.values(), ids=SKIN)
def test_skin_tones_span_the_human_range(place: tuple[float, float]) -> None:
    """By individual typology angle (Chardon 1991): very dark, brown, tan, intermediate, light and very light."""
    lightness, _, yellow = lab(region(place)).T
    angle = np.degrees(np.arctan2(lightness - 50.0, yellow))
    share, _ = np.histogram(angle, [-90, -30, 10, 28, 41, 90])
    share = share / len(angle)
    assert share.min() > 0.03
    assert share.max() < 0.40
    assert np.percentile(lightness, 2) < 35
    assert np.percentile(lightness, 98) > 73


@pytest.mark.parametrize("place", SKIN.values(), ids=SKIN)
def test_skin_is_never_green_grey_or_orange(place: tuple[float, float]) -> None:
    """Human skin has hue angles of about 40 to 75 degrees and a chroma of about 10 to 28 (Xiao et al. 2017)."""
    colours = lab(region(place))
    colours = colours[colours[:, 0] > np.percentile(colours[:, 0], 2.5)]  # the normal law's tail is black
    hue, chroma = np.degrees(np.arctan2(colours[:, 2], colours[:, 1])), np.hypot(colours[:, 1], colours[:, 2])
    assert np.percentile(hue, 1) > 40
    assert hue.max() < 75
    assert np.percentile(chroma, 1) > 10
    assert chroma.max() < 30


def test_the_first_albedo_axis_is_melanin() -> None:
    """It carries nearly all of the variance and changes all channels one way, red the most."""
    energy = np.square(MODEL.albedo_basis).sum((1, 2))
    assert energy[0] > 0.9 * energy.sum()
    cheek = np.argmin(np.linalg.norm(MODEL.mean_shape - [45.0, -45.0, 35.0], axis=1))
    red, green, blue = np.abs(MODEL.albedo_basis[0, cheek])
    assert red > green > blue
    assert len(set(np.sign(MODEL.albedo_basis[0, cheek]))) == 1


def test_whites_of_eyes_and_teeth_do_not_take_the_skins_tone() -> None:
    for part in (Part.EYE, Part.TEETH):
        white = (MODEL.parts == part) & (MODEL.mean_albedo.min(1) > 0.3)
        assert white.sum() > 50
        deviation = np.sqrt(np.square(MODEL.albedo_basis[:, white]).sum(0))
        assert deviation.max() < 0.03
        spread = MODEL.mean_albedo[white].max(1) - MODEL.mean_albedo[white].min(1)
        assert spread.max() < 0.2


def test_albedos_of_random_people_are_reflectances() -> None:
    outside = [0.0, 0.0]
    for person in PEOPLE[:30]:
        albedo = MODEL.mean_albedo + np.tensordot(person, MODEL.albedo_basis, 1)
        outside = np.add(outside, [(albedo < 0).mean() / 30, (albedo > 1).mean() / 30])
        assert albedo.min() > -0.15
    assert outside[0] < 0.01
    assert outside[1] < 0.001


def test_brows_and_lips_can_be_seen_on_everybody() -> None:
    skin, brow = region((20.0, 45.0)).mean(1), region((28.0, 25.5)).mean(1)
    lip, chin = region((5.0, -71.0)), region((0.0, -88.0))
    usual = skin > np.percentile(skin, 4)
    assert (brow < 0.85 * skin)[usual].mean() > 0.97
    ratio = (lip[:, 1] / lip[:, 0]) / (chin[:, 1] / chin[:, 0])
    assert (ratio < 0.92)[usual].mean() > 0.97


def test_people_differ_and_are_people() -> None:
    """Twenty random faces: no two alike, none outside the span of human measures."""
    identities = np.random.default_rng(4).normal(size=(20, len(MODEL.identity_basis)))
    skin = MODEL.mask > 0.5
    shapes = MODEL.mean_shape[skin] + np.tensordot(identities, MODEL.identity_basis[:, skin], 1)
    apart = np.sqrt(np.square(shapes[:, None] - shapes[None]).sum(-1).mean(-1))[np.triu_indices(20, 1)]
    assert apart.min() > 2.5
    assert apart.max() < 20
    at = MODEL.mean_shape[MODEL.landmarks] + np.tensordot(identities, MODEL.identity_basis[:, MODEL.landmarks], 1)
    # Farkas (1994): least and greatest of adults of all groups, in mm.
    for a, b, least, most in ((36, 45, 76, 104), (39, 42, 24, 44), (48, 54, 38, 65), (27, 8, 95, 140)):
        distance = np.linalg.norm(at[:, a] - at[:, b], axis=1)
        assert least < distance.min(), (a, b)
        assert distance.max() < most, (a, b)
