"""The part of a face model that a fit looks at: the face proper, arranged for picture derivatives."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Int32, Int64
from au_tf.errors import InputError
from au_tf.fitting.refine.contour import Contour
from au_tf.fitting.refine.dense_points import dense_vertices
from au_tf.fitting.refine.usual_expressions import expression_precision
from au_tf.morphable import LinearModel, MorphableModel, Part

if TYPE_CHECKING:
    from au_tf.fitting.regress.regressor import Regressor


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
    dense: Int64 | None = None
    """int64[468], which of these vertices MediaPipe's points stand for; None if the model is no face."""

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
    extent: Int64
    """int64[N], some vertices of the skin, which tell how far it reaches."""
    regressor: "Regressor | None" = None
    """From whose answer fits of people unknown start; None is from their landmarks alone."""
    person: tuple[Float32, Float32] | None = None
    """Identity and albedo if they are known and not free."""

    def coefficients(self, shape: Float, albedo: Float) -> dict[str, Float32]:
        """Identity, albedo and expression of the coefficients that are free, float[K] and float[A]."""
        identity, expression = np.split(np.asarray(shape, np.float32), [0 if self.person else self.identities])
        identity, albedo = self.person or (identity, np.asarray(albedo, np.float32))
        return {"identity": identity, "albedo": albedo, "expression": expression}

    def of_person(self, identity: Float, albedo: Float) -> Self:
        """With identity float[I] and albedo float[A] of one person: what is free is the expression."""
        known = np.asarray(identity, np.float32), np.asarray(albedo, np.float32)
        return replace(
            self,
            shape=self.shape.known(identity),
            albedo=self.albedo.known(albedo),
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
    order = np.argsort(triangles, axis=None, kind="stable")
    starts = np.searchsorted(triangles.ravel()[order], np.arange(len(used) + 1))
    return FaceSurface(
        triangles=triangles,
        skin=skin[triangles].all(1),
        around=(order // 3).astype(np.int32),
        starts=starts.astype(np.int32),
        shape=model.shapes.at(used).joined(),
        albedo=model.albedos.at(used),
        marks=_marks(model),
        identities=len(model.identity_basis),
        extent=np.flatnonzero(skin)[::4],
    )


def _marks(model: MorphableModel) -> Marks:
    contour = Contour.of(model)
    sparse = np.concatenate([model.landmarks, contour.vertices])
    usual = expression_precision(model)
    try:
        points = dense_vertices(model)
    except InputError:
        return Marks(contour, sparse, model.shapes.at(sparse).joined().astype(np.float64), usual)
    vertices = np.concatenate([sparse, points])
    dense = np.arange(len(sparse), len(vertices))
    return Marks(contour, vertices, model.shapes.at(vertices).joined().astype(np.float64), usual, dense)
