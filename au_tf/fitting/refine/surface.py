"""The part of a face model that a fit looks at: the face proper, arranged for picture derivatives."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from au_tf.arrays import Bool, Float32, Float64, Int32, Int64
from au_tf.fitting.refine.contour import Contour
from au_tf.morphable import MorphableModel, Part

if TYPE_CHECKING:
    from au_tf.fitting.regress.regressor import Regressor


class Basis(NamedTuple):
    """A mean and a basis of what the vertices have."""

    mean: Float32
    """float32[V, 3]."""
    rows: Float32
    """float32[K, 3 V], a vector after the other."""
    columns: Float32
    """float32[V, 3, K], the same, a vertex after the other."""

    @classmethod
    def of(cls, mean: Float32, basis: Float32) -> Self:
        """From float32[V, 3] and float32[K, V, 3]."""
        rows = np.ascontiguousarray(basis.reshape(len(basis), mean.size), np.float32)
        return cls(np.array(mean, np.float32), rows, np.ascontiguousarray(np.moveaxis(basis, 0, -1), np.float32))

    def at(self, coefficients: Any) -> Float32:
        """mean + basis, float32[V, 3], for float[K]."""
        offset = np.asarray(coefficients, np.float32) @ self.rows
        return np.asarray(self.mean + offset.reshape(self.mean.shape), np.float32)

    def from_on(self, first: int, coefficients: Any) -> Self:
        """The basis from its vector `first` on, about what the coefficients float[first] of those before make."""
        known = np.asarray(coefficients, np.float32) @ self.rows[:first]
        columns = np.ascontiguousarray(self.columns[..., first:])
        return type(self)(self.mean + known.reshape(self.mean.shape), self.rows[first:], columns)


class Marks(NamedTuple):
    """The few vertices that can be landmarks."""

    contour: Contour
    """Those of the jaw."""
    vertices: Int32
    """int32[68 + N] of the face model, first the landmarks as the model has them, then the contour's candidates."""
    mean: Float64
    """float64[68 + N, 3], mm."""
    basis: Float64
    """float64[68 + N, 3, K], mm a standard deviation."""


@dataclass(frozen=True, eq=False)
class Surface:
    """The face proper with eyes and mouth, of which all shapes are free, or those of one person."""

    triangles: Int32
    """int32[T, 3]."""
    skin: Bool
    """bool[T], which show skin of the face proper: what a fit compares with the picture."""
    around: Int32
    """int32[3 T], the triangles about each vertex, vertex after vertex."""
    starts: Int32
    """int32[V + 1], where each vertex' triangles start in `around`."""
    shape: Basis
    """mm; identity, then expression."""
    albedo: Basis
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

    def coefficients(self, shape: Any, albedo: Any) -> dict[str, Float32]:
        """Identity, albedo and expression of the coefficients that are free, float[K] and float[A]."""
        identity, expression = np.split(np.asarray(shape, np.float32), [0 if self.person else self.identities])
        identity, albedo = self.person or (identity, np.asarray(albedo, np.float32))
        return {"identity": identity, "albedo": albedo, "expression": expression}

    def of_person(self, identity: Any, albedo: Any) -> Self:
        """With identity float[I] and albedo float[A] of one person: what is free is the expression."""
        count, marks = self.identities, self.marks
        known = np.asarray(identity, np.float32), np.asarray(albedo, np.float32)
        mean = marks.mean + marks.basis[..., :count] @ np.asarray(identity, np.float64)
        return replace(
            self,
            shape=self.shape.from_on(count, identity),
            albedo=self.albedo.from_on(len(self.albedo.rows), albedo),
            marks=marks._replace(mean=mean, basis=np.ascontiguousarray(marks.basis[..., count:])),
            person=known,
        )


@lru_cache(maxsize=2)
def surface_of(model: MorphableModel) -> Surface:
    """The surface of a face model."""
    proper = (model.mask > 0.0) | (model.parts != Part.SKIN)
    chosen = model.triangles[proper[model.triangles].any(1)]
    used, corners = np.unique(chosen, return_inverse=True)
    triangles = np.ascontiguousarray(corners.reshape(-1, 3), np.int32)
    skin = (model.mask[used] > 0.5) & (model.parts[used] == Part.SKIN)
    order = np.argsort(triangles, axis=None, kind="stable")
    starts = np.searchsorted(triangles.ravel()[order], np.arange(len(used) + 1))
    bases = np.concatenate([model.identity_basis, model.expression_basis])
    return Surface(
        triangles=triangles,
        skin=skin[triangles].all(1),
        around=(order // 3).astype(np.int32),
        starts=starts.astype(np.int32),
        shape=Basis.of(model.mean_shape[used], bases[:, used]),
        albedo=Basis.of(model.mean_albedo[used], model.albedo_basis[:, used]),
        marks=_marks(model, bases),
        identities=len(model.identity_basis),
        extent=np.flatnonzero(skin)[::4],
    )


def _marks(model: MorphableModel, bases: Float32) -> Marks:
    contour = Contour.of(model)
    vertices = np.concatenate([model.landmarks, contour.vertices])
    basis = np.ascontiguousarray(np.moveaxis(bases[:, vertices], 0, -1), np.float64)
    return Marks(contour, vertices, model.mean_shape[vertices].astype(np.float64), basis)
