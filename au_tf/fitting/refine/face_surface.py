"""The part of a face model that a fit looks at: the face proper, arranged for picture derivatives."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from au_tf.arrays import Bool, Float, Float32, Float64, Int32, Int64
from au_tf.errors import InputError
from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.refine.dense_points import dense_vertices
from au_tf.fitting.refine.usual_expressions import expression_precision
from au_tf.morphable import LinearModel, MorphableModel, Part

if TYPE_CHECKING:
    from au_tf.fitting.regress.regressor import Regressor


_COARSE = 2000
"""Vertices of `FaceSurface.coarser`, some 4 mm apart: in the least pictures that fits look at a pixel has 5 mm."""


class Marks(NamedTuple):
    """The few vertices that can be landmarks."""

    contour: Contour
    """Those of the jaw."""
    vertices: Int32
    """int32[68 + N + 468] of the face model: its own landmarks, the contour's candidates, the dense points."""
    shape: LinearModel
    """float64, of these vertices, mm; identity, then expression."""
    expression: Float64
    """float64[E, E], inverse covariance of the expression (`usual_expressions`)."""
    dense: slice | None = None
    """Which of these vertices MediaPipe's points stand for; None if the model is no face."""

    @property
    def precision(self) -> Float64:
        """float64[K, K], inverse covariance of the coefficients: identity is standard normal."""
        result = np.eye(self.shape.size)
        result[-len(self.expression) :, -len(self.expression) :] = self.expression
        return result


@dataclass(frozen=True, eq=False)
class FaceSurface:
    """The face proper with eyes and mouth, of which all shapes are free, or those of one person."""

    triangles: Int32
    """int32[T, 3]."""
    skin: Bool
    """bool[T], which show skin of the face proper: what a fit compares with the picture."""
    around: Int32
    """int32[3 T], the triangles about each vertex, vertex after vertex."""
    starts: Int32
    """int32[V + 1], where each vertex' triangles start in `around`."""
    shape: LinearModel
    """float32, mm; identity, then expression, in one basis."""
    albedo: LinearModel
    """Linear RGB."""
    marks: Marks
    """Landmarks, with the same coefficients as `shape`."""
    identities: int
    """How many of the shape's coefficients are identity."""
    extent: LinearModel
    """Some vertices of the skin, which tell how far it reaches; as `shape`."""
    regressor: "Regressor | None" = None
    """From whose answer fits of people unknown start; None is from their landmarks alone."""
    person: tuple[Float32, Float32] | None = None
    """Identity and albedo if they are known and not free."""

    def coefficients(self, shape: Float, albedo: Float) -> dict[str, Float32]:
        """Identity, albedo and expression of the coefficients that are free, float[K] and float[A]."""
        identity, expression = np.split(np.asarray(shape, np.float32), [0 if self.person else self.identities])
        identity, albedo = self.person or (identity, np.asarray(albedo, np.float32))
        return {"identity": identity, "albedo": albedo, "expression": expression}

    @cached_property
    def coarser(self) -> "FaceSurface":
        """The same in fewer vertices and without what is no skin, for pictures of few pixels."""
        return _coarsened(self)

    def of_person(self, identity: Float, albedo: Float) -> Self:
        """With identity float[I] and albedo float[A] of one person: what is free is the expression."""
        known = np.asarray(identity, np.float32), np.asarray(albedo, np.float32)
        return replace(
            self,
            shape=self.shape.known(identity),
            albedo=self.albedo.known(albedo),
            extent=self.extent.known(identity),
            marks=self.marks._replace(shape=self.marks.shape.known(identity)),
            person=known,
        )


@lru_cache(maxsize=2)
def surface_of(model: MorphableModel) -> FaceSurface:
    """The surface of a face model."""
    proper = (model.mask > 0.0) | (model.parts != Part.SKIN)
    chosen = model.triangles[proper[model.triangles].any(1)]
    used, corners = np.unique(chosen, return_inverse=True)
    triangles = np.ascontiguousarray(corners.reshape(-1, 3), np.int32)
    skin = (model.mask[used] > 0.5) & (model.parts[used] == Part.SKIN)
    around, starts = _about(triangles, len(used))
    shape = model.shapes.at(used).joined()
    return FaceSurface(
        triangles=triangles,
        skin=skin[triangles].all(1),
        around=around,
        starts=starts,
        shape=shape,
        albedo=model.albedos.at(used),
        marks=_marks(model),
        identities=len(model.identity_basis),
        extent=shape.at(np.flatnonzero(skin)[::8]),
    )


def _about(triangles: Int32, count: int) -> tuple[Int32, Int32]:
    """`FaceSurface.around` and `FaceSurface.starts` of triangles of so many vertices."""
    order = np.argsort(triangles, axis=None, kind="stable")
    starts = np.searchsorted(triangles.ravel()[order], np.arange(count + 1))
    return (order // 3).astype(np.int32), starts.astype(np.int32)


def _coarsened(surface: FaceSurface) -> FaceSurface:
    """A surface of some of the vertices, one triangle where the cells of three of them meet.

    It is the geodesic Delaunay triangulation (Peyre & Cohen 2006): lips and lids that lie upon each other stay apart.
    The vertices are evenly spread, and all those where the skin ends: lips that end elsewhere show less of themselves.
    """
    skin = np.zeros(len(surface.shape.mean), bool)
    skin[surface.triangles[surface.skin]] = True
    # What is next to the skin stays as its border.
    near = skin[surface.triangles].any(1)
    vertices, corners = np.unique(surface.triangles[near], return_inverse=True)
    triangles, points = corners.reshape(-1, 3), surface.shape.mean[vertices].astype(np.float64)
    chosen = _spread_out(points, _COARSE, _border(triangles[surface.skin[near]]))
    cell = _cells(points, triangles, chosen)
    met = cell[triangles]
    three = (met[:, 0] != met[:, 1]) & (met[:, 1] != met[:, 2]) & (met[:, 2] != met[:, 0]) & (met >= 0).all(1)
    once = np.unique(np.sort(met[three], 1), axis=0, return_index=True)[1]
    found = np.ascontiguousarray(met[three][once], np.int32)
    around, starts = _about(found, len(chosen))
    kept, known = vertices[chosen], cell >= 0
    share = 1.0 / np.bincount(cell[known])[cell[known]]
    means = csr_array((share, (cell[known], vertices[known])), shape=(len(chosen), len(skin)))
    return replace(
        surface,
        triangles=found,
        skin=surface.skin[near][three][once],
        around=around,
        starts=starts,
        shape=surface.shape.at(kept),
        albedo=surface.albedo.averaged(means),
    )


def _cells(points: Float64, triangles: Int64, chosen: Int64) -> Int64:
    """Which of the chosen vertices is the nearest along the mesh, int64[V]; -1 in a part in which none was chosen."""
    first, second = triangles.ravel(), np.roll(triangles, 1, 1).ravel()
    length = np.maximum(np.linalg.norm(points[first] - points[second], axis=1), 1e-3)
    graph = csr_array((length, (first, second)), shape=(len(points), len(points)))
    source = dijkstra(graph, directed=False, indices=chosen, min_only=True, return_predecessors=True)[2]
    place = np.full(len(points), -1)
    place[chosen] = np.arange(len(chosen))
    return np.where(source >= 0, place[source], -1)


def _border(triangles: Int64) -> Int64:
    """The vertices of edges that only one of some triangles int64[T, 3] has, int64[N]."""
    edges = np.sort(np.stack([triangles, np.roll(triangles, 1, 1)], -1).reshape(-1, 2), 1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    return np.unique(found[count == 1])


def _spread_out(points: Float64, count: int, first: Int64) -> Int64:
    """Indices int64[count] of points: the first, then each the farthest from those before it (Gonzalez 1985)."""
    chosen, distance = np.empty(max(min(count, len(points)), len(first)), np.int64), np.full(len(points), np.inf)
    chosen[: len(first)] = first
    for k in range(len(chosen)):
        if k >= len(first):
            chosen[k] = distance.argmax()
        distance = np.minimum(distance, np.square(points - points[chosen[k]]).sum(1))
    return chosen


def _marks(model: MorphableModel) -> Marks:
    contour = Contour.of(model)
    sparse = np.concatenate([model.landmarks, contour.vertices])
    usual = expression_precision(model)
    try:
        points = dense_vertices(model)
    except InputError:
        return Marks(contour, sparse, model.shapes.at(sparse).joined().astype(np.float64), usual)
    vertices = np.concatenate([sparse, points])
    dense = slice(len(sparse), len(vertices))
    return Marks(contour, vertices, model.shapes.at(vertices).joined().astype(np.float64), usual, dense)
