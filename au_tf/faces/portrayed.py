"""What expressions and animations know of the face that they are of."""

from typing import Protocol

from au_tf.arrays import Float32, Pixels
from au_tf.geometry.camera import Camera
from au_tf.meshes.mesh_export import BlendShapes
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.provenance.statement import Statement


class Portrayed(Protocol):
    """A face of which there are pictures and meshes with any expression; `Face` is one."""

    @property
    def name(self) -> str:
        """Whose, or of which file."""
        ...

    @property
    def model(self) -> MorphableModel:
        """The face model."""
        ...

    @property
    def camera(self) -> Camera:
        """The camera of its pictures."""
        ...

    @property
    def image(self) -> Pixels | None:
        """uint8[H, W, 3], sRGB, the photo; None without one."""
        ...

    @property
    def photo(self) -> Pixels:
        """`image`, of a face that has one."""
        ...

    @property
    def texture(self) -> Pixels:
        """uint8[S, S, 3], sRGB, over the model's texture coordinates."""
        ...

    @property
    def shaped(self) -> MorphableModel:
        """The face model in the person's own shape."""
        ...

    def picture(self, coefficients: Coefficients, intensities: Float32) -> Pixels:
        """uint8[H, W, 3], sRGB, the photo with the expression of some coefficients."""
        ...

    def drawn(self, coefficients: Coefficients) -> Pixels:
        """uint8[H, W, 3], sRGB, the 3D face of some coefficients."""
        ...

    def close_up(self, picture: Pixels) -> Pixels:
        """The part of a picture that shows the face."""
        ...

    def with_expressions(self, intensities: Float32) -> list[Coefficients]:
        """The coefficients with other intensities float32[N, 12] in [0, 5]."""
        ...

    def blend_shapes(self, intensities: Float32) -> BlendShapes:
        """What Action Units do to its mesh, from some intensities float32[12] on."""
        ...

    def statement(self, asked: str, render: bool = False) -> Statement:
        """What a picture or mesh of it says of itself."""
        ...
