"""Lays the built-in head over the mesh of another face, so that points of the two correspond.

A coarse search compares reliefs seen from the front; then place, size, pose and identity are fitted together to the
points of the surface that lie nearest and are most alike (iterative closest points with a statistical prior), and to
the landmarks if there are any.
"""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Int
from au_tf.blas import one_blas_thread
from au_tf.errors import InputError
from au_tf.geometry.landmarks import JAW
from au_tf.geometry.similarity import Similarity
from au_tf.morphable.completion.cloud import Cloud
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.relief import LARGEST, find_face
from au_tf.morphable.completion.rigid import Alignment, align, probes
from au_tf.morphable.completion.surface import face_normals, spread, vertex_normals

# Degrees of pitch from which the fit starts where no landmarks tell it.
_PITCHES = (0.0, -8.0, 8.0)
# mm round the built-in face within which the mesh is looked at.
_MARGIN = 35.0
# A shape further from every face than this is none: mm that one in ten points is off, and strangeness.
_FURTHEST, _STRANGEST = 4.0, 1.2
# How unlike, in mm, a point counts at most.
_CAP = 25.0
# Points of the surface that a thin plate is bent to, and its slack at landmarks, at these, and at the jaw's landmarks.
_PLATE = 300
_SLACK = (5.0, 1000.0, 5000.0)
# mm² of surface, far more than a bust with all that is in its mouth.
_MOST_AREA = 2e6
_WANTED = "a human face in millimetres, upright, looking along +z"


@dataclass(frozen=True)
class Registration:
    """The built-in head laid over another face."""

    points: Array
    """float[V, 3], mm: where the built-in head's vertices come to lie."""
    normals: Array
    """float[V, 3], outward."""
    similarity: Similarity
    """The part of it that is the other mesh's place, size and pose."""
    off: float
    """How far one in ten points of the face is off the mesh or further, in mm at the built-in head's size."""
    strangeness: float
    """Root mean square of the identity's deviations; 1 is usual for people, less for a mean face."""


def register(points: Array, triangles: Int, landmarks: Array | None, source: object) -> Registration:
    """Lays the built-in head over a face.

    Args:
      points: float[V, 3], mm, upright and facing +z, anywhere.
      triangles: int[T, 3], counter-clockwise seen from outside.
      landmarks: float[68, 3], mm, where they are known.
      source: what the mesh came from, for the error.

    Raises:
      InputError: if the shape is not that of a face.
    """
    place = _place(points, triangles, landmarks, source)
    # All lengths below are then those of the built-in head.
    aligned = place.inverse()(points)
    cloud = Cloud.of(aligned, _near_face(aligned, triangles, source))
    if landmarks is None:
        starts = [_pitched(degrees) for degrees in _PITCHES]
    else:
        landmarks, starts = place.inverse()(landmarks), [Similarity.none()]
    # The matrices are small: more threads would only wait for each other.
    with one_blas_thread():
        fits = [_laid(cloud, align(cloud, start, landmarks), landmarks) for start in starts]
    best = min(fits, key=lambda laid: laid[1])
    found = best[0]
    if not (found.off < _FURTHEST and found.strangeness < _STRANGEST):
        shape = f"a shape {found.off:.1f} mm and {found.strangeness:.1f} deviations off the nearest face"
        raise InputError(source, "mean_shape", shape, _WANTED)
    normals = place.rotation.apply(found.normals)
    return Registration(place(found.points), normals, place.after(found.similarity), found.off, found.strangeness)


def outline(points: Array) -> Registration:
    """The built-in head put where a mesh is, as large as that, and no more: for meshes that are no face to lay it over.

    Args:
      points: float[V, 3], mm.
    """
    ref = reference()
    face = ref.points[probes().rows]
    sizes = np.ptp(points[:, :2], axis=0) / np.ptp(face[:, :2], axis=0)
    scale = float(sizes.mean()) or 1.0
    middle = (points.min(0) + points.max(0)) / 2
    place = Similarity(scale, Rotation.identity(), middle - scale * (face.min(0) + face.max(0)) / 2)
    return Registration(place(ref.points), ref.normals, place, np.inf, np.inf)


def _place(points: Array, triangles: Int, landmarks: Array | None, source: object) -> Similarity:
    """About where the built-in head has to be put."""
    extent = np.ptp(points[triangles].reshape(-1, 3), axis=0) if len(triangles) else np.zeros(3)
    area = 0.5 * np.linalg.norm(face_normals(points, triangles), axis=1).sum()
    if not (1.0 < area < _MOST_AREA and extent.min() > 1.0 and extent.max() < LARGEST):
        size = " x ".join(f"{side:.3g}" for side in extent)
        raise InputError(source, "mean_shape", f"a shape of {size} mm and {area:.3g} mm²", _WANTED)
    if landmarks is None:
        return find_face(spread(points, triangles, 4.0, 20_000, 50_000)[0])
    ref = reference()
    place = Similarity.between(ref.points[ref.landmarks], landmarks)
    if not 0.3 < place.scale < 3.0:
        found = f"a face {place.scale:.2g} times the usual size"
        raise InputError(source, "landmarks", found, "the landmarks of a human face in millimetres")
    return place


def _near_face(points: Array, triangles: Int, source: object) -> Int:
    """The triangles about the built-in face."""
    ref = reference()
    face = ref.points[probes().rows]
    inside = ((points > face.min(0) - _MARGIN) & (points < face.max(0) + _MARGIN)).all(1)
    near = triangles[inside[triangles].all(1)]
    if not np.linalg.norm(face_normals(points, near), axis=1).sum() > 1.0:
        raise InputError(source, "mean_shape", "no surface where its front should be", _WANTED)
    return near


def _pitched(degrees: float) -> Similarity:
    """The head looking up or down about its middle."""
    turn = Rotation.from_euler("x", degrees, degrees=True)
    middle = reference().points[probes().rows].mean(0)
    return Similarity(1.0, turn, middle - turn.apply(middle))


def _laid(cloud: Cloud, alignment: Alignment, landmarks: Array | None) -> tuple[Registration, float]:
    """The head where it has been aligned, and how unlike the surface it is in all respects."""
    ref, probe = reference(), probes()
    points = alignment.similarity(ref.shaped(alignment.identity))
    if landmarks is not None:
        points = points + _bend(cloud, points, landmarks)
    normals = vertex_normals(points, ref.mesh.triangles)
    at = points[probe.rows]
    unlike, found = cloud.nearest(at, normals[probe.rows], probe.bulges)
    distance = np.abs(((cloud.points[found] - at) * cloud.normals[found]).sum(1)) / alignment.similarity.scale
    distance[~np.isfinite(unlike)] = 1e3
    off = float(np.quantile(distance[probe.weights > 0.5], 0.9))
    strangeness = float(np.sqrt(np.mean(alignment.identity**2)))
    laid = Registration(points, normals, alignment.similarity, off, strangeness)
    return laid, float(np.average(np.minimum(unlike, _CAP), weights=probe.weights))


def _bend(cloud: Cloud, points: Array, landmarks: Array) -> Array:
    """What identity cannot explain, float[V, 3]: a thin plate's bending towards landmarks and surface."""
    ref, probe = reference(), probes()
    rows = probe.rows[:_PLATE]
    unlike, found = cloud.nearest(points[rows], vertex_normals(points, ref.mesh.triangles)[rows], probe.bulges[:_PLATE])
    gap, normal = cloud.points[found] - points[rows], cloud.normals[found]
    close = np.isfinite(unlike) & (np.linalg.norm(gap, axis=1) < 6.0)
    rows, across = rows[close], ((gap * normal).sum(1, keepdims=True) * normal)[close]
    held = np.concatenate([ref.landmarks, rows])
    wanted = np.concatenate([landmarks - points[ref.landmarks], across])
    slack = np.full(len(held), _SLACK[1])
    slack[JAW.stop : len(landmarks)] = _SLACK[0]
    slack[JAW] = _SLACK[2]
    return np.asarray(RBFInterpolator(points[held], wanted, kernel="thin_plate_spline", smoothing=slack)(points))
