"""What serving puts into a graph does to a photo what the compiled compositor does."""

from typing import NamedTuple

import numpy as np
import pytest
from skimage import data

from au_tf.compositing.brows import UpperFace
from au_tf.compositing.certainty import Certainty
from au_tf.compositing.corners import MouthCorners
from au_tf.compositing.fields import Fields, Mesh
from au_tf.compositing.graph import composition as graph_composition, layers as graph_layers, mouth as graph_mouth
from au_tf.compositing.graph.fields import MeshFields as GraphMeshFields
from au_tf.compositing.native import composition, layers, mouth as native_mouth
from au_tf.compositing.native.fields import MeshFields
from au_tf.compositing.placement import Placement
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import fit_photo
from au_tf.morphable import Part
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.morphable.detail.detail import detail_of
from au_tf.pictures import colour
from au_tf.rendering.graph.cameras import project
from au_tf.rendering.graph.details import wrinkle_depths


class Photo(NamedTuple):
    """A photo whose face both engines know."""

    window: np.ndarray
    landmarks: np.ndarray
    skin_tone: np.ndarray
    millimetre: float
    native: MeshFields
    graph: object
    """As `native`, of an expression."""
    source: Fields
    """Of the graph."""

    def layers(self):
        return layers.prepare(self.window, self.native.source(), self.landmarks, self.skin_tone, self.millimetre)


@pytest.fixture(scope="module")
def photo():
    image, model = data.astronaut(), builtin_face()

    def see(vertices):
        return project(vertices, placement.camera)

    fit = fit_photo(image, model)
    own, marks = fit.coefficients, fit.landmarks.astype(np.float64)
    placement = Placement.of(model, own, fit.camera, marks, image.shape)
    window, _, offset, lids = placement
    certain = Certainty.of(model)

    def vertices(expression):
        sure = certain.without_guess(expression, own.expression)
        return tuple(own.pose.apply(shape(each)) for each in (expression, sure))

    def shape(expression):
        rest, moved, fitted = (
            model.shape(own.identity, each) for each in (0.0 * expression, expression, own.expression)
        )
        held = np.sum([each.held(moved - rest) - each.held(fitted - rest) for each in (corners, upper)], 0)
        return moved + held - np.float32([0.0, 1.0, 0.0]) * Mesh.of(model).lowered

    def wrinkles(expression):
        sure = np.stack([certain.without_guess(each, own.expression) for each in (own.expression, expression)])
        old, new = wrinkle_depths(detail, np.repeat(own.identity[np.newaxis], 2, 0), sure)
        return np.maximum(new - old, 0.0)

    detail, corners, upper = detail_of(model), MouthCorners.of(model), UpperFace.of(model)
    of_photo = own.lighting, lids, window, detail
    graph = GraphMeshFields(Mesh.of(model), *vertices(own.expression), see, offset, *of_photo)
    return Photo(
        window.cut(image),
        window.places(marks),
        model.mean_albedo[(model.mask > 0.5) & (model.parts == Part.SKIN)].mean(0),
        window.millimetre,
        MeshFields(model, own, placement),
        lambda expression: as_arrays(graph(*vertices(expression), wrinkles(expression))),
        as_arrays(graph.source()),
    )


def as_arrays(fields):
    return Fields(*(np.asarray(field) for field in fields))


def asked(**units):
    row = np.zeros(len(ACTIONS), np.float32)
    for name, intensity in units.items():
        for side in "LR":
            row[ACTIONS.index(f"{name}_{side}")] = intensity / 5.0
    return action_expressions(builtin_face(), row)


EXPRESSIONS = [asked(AU4=5.0, AU9=5.0, AU43=5.0), asked(AU12=3.0, AU25=5.0, AU26=5.0)]


@pytest.mark.parametrize("expression", [None, *EXPRESSIONS], ids=["own", "shut", "open"])
def test_meshes_say_the_same_about_a_photo(photo, expression):
    """But for a pixel or two on the edge of an eye or a tooth, where either rasterizer may see another triangle."""
    found, expected = (
        (photo.native.source(), photo.source)
        if expression is None
        else (photo.native(expression), photo.graph(expression))
    )
    for name, mine, reference in zip(Fields._fields, found, expected, strict=True):
        assert mine.shape == reference.shape and mine.dtype == np.float32, name
        # On the border of what can change, where skin no longer counts, one engine knows fewer triangles.
        few = 1.5e-3 if name == "shown" else 1e-4
        assert (np.abs(mine - reference).max(-1) > 2e-2).mean() < few, name


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=["shut", "open"])
def test_pictures_are_the_same(photo, expression):
    prepared, fields = photo.layers(), photo.native(expression)
    made = composition.compose(prepared, fields)
    picture = photo.window.copy().reshape(-1, 3)
    picture[made.changed] = colour.to_levels(made.colour)
    other = graph_composition.compose(prepared, photo.graph(expression))
    expected = np.where(other.changed, colour.to_levels(np.asarray(other.picture)), photo.window)
    error = np.abs(picture.reshape(expected.shape).astype(int) - expected)
    assert error.mean() < 0.01
    assert (error > 1).any(-1).sum() <= 5


def test_mouths_and_teeth_are_taken_alike(photo):
    frame, source = colour.to_linear(photo.window), photo.source
    inside = layers.well_inside(source.mouth)
    np.testing.assert_allclose(graph_layers.well_inside(source.mouth), inside, atol=1e-5)
    light, other = (
        engine.lamp(frame, source, photo.landmarks, photo.skin_tone) for engine in (native_mouth, graph_mouth)
    )
    for mine, reference in zip(light, other, strict=True):
        np.testing.assert_allclose(reference, mine, rtol=1e-4)
    for shown in (inside, 0.0 * inside):
        teeth, expected = (
            engine.own_teeth(frame, source, shown, 0.0 * shown, light) for engine in (native_mouth, graph_mouth)
        )
        np.testing.assert_allclose(expected, teeth, atol=1e-4)
        gain, expected = (
            engine.tooth_gain(frame, np.abs(frame - 0.1), shown * teeth, photo.millimetre)
            for engine in (native_mouth, graph_mouth)
        )
        np.testing.assert_allclose(expected, gain, rtol=1e-3)
    shut = photo.landmarks.copy()
    shut[[67, 66, 65]] = shut[[61, 62, 63]]
    for landmarks in (photo.landmarks, shut):
        assert bool(graph_layers.is_closed(np.float32(landmarks))) == layers.is_closed(landmarks)
    assert layers.is_closed(shut)
