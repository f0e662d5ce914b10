"""The source photo with another expression: the photo's own pixels, moved, relit and completed by the mesh.

Three layers are composed: skin, which takes the background along; eyes; and the inside of the mouth. Every target
pixel asks the mesh where its point of the face was in the source photo and reads the colour there. Skin is relit by
the ratio of the new shading to the old. What the photo does not show is inpainted (eyes) or rendered (mouth).
"""

import numpy as np

from au_tf.arrays import ArrayLike, Float32, Pixels
from au_tf.compositing.native.composition import compose
from au_tf.compositing.native.enlargement import enlarge
from au_tf.compositing.native.fields import MeshFields
from au_tf.compositing.native.layers import prepare
from au_tf.compositing.native.teeth import OwnTeeth, teeth_of
from au_tf.compositing.placement import Placement
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.pictures.colour import to_levels


class PhotoCompositor:
    """Puts expressions into one photo; what depends on the photo alone is done once.

    Args:
      image: uint8[H, W, 3], sRGB, the source photo.
      model: the face model.
      coefficients: the fitted face, pose and lighting, without batch axes.
      camera: the camera of the fit.
      landmarks: float32[68, 2], (column, row), as detected in the photo.
      teeth: what other photos tell of the person's teeth.
      samples: to a side of each pixel, at most; 1 is enough where the picture is made smaller afterwards.

    Attributes:
      placement: where the face is in the photo.
      layers: the photo, taken apart, arrays.
    """

    def __init__(
        self,
        image: Pixels,
        model: MorphableModel,
        coefficients: Coefficients,
        camera: Camera,
        landmarks: Float32,
        teeth: OwnTeeth | None = None,
        samples: float = 2.0,
    ) -> None:
        self._image, self._model = image, model
        places = np.asarray(landmarks, np.float64)
        self.placement = placement = Placement.of(model, coefficients, camera, places, image.shape[:2], samples)
        self._mesh, self._window = MeshFields(model, coefficients, placement, teeth and teeth.factor), placement.window
        skin_tone = model.mean_albedo[(model.mask > 0.5) & (model.parts == Part.SKIN)].mean(0)
        window = self._window
        self.layers = prepare(
            window.cut(image), self._mesh.source(), window.places(places), skin_tone, window.millimetre
        )

    def teeth(self) -> OwnTeeth | None:
        """What the photo tells of the person's teeth; None if it shows too few."""
        places = self._mesh.places(np.flatnonzero(self._model.parts == Part.TEETH))
        return teeth_of(self._model, places, self._mesh.source(), self.layers)

    @property
    def covered(self) -> tuple[str, ...]:
        """What of the face something hides, and is left alone: "mouth", "right eye", "left eye", the person's."""
        return self.layers.covered

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the photo that are worked on."""
        return self._window.part

    def compose(self, expression: ArrayLike, opened: float = 0.0) -> Pixels:
        """The photo with another expression.

        Args:
          expression: float32[E], standard deviations.
          opened: how far eyes that are closed in the photo open, 0 to 1.

        Returns:
          uint8[H, W, 3], sRGB; away from the face it equals the source photo.
        """
        picture, window = self._image.copy(), self._window
        made = compose(self.layers, self._mesh(expression, opened, self.layers.wrinkled), opened, taken=window.step > 1)
        part = picture[window.part]
        if window.step > 1:
            enlarge(made, self._image[window.part], part, window.step)
        else:
            part[np.divmod(made.changed, window.width)] = to_levels(made.colour)
        return picture
