"""From the numbers of records to their examples: targets, expressions, pictures."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from au_tf.arrays import Bool, Float, Float32, Float64, Int, Int64, Pixels
from au_tf.datasets.recordings.schema import encode_jpeg, frame_key, labels
from au_tf.datasets.recordings.writing import Example
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.sequence_pictures import SAMPLES, develop
from au_tf.facs import format_intensities
from au_tf.geometry.alignment import ALIGNED_SIZE, alignment_matrix
from au_tf.geometry.landmarks import INNER_MOUTH_CORNERS
from au_tf.morphable import Coefficients
from au_tf.pipelines.augmentation.augmentation_config import BLOCK
from au_tf.pipelines.augmentation.uncoded import UNCODED_SHAPE, uncoded_of, with_uncoded
from au_tf.pipelines.augmentation.views import seen_anew
from au_tf.pipelines.augmentation.worker_context import WorkerContext
from au_tf.rendering.native.batch_renderer import BatchRenderer, People
from au_tf.simulation.label_policies import LabelTarget
from au_tf.simulation.measurement import project_landmarks, with_own_errors
from au_tf.simulation.subjects import stream

_LIMITING = threading.Lock()
_TOGETHER = 16
"""Faces drawn in one go."""


class Failure(NamedTuple):
    """A record that could not be made."""

    number: int
    """Which."""
    source: str
    """The face it was to start from."""
    reason: str
    """Why."""


class Faces(NamedTuple):
    """What is to be drawn of B records."""

    numbers: Int64
    """int64[B], the records."""
    source: Int64
    """int64[B], which source face each one starts from."""
    coefficients: Coefficients
    """B of each."""
    landmarks: Float
    """float[B, 68, 2], in pixels of the sources' pictures, as a detector would find them."""
    uncoded: Float32
    """float32[B, 12, 2], what `uncoded.UNCODED_UNITS` do on the left and right in `coefficients`, 1 being full."""

    def rows(self, chosen: slice | Bool | Int64) -> "Faces":
        """Some of them, by a slice, a mask or indices."""
        c = self.coefficients
        part = c[chosen]
        return Faces(self.numbers[chosen], self.source[chosen], part, self.landmarks[chosen], self.uncoded[chosen])

    def parts(self, count: int) -> "Iterator[Faces]":
        """All of them in their order, at most so many at a time."""
        return (self.rows(slice(start, start + count)) for start in range(0, len(self.numbers), count))


class Drawn(NamedTuple):
    """A picture, and what else is known of its pixels."""

    picture: Pixels
    """uint8[S, S, 3], sRGB."""
    maps: Mapping[str, bytes] = {}
    """PNG by the name of the feature."""


def aligned_matrices(landmarks: Float, size: int) -> Float64:
    """As `alignment_matrix`, for aligned pictures of `size` pixels a side: float64[B, 2, 3]."""
    matrices = alignment_matrix(landmarks) * (size / ALIGNED_SIZE)
    # Pixel centres lie at whole numbers, so scaling turns about (-1/2, -1/2).
    matrices[..., 2] += (size / ALIGNED_SIZE - 1.0) / 2.0
    return matrices


class Drawer(Protocol):
    """Draws aligned pictures."""

    def draw(self, faces: Faces) -> Sequence[Drawn | str]:
        """For each face what is drawn, or why there is nothing; the same whichever others are drawn."""
        ...


class RecordMaker:
    """Makes the records of a plan, each from its number alone."""

    def __init__(self, context: WorkerContext, drawer: Drawer) -> None:
        self.context, self.drawer = context, drawer
        self._libraries = ThreadpoolController()
        self._generator = np.frombuffer(bytes.fromhex(context.plan.generator), np.uint8)

    def records(self, numbers: range) -> Iterator[Example | Failure]:
        """Keys and examples of some records in order, and failures in the place of those that cannot be made."""
        for first in range(numbers.start - numbers.start % BLOCK, numbers.stop, BLOCK):
            yield from self._block(first, range(max(first, numbers.start), min(first + BLOCK, numbers.stop)))

    def _block(self, first: int, wanted: range) -> Iterator[Example | Failure]:
        # Always whole blocks up to here: sums over batches of other sizes would be rounded differently.
        targets = [self.context.policy.target(number) for number in range(first, first + BLOCK)]
        # The limit is the whole process's, so that of another thread must not end in the middle of this.
        with _LIMITING, self._libraries.limit(limits=1, user_api="blas"):
            faces = self._faces(first, targets)
        finite = np.asarray(np.isfinite(faces.coefficients.expression).all(1))
        rows = np.array([number - first for number in wanted])
        drawn = iter(self.drawer.draw(faces.rows(rows[finite[rows]])))
        for row in rows:
            picture = next(drawn) if finite[row] else "the generator gave a number that is not finite"
            if isinstance(picture, str):
                yield Failure(first + int(row), str(self.context.sources.place[faces.source[row]]), picture)
            else:
                yield self._example(faces, int(row), targets[row], picture)

    def _faces(self, first: int, targets: Sequence[LabelTarget]) -> Faces:
        sources, numbers = self.context.sources, np.arange(first, first + len(targets))
        source = np.array([target.source for target in targets])
        expressions = self._expressions(first, source, np.stack([target.intensities for target in targets]))
        uncoded = np.zeros((len(targets), *UNCODED_SHAPE), np.float32)
        if self.context.plan.asked.people:
            uncoded = uncoded_of(self.context.plan.asked.seed, numbers)
            expressions = with_uncoded(self.context.model, expressions, uncoded)
        coefficients = sources.face_of(source).replace(expression=expressions)
        if self.context.plan.asked.style == "textured" or self.context.plan.asked.people:
            coefficients = seen_anew(self.context.model, coefficients, self.context.plan.asked.seed, numbers)
        seen = project_landmarks(self.context.model, coefficients, sources.camera_of(source))
        landmarks = with_own_errors(seen, self.context.plan.asked.seed, "landmarks", numbers)
        return Faces(numbers, source, coefficients, landmarks, uncoded)

    def _expressions(self, first: int, source: Int64, asked: Int) -> Float32:
        generator = self.context.generator
        if generator.TAKES_SOURCE:
            return generator.generate(self.context.sources.expression[source], asked)
        rng = stream(self.context.plan.asked.seed, "noise", str(first))
        noise = rng.uniform(-1.0, 1.0, (len(asked), generator.given_size)).astype(np.float32)
        return np.asarray(generator.expression(noise, asked.astype(np.float32)))

    def _example(self, faces: Faces, row: int, target: LabelTarget, drawn: Drawn) -> Example:
        sources, source = self.context.sources, target.source
        landmarks, number = faces.landmarks[row].astype(np.float32), int(faces.numbers[row])
        subject, camera = str(sources.names[sources.person[source]]), str(sources.cameras[sources.camera[source]])
        example: dict[str, Any] = dict(faces.coefficients[row].arrays())
        example |= labels(target.intensities)
        example |= {
            "subject": subject,
            "camera": camera,
            "frame": number,
            "registered": True,
            "landmarks": landmarks,
            "disfa_landmarks": np.delete(landmarks, INNER_MOUTH_CORNERS, axis=0),
            "image": encode_jpeg(drawn.picture, self.context.plan.statement(format_intensities(target.intensities))),
            "source_frame": int(sources.frame[source]),
            "generator": self._generator,
            "seed": self.context.plan.asked.seed,
            **drawn.maps,
        }
        if self.context.plan.asked.people:
            example["uncoded"] = faces.uncoded[row]
        return frame_key(subject, camera, number), example


class RenderingDrawer:
    """Draws the 3D faces before walls, as the pictures of simulated DISFA are drawn; on one thread."""

    PEOPLE = 256
    """Whose shapes and skins are kept."""

    def __init__(self, context: WorkerContext) -> None:
        self.context = context
        self._renderer = BatchRenderer(context.model, threads=1)
        self._person = lru_cache(self.PEOPLE)(self._shaped)

    def draw(self, faces: Faces) -> Sequence[Drawn | str]:
        """As `Drawer.draw`."""
        return [picture for part in faces.parts(_TOGETHER) for picture in self._some(part)]

    def _some(self, faces: Faces) -> Sequence[Drawn]:
        size = self.context.plan.asked.size
        camera = self.context.sources.camera_of(faces.source).aligned(
            aligned_matrices(faces.landmarks, size), size, size
        )
        shapes = [self._person(int(self.context.sources.person[source])) for source in faces.source]
        people = People.joined(shapes)
        drawn = self._renderer.render_linear(faces.coefficients, camera, SAMPLES, people).colour
        backdrops = [self._backdrop(int(number)) for number in faces.numbers]
        matrices = alignment_matrix(faces.landmarks)
        return [
            Drawn(picture)
            for picture in develop(drawn, matrices, faces.coefficients.lighting, faces.numbers, backdrops, threads=1)
        ]

    def _shaped(self, person: int) -> People:
        """What is the same in all pictures of a person."""
        return self._renderer.people(self.context.sources.identity[person], self.context.sources.albedo[person])

    def _backdrop(self, number: int) -> Backdrop:
        """A wall and a sensor of the record's own."""
        return Backdrop.of(self.context.plan.asked.seed, f"record {number}", "")
