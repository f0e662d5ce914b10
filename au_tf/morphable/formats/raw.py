"""What the file of a face model holds, in au_tf's conventions, before what it lacks is added."""

from dataclasses import dataclass

from au_tf.arrays import Float32, Int32, UInt8
from au_tf.errors import InputError
from au_tf.morphable.model import check_fields

# Far past any face, and far from where float32 arithmetic on a face overflows.
_FURTHEST = {
    "mean_shape": (1e5, "mm from the origin: is the unit right?"),
    "identity_basis": (1e5, "mm a standard deviation: is the unit right?"),
    "expression_basis": (1e5, "mm a standard deviation: is the unit right?"),
    "mean_albedo": (100.0, "of linear RGB"),
    "albedo_basis": (100.0, "of linear RGB a standard deviation"),
}


@dataclass(frozen=True, eq=False)
class RawFace:
    """A face model as read: millimetres, 0-based indices, coefficients in standard deviations; None is not there.

    The axes are the face's: +x to its left, +y up, +z out of it.
    """

    name: str
    """What the model is called."""
    mean_shape: Float32
    """float32[V, 3], mm."""
    identity_basis: Float32
    """float32[I, V, 3], mm a standard deviation."""
    expression_basis: Float32
    """float32[E, V, 3], mm a standard deviation, or the whole shape where shapes have names."""
    triangles: Int32
    """int32[T, 3], in either winding."""
    mean_albedo: Float32 | None = None
    """float32[V, 3], linear RGB reflectance."""
    albedo_basis: Float32 | None = None
    """float32[A, V, 3], linear RGB a standard deviation."""
    landmarks: Int32 | None = None
    """int32[68], vertices in the order of iBUG 300-W."""
    uv: Float32 | None = None
    """float32[V, 2] in [0, 1], origin at the lower left."""
    parts: UInt8 | None = None
    """uint8[V], a `Part` each."""
    mask: Float32 | None = None
    """float32[V], 1 on the face proper."""
    actions: Float32 | None = None
    """float32[A, E], expression coefficients of each of `facs.ACTIONS` at intensity 5."""

    def check(self, source: object) -> None:
        """Makes sure that the fields fit together, are a face's in size, and can be computed with.

        Args:
          source: what the face was read from, for the error.

        Raises:
          InputError: for a wrong type or shape, a number that is not finite or beyond reason, an index out of range,
            or a face without vertices, triangles, identity or expression.
        """
        check_fields(source, self)
        for name in ("mean_shape", "triangles", "identity_basis", "expression_basis"):
            if not len(getattr(self, name)):
                raise InputError(source, name, "nothing", "at least one")
        for name, (furthest, unit) in _FURTHEST.items():
            array = getattr(self, name)
            if array is not None and array.size and (size := max(array.max(), -array.min())) > furthest:
                raise InputError(source, name, f"{size:g}", f"at most {furthest:g} {unit}")
