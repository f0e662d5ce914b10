"""A face and its expressions: what a photo, or coefficients alone, become with any Action Units.

face = Face.from_photo("me.jpg")
smile = face.express(AU6=3, AU12=5)
smile.save("smile.png")
"""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from au_tf.arrays import Array, Float32, Pixels
from au_tf.compositing.native.teeth import OwnTeeth, united
from au_tf.compositing.photo import PhotoCompositor
from au_tf.errors import Argument, InputError
from au_tf.faces.animation import Animation
from au_tf.faces.archive import read_face, write_face
from au_tf.faces.expression import Expression
from au_tf.faces.face_models import ModelSource, check_shown
from au_tf.faces.notebook import card
from au_tf.faces.pairing import FitterSource, GeneratorSource, ReaderSource, fitted, load_pair
from au_tf.facs import (
    AU_NAMES,
    MAX_INTENSITY,
    format_sides,
    intensities_of,
    lids_raised,
    parse_sides,
)
from au_tf.fitting.fit import Fit
from au_tf.geometry.camera import Camera
from au_tf.meshes.mesh_export import BlendShapes
from au_tf.meshes.texture import bake_albedo, bake_likeness
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.sides import left_part
from au_tf.pictures.film import MAX_RATE
from au_tf.pictures.images import checked_picture, read_image
from au_tf.pictures.provenance.statement import COMPOSITE, TRAINED, Statement
from au_tf.rendering.details import Likeness
from au_tf.rendering.framing import frontal_camera, portrait
from au_tf.rendering.native.renderer import render_face
from au_tf.simulation.mechanics import shown_units, sided_units
from au_tf.synthesis.stored import StoredGenerator
from au_tf.texture.likeness import likeness_of
from au_tf.timeline import RATE, Timeline, read_timeline

if TYPE_CHECKING:
    pass

logger = logging.getLogger(__name__)

MAX_TURN = 60.0
"""Degrees by which a face may be turned away in a photo that is given an expression: beyond, it hides half of it."""
_SIDE = 512
_TEXELS = 2048
"""A side of the texture of a face from a photo."""


@dataclass(frozen=True, eq=False, repr=False)
class Face:
    """A face that can be given any expression; `from_photo` and `from_coefficients` make one."""

    model: MorphableModel
    """The face model, with an inside of the mouth."""
    generator: StoredGenerator
    """Action Units to expressions."""
    coefficients: Coefficients
    """Identity, skin, the face's own expression, pose and light, without batch axes."""
    camera: Camera
    """The camera that sees it."""
    image: Pixels | None = None
    """uint8[H, W, 3], sRGB, the photo it is in; None of a face from coefficients."""
    fit: Fit | None = None
    """How the photo was fitted; None of a face from coefficients."""
    name: str = "face"
    """What it is called: the photo's path."""
    open_eyes: bool = False
    """Whether eyes that are closed in the photo open without AU5."""
    references: "tuple[Face, ...]" = ()
    """The person in other photos, which show the teeth that this one hides."""

    @classmethod
    def from_photo(
        cls,
        photo: str | os.PathLike[str] | Pixels,
        *,
        model: ModelSource = "builtin",
        generator: GeneratorSource = None,
        fitter: FitterSource = None,
        face: int = 0,
        landmarks: ReaderSource = None,
        open_eyes: bool = False,
        references: Sequence[str | os.PathLike[str] | Pixels] = (),
    ) -> Self:
        """Finds a face in a photo and fits the face model to it; `reason` tells if that cannot be relied on.

        Args:
          photo: a file, or uint8[H, W, 3], sRGB.
          model: a face model, or where it is: "builtin", or a file or folder with BFM, FLAME or ICT-FaceKit.
          generator: a trained generator or its folder; None is the one that ships for the face model.
          fitter: a trained regressor or its folder, from whose answer the fit starts; None is none: it starts
            from the landmarks.
          face: which face, 0 being the largest.
          landmarks: who finds faces and landmarks: "mediapipe" or None for the network that ships with au_tf, "dlib",
            or a file such as Google's `face_landmarker.task`.
          open_eyes: open eyes that are closed in the photo, whether or not AU5 is asked for.
          references: other photos of the same person, whose largest faces show the teeth that this one hides.

        Raises:
          InputError: if a file is missing or damaged, the networks are not for the face model, or there is no such
            face in the photo.
        """
        image, name = _read(photo)
        plain, network = load_pair(model, generator)
        fit = fitted(image, name, plain, face, fitter, landmarks)
        others = tuple(
            cls.from_photo(other, model=plain, generator=network, fitter=fitter, landmarks=landmarks)
            for other in references
        )
        return cls(plain, network, fit.coefficients, fit.camera, image, fit, name, open_eyes, others)

    @classmethod
    def from_coefficients(
        cls,
        coefficients: Coefficients | str | os.PathLike[str],
        camera: Camera | None = None,
        *,
        model: ModelSource = "builtin",
        generator: GeneratorSource = None,
    ) -> Self:
        """A face without a photo: its pictures are renders, its texture is the model's skin.

        Args:
          coefficients: of one face, without batch axes, or the `.npz` with one that `save` wrote.
          camera: that sees the face; None is the file's, and of coefficients alone one of 512 x 512 pixels before
            which the face is put from the front, under the light of `rendering.lighting.STUDIO`.
          model: as for `from_photo`.
          generator: as for `from_photo`.

        Raises:
          InputError: if a file is missing or damaged, or the coefficients or the generator are not for the face model.
        """
        name = "face"
        if not isinstance(coefficients, Coefficients | str | os.PathLike):
            expected = "Coefficients, or the .npz with one face that `save` wrote"
            raise InputError(None, "coefficients", type(coefficients).__name__, expected)
        if not isinstance(coefficients, Coefficients):
            name = os.fspath(coefficients)
            coefficients, seen = read_face(name)
            camera = camera or seen
        plain, network = load_pair(model, generator)
        for basis in ("identity", "albedo", "expression"):
            found, size = np.shape(getattr(coefficients, basis)), len(getattr(plain, f"{basis}_basis"))
            if found != (size,):
                raise InputError(name, basis, f"shape {found}", f"{size} numbers, as face model {plain.name} has")
        if camera is None:
            camera, coefficients = frontal_camera(_SIDE), portrait(plain, coefficients)
        return cls(plain, network, coefficients, camera, name=name)

    def __getstate__(self) -> dict[str, object]:
        """What is sent to another process: what it was made of, and not what is kept to draw it again."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def ok(self) -> bool:
        """Whether the coefficients can be relied on."""
        return self.fit is None or self.fit.ok

    @property
    def reason(self) -> str:
        """Why the fit cannot be relied on; empty if it can."""
        return "" if self.fit is None else self.fit.reason

    @property
    def confidence(self) -> float:
        """Of the fit, in [0, 1]; 1 of a face from coefficients."""
        return 1.0 if self.fit is None else self.fit.confidence

    @property
    def photo(self) -> Pixels:
        """uint8[H, W, 3], sRGB, the photo it is in.

        Raises:
          InputError: of a face from coefficients.
        """
        if self.image is None:
            raise InputError(self.name, "photo", "none", "a face from a photo; `render` draws the 3D face")
        return self.image

    @property
    def landmarks(self) -> Float32:
        """float32[68, 2], (column, row) in pixels, as detected in the photo.

        Raises:
          InputError: of a face from coefficients.
        """
        if self.fit is None:
            raise InputError(self.name, "landmarks", "none", "a face from a photo")
        return self.fit.landmarks

    @cached_property
    def render(self) -> Pixels:
        """uint8[H, W, 3], the 3D face with its own expression and skin, as the camera sees it."""
        return self.drawn(self.coefficients)

    @overload
    def express(self, intensities: str | Mapping[str, float] | None = None, **units: float) -> Expression: ...

    @overload
    def express(self, intensities: Array | Sequence[Any]) -> Expression | tuple[Expression, ...]: ...

    def express(
        self, intensities: str | Mapping[str, float] | Array | Sequence[Any] | None = None, **units: float
    ) -> Expression | tuple[Expression, ...]:
        """The same face with other Action Units: `express(AU6=3, AU12=5)`, or `express("AU6=3,AU12=5")`.

        Args:
          intensities: text, in which L12=5 and R12=1 are sides; or numbers float[12] in [0, 5] in the order of
            `AU_NAMES`, or float[N, 12].
          **units: intensities by name; what is not named is 0.

        Returns:
          The expression, or N of them.

        Raises:
          InputError: for an unknown Action Unit, one that the face model cannot do, or not on one side, a wrong last
            axis, or an intensity outside [0, 5].
        """
        if isinstance(intensities, str) and not units:
            sides = parse_sides(intensities)
            if (sides[0] != sides[1]).any():
                return self._unlike(sides)
        asked = intensities_of(intensities, **units)
        check_shown(self.model, asked)
        made = self._expressions(asked.reshape(-1, asked.shape[-1]))
        return made[0] if asked.ndim == 1 else made

    def _unlike(self, sides: Float32) -> Expression:
        """Each half of the face as if both were asked for what it is asked for."""
        check_shown(self.model, sides.max(0))
        for k in np.flatnonzero((sides[0] != sides[1]) & ~sided_units(self.model))[:1]:
            raise InputError(Argument("intensities", format_sides(sides)), AU_NAMES[k], "one side", "both of it")
        left, right = self.with_expressions(sides)
        halves = right.expression + (left.expression - right.expression) @ left_part(self.model)
        return Expression(self, sides.mean(0), left.with_expression(halves), format_sides(sides))

    def neutral(self) -> Expression:
        """The face with no Action Unit."""
        (made,) = self._expressions(np.zeros((1, len(AU_NAMES)), np.float32))
        return made

    def animate(self, timeline: Timeline | str | os.PathLike[str] | Array, rate: float = RATE) -> Animation:
        """The face moved by Action Units in the course of time.

        Args:
          timeline: a CSV as OpenFace or py-feat writes it or with columns time, AU1, AU2, ...; or float[N, 12] in
            [0, 5], a row a picture.
          rate: pictures a second of the film, and rows a second of what only counts frames.

        Raises:
          InputError: if the file is missing, damaged or no time line, an intensity lies outside [0, 5], or the rate is
            not from above 0 to 1000.
        """
        if not 0.0 < rate <= MAX_RATE:
            raise InputError(None, "rate", rate, f"more than 0, at most {MAX_RATE:g} pictures a second")
        if isinstance(timeline, str | os.PathLike):
            timeline = read_timeline(timeline, rate)
        elif not isinstance(timeline, Timeline):
            rows = np.atleast_2d(intensities_of(timeline))
            timeline = Timeline(np.arange(len(rows)) / rate, rows)
        for notice in timeline.notices:
            logger.info("The time line: %s", notice)
        lost = np.flatnonzero(timeline.intensities.any(0) & ~shown_units(self.model))
        if len(lost):
            logger.warning("This face model does not show %s", ", ".join(AU_NAMES[k] for k in lost))
        return Animation(self, timeline, rate)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the coefficients, the camera and how well they fit to an `.npz`, which `from_coefficients` reads.

        Raises:
          InputError: for another suffix, or if the place cannot be written.
        """
        place = Path(path)
        if place.suffix.lower() != ".npz":
            raise InputError(place, "suffix", place.suffix or "none", ".npz")
        write_face(place, self.model, self.coefficients, self.camera, self.fit)
        return place

    def with_expressions(self, intensities: Float32) -> list[Coefficients]:
        """The face's coefficients with each of the expressions float32[N, 12] in [0, 5].

        They are made one by one: a generator from noise gives the rows of one call different noise.
        """
        own, generate = self.coefficients, self.generator.generate
        return [own.with_expression(generate(own.expression, row)) for row in intensities]

    def _expressions(self, intensities: Float32) -> tuple[Expression, ...]:
        made = zip(intensities, self.with_expressions(intensities), strict=True)
        return tuple(Expression(self, row, coefficients) for row, coefficients in made)

    def statement(self, asked: str, render: bool = False) -> Statement:
        """What files with an expression of it say of themselves.

        Args:
          asked: the Action Units that were asked for, in words.
          render: whether nothing of the photo is in it.
        """
        source = TRAINED if render or self.image is None else COMPOSITE
        return Statement(source, asked, self.generator.digest)

    @property
    def _turn(self) -> float:
        """Degrees between where the face looks and the way to the camera."""
        ahead, towards = self.coefficients.pose.matrix[:, 2], -np.asarray(self.coefficients.translation)
        return float(np.degrees(np.arccos(np.clip(ahead @ towards / np.linalg.norm(towards), -1.0, 1.0))))

    @property
    def covered(self) -> tuple[str, ...]:
        """What of the face something hides in the photo, such as "mouth" or "left eye": it is left as it is."""
        return () if self.image is None else self._compositor.covered

    @cached_property
    def _compositor(self) -> PhotoCompositor:
        if self._turn > MAX_TURN:
            expected = f"at most {MAX_TURN:g} degrees in a photo that is given an expression"
            raise InputError(self.name, "face", f"turned away by {self._turn:.0f} degrees", expected)
        for part in self._photo_parts.covered:
            logger.warning("%s: the %s is covered, and left as it is", self.name, part)
        return self._photo_parts

    @cached_property
    def _photo_parts(self) -> PhotoCompositor:
        return PhotoCompositor(
            self.photo, self.model, self.coefficients, self.camera, self.landmarks, self._other_teeth()
        )

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the photo outside which no expression changes a pixel."""
        return self._compositor.part

    def picture(self, coefficients: Coefficients, intensities: Float32) -> Pixels:
        """uint8[H, W, 3], sRGB: the photo with the expression of some coefficients; without a photo, the 3D face.

        Args:
          coefficients: what was made of the intensities.
          intensities: float32[12] in [0, 5]; closed eyes stay closed unless AU5 is among them.
        """
        if self.image is None:
            return self.drawn(coefficients)
        opened = 1.0 if self.open_eyes else float(lids_raised(intensities))
        return self._compositor.compose(coefficients.expression, opened)

    def _other_teeth(self) -> OwnTeeth | None:
        """What the references tell of the person's teeth."""
        found = []
        for other in self.references:
            teeth = other._compositor.teeth()
            if teeth is None:
                logger.warning("%s shows no teeth, and tells nothing of %s", other.name, self.name)
            else:
                found.append(teeth)
        return united(found) if found else None

    def close_up(self, picture: Pixels) -> Pixels:
        """uint8[h, w, 3], the part with the face of a picture by its camera."""
        (vertices,) = self.coefficients.pose.apply(self.model.mean_shape[self.model.landmarks][None])
        seen = self.camera.project(vertices)[:, :2]
        middle, reach = (seen.min(0) + seen.max(0)) / 2, float(np.ptp(seen, 0).max())
        # Landmarks end at the brows and the chin.
        low, high = (np.rint(middle + side * reach * np.array((0.8, 0.95))).astype(int) for side in (-1, 1))
        rows, columns = (slice(max(low[k], 0), max(high[k], 1)) for k in (1, 0))
        part = picture[rows, columns]
        return part if part.size else picture

    @cached_property
    def texture(self) -> Pixels:
        """uint8[S, S, 3], sRGB, over the model's texture coordinates: the photo's skin without its light."""
        own = self.likeness
        return bake_albedo(self.model, self.coefficients) if own is None else bake_likeness(self.model, own, _TEXELS)

    @cached_property
    def likeness(self) -> Likeness | None:
        """The person's own skin and shape, as far as the photo shows them; None of a face from coefficients."""
        if self.image is None:
            return None
        parts = self._photo_parts
        return likeness_of(self.model, self.coefficients, parts.placement, parts.layers)

    @cached_property
    def shaped(self) -> MorphableModel:
        """The face model with the person's own shape for its mean, as meshes show it."""
        own = self.likeness
        return self.model if own is None else replace(self.model, mean_shape=self.model.mean_shape + own.moved)

    def drawn(self, coefficients: Coefficients) -> Pixels:
        """uint8[H, W, 3], sRGB, the 3D face of some coefficients, with the skin of the photo and in its light."""
        own = self.likeness
        if own is not None:
            coefficients = coefficients.replace(lighting=coefficients.lighting * own.relit)
        return render_face(self.model, coefficients, self.camera, likeness=own)

    @cached_property
    def _moves(self) -> Float32:
        """float32[12, E]: of each Action Unit what the generator makes of it at 5, less what it makes of none."""
        alone = MAX_INTENSITY * np.eye(1 + len(AU_NAMES), len(AU_NAMES), -1, np.float32)
        none, *full = (face.expression for face in self.with_expressions(alone))
        return np.stack(full) - none

    def blend_shapes(self, intensities: Float32) -> BlendShapes:
        """What viewers of a GLB mix: a shape for each Action Unit at 5, with the weights of float32[12] in [0, 5]."""
        return BlendShapes(AU_NAMES, self._moves, intensities / np.float32(MAX_INTENSITY))

    def __repr__(self) -> str:
        seen = f"confidence {self.confidence:.2f}" if self.fit else "without a photo"
        return f"Face({self.name}, {self.camera.width} x {self.camera.height}, {seen}, face model {self.model.name})"

    def _repr_html_(self) -> str:
        return card(self.close_up(self.render if self.image is None else self.image), repr(self))


def _read(photo: str | os.PathLike[str] | Pixels) -> tuple[Pixels, str]:
    """A photo and what it is called."""
    if isinstance(photo, str | os.PathLike):
        return read_image(photo), os.fspath(photo)
    return checked_picture(photo, "photo"), "photo"
