"""Maps of parts, depth and normals beside drawn pictures."""

import numpy as np
import pytest

from au_tf.geometry.camera import Camera
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.model import Part
from au_tf.rendering.framing import face_vertices, portrait
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.hairdresser import lashes_of
from au_tf.rendering.native.normals import vertex_normals
from au_tf.rendering.native.rasterizer import interpolate, rasterize
from au_tf.rendering.native.surfaces import Segment, segments_of

CAMERA = Camera.default(96, 80)


@pytest.fixture(scope="module")
def face():
    posed = portrait(builtin_face(), yaw=25.0, fill=0.9)
    return posed.replace(**{name: values[np.newaxis] for name, values in posed.arrays().items()})


def test_they_are_what_a_rasterizer_sees(face):
    model = builtin_face()
    shown = BatchRenderer(model, threads=1).render(face, CAMERA, 1, surfaces=True).surfaces
    vertices = face_vertices(model, face[0])[np.newaxis]
    seen = rasterize(CAMERA.project(vertices), model.triangles, CAMERA.height, CAMERA.width)
    # At a silhouette single precision decides which of two surfaces a pixel shows.
    same = np.abs(seen.depth - shown.depth) < 0.05
    assert same.mean() > 0.999 and (shown.depth > 0).mean() > 0.2
    normals = interpolate(seen, model.triangles, vertex_normals(vertices, model.triangles))
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    inside = same & seen.mask
    assert (np.abs(normals - shown.normals)[inside].max(-1) < 1e-3).mean() > 0.999
    # What faces the camera, and nothing else, is seen.
    assert (shown.normals[inside][:, 2] > 0).mean() > 0.97
    expected = np.where(seen.mask, segments_of(model)[seen.triangle], Segment.BACKGROUND)
    assert (expected == shown.segments).mean() > 0.999
    assert set(np.unique(shown.segments)) >= {Segment.BACKGROUND, Segment.FACE, Segment.HEAD, Segment.EYE}


def test_segments_of_triangles_follow_the_parts(face):
    model, own = builtin_face(), segments_of(builtin_face())
    for part, segment in ((Part.EYE, Segment.EYE), (Part.TEETH, Segment.TEETH), (Part.MOUTH, Segment.MOUTH)):
        whole = (model.parts[model.triangles] == part).all(1)
        assert whole.any() and (own[whole] == segment).all()
    assert (model.mask[model.triangles[own == Segment.HEAD]] <= 0.5).any(1).all()


def test_hair_is_seen_and_hides_no_depth(face):
    model = builtin_face()
    renderer, close = BatchRenderer(model, threads=1), CAMERA.scaled(3.0)
    bare = renderer.render(face, close, 2, surfaces=True).surfaces
    lashed = renderer.render(face, close, 2, hair=[lashes_of(model, face.identity[0])], surfaces=True)
    worn = lashed.surfaces.segments == Segment.WORN
    assert worn.any() and not (bare.segments == Segment.WORN).any()
    assert (lashed.hair[worn] > 0).all()
    np.testing.assert_array_equal(lashed.surfaces.depth, bare.depth)
    none = lashed.hair == 0
    np.testing.assert_array_equal(lashed.surfaces.segments[none], bare.segments[none])
