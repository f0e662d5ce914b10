"""What is made before anybody asks for it: the photo that pages begin with, or else what the first photo needs."""

from threading import Lock

from au_tf.arrays import Pixels
from au_tf.errors import AuTfError
from au_tf.faces.expressive import Face
from au_tf.rendering.framing import frontal_camera, portrait
from au_tf.rendering.native.renderer import render_face
from au_tf.studio.choices import Choices
from au_tf.studio.session import Session, fitted

_PLAIN_SIDE = 160


class Beginning:
    """A photo whose largest face is fitted once, by the first choice, for all pages that begin with it.

    Args:
      image: uint8[H, W, 3], sRGB.
      name: what it is called.
      choices: face models and generators.
    """

    def __init__(self, image: Pixels, name: str, choices: Choices) -> None:
        self.image, self.name = image, name
        self._choices, self._lock = choices, Lock()
        self._face: Face | None = None

    @property
    def face(self) -> Face:
        """The face, once it is fitted.

        Raises:
          InputError: if there is none.
        """
        with self._lock:
            if self._face is None:
                self._face = fitted(self._choices, self.image, self.name, 0, 0)
            return self._face


def warm(choices: Choices, beginning: Beginning | None) -> None:
    """Fits the photo that pages begin with; without one, reads and compiles what the first photo needs."""
    try:
        if beginning is not None:
            Session(choices).begin(beginning.image, beginning.face)
            return
        model, _ = choices.pair(0)
        Session(choices).load(render_face(model, portrait(model), frontal_camera(_PLAIN_SIDE)), "warm")
    except AuTfError:
        # The first visitor is told.
        pass
