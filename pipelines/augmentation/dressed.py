"""Drawn people with hair, beards, glasses and caps before anything, as an ordinary camera takes them."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from au_tf.fitting.synthetic import sensor
from au_tf.fitting.synthetic.clutter import background
from au_tf.fitting.synthetic.looks import dress
from au_tf.pipelines.augmentation.drawing import Drawn, Faces, aligned_matrices
from au_tf.pipelines.augmentation.pixel_maps import encoded_maps
from au_tf.pipelines.augmentation.worker_context import WorkerContext
from au_tf.rendering.native.batch_renderer import BatchRenderer, People
from au_tf.rendering.native.hair import Strands
from au_tf.rendering.native.hairdresser import Hairdresser
from au_tf.simulation.subjects import stream

_SAMPLES = 2
"""A side of each pixel."""
_KEPT = 32
"""People whose shapes, skins and hair are kept, some 10 MB each."""
_TOGETHER = 16
"""Faces drawn in one go."""


class DressedDrawer:
    """Draws the people of `drawn_people` on one thread."""

    def __init__(self, context: WorkerContext) -> None:
        self.context = context
        self._renderer = BatchRenderer(context.model, threads=1)
        self._hairdresser = Hairdresser(context.model)
        self._person = lru_cache(_KEPT)(self._dressed)

    def draw(self, faces: Faces) -> Sequence[Drawn | str]:
        """As `Drawer.draw`."""
        return [drawn for part in faces.parts(_TOGETHER) for drawn in self._some(part)]

    def _some(self, faces: Faces) -> list[Drawn]:
        asked, sources = self.context.plan.asked, self.context.sources
        matrices = aligned_matrices(faces.landmarks, asked.size)
        camera = sources.camera_of(faces.source).aligned(matrices, asked.size, asked.size)
        people, hair = zip(*(self._person(int(sources.person[source])) for source in faces.source), strict=True)
        own = [stream(asked.seed, "taken", str(number)) for number in faces.numbers]
        behind = np.stack([background(asked.size, rng) for rng in own])
        shown = self._renderer.render(
            faces.coefficients, camera, _SAMPLES, behind, People.joined(people), hair, surfaces=asked.maps
        )
        pictures = [sensor.develop(picture, rng) for picture, rng in zip(shown.image, own, strict=True)]
        if shown.surfaces is None:
            return [Drawn(picture) for picture in pictures]
        return [Drawn(picture, encoded_maps(shown.surfaces, k)) for k, picture in enumerate(pictures)]

    def _dressed(self, person: int) -> tuple[People, Strands]:
        """What is the same in all pictures of a person."""
        sources = self.context.sources
        own = self._renderer.people(sources.identity[person], sources.albedo[person])
        (hair,), _ = dress(self._hairdresser, own, stream(self.context.plan.asked.seed, "look", str(person)))
        return own, hair
