"""One visitor's photo, the face in it, and what is made of it."""

import json
import struct
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import Any

import cv2
import numpy as np

from au_tf.arrays import Int32, Pixels
from au_tf.errors import InputError
from au_tf.faces.expression import Expression
from au_tf.faces.expressive import Face
from au_tf.faces.read_back import ReadBack
from au_tf.facs import AU_NAMES
from au_tf.fitting.detect.detection import detect_faces
from au_tf.meshes.mesh_export import to_glb
from au_tf.meshes.texture import bake_likeness, textured_surface
from au_tf.simulation.mechanics import shown_units, sided_units
from au_tf.studio.choices import Choices
from au_tf.studio.wishes import Wish

SHOWN_SIDE = 1600
"""Longest side of what the page shows; files have all pixels."""
STEP_MM = 0.002
"""Unit of the mesh's way from the neutral face, int16, that the page is sent."""
_QUALITY = 92
_TEXELS = 1024
"""A side of the skin that the page is sent; files have finer ones."""


class Session:
    """What belongs to one page.

    Args:
      choices: face models and generators.
    """

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._lock = Lock()
        self.choice = 0
        self.image: Pixels | None = None
        self.name = ""
        self.index = 0
        self._look: _Look | None = None

    def load(self, image: Pixels, name: str) -> dict[str, Any]:
        """Takes a photo and fits the largest face in it; returns what the page has to know.

        Raises:
          InputError: if there is no face; the photo before stays.
        """
        return self._fit(image, name, 0, self.choice)

    def begin(self, image: Pixels, face: Face) -> dict[str, Any]:
        """Takes a photo with the largest face in it, fitted by the first choice."""
        return self._take(image, face, 0, 0)

    def pick(self, index: int) -> dict[str, Any]:
        """Fits another face of the photo, 0 being the largest."""
        return self._fit(self._photo, self.name, index, self.choice)

    def choose(self, choice: int) -> dict[str, Any]:
        """Fits another face model to the same face."""
        return self._fit(self._photo, self.name, self.index, choice)

    def _fit(self, image: Pixels, name: str, index: int, choice: int) -> dict[str, Any]:
        return self._take(image, fitted(self._choices, image, name, index, choice), index, choice)

    def _take(self, image: Pixels, face: Face, index: int, choice: int) -> dict[str, Any]:
        look = _Look(face)
        look.edit(Wish(np.zeros((2, len(AU_NAMES)), np.float32)))
        with self._lock:
            self.image, self.name, self.index, self.choice, self._look = image, face.name, index, choice, look
        return self.facts()

    def facts(self) -> dict[str, Any]:
        """What the page has to know of the photo and its face."""
        face = self.look.face
        return {
            "name": self.name,
            "face": self.index,
            "choice": self.choice,
            "size": face.photo.shape[1::-1],
            "scale": self.look.scale,
            "part": self.look.place,
            "notice": f"The fit cannot be relied on: {face.reason}" if face.reason else "",
            "covered": list(face.covered),
            "shown": shown_units(face.model).tolist(),
            "sided": sided_units(face.model).tolist(),
        }

    @property
    def options(self) -> list[str]:
        """Options of the command that mean the same face and the same models."""
        face = ["--face", str(self.index)] if self.index else []
        return [*face, *self._choices.all[self.choice].options]

    @property
    def _photo(self) -> Pixels:
        if self.image is None:
            raise InputError("the page", "photo", "none", "a photo first")
        return self.image

    @property
    def look(self) -> "_Look":
        """The face that is worked on.

        Raises:
          InputError: if there is none.
        """
        with self._lock:
            if self._look is None:
                raise InputError("the page", "photo", "none", "a photo first")
            return self._look

    def faces(self) -> list[dict[str, Any]]:
        """Boxes of all faces in the photo, as shares of its sides, the largest first."""
        image = self._photo
        height, width = image.shape[:2]
        size = np.array([width, height, width, height])
        return [{"box": (np.array(found.outline) / size).round(4).tolist()} for found in detect_faces(image)]


def fitted(choices: Choices, image: Pixels, name: str, index: int, choice: int) -> Face:
    """A face in a photo uint8[H, W, 3], sRGB: the largest is 0; by a choice of face model and generator.

    Raises:
      InputError: if there is no such face, or no such choice.
    """
    model, generator = choices.pair(choice)
    return replace(Face.from_photo(image, model=model, generator=generator, face=index), name=name)


class _Look:
    """A fitted face as the page sees it."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.scale = min(1.0, SHOWN_SIDE / max(face.photo.shape[:2]))
        self._last: tuple[str, Expression] | None = None
        self._lock = Lock()

    @cached_property
    def place(self) -> list[int]:
        """Left, top, width and height of what expressions change, in pixels that are shown."""
        rows, columns = self.face.part
        left, top = round(columns.start * self.scale), round(rows.start * self.scale)
        return [left, top, round(columns.stop * self.scale) - left, round(rows.stop * self.scale) - top]

    def expression(self, wish: Wish) -> Expression:
        """The expression, kept until another is asked for."""
        with self._lock:
            if self._last is None or self._last[0] != wish.text:
                self._last = wish.text, self.face.express(wish.text) if wish.text else self.face.neutral()
            return self._last[1]

    def edit(self, wish: Wish) -> bytes:
        """What changes of the photo, as JPEG, in a message."""
        rows, columns = self.face.part
        part = self.expression(wish).photo[rows, columns]
        return message({"kind": "photo", "number": wish.number}, jpeg(_resized(part, self.place[2], self.place[3])))

    def mesh(self, wish: Wish) -> bytes:
        """Where the mesh is, from the neutral one on, int16[W, 3] in `STEP_MM`, in a message."""
        change = self.expression(wish).coefficients.expression - self.face.neutral().coefficients.expression
        moved = np.tensordot(change, self.face.model.expression_basis, 1)[self._origin]
        limits = np.iinfo(np.int16)
        steps = np.clip(np.rint(moved / STEP_MM), limits.min, limits.max).astype("<i2")
        return message({"kind": "mesh", "number": wish.number, "step": STEP_MM}, steps.tobytes())

    def reading(self, wish: Wish) -> bytes:
        """What the estimator reads off the photo, in a message."""
        found = self._read_back(self.expression(wish).photo)
        values = None if found is None else [round(float(value), 2) for value in found]
        return message({"kind": "reading", "number": wish.number, "values": values})

    def photo(self) -> bytes:
        """The photo as it came, as JPEG, as large as it is shown."""
        rows, columns = (round(side * self.scale) for side in self.face.photo.shape[:2])
        return jpeg(_resized(self.face.photo, columns, rows))

    @cached_property
    def glb(self) -> bytes:
        """The neutral mesh with a blend shape for each Action Unit."""
        none = np.zeros(len(AU_NAMES), np.float32)
        face, neutral = self.face, self.face.neutral()
        shapes, stated = face.blend_shapes(none), neutral.statement()
        assert face.likeness is not None, "a face from a photo"
        skin = bake_likeness(face.model, face.likeness, _TEXELS)
        return to_glb(face.shaped, neutral.coefficients, skin, shapes, statement=stated)

    @cached_property
    def _origin(self) -> Int32:
        return textured_surface(self.face.model).origin

    @cached_property
    def _read_back(self) -> ReadBack:
        return ReadBack(self.face)


def _resized(picture: Pixels, width: int, height: int) -> Pixels:
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(picture: Pixels) -> bytes:
    """uint8[H, W, 3], sRGB, as JPEG to look at."""
    _, content = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return content.tobytes()


def message(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A message to the page: four bytes with the length of the JSON, little-endian, the JSON, and bytes."""
    # The body begins at a multiple of four, where the page can look at it as numbers.
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<I", len(text)) + text + body
